//! Each timer a TCP socket can have, made to run by the kernel, and shown as the kernel's own table has it.
//!
//! A delayed acknowledgement (`delack`) is told by kernels after 6.18 only, so that one is a record in tests/cli.

use std::time::Duration;

use netdiag_lab::{Family, Held, Host, Lab, TcpPeer, TcpRow, TcpState, TcpStates};
use serde_json::json;
use socket2::TcpKeepalive;

use super::sight::{Sight, steady};
use crate::guard;

/// What the kernel's table and we say of a socket, once `condition` holds.
#[track_caller]
fn seen(host: &Host, held: &Held, condition: impl Fn(&TcpRow) -> bool) -> (TcpRow, Sight) {
    steady(|| held.row(host).unwrap().filter(&condition), || Sight::of(host, held))
}

/// The timer of the line: name, time, count. The record must say the same; it is a little younger.
#[track_caller]
fn timer(sight: &Sight) -> Option<(String, u64)> {
    let Some(word) = sight.word("timer") else {
        assert_eq!(sight.json("/timer"), &json!(null), "{:?}", sight.words);
        return None;
    };
    let parts: Vec<&str> = word.trim_matches(['(', ')']).split(',').collect();
    let [name, time, count] = parts[..] else { panic!("{word}") };
    let count: u64 = count.parse().unwrap();
    assert_eq!(sight.json("/timer/name"), name);
    assert_eq!(sight.json("/timer/timeouts"), count);
    let left = sight.json("/timer/expires_us").as_u64().unwrap() / 1000;
    assert!(left <= milliseconds(time), "{left} ms after {word}");
    Some((name.to_owned(), count))
}

/// The most a time can have been before it was cut to what fits.
fn milliseconds(time: &str) -> u64 {
    let (minutes, rest) = time.split_once("min").unwrap_or(("0", time));
    let rounded = if minutes == "0" { 0 } else { 60_000 };
    let seconds: f64 = match rest.strip_suffix("ms") {
        Some(rest) => rest.parse::<f64>().unwrap() / 1000.0,
        None => rest.trim_end_matches("sec").parse().unwrap_or(0.0),
    };
    minutes.parse::<u64>().unwrap() * 60_000 + rounded + (seconds * 1000.0).ceil() as u64 + 1000
}

#[test]
fn the_retransmission_timer_counts_what_was_sent_again() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = &lab.host("timers").unwrap();
    let peer = TcpPeer::new(&lab, host, "tcp0").unwrap();
    let held = Family::ALL.map(|family| peer.unacknowledged(family, 100).unwrap());
    for held in &held {
        let (row, sight) = seen(host, held, |row| row.timer == 1 && row.retransmits >= 2);
        assert_eq!(timer(&sight), Some(("on".to_owned(), row.retransmits.into())));
    }
}

#[test]
fn a_silent_peer_is_probed_and_one_that_answers_is_waited_for() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = &lab.host("timers").unwrap();
    let peer = TcpPeer::new(&lab, host, "tcp0").unwrap();
    let silent = peer.hold(TcpState::ESTABLISHED, Family::V4).unwrap();
    let alive = host.tcp_unread(Family::V6, 1).unwrap();
    let often = TcpKeepalive::new().with_time(SECOND).with_interval(SECOND);
    silent.socket().unwrap().set_tcp_keepalive(&often).unwrap();
    // Two hours, as long as nobody says otherwise.
    alive.socket().unwrap().set_keepalive(true).unwrap();

    let (row, sight) = seen(host, &alive, |row| row.timer == 2);
    assert_eq!((timer(&sight), row.probes), (Some(("keepalive".to_owned(), 0)), 0));
    let word = sight.word("timer").unwrap();
    assert!(matches!(word, "(keepalive,120min,0)" | "(keepalive,119min,0)"), "{word}");
    // The peer acknowledges data and FINs, not probes.
    let (row, sight) = seen(host, &silent, |row| row.timer == 2 && row.probes > 0);
    assert_eq!(timer(&sight), Some(("keepalive".to_owned(), row.probes.into())));
}

#[test]
fn a_closed_window_is_probed() {
    guard::namespace();
    let host = &Lab::new().unwrap().host("timers").unwrap();
    for family in Family::ALL {
        let held = host.tcp_stalled(family).unwrap();
        let (row, sight) = seen(host, &held, |row| row.timer == 4);
        assert_eq!(timer(&sight), Some(("persist".to_owned(), row.probes.into())));
    }
}

#[test]
fn each_state_has_the_timer_the_kernel_says() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let states = TcpStates::hold(&lab).unwrap();
    let mut met = Vec::new();
    for held in states.all().iter().filter(|held| held.state != TcpState::CLOSE) {
        let (row, sight) = seen(states.host(), held, |_| true);
        let count = if row.timer == 1 { row.retransmits } else { row.probes };
        let expected = NAMES[usize::from(row.timer)].map(|name| (name.to_owned(), u64::from(count)));
        assert_eq!(timer(&sight), expected, "{held:?} {row:?}");
        met.push((held.state, row.timer));
    }
    for (state, timer) in [(TcpState::SYN_SENT, 1), (TcpState::SYN_RECV, 1), (TcpState::TIME_WAIT, 3)] {
        assert!(met.contains(&(state, timer)), "{met:?}");
    }
    assert!(met.contains(&(TcpState::LISTEN, 0)), "{met:?}");
}

#[test]
fn a_peer_that_never_answers_a_syn_is_asked_again() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = &lab.host("timers").unwrap();
    let peer = TcpPeer::new(&lab, host, "tcp0").unwrap();
    let [sent, received] =
        [TcpState::SYN_SENT, TcpState::SYN_RECV].map(|state| peer.hold(state, Family::V4).unwrap());
    for held in [&sent, &received] {
        let (row, sight) = seen(host, held, |row| row.timer == 1 && row.retransmits > 0);
        assert_eq!(timer(&sight), Some(("on".to_owned(), row.retransmits.into())), "{held:?}");
    }
}

/// By the kernel's number.
const NAMES: [Option<&str>; 5] = [None, Some("on"), Some("keepalive"), Some("timewait"), Some("persist")];
const SECOND: Duration = Duration::from_secs(1);
