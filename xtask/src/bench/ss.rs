//! Listing sockets: the installed `ss`, a dump that reads the kernel's answer and prints nothing per socket, and ours.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::sockets::Crowd;
use super::{Bench, Case, Figures, InsideArgs, Rival};

pub(super) fn compare(inside: &InsideArgs) -> Result<String> {
    let sockets = inside.args.sockets;
    println!("opening {sockets} TCP sockets");
    let _crowd = Crowd::of(sockets)?;
    let bench = Bench {
        title: format!("{sockets} established IPv4 TCP sockets"),
        rivals: vec![
            Rival {
                case: Case::new("ss", &["-tanH"]),
                at_most: Figures { wall: Some(0.4545), cpu: None, peak_memory: None },
            },
            Rival {
                case: Case::new(&inside.bare_dump, &[]),
                at_most: Figures { wall: Some(1.15), cpu: None, peak_memory: None },
            },
        ],
        ours: Case::new(&inside.netdiag, &["ss", "-tanH"]),
    };
    let (theirs, ours) = (lines(&bench.rivals[0].case)?, lines(&bench.ours)?);
    ensure!(theirs >= sockets as usize, "ss lists {theirs} of {sockets} sockets");
    ensure!(theirs == ours, "ss lists {theirs} sockets, netdiag {ours}: not the same work");
    bench.run(inside.args.rounds)
}

/// How many lines a program prints.
fn lines(case: &Case) -> Result<usize> {
    let mut child = Command::new(&case.program)
        .args(&case.words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{}`", case.name()))?;
    let output = child.stdout.take().expect("the output is piped");
    let count = BufReader::new(output).split(b'\n').count();
    let status = child.wait()?;
    ensure!(status.success(), "`{}` failed: {status}", case.name());
    Ok(count)
}
