//! What stands out, in words: one line each, which ends with the command to look closer.

use std::net::{IpAddr, SocketAddr};

use netdiag_text::shell::quoted;
use netdiag_text::{Message, Secrets};

use super::finding::Finding;
use super::rule::Rule;
use crate::ss::count::{Labels, Value};

/// Puts findings into words.
pub(crate) struct Words<'l, 'n> {
    pub(crate) labels: Labels<'n>,
    /// What makes `netdiag ss` look where this list was made: `-N NAME`.
    pub(crate) place: &'l [String],
}

impl Words<'_, '_> {
    /// Lines for these, no more than fit on a screen.
    pub(crate) fn lines(&mut self, findings: &[Finding]) -> Vec<String> {
        let mut lines: Vec<_> = findings.iter().take(LINES).map(|finding| self.line(finding)).collect();
        if let Some(more) = findings.len().checked_sub(LINES).filter(|&more| more > 0) {
            lines.push(format!("and {more} more: netdiag ss --count-by state,peer,process -ta"));
        }
        lines
    }

    fn line(&mut self, finding: &Finding) -> String {
        let mut line = what(finding);
        if let Some(who) = self.who(finding) {
            line += &who;
        }
        if let Some(peer) = self.peer(finding) {
            line += &peer;
        }
        format!("{line}: {}", self.command(finding))
    }

    /// Who holds them: the one that holds all, or most.
    fn who(&mut self, finding: &Finding) -> Option<String> {
        let (process, count) =
            finding.processes.first().filter(|(value, _)| matches!(value, Value::Process { .. }))?;
        let name = self.labels.text(process);
        Some(match finding.count {
            1 => format!(", {name}"),
            all if *count == all => format!(", all {name}"),
            _ => format!(", {count} of them {name}"),
        })
    }

    fn peer(&mut self, finding: &Finding) -> Option<String> {
        if finding.rule.standard().apart {
            return None;
        }
        let (peer, count) = finding.peers.first().filter(|(value, _)| matches!(value, Value::Address(_)))?;
        let name = self.labels.text(peer);
        match finding.count {
            all if *count == all => Some(format!(", peer {name}")),
            all if count * 2 >= all => Some(format!(", {count} with peer {name}")),
            _ => None,
        }
    }

    /// The list of these sockets and of no others, as far as that can be said.
    fn command(&self, finding: &Finding) -> String {
        let letter = finding.letter;
        let (options, states, condition) = match finding.rule {
            Rule::AcceptQueue if finding.port > 0 => ("lnp", &[][..], format!("sport = {}", finding.port)),
            Rule::AcceptQueue => ("lnp", &[][..], "recvq > 0".to_owned()),
            Rule::CloseWait => (
                "np",
                &["close-wait"][..],
                only(&finding.peers).map(|peer| format!("dst {peer}")).unwrap_or_default(),
            ),
            Rule::ReceiveQueue => ("anpm", &[][..], "recvq > 0".to_owned()),
            Rule::SendQueue => ("anpmi", &[][..], "sendq > 0".to_owned()),
            Rule::SynSent => {
                let server =
                    only(&finding.peers).map(|peer| format!("dst {}", SocketAddr::new(peer, finding.port)));
                ("npo", &["syn-sent"][..], server.unwrap_or_default())
            }
            Rule::Retransmitting => ("npoi", &[][..], "retrans > 0".to_owned()),
            Rule::Orphan => {
                ("no", &["fin-wait-1", "fin-wait-2", "last-ack", "closing"][..], "inode = 0".to_owned())
            }
            Rule::Drops => ("anpm", &[][..], String::new()),
        };
        let held = match &finding.processes[..] {
            [(Value::Process { pid, .. }, _)] => format!("pid = {pid}"),
            _ => String::new(),
        };
        let conditions: Vec<_> = [condition, held].into_iter().filter(|word| !word.is_empty()).collect();
        let mut words = vec!["netdiag".to_owned(), "ss".to_owned()];
        words.extend_from_slice(self.place);
        words.push(format!("-{letter}{options}"));
        words.extend(states.iter().flat_map(|state| ["state".to_owned(), (*state).to_owned()]));
        words.extend(Some(conditions.join(" ")).filter(|words| !words.is_empty()));
        let words = words.iter().map(|word| Secrets::NONE.show(&quoted(&Message::foreign(word))).to_string());
        words.collect::<Vec<_>>().join(" ")
    }
}

fn what(finding: &Finding) -> String {
    let Finding { rule, count, port, letter, .. } = finding;
    let several = if *count == 1 { "" } else { "s" };
    match rule {
        Rule::AcceptQueue if *port > 0 => format!("accept queue of port {port} full"),
        Rule::AcceptQueue => format!("{count} accept queue{several} full"),
        Rule::CloseWait => format!("{count} CLOSE-WAIT"),
        Rule::ReceiveQueue => format!("{count} receive queue{several} full"),
        Rule::SendQueue => format!("{count} send queue{several} full"),
        Rule::SynSent => match only(&finding.peers) {
            Some(peer) => format!("{count} SYN-SENT to {}", SocketAddr::new(peer, *port)),
            None => format!("{count} SYN-SENT"),
        },
        Rule::Retransmitting => format!("{count} connections retransmit in vain"),
        Rule::Orphan => format!("{count} closed connections wait for their peers"),
        Rule::Drops if *letter == "u" => format!("{count} UDP socket{several} with dropped packets"),
        Rule::Drops => format!("{count} socket{several} with dropped packets"),
    }
}

