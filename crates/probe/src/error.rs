//! What went wrong, told apart as the one who has to mend it would.
//!
//! Each kind has a word ([`Error::kind`]) that scripts and reports can rely on.

use std::io;
use std::net::{IpAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use dns_lookup::{LookupError, LookupErrorKind};
use netdiag_text::duration::Short;
use netdiag_text::{Message, Secrets, Trusted, message, strerror};
use nix::errno::Errno;

use crate::icmp_error::{IcmpError, IcmpReason};
use crate::phases::Phase;

/// Why a conversation failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name has no address: it does not exist, or not of the family asked for.
    #[error("{name}: no such name")]
    NoSuchName {
        /// The name as typed.
        name: String,
    },
    /// The name could not be looked up now.
    #[error("{name}: {why}")]
    NameServer {
        /// The name as typed.
        name: String,
        /// The resolver's words.
        why: String,
    },
    /// Somebody is there, but nobody listens (`ECONNREFUSED`).
    #[error("connection refused")]
    Refused,
    /// The peer broke the connection off (`ECONNRESET`, `EPIPE`).
    #[error("connection reset by peer")]
    Reset,
    /// Nothing happened for as long as we waited, or the kernel did (`ETIMEDOUT`).
    #[error("timed out after {}", Short(*.0))]
    TimedOut(Duration),
    /// What was sent asked for nothing, and nothing came: the port may be open, or a firewall drops what is sent.
    #[error("no answer within {}: the port is open, or a firewall drops what is sent", Short(*.0))]
    Silence(Duration),
    /// A router, or the host itself, said so.
    #[error("{0}")]
    Icmp(IcmpError),
    /// The host does not answer on its network, or a router said so (`EHOSTUNREACH`).
    #[error("no route to host: it, or a router, does not answer")]
    HostUnreachable,
    /// This machine has no route there (`ENETUNREACH`), or one of type blackhole (`EINVAL` of a call that sends).
    #[error("network is unreachable: there is no route, or one of type blackhole")]
    NoRoute,
    /// This machine has no address it could connect from, or no port of it is free (`EADDRNOTAVAIL`).
    #[error("no address to connect from: this machine has none that goes there, or its ports are used up")]
    NoSource,
    /// Another address answered while this one did not; the attempt was given up.
    #[error("no answer yet when another address had answered")]
    Overtaken,
    /// A firewall or a policy forbids it (`EACCES`, `EPERM`).
    #[error("not permitted: a firewall, a route of type prohibit, or file permissions")]
    Prohibited,
    /// There is no such unix socket (`ENOENT`, `ENOTDIR`, `ELOOP`).
    #[error("no such socket")]
    NoSuchSocket,
    /// A unix socket's queue of waiting connections is full (`EAGAIN`).
    #[error("the queue of connections waiting to be accepted is full")]
    QueueFull,
    /// The peer ended the conversation while more was to come.
    #[error("connection closed by peer {}", Secrets::NONE.show(.0))]
    Closed(Message),
    /// TLS could not be agreed on, or the peer's certificate is not to be trusted.
    #[error("{}", Secrets::NONE.show(.0))]
    Tls(Message),
    /// The peer does not speak the protocol, or its unix socket is of another type (`EPROTOTYPE`).
    #[error("{}", Secrets::NONE.show(.0))]
    Protocol(Message),
    /// The peer said something else than it was to say.
    #[error("{}", Secrets::NONE.show(.0))]
    Unexpected(Message),
    /// A system call failed in a way that says nothing of the peer.
    #[error("{call}: {}", strerror(source))]
    Os {
        /// The call, as its man page is called.
        call: &'static str,
        /// What it answered.
        source: Arc<io::Error>,
    },
}

/// An error, and how far the conversation had come.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{phase}: {error}")]
pub struct PhaseError {
    /// What was going on.
    pub phase: Phase,
    /// What went wrong with it.
    #[source]
    pub error: Error,
}

impl PhaseError {
    /// What it says, as [`Error::message`] does.
    pub fn message(&self) -> Message {
        message!("{}: {}", Trusted(&self.phase.to_string()), self.error.message())
    }
}

