//! What stands out among sockets: one rule for each kind of pile, and how many make one.
//!
//! A rule looks at one socket at a time. Nearly everything that stands out is normal in small numbers, so each rule has a number from
//! which on it is told, with the reason for it.

use netdiag_host::fields::{Facts, FullQueues};
use netdiag_host::{Socket, Table};
use netdiag_sockdiag::State;

/// A kind of pile.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Rule {
    /// A listener lets nobody in.
    AcceptQueue,
    /// The peer has closed, the program has not.
    CloseWait,
    /// The program does not read.
    ReceiveQueue,
    /// The peer or the network takes less than the program writes.
    SendQueue,
    /// Nobody answers.
    SynSent,
    /// Acknowledgements stay out.
    Retransmitting,
    /// Closed by the program, and the peer does not confirm.
    Orphan,
    /// Datagrams came faster than they were read.
    Drops,
}

/// When a rule is told of.
pub(crate) struct Standard {
    pub(crate) rule: Rule,
    /// How many sockets it takes.
    pub(crate) least: u64,
    /// Whether sockets count together only if they are of one port, or of one address and port at the other end.
    pub(crate) apart: bool,
    /// Why so many.
    #[cfg_attr(not(test), expect(dead_code, reason = "the table in docs/ss.md is held against it"))]
    pub(crate) because: &'static str,
}

/// In the order they are told.
#[rustfmt::skip]
pub(crate) const STANDARDS: [Standard; 8] = [
    Standard { rule: Rule::AcceptQueue,    least: 1,  apart: true,  because: "while it is full, whoever asks for a connection is not answered" },
    Standard { rule: Rule::CloseWait,      least: 10, apart: false, because: "a program closes within moments what its peer has closed; ten are not being closed" },
    Standard { rule: Rule::ReceiveQueue,   least: 1,  apart: false, because: "a program that reads never lets it become full" },
    Standard { rule: Rule::SendQueue,      least: 3,  apart: false, because: "one or two are bulk transfers at work" },
    Standard { rule: Rule::SynSent,        least: 3,  apart: true,  because: "an answer takes one round trip; three at a time to one server are not being answered" },
    Standard { rule: Rule::Retransmitting, least: 3,  apart: false, because: "a packet or two get lost anywhere; each of these has timed out twice in a row" },
    Standard { rule: Rule::Orphan,         least: 50, apart: false, because: "closing takes a round trip or two; so many are not being confirmed" },
    Standard { rule: Rule::Drops,          least: 1,  apart: false, because: "what was dropped is lost" },
];

impl Rule {
    /// What stands out about a socket.
    pub(crate) fn of(facts: &Facts<'_>, full: FullQueues) -> impl Iterator<Item = Self> {
        let socket = &facts.socket;
        let state = socket.state();
        let (inet, listens) = (socket.inet(), state == State::LISTEN);
        let tcp = matches!(socket, Socket::Inet(Table::Tcp | Table::Mptcp | Table::Dccp, _));
        let closing =
            matches!(state, State::FIN_WAIT_1 | State::FIN_WAIT_2 | State::CLOSING | State::LAST_ACK);
        let in_vain = inet.filter(|inet| inet.timer() == RETRANSMISSION).map_or(0, |inet| inet.retransmits());
        let found = [
            (listens && full.receive, Self::AcceptQueue),
            (tcp && state == State::CLOSE_WAIT, Self::CloseWait),
            (!listens && full.receive, Self::ReceiveQueue),
            (full.send, Self::SendQueue),
            (tcp && state == State::SYN_SENT, Self::SynSent),
            (tcp && state != State::SYN_SENT && in_vain >= TIMEOUTS, Self::Retransmitting),
            (tcp && closing && socket.inode() == 0, Self::Orphan),
            (facts.datagrams_dropped().is_some_and(|drops| drops > 0), Self::Drops),
        ];
        found.into_iter().filter(|(is_so, _)| *is_so).map(|(_, rule)| rule)
    }

