//! What stands out in a list, summed, with the command to look closer: what ends a table for people.
//!
//! Holders are named where they are looked for (`-p`); the command looks for them in any case.

mod finding;
mod rule;
mod words;

use std::collections::BTreeMap;

use netdiag_host::Socket;
use netdiag_host::fields::{Facts, FullQueues};

use self::finding::Finding;
use self::rule::Rule;
pub(crate) use self::words::Words;
use super::count::{Groups, Value, peer, process};
use super::names::Names;

/// Sockets that stand out, as they are met.
#[derive(Debug, Default)]
pub(crate) struct Standouts(Groups<Standout>);

/// What sockets that stand out have in common.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct Standout {
    rule: Rule,
    /// The option that lists such sockets.
    letter: &'static str,
    /// The port that is asked for: a listener's own, else that of the other end; 0 where it does not matter.
    port: u16,
    peer: Value,
    process: Value,
}

impl Standouts {
    /// Looks at a socket.
    pub(crate) fn add(&mut self, facts: &Facts<'_>, full: FullQueues, names: &Names) {
        for rule in Rule::of(facts, full) {
            let socket = &facts.socket;
            let owners = names.owners.as_deref();
            self.0.add(&Standout {
                rule,
                letter: letter(socket),
                port: port(rule, socket),
                peer: peer(socket),
                process: owners.map_or(Value::Unknown, |owners| process(socket, owners)),
            });
        }
    }

    /// A dump begins.
    pub(crate) fn begin(&mut self) {
        self.0.settle();
    }

    /// Forgets what was met since.
    pub(crate) fn take_back(&mut self) {
        self.0.take_back();
    }

    /// What is enough to be told.
    pub(crate) fn findings(&mut self) -> Vec<Finding> {
        let mut found: BTreeMap<_, Finding> = BTreeMap::new();
        for (standout, count) in self.0.finish().groups {
            let Standout { rule, letter, port, peer, process } = standout;
            let server = if rule.standard().apart { Some(peer.clone()) } else { None };
            let finding = found.entry((rule, letter, port, server)).or_insert_with(|| Finding {
                rule,
                letter,
                count: 0,
                port,
                peers: Vec::new(),
                processes: Vec::new(),
            });
            finding.count += count;
            add(&mut finding.peers, peer, count);
            add(&mut finding.processes, process, count);
        }
        let mut findings: Vec<Finding> = found.into_values().collect();
        findings.retain(|finding| finding.count >= finding.rule.standard().least);
        for finding in &mut findings {
            for counts in [&mut finding.peers, &mut finding.processes] {
                counts
                    .sort_by(|(one, count), (other, others)| others.cmp(count).then_with(|| one.cmp(other)));
            }
        }
        findings.sort_by(|one, other| (one.rule, other.count).cmp(&(other.rule, one.count)));
        findings
    }
}

fn add(counts: &mut Vec<(Value, u64)>, value: Value, more: u64) {
    match counts.iter_mut().find(|(known, _)| *known == value) {
        Some((_, count)) => *count += more,
        None => counts.push((value, more)),
    }
}

fn letter(socket: &Socket<'_>) -> &'static str {
    match socket.netid() {
        "tcp" => "t",
        "udp" => "u",
        "mptcp" => "M",
        "sctp" => "S",
        "dccp" => "d",
        "u_str" | "u_dgr" | "u_seq" => "x",
        "p_raw" | "p_dgr" => "0",
        _ => "",
    }
}

fn port(rule: Rule, socket: &Socket<'_>) -> u16 {
    let Some(inet) = socket.inet() else {
        return 0;
    };
    match rule {
        Rule::AcceptQueue => inet.local_port(),
        Rule::SynSent => inet.remote_port(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use netdiag_host::Table;
    use netdiag_sockdiag::{InetRequest, Query, State};

    use super::*;
    use crate::ss::text::fixture::Inet;

    fn found(sockets: &[(usize, Inet)]) -> Vec<(Rule, u64, usize)> {
        let mut standouts = Standouts::default();
        for (times, inet) in sockets {
            let record = inet.bytes();
            let facts = Facts::new(Socket::Inet(Table::Tcp, InetRequest::view(&record).unwrap()));
            for _ in 0..*times {
                standouts.add(&facts, facts.full_queues(), &Names::default());
            }
        }
        let findings = standouts.findings();
        findings.iter().map(|finding| (finding.rule, finding.count, finding.peers.len())).collect()
    }

    #[test]
    fn few_are_normal_and_piles_are_summed() {
        let close_wait = |remote| Inet { state: State::CLOSE_WAIT, remote, ..Inet::default() };
        assert_eq!(found(&[(9, close_wait("10.0.0.1:1"))]), []);
        let two_peers =
            [(6, close_wait("10.0.0.1:1")), (3, close_wait("10.0.0.2:1")), (2, close_wait("10.0.0.1:7"))];
        assert_eq!(found(&two_peers), [(Rule::CloseWait, 11, 2)]);
        // Attempts count together only where one server is asked.
        let syn_sent = |remote| Inet { state: State::SYN_SENT, remote, ..Inet::default() };
        let attempts =
            [(2, syn_sent("10.0.0.1:80")), (2, syn_sent("10.0.0.1:81")), (2, syn_sent("10.0.0.2:80"))];
        assert_eq!(found(&attempts), []);
        assert_eq!(
            found(&[(3, syn_sent("10.0.0.1:80")), (2, syn_sent("10.0.0.1:81"))]),
            [(Rule::SynSent, 3, 1)]
        );
        let full = |local| Inet { state: State::LISTEN, queues: [2, 1], local, ..Inet::default() };
        let queues = found(&[(1, full("0.0.0.0:80")), (1, full("0.0.0.0:81"))]);
        assert_eq!(queues, [(Rule::AcceptQueue, 1, 1), (Rule::AcceptQueue, 1, 1)]);
    }

    #[test]
    fn an_interrupted_dump_is_not_found_twice() {
        let record = Inet { state: State::LISTEN, queues: [2, 1], ..Inet::default() }.bytes();
        let facts = Facts::new(Socket::Inet(Table::Tcp, InetRequest::view(&record).unwrap()));
        let mut standouts = Standouts::default();
        standouts.begin();
        standouts.add(&facts, facts.full_queues(), &Names::default());
        standouts.take_back();
        assert_eq!(standouts.findings(), []);
    }
}
