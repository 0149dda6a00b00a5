//! docs/performance.md: what was measured, on what, and how to do it again.
//!
//! A ratio is taken within a round and the median taken over rounds; the ratio of two medians would be another number.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::measure::Measured;
use super::{Bench, Case, Figures, InsideArgs, Rounds};

/// The page up to the first bench.
pub(super) fn opening(inside: &InsideArgs) -> Result<String> {
    let kernel =
        std::fs::read_to_string("/proc/sys/kernel/osrelease").context("/proc/sys/kernel/osrelease")?;
    let mut page = format!(
        "# Performance\n\n\
        Written by `cargo xtask bench --sockets {} --rounds {}`; run it again to overwrite this page.\n\n\
        The programs take turns for {} rounds after one that does not count, in a network namespace of their own, with \
        standard output to /dev/null. Figures are medians. A ratio is ours divided by theirs in the same round, then the \
        median of those; `≤` is the target, `✗` one that was missed. CPU is user and kernel time together, memory the \
        largest resident set.\n\n",
        inside.args.sockets, inside.args.rounds, inside.args.rounds
    );
    let cores = std::thread::available_parallelism()?;
    writeln!(page, "- kernel {}, {cores} cores", kernel.trim())?;
    for (program, word) in
        [("ss".as_ref(), "-V"), ("ping".as_ref(), "-V"), (inside.netdiag.as_path(), "--version")]
    {
        writeln!(page, "- {}", version(program, word)?)?;
    }
    Ok(page)
}

fn version(program: &Path, word: &str) -> Result<String> {
    let name = program.display();
    let output = Command::new(program).arg(word).output().with_context(|| {
        format!("cannot run {name}; the comparison needs it (Debian: iproute2, iputils-ping)")
    })?;
    ensure!(output.status.success(), "`{name} {word}` failed: {}", output.status);
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// The table of one bench.
pub(super) fn section(bench: &Bench, rounds: &Rounds) -> String {
    let mut page = format!("\n## {}\n\n", bench.title);
    page.push_str("| command | wall | CPU | memory | wall ratio | CPU ratio | memory ratio |\n|---|--:|--:|--:|--:|--:|--:|\n");
    for (place, rival) in bench.rivals.iter().enumerate() {
        let ratios = rounds.ratios(place).zip(rival.at_most);
        let [wall, cpu, memory] =
            [ratios.wall, ratios.cpu, ratios.peak_memory].map(|(ratio, most)| judged(ratio, most));
        row(&mut page, &rival.case, rounds, place, &[wall, cpu, memory]);
    }
    row(&mut page, &bench.ours, rounds, bench.rivals.len(), &Default::default());
    page
}

fn row(page: &mut String, case: &Case, rounds: &Rounds, place: usize, ratios: &[String; 3]) {
    let Figures { wall, cpu, peak_memory } = rounds.medians(place);
    let [name, wall, cpu] = [case.name(), format!("{:.1} ms", wall / 1e3), format!("{:.1} ms", cpu / 1e3)];
    let memory = format!("{:.1} MiB", peak_memory / 1024.0);
    page.push_str(&format!("| `{name}` | {wall} | {cpu} | {memory} | {} |\n", ratios.join(" | ")));
}

/// A ratio beside its target.
fn judged(ratio: f64, at_most: Option<f64>) -> String {
    match at_most {
        None => format!("{ratio:.2}"),
        Some(most) if ratio <= most => format!("{ratio:.2} (≤ {most:.2})"),
        Some(most) => format!("{ratio:.2} (≤ {most:.2}) ✗"),
    }
}

impl Rounds {
    /// The runs of the program in this place, one per round.
    fn of(&self, place: usize) -> impl Iterator<Item = &Measured> {
        self.0.iter().map(move |round| &round[place])
    }

    fn medians(&self, place: usize) -> Figures<f64> {
        medians(self.of(place).map(Measured::figures))
    }

    /// Ours, which is last, divided by the program in this place.
    fn ratios(&self, place: usize) -> Figures<f64> {
        medians(self.0.iter().map(|round| {
            let (ours, theirs) = (round[round.len() - 1].figures(), round[place].figures());
            ours.zip(theirs).map(|(ours, theirs)| ours / theirs)
        }))
    }
}

fn medians(runs: impl Iterator<Item = Figures<f64>>) -> Figures<f64> {
    let runs: Vec<Figures<f64>> = runs.collect();
    Figures {
        wall: median(runs.iter().map(|run| run.wall)),
        cpu: median(runs.iter().map(|run| run.cpu)),
        peak_memory: median(runs.iter().map(|run| run.peak_memory)),
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

impl<T> Figures<T> {
    fn zip<U>(self, other: Figures<U>) -> Figures<(T, U)> {
        Figures {
            wall: (self.wall, other.wall),
            cpu: (self.cpu, other.cpu),
            peak_memory: (self.peak_memory, other.peak_memory),
        }
    }

    fn map<U>(self, change: impl Fn(T) -> U) -> Figures<U> {
        Figures { wall: change(self.wall), cpu: change(self.cpu), peak_memory: change(self.peak_memory) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rival;
    use super::*;

    fn run(wall_us: i64, peak_kib: i64) -> Measured {
        Measured { wall_us, cpu_us: wall_us * 2, peak_kib }
    }

    #[test]
    fn a_ratio_is_taken_within_its_round() {
        // The second round was slow for both; the ratio of medians would be 0.30.
        let rounds = Rounds(vec![
            vec![run(1000, 4096), run(500, 2048)],
            vec![run(9000, 4096), run(4500, 1024)],
            vec![run(1500, 4096), run(300, 2048)],
        ]);
        let bench = Bench {
            title: "Things".to_owned(),
            rivals: vec![Rival {
                case: Case::new("/usr/bin/ss", &["-t"]),
                at_most: Figures { wall: Some(0.6), cpu: Some(0.4), peak_memory: None },
            }],
            ours: Case::new("/build/netdiag", &["ss", "-t"]),
        };
        let table = section(&bench, &rounds);
        let rows: Vec<&str> = table.lines().skip(5).collect();
        assert_eq!(
            rows,
            [
                "| `ss -t` | 1.5 ms | 3.0 ms | 4.0 MiB | 0.50 (≤ 0.60) | 0.50 (≤ 0.40) ✗ | 0.50 |",
                "| `netdiag ss -t` | 0.5 ms | 1.0 ms | 2.0 MiB |  |  |  |",
            ]
        );
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
    }
}
