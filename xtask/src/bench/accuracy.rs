//! How true a round-trip time is: what each ping reports of the same short path, on an idle machine and on a busy one.
//!
//! The path itself takes the same time whoever asks, so the lower figures are the truer ones: what is above is the pinging
//! process's own delay. The first reply waited for ARP and is left out.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use netdiag_text::distribution::percentile;

use super::case::Case;
use super::inside::Inside;
use super::report::{judged, median};

const WORDS: &str = "-n -c300 -i0.01 10.0.0.2";

/// The state of the machine, and what is asked of ours.
struct Condition {
    title: &'static str,
    /// What is typed after `pair`.
    words: &'static [&'static str],
    /// Ratio of ours to ping's.
    p50: Option<f64>,
    /// Of ours, in ms.
    max: Option<f64>,
}

#[rustfmt::skip]
const CONDITIONS: [Condition; 2] = [
    Condition { title: "with nothing else to do",       words: &[],         p50: Some(0.6), max: None },
    Condition { title: "with a busy thread per core",   words: &["--busy"], p50: Some(0.6), max: Some(0.15) },
];

/// Round-trip times of one run, in ms.
struct Spread {
    p50: f64,
    p99: f64,
    max: f64,
}

pub(super) fn compare(inside: &Inside) -> Result<String> {
    CONDITIONS.iter().map(|condition| condition.section(inside)).collect()
}

impl Condition {
    fn section(&self, inside: &Inside) -> Result<String> {
        println!("measuring round trips over a veth pair, {}", self.title);
        let (ping, ours) = (Case::new("ping", WORDS), Case::new(&inside.netdiag, WORDS).of("ping"));
        let round = |_| Ok((self.spread(&inside.pair, &ping)?, self.spread(&inside.pair, &ours)?));
        let rounds = (0..inside.extent.rounds).map(round).collect::<Result<Vec<(Spread, Spread)>>>()?;
        let ratio = median(rounds.iter().map(|(theirs, ours)| ours.p50 / theirs.p50).collect());
        let (theirs, ours_spreads): (Vec<Spread>, Vec<Spread>) = rounds.into_iter().unzip();
        Ok(format!(
            "\n## 300 round trips over a veth pair, {}\n\n\
            | command | median | 99 % within | longest | ratio of medians |\n|---|--:|--:|--:|--:|\n{}{}",
            self.title,
            row(&ping, &theirs, None, &judged(Some(ratio), 2, "", self.p50)),
            row(&ours, &ours_spreads, self.max, ""),
        ))
    }

    /// What a ping reports when it runs in one of two hosts.
    fn spread(&self, pair: &Path, ping: &Case) -> Result<Spread> {
        let name = ping.name();
        let mut command = Command::new(pair);
        let output = command.args(self.words).arg(&ping.program).args(&ping.words).output();
        let output = output.with_context(|| format!("cannot run `{}`", pair.display()))?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "`{name}` over a veth pair failed: {}", errors.trim_end());
        spread(&String::from_utf8_lossy(&output.stdout)).with_context(|| format!("`{name}` shows no times"))
    }
}

/// The distribution of the times in ping's output but the first; `None` if there are none.
fn spread(output: &str) -> Option<Spread> {
    let times = output.split(" time=").skip(2).map(|rest| rest.split(' ').next()?.parse().ok());
    let mut times = times.collect::<Option<Vec<f64>>>()?;
    times.sort_by(f64::total_cmp);
    let max = *times.last()?;
    Some(Spread { p50: percentile(&times, 50.0)?, p99: percentile(&times, 99.0)?, max })
}

fn row(case: &Case, rounds: &[Spread], max: Option<f64>, ratio: &str) -> String {
    let middle = |figure: fn(&Spread) -> f64| Some(median(rounds.iter().map(figure).collect()));
    let cells = [
        judged(middle(|spread| spread.p50), 3, " ms", None),
        judged(middle(|spread| spread.p99), 3, " ms", None),
        judged(middle(|spread| spread.max), 3, " ms", max),
    ];
    format!("| `{}` | {} | {ratio} |\n", case.name(), cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_but_the_first_are_ordered() {
        let line = |ms| format!("64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time={ms} ms\n");
        let output: String = ["9.5", "0.030", "0.012", "1.25", "0.020"].map(line).concat();
        let Spread { p50, p99, max } = spread(&output).unwrap();
        assert_eq!([p50, p99, max], [0.02, 1.25, 1.25]);
        assert!(spread("300 packets transmitted, 0 received, 100% packet loss, time 2990ms").is_none());
    }
}