impl Error {
    /// One word for the kind, the same in every version: `refused`, `timeout`, and so on.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NoSuchName { .. } => "no-such-name",
            Self::NameServer { .. } => "name-server",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::TimedOut(_) => "timeout",
            Self::Silence(_) => "silence",
            Self::Icmp(said) => said.reason.word(),
            Self::HostUnreachable => "host-unreachable",
            Self::NoRoute => "no-route",
            Self::NoSource => "no-source",
            Self::Overtaken => "overtaken",
            Self::Prohibited => "prohibited",
            Self::NoSuchSocket => "no-such-socket",
            Self::QueueFull => "queue-full",
            Self::Closed(_) => "closed",
            Self::Tls(_) => "tls",
            Self::Protocol(_) => "protocol",
            Self::Unexpected(_) => "unexpected",
            Self::Os { .. } => "os",
        }
    }

    /// Whether it says that nobody is there, or that there is no way: another address of the same host may be better.
    pub const fn means_nobody_there(&self) -> bool {
        matches!(
            self,
            Self::Refused
                | Self::Icmp(_)
                | Self::HostUnreachable
                | Self::NoRoute
                | Self::NoSource
                | Self::Prohibited
        )
    }

    /// What was said of packets to `to`; what needs no more words has the error everybody knows.
    pub fn of_icmp(said: IcmpError, to: IpAddr) -> Self {
        let by_itself = said.by.is_none_or(|by| by.to_canonical() == to.to_canonical());
        // Only an address of this machine can be bound: it says itself that the neighbour does not answer.
        let is_own = |address: IpAddr| UdpSocket::bind((address, 0)).is_ok();
        match said.reason {
            IcmpReason::PortUnreachable if by_itself => Self::Refused,
            IcmpReason::HostUnreachable if said.by.is_none_or(is_own) => Self::HostUnreachable,
            _ => Self::Icmp(said),
        }
    }

    /// Who told of it by ICMP, where it was not the peer itself.
    pub fn by(&self) -> Option<IpAddr> {
        match self {
            Self::Icmp(said) => said.by,
            _ => None,
        }
    }

    /// Whether it tells something of the peer: an address nobody here can reach tells less than one that refuses.
    pub(crate) fn is_of_the_peer(&self) -> bool {
        !self.is_ours() && !matches!(self, Self::NoRoute | Self::Overtaken)
    }

    /// What it says, the names and the words of others told apart from our own.
    pub fn message(&self) -> Message {
        match self {
            Self::NoSuchName { name } => message!("{}: no such name", name),
            Self::NameServer { name, why } => message!("{}: {}", name, Trusted(why)),
            Self::Icmp(said) => said.message(),
            Self::Closed(how) => message!("connection closed by peer {}", how),
            Self::Tls(words) | Self::Protocol(words) | Self::Unexpected(words) => words.clone(),
            _ => Trusted(&self.to_string()).into(),
        }
    }

    /// Whether it tells nothing of the peer: we could not even try, or could not know.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::NoSource | Self::Os { .. } | Self::Silence(_))
    }

    /// A call that failed for reasons of our own.
    pub(crate) fn os(call: &'static str, source: impl Into<io::Error>) -> Self {
        Self::Os { call, source: Arc::new(source.into()) }
    }

    /// What a failed `call` says about the peer; `waited` is how long it took.
    pub fn of_call(call: &'static str, source: io::Error, waited: Duration) -> Self {
        match source.raw_os_error().map(Errno::from_raw) {
            Some(Errno::ECONNREFUSED) => Self::Refused,
            Some(Errno::ECONNRESET | Errno::EPIPE | Errno::ECONNABORTED) => Self::Reset,
            Some(Errno::ETIMEDOUT) => Self::TimedOut(waited),
            Some(Errno::EHOSTUNREACH) => Self::HostUnreachable,
            Some(Errno::ENETUNREACH) => Self::NoRoute,
            Some(Errno::EINVAL) if matches!(call, "connect" | "sendmsg") => Self::NoRoute,
            Some(Errno::EADDRNOTAVAIL) => Self::NoSource,
            Some(Errno::EACCES | Errno::EPERM) => Self::Prohibited,
            _ => Self::os(call, source),
        }
    }

    /// The same of a unix socket, whose path and queue have errors of their own.
    pub(crate) fn of_unix_call(call: &'static str, source: io::Error) -> Self {
        match source.raw_os_error().map(Errno::from_raw) {
            // A path through what is no directory, or round in circles, leads to no socket.
            Some(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) => Self::NoSuchSocket,
            // Of other sockets, that the ports to connect from are used up (UDP).
            Some(Errno::EAGAIN) => Self::QueueFull,
            Some(Errno::EPROTOTYPE) => Self::Protocol("the socket is of another type".into()),
            Some(Errno::EINVAL) => Self::os(call, source),
            _ => Self::of_call(call, source, Duration::ZERO),
        }
    }

    /// What a failed read or write of a [`Stream`](crate::Stream) says about the peer; TLS has errors of its own.
    pub fn of_stream(source: io::Error) -> Self {
        #[cfg(feature = "tls")]
        if let Some(inner) = source.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::Tls(crate::tls::sentences::of_tls(inner));
        }
        match source.kind() {
            // The only end that a stream itself calls unexpected: without it, more could have been to come.
            io::ErrorKind::UnexpectedEof => {
                Self::Closed("without TLS's close_notify: what came may be cut short".into())
            }
            _ => Self::of_call("read", source, Duration::ZERO),
        }
    }

    /// What the resolver's refusal says about `name`.
    pub(crate) fn of_lookup(name: &str, error: LookupError) -> Self {
        let name = name.to_owned();
        match error.kind() {
            LookupErrorKind::NoName | LookupErrorKind::NoData => Self::NoSuchName { name },
            _ if error.error_num() == EAI_ADDRFAMILY => Self::NoSuchName { name },
            LookupErrorKind::Again => {
                Self::NameServer { name, why: "the name servers do not answer".to_owned() }
            }
            LookupErrorKind::Fail => {
                Self::NameServer { name, why: "the name servers refuse to answer".to_owned() }
            }
            _ => Self::NameServer { name, why: io::Error::from(error).to_string() },
        }
    }

    /// Puts the phase to it.
    pub(crate) fn during(self, phase: Phase) -> PhaseError {
        PhaseError { phase, error: self }
    }
}

