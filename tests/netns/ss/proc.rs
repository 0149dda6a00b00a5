//! TCP sockets read from `/proc/net/tcp`, beside the installed program reading the same files.
//!
//! It shows what the files do not tell: a window of two segments for minisockets, a reordering of nothing, a total of
//! retransmissions. And it has timeouts in seconds where its manual has milliseconds.

use std::process::Command;

use super::program::{Run, link, plain, run, words};
use super::scene::Scene;
use crate::guard;

const LINE: &str = "-tanoeiH";

/// What is left of a row when it says only what the files do.
fn told(run: &Run, factor: f64) -> Vec<String> {
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    let rows = run.rows().into_iter().map(|row| {
        let mini = matches!(row[0], "TIME-WAIT" | "FIN-WAIT-2" | "SYN-RECV");
        let words = row.iter().filter_map(|word| match word.split_once(':') {
            Some(("reordering", "0") | ("retrans", _)) => None,
            Some(("cwnd", "2")) if mini => None,
            // The installed program takes another bit for it.
            _ if *word == "bidir" => None,
            Some((name @ ("rto" | "ato"), value)) => {
                Some(format!("{name}:{}", (value.parse::<f64>().unwrap() * factor).round()))
            }
            Some(("timer", value)) => {
                let mut parts = value.split(',');
                Some(format!("timer:{},_,{}", parts.next()?, parts.nth(1)?))
            }
            _ => Some((*word).to_owned()),
        });
        words.collect::<Vec<_>>().join(" ")
    });
    rows.collect()
}

#[test]
fn what_the_files_tell_is_told_like_the_installed_program_does() {
    guard::namespace();
    let host = Scene::shared().host();
    let look = || {
        let files =
            |command: &mut Command| run(host, command.args(words(LINE)).env("PROC_NET_TCP", "/proc/net/tcp"));
        (told(&files(&mut link()), 1.0), told(&files(&mut plain(Command::new("ss"))), 1000.0))
    };
    // What the kernel counts can change between two looks.
    let (mut ours, mut installed) = look();
    for _ in 1..4 {
        if ours != installed {
            (ours, installed) = look();
        }
    }
    assert_eq!(ours, installed);
    for token in [" rto:", " ato:", " cwnd:", " timer:(on", " timer:(timewait", " sk:"] {
        assert!(ours.iter().any(|row| row.contains(token)), "{token} in {ours:?}");
    }
}

#[test]
fn counts_that_cannot_be_read_are_told_like_the_installed_program_does() {
    guard::namespace();
    let host = Scene::shared().host();
    let look = |mut command: Command| run(host, command.arg("-s").env("PROC_ROOT", "/nonexistent"));
    let (ours, installed) = (look(link()), look(plain(Command::new("ss"))));
    // Upstream's number of established connections is whatever was in memory.
    let rows = |run: &Run| -> Vec<String> {
        run.rows().iter().filter(|row| row.first() != Some(&"TCP:")).map(|row| row.join(" ")).collect()
    };
    assert_eq!(
        (ours.status, &ours.stderr, rows(&ours)),
        (installed.status, &installed.stderr, rows(&installed))
    );
}
