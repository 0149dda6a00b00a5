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
    LISTINGS.iter().map(|listing| listing.compare(inside)).collect()
}

/// One way to list the crowd.
struct Listing {
    title: &'static str,
    options: &'static str,
    /// The extensions the bare dump asks for as this listing does.
    extensions: &'static [&'static str],
    /// What the ratio ours/theirs should not exceed.
    ss: f64,
    bare_dump: f64,
}

#[rustfmt::skip]
const LISTINGS: [Listing; 3] = [
    Listing { title: "",                                   options: "-tanH",     extensions: &[],       ss: 0.4545, bare_dump: 1.15 },
    Listing { title: ", memory and TCP internals",         options: "-tanmiH",   extensions: &["0x4f"], ss: 0.3333, bare_dump: 1.35 },
    Listing { title: ", everything there is to show",      options: "-tanoeimH", extensions: &["0x4f"], ss: 0.3333, bare_dump: 1.35 },
];

impl Listing {
    fn compare(&self, inside: &InsideArgs) -> Result<String> {
        let sockets = inside.args.sockets;
        let bench = Bench {
            title: format!("{sockets} established IPv4 TCP sockets{}", self.title),
            rivals: vec![
                Rival {
                    case: Case::new("ss", &[self.options]),
                    at_most: Figures { wall: Some(self.ss), cpu: None, peak_memory: None },
                },
                Rival {
                    case: Case::new(&inside.bare_dump, self.extensions),
                    at_most: Figures { wall: Some(self.bare_dump), cpu: None, peak_memory: None },
                },
            ],
            ours: Case::new(&inside.netdiag, &["ss", self.options]),
        };
        let (theirs, ours) = (lines(&bench.rivals[0].case)?, lines(&bench.ours)?);
        ensure!(theirs >= sockets as usize, "ss prints {theirs} lines for {sockets} sockets");
        ensure!(theirs == ours, "ss prints {theirs} lines, netdiag {ours}: not the same work");
        bench.run(inside.args.rounds)
    }
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
