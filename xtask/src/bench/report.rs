//! docs/performance.md: what was measured, on what, and how to do it again.
//!
//! A ratio is taken within a round and the median taken over rounds; the ratio of two medians would be another number.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::case::{Bench, Case, Limits, Rival, Rounds};
use super::inside::Inside;
use super::measure::{Figures, Measured};

/// The page up to the first bench.
pub(super) fn opening(inside: &Inside) -> Result<String> {
    let kernel =
        std::fs::read_to_string("/proc/sys/kernel/osrelease").context("/proc/sys/kernel/osrelease")?;
    let mut page = format!(
        "# Performance\n\n\
        Written by `cargo xtask bench {}`; run it again to overwrite this page.\n\n\
        The programs take turns for {} rounds after one that does not count, in a network namespace of their own, with \
        standard output to /dev/null. Figures are medians. A ratio is ours divided by theirs in the same round, then the \
        median of those; `≤` is the target, `✗` one that was missed. CPU is user and kernel time together, memory the \
        largest resident set; what was not measured is left empty. `bare_dump` asks the kernel for the same sockets and \
        throws the answer away: by default both families, one after the other, and no sockets that are only bound. With `4`, `6` or \
        `both` it asks for one family, or for both in one walk; with `bound` for sockets that are only bound, with `all` for those \
        too; with `halves` on two threads, for half the ports each; `0x…` is what else it asks of each. With `walk` it then reads \
        the link of each open file of each process once, with `none` it asks nothing before.\n\n",
        inside.extent.words().join(" "),
        inside.extent.rounds
    );
    let cores = std::thread::available_parallelism()?;
    writeln!(page, "- kernel {}, {cores} cores", kernel.trim())?;
    let peer = inside.peer_ss.as_deref().map(|peer| (peer, "-V"));
    let programs = [("ss".as_ref(), "-V"), ("ping".as_ref(), "-V"), (inside.netdiag.as_path(), "--version")];
    for (program, word) in programs.into_iter().chain(peer) {
        writeln!(page, "- {}", version(program, word)?)?;
    }
    Ok(page)
}

/// What a program says of itself.
pub(super) fn version(program: &Path, word: &str) -> Result<String> {
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
    for (place, Rival { case, at_most }) in bench.rivals.iter().enumerate() {
        let Figures { wall, cpu, peak_memory } = rounds.ratios(place).zip(*at_most);
        let ratios = [wall, cpu, peak_memory].map(|(ratio, most)| judged(ratio, 2, "", most));
        row(&mut page, case, figures(rounds.medians(place), &Limits::NONE), &ratios);
    }
    let ours = figures(rounds.medians(bench.rivals.len()), &bench.limits);
    row(&mut page, &bench.ours, ours, &Default::default());
    if !bench.note.is_empty() {
        page.push_str(&format!("\n{}\n", bench.note));
    }
    page
}

fn row(page: &mut String, case: &Case, figures: [String; 3], ratios: &[String; 3]) {
    page.push_str(&format!("| `{}` | {} | {} |\n", case.name(), figures.join(" | "), ratios.join(" | ")));
}

/// Wall clock, CPU time and memory, each beside what it is to keep to.
fn figures(median: Figures<Option<f64>>, limits: &Limits) -> [String; 3] {
    let (wall, cpu) = (median.wall.map(ms), median.cpu.map(ms));
    let mut wall_cell = judged(wall, 1, " ms", limits.most_ms);
    let mut cpu_cell = judged(cpu, 1, " ms", None);
    if let (Some(wall), Some(wanted)) = (wall, limits.wall_ms) {
        let off = (wall / wanted - 1.0).abs() * 100.0;
        wall_cell += &format!(", {} from {wanted} ms", judged(Some(off), 1, " %", Some(1.0)));
    }
    if let (Some(wall), Some(cpu), Some(core)) = (wall, cpu, limits.core) {
        let share = judged(Some(cpu / wall * 100.0), 1, " %", Some(core * 100.0));
        cpu_cell += &format!(", {share} of a core");
    }
    let memory = judged(median.peak_memory.map(|kib| kib / 1024.0), 1, " MiB", limits.peak_mib);
    [wall_cell, cpu_cell, memory]
}

fn ms(us: f64) -> f64 {
    us / 1e3
}

