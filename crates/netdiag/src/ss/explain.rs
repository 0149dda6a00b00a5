//! What is said on standard error only with `--explain`: what was not asked of the kernel, why, and what helps.
//!
//! Upstream is silent about all of it, and scripts take that silence for granted. What leaves sockets out that the kernel has
//! is never kept quiet: that is in `messages.rs`.

use std::fmt::Display;
use std::path::PathBuf;

use netdiag_text::Exit;

use super::details::Details;
use super::listing::Part;
use super::messages;
use super::selection::Selection;
use crate::invocation::Invocation;

/// How a part of a listing was come by, where not by an answer of the kernel to all that was wanted.
#[derive(Debug)]
pub(crate) enum Detour {
    /// The environment names files; this one was read.
    Insisted(PathBuf),
    /// The environment names files, and none tells of such sockets.
    Untold,
    /// The kernel cannot tell of such sockets by netlink; this file does.
    Substituted(PathBuf),
    /// Nothing tells of such sockets.
    Unknown,
    /// A recording was read (`TCPDIAG_FILE`).
    Recorded,
    /// The kernel does not know some part of the filter, so that all sockets came and were chosen here.
    Unfiltered,
}

/// Says it, a line at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Explain<'a> {
    pub(crate) call: &'a Invocation,
}

impl Explain<'_> {
    /// Says how a part was come by.
    pub(crate) fn detour(self, part: Part, detour: &Detour) {
        self.say(format_args!("{}: {}", messages::sockets(part), detour.words(part)));
    }

    /// Says what of the details the kernel keeps from those without privilege.
    pub(crate) fn withheld_details(self, selection: &Selection, details: Details) {
        let inet = selection.dumps().any(|(_, family)| family.is_inet());
        let kept = [
            (inet && details.identity, "firewall marks"),
            (inet && details.info, "signature keys"),
            (details.bpf, "filter programs"),
        ];
        for (_, what) in kept.into_iter().filter(|(wanted, _)| *wanted) {
            self.say(format_args!(
                "{what}: the kernel tells them only to those with cap_net_admin; run it as root"
            ));
        }
    }

    fn say(self, words: impl Display) {
        messages::failure(self.call, Exit::Success, words).report(self.call);
    }
}

impl Detour {
    fn words(&self, part: Part) -> String {
        let module = messages::module(part);
        match self {
            Self::Insisted(file) => {
                format!("read from {}, as PROC_ROOT or PROC_NET_* says; unset it to ask the kernel", file.display())
            }
            Self::Untold => {
                "not listed, as PROC_ROOT or PROC_NET_* is set and no file tells of them; unset it to ask the kernel"
                    .to_owned()
            }
            Self::Substituted(file) => format!(
                "this kernel cannot list them; read from {}, with fewer details; modprobe {module}, if there is such a module",
                file.display()
            ),
            Self::Unknown => {
                format!("not listed: this kernel cannot list them; modprobe {module}, if there is such a module")
            }
            Self::Recorded => "read from $TCPDIAG_FILE; unset it to ask the kernel".to_owned(),
            Self::Unfiltered => {
                "this kernel does not know all that the filter asks; all sockets were read and chosen from here".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::States;

    use super::super::selection::{Family, Table};
    use super::*;

    #[test]
    fn every_detour_says_what_helps() {
        let part = |table, family| Part { table, family, states: States::ALL };
        let tcp = part(Table::Tcp, Family::Inet);
        #[rustfmt::skip]
        let cases = [
            (tcp, Detour::Insisted("/p/net/tcp".into()),     ["/p/net/tcp", "PROC_NET_*"]),
            (part(Table::Sctp, Family::Inet), Detour::Untold, ["not listed", "PROC_ROOT"]),
            (tcp, Detour::Substituted("/p/net/tcp".into()),  ["/p/net/tcp", "modprobe tcp_diag"]),
            (part(Table::Sctp, Family::Inet6), Detour::Unknown, ["not listed", "modprobe sctp_diag"]),
            (part(Table::PacketRaw, Family::Link), Detour::Unknown, ["not listed", "modprobe af_packet_diag"]),
            (tcp, Detour::Recorded,                          ["$TCPDIAG_FILE", "unset"]),
            (tcp, Detour::Unfiltered,                        ["filter", "here"]),
        ];
        for (part, detour, expected) in cases {
            let words = detour.words(part);
            assert!(expected.iter().all(|part| words.contains(part)) && !words.contains('\n'), "{words}");
        }
    }
}
