//! What is said on standard error only with `--explain`: what was not asked of the kernel, why, and what helps.
//!
//! Upstream is silent about all of it, and scripts take that silence for granted. What leaves sockets out that the kernel has
//! is never kept quiet: that is in `messages.rs`.

use std::fmt::Display;

use netdiag_host::{Asked, AskedPart, Family, FamilyTable, ListSource, TcpListing};

use netdiag_text::Exit;

use super::details::Details;
use super::messages;
use super::selection::Selection;
use crate::invocation::Invocation;

/// Says it, a line at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Explain<'a> {
    pub(crate) call: &'a Invocation,
}

impl Explain<'_> {
    /// Says who told of a part, where it was not the kernel in answer to all that was wanted.
    pub(crate) fn source(self, part: FamilyTable, source: &ListSource) {
        if let Some(words) = words(part, source) {
            self.say(format_args!("{part}: {words}"));
        }
    }

    /// Says what was asked about TCP, and why not in halves.
    pub(crate) fn walks(self, listing: &TcpListing) {
        for asked in &listing.asked {
            self.say(question(*asked));
        }
        for why in &listing.undivided {
            self.say(format_args!("tcp sockets: not asked for in halves: {why}"));
        }
    }

    /// Says that a recording was shown (`TCPDIAG_FILE`).
    pub(crate) fn recorded(self, part: FamilyTable) {
        self.say(format_args!("{part}: read from $TCPDIAG_FILE; unset it to ask the kernel"));
    }

    /// Says what of the details the kernel keeps from those without privilege.
    pub(crate) fn withheld_details(self, selection: &Selection, details: Details) {
        let inet = selection.family_tables().any(|part| part.family.is_inet());
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

/// `tcp sockets of both families, first half: 42 answers`.
fn question(Asked { part, family, sockets }: Asked) -> String {
    let families = match family {
        Some(Family::Inet6) => "of family inet6",
        Some(_) => "of family inet",
        None => "of both families",
    };
    let what = match part {
        AskedPart::FirstHalf => ", first half",
        AskedPart::SecondHalf => ", second half",
        AskedPart::Bound => ", bound and no more",
        AskedPart::Connections => ", all but those bound and no more",
        _ => "",
    };
    let answers = if sockets == 1 { "answer" } else { "answers" };
    format!("tcp sockets {families}{what}: {sockets} {answers}")
}

fn words(part: FamilyTable, source: &ListSource) -> Option<String> {
    let module = || part.module().map(|module| format!("; modprobe {module}")).unwrap_or_default();
    Some(match source {
        ListSource::NamedFile(file) => {
            format!("read from {}, as PROC_ROOT or PROC_NET_* says; unset it to ask the kernel", file.display())
        }
        ListSource::NoNamedFile => {
            "not listed, as PROC_ROOT or PROC_NET_* is set and no file tells of them; unset it to ask the kernel"
                .to_owned()
        }
        ListSource::File(file) => format!(
            "this kernel cannot list them; read from {}, with fewer details{}",
            file.display(),
            module()
        ),
        ListSource::Nothing => format!("not listed: this kernel cannot list them{}", module()),
        ListSource::NotRegistered => "there are none: this kernel has no such sockets".to_owned(),
        ListSource::Unfiltered => {
            "this kernel does not know all that the filter asks; all sockets were read and chosen from here".to_owned()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use netdiag_host::{Family, Table};

    use super::*;

    #[test]
    fn every_detour_says_what_helps() {
        let part = |table, family| FamilyTable { table, family };
        let tcp = part(Table::Tcp, Family::Inet);
        #[rustfmt::skip]
        let cases = [
            (tcp, ListSource::NamedFile("/p/net/tcp".into()),       ["/p/net/tcp", "PROC_NET_*"]),
            (part(Table::Sctp, Family::Inet), ListSource::NoNamedFile, ["not listed", "PROC_ROOT"]),
            (tcp, ListSource::File("/p/net/tcp".into()),            ["/p/net/tcp", "fewer details"]),
            (part(Table::Sctp, Family::Inet6), ListSource::Nothing, ["not listed", "cannot list"]),
            (part(Table::Sctp, Family::Inet), ListSource::NotRegistered, ["there are none", "no such sockets"]),
            (tcp, ListSource::Unfiltered,                           ["filter", "here"]),
        ];
        for (part, source, expected) in cases {
            let words = words(part, &source).unwrap();
            assert!(expected.iter().all(|part| words.contains(part)) && !words.contains('\n'), "{words}");
        }
        assert_eq!(words(tcp, &ListSource::Kernel), None);
    }
}