/// A figure beside its target; nothing if it was not measured.
pub(super) fn judged(figure: Option<f64>, digits: usize, unit: &str, at_most: Option<f64>) -> String {
    match (figure, at_most) {
        (None, _) => String::new(),
        (Some(figure), None) => format!("{figure:.digits$}{unit}"),
        (Some(figure), Some(most)) => {
            let missed = if figure <= most { "" } else { " ✗" };
            format!("{figure:.digits$}{unit} (≤ {most:.digits$}{unit}){missed}")
        }
    }
}

impl Rounds {
    /// The runs of the program in this place, one per round.
    fn of(&self, place: usize) -> impl Iterator<Item = &Measured> {
        self.0.iter().map(move |round| &round[place])
    }

    fn medians(&self, place: usize) -> Figures<Option<f64>> {
        medians(self.of(place).map(Measured::figures))
    }

    /// Ours, which is last, divided by the program in this place.
    fn ratios(&self, place: usize) -> Figures<Option<f64>> {
        medians(self.0.iter().map(|round| {
            let (ours, theirs) = (round[round.len() - 1].figures(), round[place].figures());
            ours.zip(theirs).map(|(ours, theirs)| Some(ours? / theirs?))
        }))
    }
}

fn medians(runs: impl Iterator<Item = Figures<Option<f64>>>) -> Figures<Option<f64>> {
    let runs: Vec<Figures<Option<f64>>> = runs.collect();
    let of = |figure: fn(&Figures<Option<f64>>) -> Option<f64>| {
        Some(median(runs.iter().map(figure).collect::<Option<Vec<f64>>>()?))
    };
    Figures { wall: of(|run| run.wall), cpu: of(|run| run.cpu), peak_memory: of(|run| run.peak_memory) }
}

pub(super) fn median(mut values: Vec<f64>) -> f64 {
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
    use super::*;

    fn run(wall_us: i64, peak_kib: Option<i64>) -> Measured {
        Measured { wall_us, cpu_us: wall_us * 2, peak_kib }
    }

    fn bench(limits: Limits) -> Bench {
        Bench {
            title: "Things".to_owned(),
            note: "",
            runs: 1,
            rivals: vec![Rival {
                case: Case::new("/usr/bin/ss", "-t"),
                at_most: Figures { wall: Some(0.6), cpu: Some(0.4), peak_memory: None },
            }],
            ours: Case::new("/build/netdiag", "-t").of("ss"),
            limits,
        }
    }

    fn rows(bench: &Bench, rounds: Vec<Vec<Measured>>) -> Vec<String> {
        section(bench, &Rounds(rounds)).lines().skip(5).map(str::to_owned).collect()
    }

    #[test]
    fn a_ratio_is_taken_within_its_round() {
        // The second round was slow for both; the ratio of medians would be 0.30.
        let rounds = vec![
            vec![run(1000, Some(4096)), run(500, Some(2048))],
            vec![run(9000, Some(4096)), run(4500, Some(1024))],
            vec![run(1500, Some(4096)), run(300, Some(2048))],
        ];
        assert_eq!(
            rows(&bench(Limits::NONE), rounds),
            [
                "| `ss -t` | 1.5 ms | 3.0 ms | 4.0 MiB | 0.50 (≤ 0.60) | 0.50 (≤ 0.40) ✗ | 0.50 |",
                "| `netdiag ss -t` | 0.5 ms | 1.0 ms | 2.0 MiB |  |  |  |",
            ]
        );
    }

    #[test]
    fn ours_is_held_against_its_limits_and_what_was_not_measured_is_empty() {
        #[rustfmt::skip]
        let cases = [
            // ms, % of a core, MiB,            peak,       row
            (Some(0.5), Some(2.0), Some(1.0), Some(2048), "| 0.5 ms, 0.0 % (≤ 1.0 %) from 0.5 ms | 1.0 ms, 200.0 % (≤ 200.0 %) of a core | 2.0 MiB (≤ 1.0 MiB) ✗ |"),
            (Some(0.4), None,      Some(1.0), None,       "| 0.5 ms, 25.0 % (≤ 1.0 %) ✗ from 0.4 ms | 1.0 ms |  |"),
        ];
        for (wall_ms, core, peak_mib, peak_kib, expected) in cases {
            let bench = bench(Limits { wall_ms, core, peak_mib, ..Limits::NONE });
            let rows = rows(&bench, vec![vec![run(1000, peak_kib), run(500, peak_kib)]]);
            assert_eq!(rows[1], format!("| `netdiag ss -t` {expected}  |  |  |"));
        }
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    }
}
