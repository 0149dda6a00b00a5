//! Sockets in every state: how they are shown, and which words select them.
//!
//! TCP sockets in CLOSE are the bound ones that do nothing; the kernel tells of them only when asked for bound-inactive
//! ones, whatever else is asked.

use netdiag_lab::{Held, TcpRow, TcpState};

use super::program::lists;
use super::scene::Scene;
use super::sight::end;
use crate::guard;

/// What the State column calls each.
const NAMES: [(TcpState, &str); 11] = [
    (TcpState::ESTABLISHED, "ESTAB"),
    (TcpState::SYN_SENT, "SYN-SENT"),
    (TcpState::SYN_RECV, "SYN-RECV"),
    (TcpState::FIN_WAIT_1, "FIN-WAIT-1"),
    (TcpState::FIN_WAIT_2, "FIN-WAIT-2"),
    (TcpState::TIME_WAIT, "TIME-WAIT"),
    (TcpState::CLOSE, "UNCONN"),
    (TcpState::CLOSE_WAIT, "CLOSE-WAIT"),
    (TcpState::LAST_ACK, "LAST-ACK"),
    (TcpState::LISTEN, "LISTEN"),
    (TcpState::CLOSING, "CLOSING"),
];

#[test]
fn every_state_is_shown_with_its_addresses_and_queues() {
    guard::namespace();
    let scene = Scene::shared();
    let rows = lists(scene.host(), "-tanH");
    let kernel = scene.host().tcp().unwrap();
    assert_eq!(scene.states().len(), 22);
    for held in scene.states() {
        let (_, state) = NAMES.iter().find(|(state, _)| *state == held.state).unwrap();
        let (receive, send) = queues(held, &kernel);
        let expected = [state, receive.as_str(), &send, &end(held.local), &end(held.peer)];
        assert_eq!(rows.iter().filter(|row| **row == expected).count(), 1, "{expected:?} in {rows:#?}");
    }
}

/// Recv-Q and Send-Q. A listener's Send-Q is its backlog, which the kernel's own table does not tell.
fn queues(held: &Held, kernel: &[TcpRow]) -> (String, String) {
    let same = |row: &&TcpRow| (row.state, row.local, row.peer) == (held.state, held.local, held.peer);
    match held.state {
        TcpState::CLOSE => ("0".to_owned(), "0".to_owned()),
        TcpState::LISTEN => ("0".to_owned(), "16".to_owned()),
        _ => {
            let row = kernel.iter().find(same).unwrap();
            (row.receive_queue.to_string(), row.send_queue.to_string())
        }
    }
}

/// Every state a TCP socket is shown in.
const ALL: &str =
    "ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING";

/// What is shown unasked: neither listeners nor sockets in TIME-WAIT.
const UNASKED: &str = "ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 UNCONN CLOSE-WAIT LAST-ACK CLOSING";

#[rustfmt::skip]
const SELECTED: [(&str, &str); 43] = [
    // words,                                  states shown
    ("",                                       UNASKED),
    ("-a",                                     ALL),
    ("-l",                                     "LISTEN"),
    ("-B",                                     "UNCONN"),
    ("-a -l",                                  "LISTEN"),
    ("-l -a",                                  ALL),
    ("state established",                      "ESTAB"),
    ("state syn-sent",                         "SYN-SENT"),
    ("state syn-recv",                         "SYN-RECV"),
    ("state syn-rcv",                          "SYN-RECV"),
    ("state fin-wait-1",                       "FIN-WAIT-1"),
    ("state fin-wait-2",                       "FIN-WAIT-2"),
    ("state time-wait",                        "TIME-WAIT"),
    ("state TIME-Wait",                        "TIME-WAIT"),
    ("state closed",                           ""),
    ("state close",                            ""),
    ("state unconnected",                      ""),
    ("state close-wait",                       "CLOSE-WAIT"),
    ("state last-ack",                         "LAST-ACK"),
    ("state listening",                        "LISTEN"),
    ("state closing",                          "CLOSING"),
    ("state bound-inactive",                   "UNCONN"),
    ("state unknown",                          ""),
    ("state all",                              ALL),
    ("state connected",                        "ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK CLOSING"),
    ("state synchronized",                     "ESTAB SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK CLOSING"),
    ("state bucket",                           "SYN-RECV TIME-WAIT"),
    ("state big",                              "ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING"),
    ("state established state listening",      "ESTAB LISTEN"),
    ("state connected exclude established",    "SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK CLOSING"),
    ("exclude connected",                      "LISTEN"),
    ("exclude listening",                      "ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK CLOSING"),
    ("exclude syn-recv",                       "ESTAB SYN-SENT FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING"),
    ("excl time-wait",                         "ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING"),
    ("exclude established",                    "SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING"),
    ("exclude big",                            "SYN-RECV TIME-WAIT"),
    ("exclude bucket",                         "ESTAB SYN-SENT FIN-WAIT-1 FIN-WAIT-2 UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING"),
    ("exclude synchronized",                   "SYN-SENT LISTEN"),
    ("exclude bound-inactive exclude bucket",  "ESTAB SYN-SENT FIN-WAIT-1 FIN-WAIT-2 CLOSE-WAIT LAST-ACK LISTEN CLOSING"),
    // Nothing left means what is shown unasked.
    ("exclude all",                            UNASKED),
    // A state word makes the options void.
    ("-l state established",                   "ESTAB"),
    ("-a state established",                   "ESTAB"),
    ("-a exclude listening",                   "ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK CLOSING"),
];

#[test]
fn words_and_options_select_exactly_these_states() {
    guard::namespace();
    let host = Scene::shared().host();
    let all = lists(host, "-tanH");
    for (words, states) in SELECTED {
        let shown: Vec<&str> = states.split(' ').collect();
        let mut expected: Vec<_> =
            all.iter().filter(|row| shown.contains(&row[0].as_str())).cloned().collect();
        let mut rows = lists(host, &format!("-tnH {words}"));
        // A column that could only say one thing is left out.
        if rows.first().is_some_and(|row| row.len() == 4) {
            rows.iter_mut().for_each(|row| row.insert(0, states.to_owned()));
        }
        expected.sort();
        rows.sort();
        assert_eq!(rows, expected, "ss -tnH {words}");
        assert_eq!(rows.is_empty(), states.is_empty(), "ss -tnH {words}");
    }
}

#[test]
fn families_are_told_apart() {
    guard::namespace();
    let host = Scene::shared().host();
    let all = lists(host, "-tuanH");
    #[rustfmt::skip]
    let cases = [
        ("-tuanH4",  false, true),
        ("-tuanH6",  true,  false),
        ("-tuanH46", true,  true),
        ("-tuanH64", true,  true),
    ];
    for (line, v6, v4) in cases {
        // A v6 address has brackets, and a wildcard for both families a star.
        let is_v6 = |row: &&Vec<String>| row[4].starts_with(['[', '*']);
        let expected: Vec<_> = all.iter().filter(|row| if is_v6(row) { v6 } else { v4 }).cloned().collect();
        assert_eq!(lists(host, line), expected, "ss {line}");
    }
}
