//! One line as the plugins of Nagios write it: the worst in words, then the figures.
//!
//! Its readers go by exit statuses of their own, [`exit`]: 1 is a warning there, 2 is critical.

use std::fmt::Write as _;

use netdiag_text::{Exit, Quantity};

use super::entry::Page;
use crate::run::Report;
use crate::verdict::Verdict;

pub(super) fn render(page: &Page) -> String {
    let word = match worst(|verdict| page.count(verdict)) {
        Exit::PluginCritical => "CRITICAL",
        Exit::PluginUnknown => "UNKNOWN",
        Exit::PluginWarning => "WARNING",
        _ => "OK",
    };
    let mut line = format!("NETDIAG {word} - {}", page.tally());
    let bad =
        page.entries.iter().filter(|entry| !matches!(entry.outcome.verdict, Verdict::Pass | Verdict::Skip));
    for entry in bad {
        let message = entry.message().unwrap_or_default();
        write!(line, "; {}: {message}", entry.name).expect("a string takes everything");
    }
    // The bar begins the figures.
    let mut line = line.replace('|', "/");
    write!(line, " | time={}s", page.duration.as_secs_f64()).expect("a string takes everything");
    for verdict in Verdict::ALL {
        write!(line, " {verdict}={}", page.count(verdict)).expect("a string takes everything");
    }
    for entry in &page.entries {
        for measure in entry.outcome.finding().into_iter().flat_map(|finding| &finding.measurements) {
            if let Some(figure) = figure(&measure.value) {
                let label = label(&format!("{}/{}", entry.name, measure.name));
                write!(line, " {label}={figure}").expect("a string takes everything");
            }
        }
    }
    line.push('\n');
    line
}

/// The line of a run that could not begin, for this reason.
pub fn unknown(reason: &str) -> String {
    let lines: Vec<&str> = reason.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    format!("NETDIAG UNKNOWN - {}\n", lines.join("; ").replace('|', "/"))
}

/// How a plugin ends: OK, warning, critical or unknown.
pub fn exit(report: &Report<'_>) -> Exit {
    worst(|verdict| report.count(verdict))
}

fn worst(count: impl Fn(Verdict) -> usize) -> Exit {
    let order = [
        (Verdict::Fail, Exit::PluginCritical),
        (Verdict::Error, Exit::PluginUnknown),
        (Verdict::Flaky, Exit::PluginWarning),
        (Verdict::Warn, Exit::PluginWarning),
    ];
    order.into_iter().find(|(verdict, _)| count(*verdict) > 0).map_or(Exit::Success, |(_, exit)| exit)
}

/// A value with the units the guidelines know; a rate has none of them.
fn figure(value: &Quantity) -> Option<String> {
    Some(match value {
        Quantity::Count(value) | Quantity::Rate(value) => value.to_string(),
        Quantity::Ratio(ratio) => format!("{}%", ratio * 100.0),
        Quantity::Time(time) => format!("{}s", time.as_secs_f64()),
        Quantity::Bytes(bytes) => format!("{bytes}B"),
        Quantity::Text(_) => return None,
    })
}

/// Quoted; the signs that end a label are not to be had in one.
fn label(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace('=', "_").replace('|', "/"))
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{self, PLAIN, matches, rendered};
    use super::*;

    #[test]
    fn every_verdict() {
        matches("nagios.txt", rendered(Format::Nagios, PLAIN));
    }

    #[test]
    fn it_is_one_line_with_one_bar() {
        let text = rendered(Format::Nagios, PLAIN);
        assert_eq!((text.lines().count(), text.matches('|').count()), (1, 1));
        let figures = text.trim_end().split_once(" | ").unwrap().1;
        let grammar = regex::Regex::new(r"^(('([^'=]|'')+'|[^ '=]+)=[0-9.]+(s|%|B)?( |$))+$").unwrap();
        assert!(grammar.is_match(figures), "{figures}");
    }

    #[test]
    fn the_worst_decides() {
        let plan = fixture::plan();
        let whole = fixture::report(&plan);
        assert_eq!(exit(&whole), Exit::PluginCritical);
        let left = |out: &[Verdict]| {
            let outcomes = whole.outcomes.iter().filter(|outcome| !out.contains(&outcome.verdict)).cloned();
            exit(&Report { plan: &plan, outcomes: outcomes.collect(), ..fixture::report(&plan) })
        };
        use Verdict::{Error, Fail, Flaky, Warn};
        let left = [left(&[Fail]), left(&[Fail, Error]), left(&[Fail, Error, Warn, Flaky])];
        assert_eq!(left, [Exit::PluginUnknown, Exit::PluginWarning, Exit::Success]);
    }
}
