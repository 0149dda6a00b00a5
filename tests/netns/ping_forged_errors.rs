//! ICMP errors nobody honest would send: what quotes another secret is not believed, by no tool.

use std::time::Duration;

use netdiag_lab::{Reply, forge, packet};

use crate::guard;
use crate::ping_forged::{Forged, TARGETS};
use crate::ping_run::run_netdiag;

/// "Host unreachable" about an echo request, which it quotes as `quoted` makes it; nothing of what is no such request.
fn unreachable(request: &[u8], quoted: impl FnOnce(&mut Vec<u8>)) -> Option<Reply> {
    forge::echo_reply(request)?;
    let to = packet::destination(request)?;
    let (kind, code) = if to.is_ipv4() { (3, 1) } else { (1, 3) };
    let mut quote = request.to_vec();
    quoted(&mut quote);
    forge::icmp_error(to, kind, code, 0, &quote).map(Reply::from)
}

/// Where the data of a quoted request begin.
fn data(quote: &[u8]) -> usize {
    if quote[0] >> 4 == 4 { 28 } else { 48 }
}

type Quote = fn(&mut Vec<u8>);

/// What an error may quote, how many of three it makes, and whether they are proved to be about this run's probes.
#[rustfmt::skip]
const QUOTES: [(&str, Quote, u64, Option<bool>); 5] = [
    ("all of the request",    |_| {},                                                  3, Some(true)),
    ("its header",            |quote| quote.truncate(data(quote)),                     3, Some(false)),
    ("a part of the secret",  |quote| quote.truncate(data(quote) + 9),                 3, Some(false)),
    ("another secret",        |quote| { let at = data(quote); quote[at] ^= 1; },       0, None),
    ("another secret in part", |quote| { let at = data(quote); quote[at + 3] ^= 1; quote.truncate(at + 5); }, 0, None),
];

#[test]
fn an_error_that_quotes_another_secret_is_not_believed() {
    guard::namespace();
    for (name, quote, errors, authenticated) in QUOTES {
        let forged = Forged::by_request(move |request| unreachable(request, quote).into_iter().collect());
        let counted = if errors > 0 { format!(", +{errors} errors") } else { String::new() };
        forged.each("-c 3 -i 0.01 -W 0.1", |run| {
            let expected = format!("3 packets transmitted, 0 received{counted}, 100% packet loss");
            assert_eq!(run.counts(), expected, "{name}: {run}");
            assert_eq!(run.stdout.matches("\nFrom ").count() as u64, errors, "{name}: {run}");
        });
        // Sockets are datagram ones by now.
        for range in ["0 0", "1 0"] {
            forged.host.sysctl("net.ipv4.ping_group_range", range).unwrap();
            for (_, target) in TARGETS {
                let lines =
                    run_netdiag(&forged.host, &format!("ping --format jsonl -c 3 -i 0.01 -W 0.1 {target}"));
                let key = |value| format!("\"icmp_code\":{},", if target.contains(':') { 3 } else { value });
                let told = lines.stdout.lines().filter(|line| line.contains(&key(1)));
                let expected =
                    authenticated.map(|authenticated| format!("\"authenticated\":{authenticated}"));
                assert!(
                    told.clone().all(|line| line.contains(expected.as_deref().unwrap())),
                    "{name}: {lines}"
                );
                assert_eq!(told.count() as u64, errors, "{name}: {lines}");
                let foreign = format!("\"foreign\":{},", 3 - errors);
                assert!(lines.stdout.contains(&foreign), "{name}: {lines}");
            }
        }
    }
}

#[test]
fn no_tool_takes_an_error_with_another_secret_for_an_answer() {
    guard::namespace();
    let forged = Forged::by_request(|request| {
        let lie = |quote: &mut Vec<u8>| {
            let at = data(quote);
            quote[at] ^= 1;
        };
        let honest = forge::echo_reply(request);
        let late = honest.map(|packet| Reply { after: Duration::from_millis(30), packet });
        unreachable(request, lie).into_iter().chain(late).collect()
    });
    for range in ["1 0", "0 0"] {
        forged.host.sysctl("net.ipv4.ping_group_range", range).unwrap();
        for (_, target) in TARGETS {
            let host = if target.contains(':') { format!("[{target}]") } else { target.to_owned() };
            for words in ["probe icmp://", "check icmp:", "wait -t 60s icmp://"] {
                let run = run_netdiag(&forged.host, &format!("{words}{host}"));
                assert_eq!(run.end, "exit status: 0", "{words} {range}: {run}");
            }
        }
    }
}