    /// When it is told of.
    pub(crate) fn standard(self) -> &'static Standard {
        const _: () = assert!(STANDARDS.len() == Rule::Drops as usize + 1);
        STANDARDS.iter().find(|standard| standard.rule == self).unwrap_or(&STANDARDS[0])
    }
}

/// The timer that sends again (`idiag_timer`).
const RETRANSMISSION: u8 = 1;
/// How often it fires in vain before that is more than bad luck.
const TIMEOUTS: u8 = 2;

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::{InetRequest, Query};

    use super::*;
    use crate::ss::text::fixture::{Inet, attr, words};

    fn memory(received: u32, queued: u32, drops: u32) -> Vec<Vec<u8>> {
        vec![attr(7, &words(&[received, 160, queued, 100, 0, queued, 0, 0, drops]))]
    }

    #[test]
    fn every_pile_is_recognised_by_its_sockets() {
        let of = |state| Inet { state, ..Inet::default() };
        let established = || of(State::ESTABLISHED);
        #[rustfmt::skip]
        let cases: Vec<(Table, Inet, &[Rule])> = vec![
            (Table::Tcp, established(),                                              &[]),
            (Table::Tcp, of(State::CLOSE_WAIT),                                      &[Rule::CloseWait]),
            (Table::Sctp, of(State::CLOSE_WAIT),                                     &[]),
            (Table::Tcp, Inet { queues: [1, 1], ..of(State::LISTEN) },               &[]),
            (Table::Tcp, Inet { queues: [2, 1], ..of(State::LISTEN) },               &[Rule::AcceptQueue]),
            (Table::Tcp, Inet { attrs: memory(150, 0, 0), ..established() },         &[Rule::ReceiveQueue]),
            (Table::Tcp, Inet { attrs: memory(0, 100, 0), ..established() },         &[Rule::SendQueue]),
            (Table::Tcp, Inet { attrs: memory(0, 99, 5), ..established() },          &[]),
            (Table::Udp, Inet { attrs: memory(150, 0, 5), ..of(State::CLOSE) },      &[Rule::ReceiveQueue, Rule::Drops]),
            (Table::Tcp, of(State::SYN_SENT),                                        &[Rule::SynSent]),
            (Table::Tcp, Inet { timer: (1, 5), ..of(State::SYN_SENT) },              &[Rule::SynSent]),
            (Table::Tcp, Inet { timer: (1, 2), ..established() },                    &[Rule::Retransmitting]),
            (Table::Tcp, Inet { timer: (1, 1), ..established() },                    &[]),
            (Table::Tcp, Inet { timer: (2, 9), ..established() },                    &[]),
            (Table::Tcp, Inet { inode: 0, ..of(State::LAST_ACK) },                   &[Rule::Orphan]),
            (Table::Tcp, Inet { inode: 0, ..of(State::FIN_WAIT_1) },                 &[Rule::Orphan]),
            (Table::Tcp, Inet { inode: 9, ..of(State::FIN_WAIT_2) },                 &[]),
            (Table::Tcp, Inet { inode: 0, ..of(State::TIME_WAIT) },                  &[]),
        ];
        for (table, inet, expected) in cases {
            let record = inet.bytes();
            let facts = Facts::new(Socket::Inet(table, InetRequest::view(&record).unwrap()));
            let found: Vec<_> = Rule::of(&facts, facts.full_queues()).collect();
            assert_eq!(found, expected, "{table:?} {inet:?}");
        }
    }

    #[test]
    fn every_number_has_its_reason_in_the_documents() {
        let page = include_str!("../../../../../docs/ss.md");
        for (at, standard) in STANDARDS.iter().enumerate() {
            assert_eq!(standard.rule as usize, at, "{:?}", standard.rule);
            assert_eq!(standard.rule.standard().least, standard.least);
            let row = format!("| {} | {} |", standard.least, standard.because);
            assert!(page.contains(&row), "{row}");
        }
    }
}