/// The name has addresses, but of the other family (`netdb.h`; the crate does not know it).
const EAI_ADDRFAMILY: i32 = -9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unix_socket_means_other_things_by_the_same_errors() {
        #[rustfmt::skip]
        let cases = [
            (Errno::ENOENT,       "no-such-socket", "os"),
            (Errno::ENOTDIR,      "no-such-socket", "os"),
            (Errno::ELOOP,        "no-such-socket", "os"),
            (Errno::EPROTOTYPE,   "protocol",       "os"),
            (Errno::EAGAIN,       "queue-full",     "os"),
            (Errno::ECONNREFUSED, "refused",        "refused"),
            (Errno::EINVAL,       "os",             "no-route"),
            (Errno::EMFILE,       "os",             "os"),
        ];
        for (errno, of_unix, of_others) in cases {
            assert_eq!(Error::of_unix_call("connect", errno.into()).kind(), of_unix, "{errno}");
            assert_eq!(Error::of_call("connect", errno.into(), Duration::ZERO).kind(), of_others, "{errno}");
        }
    }

    #[test]
    fn who_said_it_is_told_unless_it_is_the_one_asked() {
        let (host, router) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 254]));
        #[rustfmt::skip]
        let cases = [
            (IcmpReason::PortUnreachable, Some(host),   "connection refused"),
            (IcmpReason::PortUnreachable, Some(router), "connection refused; 192.0.2.254 says so"),
            (IcmpReason::Prohibited,      Some(host),   "not permitted: a firewall or a policy forbids it; 192.0.2.1 says so"),
            (IcmpReason::NetUnreachable,  None,         "network unreachable: a router has no route there"),
            (IcmpReason::HostUnreachable, Some(router), "host unreachable: it does not answer on its network; 192.0.2.254 says so"),
            (IcmpReason::HostUnreachable, Some([127, 0, 0, 1].into()), "no route to host: it, or a router, does not answer"),
        ];
        for (reason, by, words) in cases {
            assert_eq!(Error::of_icmp(IcmpError { reason, by }, host).to_string(), words);
        }
    }
}
