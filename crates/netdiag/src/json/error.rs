//! Errors of calls, of peers and of routers as JSON has them, in the vocabulary of `netdiag_text::json::error`.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use netdiag_echo::{Family, IcmpError};
use netdiag_probe::{Error, IcmpReason};
use netdiag_text::{Secrets, strerror};
use nix::errno::Errno;

use super::{Address, ErrorRecord, address};

/// What a failed call says.
pub(crate) fn of_call(call: &'static str, error: &io::Error) -> ErrorRecord {
    let errno = error.raw_os_error();
    let kind = match errno {
        Some(errno) if errno == Errno::EMSGSIZE as i32 => "too-big",
        Some(errno) => Error::of_call(call, io::Error::from_raw_os_error(errno), Duration::ZERO).kind(),
        None => "os",
    };
    ErrorRecord { call: Some(call), errno, ..ErrorRecord::new(kind, strerror(error)) }
}

/// Why a conversation failed.
pub(crate) fn of_peer(error: &Error) -> ErrorRecord {
    let message = Secrets::NONE.redact(&error.message()).exact();
    let from = error.by().map(Address::of_host);
    let (call, errno) = match error {
        Error::Os { call, source } => (Some(*call), source.raw_os_error()),
        _ => (None, None),
    };
    ErrorRecord { call, errno, from, ..ErrorRecord::new(error.kind(), message) }
}

/// What a router or host said by ICMP, in words that upstream has for it.
pub(crate) fn of_reason(error: &IcmpError, from: SocketAddr, message: String) -> ErrorRecord {
    let kind = match (error.family, error.kind) {
        (Family::V4, 4) => "source-quench",
        (Family::V4, 5) => "redirect",
        (Family::V4, _) => IcmpReason::of_v4(error.kind, error.code).word(),
        (Family::V6, _) => IcmpReason::of_v6(error.kind, error.code).word(),
    };
    ErrorRecord { from: Some(address(from)), ..ErrorRecord::new(kind, message) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use netdiag_text::json::error::KINDS;

    use super::*;

    #[test]
    fn a_call_fails_with_its_number_and_the_kind_that_it_means() {
        let of = |errno: Errno| of_call("sendmsg", &errno.into());
        #[rustfmt::skip]
        let cases = [
            (Errno::EPERM,       "prohibited"),
            (Errno::ENETUNREACH, "no-route"),
            (Errno::EMSGSIZE,    "too-big"),
            (Errno::ENOBUFS,     "os"),
        ];
        for (errno, kind) in cases {
            let error = of(errno);
            assert_eq!((error.kind, error.call, error.errno), (kind, Some("sendmsg"), Some(errno as i32)));
        }
        assert_eq!(of_call("recvmsg", &io::ErrorKind::Other.into()).errno, None);
    }

    #[test]
    fn every_kind_that_is_told_is_known() {
        let none = String::new;
        let errors = [
            Error::NoSuchName { name: none() },
            Error::NameServer { name: none(), why: none() },
            Error::Refused,
            Error::Reset,
            Error::TimedOut(Duration::ZERO),
            Error::Silence(Duration::ZERO),
            Error::HostUnreachable,
            Error::NoRoute,
            Error::NoSource,
            Error::Overtaken,
            Error::Prohibited,
            Error::NoSuchSocket,
            Error::QueueFull,
            Error::Closed("".into()),
            Error::Tls("".into()),
            Error::Protocol("".into()),
            Error::Unexpected("".into()),
            Error::Os { call: "open", source: Arc::new(Errno::EMFILE.into()) },
        ];
        for error in errors {
            let record = of_peer(&error);
            assert!(KINDS.contains(&record.kind), "{record:?}");
            assert_eq!(record.errno.is_some(), record.kind == "os", "{record:?}");
        }
        for (kind, code) in (0..=255).flat_map(|kind| (0..=16).map(move |code| (kind, code))) {
            for (family, reason) in
                [(Family::V4, IcmpReason::of_v4(kind, code)), (Family::V6, IcmpReason::of_v6(kind, code))]
            {
                let error = IcmpError { family, kind, code, info: 0 };
                let record = of_reason(&error, ([192, 0, 2, 1], 0).into(), none());
                assert!(KINDS.contains(&record.kind) && KINDS.contains(&reason.word()), "{record:?}");
            }
        }
    }
}