/// The one address there is.
fn only(peers: &[(Value, u64)]) -> Option<IpAddr> {
    match peers {
        [(Value::Address(address), _)] => Some(*address),
        _ => None,
    }
}

/// Lines below a table.
const LINES: usize = 12;

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;
    use netdiag_sockdiag::filter::language::{Defaults, Filter, FilterErrorKind, NoNames};

    use super::*;
    use crate::ss::args::Args;
    use crate::ss::names::Names;

    fn finding(rule: Rule, count: u64) -> Finding {
        let process = |comm: &[u8], pid| Value::Process { comm: comm.into(), pid, others: 0 };
        let peer = |last| Value::Address([10, 77, 0, last].into());
        Finding {
            rule,
            letter: if rule == Rule::Drops { "u" } else { "t" },
            count,
            port: if rule.standard().apart { 8080 } else { 0 },
            peers: match count {
                2..100 => vec![(peer(2), count - 1), (peer(3), 1)],
                _ => vec![(peer(2), count)],
            },
            processes: match count {
                1 => vec![(Value::Unknown, 1)],
                ..50 => vec![(process(b"a", 1), count - 2), (process(b"b", 2), 2)],
                _ => vec![(process(b"python3", 12_258), count)],
            },
        }
    }

    fn lines(findings: &[Finding], place: &[String]) -> Vec<String> {
        let mut names = Names::default();
        Words { labels: Labels::new(&mut names), place }.lines(findings)
    }

    #[test]
    fn a_line_says_how_many_whose_to_whom_and_what_shows_them() {
        let mut one_server = finding(Rule::SynSent, 70);
        one_server.peers.truncate(1);
        #[rustfmt::skip]
        let cases = [
            (finding(Rule::CloseWait, 1679), "1679 CLOSE-WAIT, all python3[12258], peer 10.77.0.2: netdiag ss -tnp state close-wait 'dst 10.77.0.2 pid = 12258'"),
            (finding(Rule::CloseWait, 40),   "40 CLOSE-WAIT, 38 of them a[1], 39 with peer 10.77.0.2: netdiag ss -tnp state close-wait"),
            (finding(Rule::AcceptQueue, 1),  "accept queue of port 8080 full: netdiag ss -tlnp 'sport = 8080'"),
            (finding(Rule::ReceiveQueue, 1), "1 receive queue full, peer 10.77.0.2: netdiag ss -tanpm 'recvq > 0'"),
            (one_server,                     "70 SYN-SENT to 10.77.0.2:8080, all python3[12258]: netdiag ss -tnpo state syn-sent 'dst 10.77.0.2:8080 pid = 12258'"),
            (finding(Rule::Drops, 5),        "5 UDP sockets with dropped packets, 3 of them a[1], 4 with peer 10.77.0.2: netdiag ss -uanpm"),
        ];
        for (finding, expected) in cases {
            assert_eq!(lines(&[finding], &[]), [expected]);
        }
        let elsewhere = lines(&[finding(Rule::CloseWait, 40)], &["-N".to_owned(), "my net".to_owned()]);
        assert!(elsewhere[0].ends_with("netdiag ss -N 'my net' -tnp state close-wait"), "{elsewhere:?}");
        let many: Vec<_> = (0..14).map(|_| finding(Rule::AcceptQueue, 1)).collect();
        assert_eq!((lines(&many, &[]).len(), lines(&many, &[])[12].starts_with("and 2 more")), (13, true));
    }

    #[test]
    fn every_command_is_one() {
        for standard in &super::super::rule::STANDARDS {
            for count in [1, 40, 1679] {
                let line = lines(&[finding(standard.rule, count)], &[]).remove(0);
                let (_, command) = line.split_once(": netdiag ").unwrap();
                let command = shlex::split(command).unwrap();
                let grammar = <Args as clap::Args>::augment_args(clap::Command::new("ss"));
                let matches =
                    grammar.try_get_matches_from(command).unwrap_or_else(|error| panic!("{line}: {error}"));
                let args = Args::from_arg_matches(&matches).unwrap();
                let words =
                    crate::ss::words::Words::new(&args.options.words, |name| name.parse().ok()).unwrap();
                match Filter::read(&words.filter, Defaults::default(), &NoNames) {
                    Ok(_) => {}
                    // Nobody is looked for here.
                    Err(wrong) => {
                        assert!(matches!(wrong.kind, FilterErrorKind::Owners(_)), "{line}: {wrong:?}");
                    }
                }
            }
        }
    }
}
