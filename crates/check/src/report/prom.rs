//! Metrics for the textfile collector of `node_exporter`: gauges in base units.
//!
//! A check that could not be measured has no `netdiag_check_success`: it has neither succeeded nor failed.

use std::fmt::Write as _;
use std::time::UNIX_EPOCH;

use netdiag_text::{Dimension, Quantity};

use super::entry::{Entry, Page};
use crate::verdict::Verdict;

pub(super) fn render(page: &Page) -> String {
    let mut text = String::new();
    checks(&mut text, page);
    for (dimension, name, help) in MEASURES {
        family(&mut text, name, help, measures(page, dimension));
    }
    run(&mut text, page);
    text
}

#[rustfmt::skip]
const MEASURES: [(Dimension, &str, &str); 5] = [
    (Dimension::Count, "netdiag_check_measure",                  "What a check measured: counts and bare numbers."),
    (Dimension::Ratio, "netdiag_check_measure_ratio",            "What a check measured: parts of one."),
    (Dimension::Time,  "netdiag_check_measure_seconds",          "What a check measured: times."),
    (Dimension::Bytes, "netdiag_check_measure_bytes",            "What a check measured: amounts of data."),
    (Dimension::Rate,  "netdiag_check_measure_bytes_per_second", "What a check measured: data rates."),
];

/// Labels and a value.
type Sample = (String, f64);

fn checks(text: &mut String, page: &Page) {
    let verdicts = page.entries.iter().flat_map(|entry| {
        Verdict::ALL.map(|verdict| {
            let labels = format!("{},verdict=\"{verdict}\"", labels(entry));
            (labels, f64::from(u8::from(entry.outcome.verdict == verdict)))
        })
    });
    family(
        text,
        "netdiag_check_verdict",
        "How a check ended: 1 for its verdict, 0 for all others.",
        verdicts,
    );
    let success = page.entries.iter().filter_map(|entry| Some((labels(entry), success(entry)?)));
    family(
        text,
        "netdiag_check_success",
        "Whether a check found everything as stated; missing if it was not measured.",
        success,
    );
    let times = page.entries.iter().map(|entry| (labels(entry), entry.outcome.duration.as_secs_f64()));
    family(text, "netdiag_check_duration_seconds", "From a check's first attempt to its verdict.", times);
    let attempts = page.entries.iter().map(|entry| (labels(entry), f64::from(entry.outcome.attempts)));
    family(text, "netdiag_check_attempts", "How often a check was attempted.", attempts);
}

fn success(entry: &Entry) -> Option<f64> {
    match (entry.outcome.verdict, entry.outcome.finding().is_some_and(|finding| finding.unmeasured.is_none()))
    {
        (_, false) => None,
        (Verdict::Pass | Verdict::Flaky, true) => Some(1.0),
        (_, true) => Some(0.0),
    }
}

fn measures(page: &Page, dimension: Dimension) -> impl Iterator<Item = Sample> {
    page.entries.iter().flat_map(move |entry| {
        let measures = entry.outcome.finding().into_iter().flat_map(|finding| &finding.measurements);
        let alike = measures.filter(move |measure| measure.value.dimension() == dimension);
        // A repeated name would be a repeated series, which makes a collector refuse the whole file.
        let mut told: Vec<&str> = Vec::new();
        let mut samples = Vec::new();
        for measure in alike {
            if let Some(value) = measure.value.base().filter(|_| !told.contains(&measure.name.as_str())) {
                told.push(&measure.name);
                samples.push((format!("{},measure=\"{}\"", labels(entry), label(&measure.name)), value));
            }
        }
        samples
    })
}

fn run(text: &mut String, page: &Page) {
    let started =
        page.started.duration_since(UNIX_EPOCH).ok().map(|since| (String::new(), since.as_secs_f64()));
    family(text, "netdiag_check_last_run_timestamp_seconds", "When the run began.", started);
    let duration = Quantity::Time(page.duration).base().map(|seconds| (String::new(), seconds));
    family(text, "netdiag_check_last_run_duration_seconds", "How long the run took.", duration);
}

/// One family of gauges; none at all rather than one without samples.
fn family(text: &mut String, name: &str, help: &str, samples: impl IntoIterator<Item = Sample>) {
    let mut samples = samples.into_iter().peekable();
    if samples.peek().is_none() {
        return;
    }
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge").expect("a string takes everything");
    for (labels, value) in samples {
        let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
        writeln!(text, "{name}{labels} {value}").expect("a string takes everything");
    }
}

fn labels(entry: &Entry) -> String {
    format!("check=\"{}\",kind=\"{}\"", label(&entry.name), entry.kind)
}

fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{PLAIN, matches, rendered};

    #[test]
    fn every_verdict() {
        matches("prom.prom", rendered(Format::Prom, PLAIN));
    }
}
