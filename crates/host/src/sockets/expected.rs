//! How many TCP sockets there are to list, as the kernel counts them beforehand.
//!
//! It only decides how to ask: sockets come and go meanwhile, and a kernel that does not count is asked nevertheless.

use netdiag_sockdiag::inet;
use netdiag_sockdiag::{State, States};

use crate::counters::{CounterFile, Counters};
use crate::host::Host;

/// TCP sockets of one network namespace.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Expected {
    /// Of IPv4, those in `TIME-WAIT` not among them.
    pub(super) v4: u64,
    /// Of IPv6, likewise.
    pub(super) v6: u64,
    /// Those in `TIME-WAIT`, of both.
    pub(super) time_wait: u64,
}

impl Expected {
    /// What the kernel counts; `None` where it does not say.
    pub(super) fn of(host: &Host) -> Option<Self> {
        let read = || {
            let mut counters = Counters::default();
            counters.read(CounterFile::Sockstat, &host.proc_root().net(CounterFile::Sockstat.name())).ok()?;
            // A kernel without IPv6 has no such file.
            let _ =
                counters.read(CounterFile::Sockstat6, &host.proc_root().net(CounterFile::Sockstat6.name()));
            Some(counters)
        };
        let counters = host.run(read).ok()??;
        let count = |name| counters.get(name).unwrap_or_default();
        Some(Self { v4: counters.get("TCP.inuse")?, v6: count("TCP6.inuse"), time_wait: count("TCP.tw") })
    }

    /// All of them: so many the kernel goes through, whatever is asked for.
    pub(super) fn all(self) -> u64 {
        self.v4 + self.v6 + self.time_wait
    }

    /// About how many of a family, or of both, are in one of some states. Of states that seldom last all are taken to be none.
    pub(super) fn of_states(self, family: Option<inet::Family>, states: States) -> u64 {
        let established = match family {
            Some(inet::Family::V4) => self.v4,
            Some(inet::Family::V6) => self.v6,
            None => self.v4 + self.v6,
        };
        let count = |state, count| if states.contains(state) { count } else { 0 };
        count(State::ESTABLISHED, established) + count(State::TIME_WAIT, self.time_wait)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::proc_root::ProcRoot;

    #[test]
    fn what_the_kernel_counts_is_expected() {
        let place = tempfile::tempdir().unwrap();
        let host = Host::here().with_proc_root(ProcRoot::at(place.path()));
        assert_eq!(Expected::of(&host), None, "it does not say");
        fs::create_dir(place.path().join("net")).unwrap();
        let text = "sockets: used 9\nTCP: inuse 5 orphan 0 tw 3 alloc 9 mem 1\nUDP: inuse 1 mem 0\n";
        fs::write(place.path().join("net/sockstat"), text).unwrap();
        assert_eq!(Expected::of(&host), Some(Expected { v4: 5, v6: 0, time_wait: 3 }));
        fs::write(place.path().join("net/sockstat6"), "TCP6: inuse 7\nUDP6: inuse 2\n").unwrap();
        let expected = Expected::of(&host).unwrap();
        assert_eq!(expected, Expected { v4: 5, v6: 7, time_wait: 3 });
        use inet::Family::{V4, V6};
        #[rustfmt::skip]
        let cases = [
            (None,     States::ALL,                      15),
            (Some(V4), States::ALL,                      8),
            (Some(V6), States::CONN,                     7),
            (None,     States::only(State::TIME_WAIT),   3),
            (None,     States::only(State::CLOSE_WAIT),  0),
            (None,     States::LISTENING,                0),
        ];
        for (family, states, count) in cases {
            assert_eq!(expected.of_states(family, states), count, "{family:?} {states:?}");
        }
        assert_eq!(expected.all(), 15);
        assert!(Expected::of(&Host::here()).is_some());
    }
}
