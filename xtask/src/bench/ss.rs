//! Listing sockets: the installed `ss`, a dump that reads the kernel's answer and prints nothing per socket, and ours.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::case::{Bench, Case, Limits, Rival};
use super::inside::Inside;
use super::measure::Figures;
use super::sockets::Crowd;

pub(super) fn compare(inside: &Inside) -> Result<String> {
    let sockets = inside.extent.sockets;
    println!("opening {sockets} TCP sockets");
    let _crowd = Crowd::of(sockets)?;
    let _needle = TcpListener::bind((Ipv4Addr::LOCALHOST, NEEDLE)).context("cannot listen on port 8001")?;
    let all = lines(&Case::new("ss", "-tanH"))?;
    ensure!(all >= sockets as usize, "ss prints {all} lines for {sockets} sockets");
    LISTINGS.iter().map(|listing| listing.compare(inside)).collect()
}

/// The port of the one socket a filter below looks for.
const NEEDLE: u16 = 8001;

/// One way to list the crowd.
struct Listing {
    title: &'static str,
    /// What a reader should know besides; may be empty.
    note: &'static str,
    /// What is typed after `ss`.
    line: &'static str,
    against: &'static [Against],
    peak_mib: Option<f64>,
}

/// What a listing is compared with, and what the ratio ours/theirs should not exceed.
enum Against {
    /// The installed `ss` with the same words; it must print as many lines.
    Ss(f64),
    /// The same of the one that `PEER_SS` names, if it names one.
    PeerSs(f64),
    /// A bare dump with these words.
    BareDump(&'static str, f64),
    /// Ours with other words.
    Ours(&'static str, f64),
}

use Against::{BareDump, Ours, PeerSs, Ss};

const BOUND_INACTIVE: &str = "Like `ss` of iproute2 6.8 and later we also ask for sockets that are bound and no more, for which \
    the kernel walks its table of ports besides the one of connections; older ones do not ask.";

#[rustfmt::skip]
const LISTINGS: [Listing; 10] = [
    Listing { title: "",                                line: "-tanH",                              peak_mib: Some(24.0), note: "",
              against: &[Ss(1.0 / 2.8), PeerSs(1.0 / 3.2), BareDump("4", 0.85)] },
    Listing { title: ", memory and TCP internals",      line: "-tanmiH",                            peak_mib: None, note: "",
              against: &[Ss(0.25), PeerSs(0.25), BareDump("4 0x4f", 0.9)] },
    Listing { title: ", everything there is to show",   line: "-tanoeimH",                          peak_mib: None, note: "",
              against: &[Ss(0.25), PeerSs(0.25), BareDump("4 0x4f", 0.9)] },
    Listing { title: ", with their owners",             line: "-tanpH",                             peak_mib: None, note: "",
              against: &[Ss(0.025), BareDump("4 walk", 0.65)] },
    Listing { title: ", the owners of those that listen", line: "-tlnpH",                           peak_mib: None, note: "",
              against: &[Ss(0.025), BareDump("none walk", 0.65)] },
    Listing { title: ", the one on a port",             line: "-tanH sport = :8001",                peak_mib: None, note: BOUND_INACTIVE,
              against: &[Ss(1.0), PeerSs(1.0)] },
    Listing { title: ", none established on a port",    line: "-tanH state established sport = :8001", peak_mib: None, note: "",
              against: &[Ss(1.0), PeerSs(1.0)] },
    Listing { title: ", none in TIME-WAIT",             line: "-tanH state time-wait",              peak_mib: None, note: "",
              against: &[Ss(1.0), PeerSs(1.0)] },
    Listing { title: ", those that listen",             line: "-tlnH",                              peak_mib: None, note: "",
              against: &[Ss(1.0), PeerSs(1.0)] },
    Listing { title: ", as JSON",                       line: "--format jsonl -tanH",               peak_mib: None, note: "",
              against: &[Ours("ss -tanH", 1.3)] },
];

impl Listing {
    fn compare(&self, inside: &Inside) -> Result<String> {
        let ours = Case::new(&inside.netdiag, self.line).of("ss");
        let count = lines(&ours)?;
        let mut rivals = Vec::new();
        for against in self.against {
            let (case, wall) = match *against {
                Ss(wall) => (Case::new("ss", self.line), wall),
                PeerSs(wall) => match &inside.peer_ss {
                    Some(peer) => (Case::new(peer, self.line).called("$PEER_SS"), wall),
                    None => continue,
                },
                BareDump(line, wall) => (Case::new(&inside.bare_dump, line), wall),
                Ours(line, wall) => (Case::new(&inside.netdiag, line), wall),
            };
            if matches!(against, Ss(_) | PeerSs(_)) {
                let theirs = lines(&case)?;
                ensure!(
                    theirs == count,
                    "`{}` prints {theirs} lines, `{}` {count}",
                    case.name(),
                    ours.name()
                );
            }
            rivals.push(Rival { case, at_most: Figures::wall(wall) });
        }
        let bench = Bench {
            title: format!("{} established IPv4 TCP sockets{}", inside.extent.sockets, self.title),
            note: self.note,
            runs: 1,
            rivals,
            ours,
            limits: Limits { peak_mib: self.peak_mib, ..Limits::NONE },
        };
        bench.section(inside.extent.rounds)
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
