//! What came of a run, in the formats people and programs read; one file per format.
//!
//! A format sees only `entry::Page`, from which secrets are gone already, so none can forget to hide them.

mod entry;
#[cfg(test)]
mod fixture;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod github;
#[cfg(any(test, feature = "fuzzing"))]
mod invented;
mod json;
mod junit;
mod nagios;
mod prom;
mod table;
mod tap;
mod text;
mod unmeasured;

pub use self::github::summary;
pub use self::json::{first_line, last_line, result_line, schema};
pub use self::nagios::{exit as nagios_exit, unknown as nagios_unknown};
use crate::run::Report;
use entry::{Clean, Page};
use netdiag_text::Charset;
use netdiag_text::table::Look;

/// A shape a report can have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// A line for each check, what failed in full, and last what editors understand.
    Text,
    /// A table for people.
    Table,
    /// One document, `netdiag.check/1`.
    Json,
    /// The same in pieces, one object per line.
    Jsonl,
    /// JUnit XML, as Jenkins, GitLab and GitHub's actions read it.
    Junit,
    /// The Test Anything Protocol.
    Tap,
    /// Annotations of a GitHub workflow.
    Github,
    /// Metrics for the textfile collector of Prometheus's `node_exporter`.
    Prom,
    /// One line as the plugins of Nagios write it.
    Nagios,
}

/// What a report says or needs besides the run itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct RenderOptions<'a> {
    /// Whether formats for people are coloured.
    pub color: bool,
    /// Whether formats for people leave out the checks that came to nothing worth a look: those that passed or were skipped.
    pub quiet: bool,
    /// How many columns a table may take; as many as it needs if absent.
    pub width: Option<usize>,
    /// The characters that formats for people may use.
    pub charset: Charset,
    /// The name of the host the checks ran on, where it is known.
    pub host: Option<&'a str>,
}

impl Format {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Text,
        Self::Table,
        Self::Json,
        Self::Jsonl,
        Self::Junit,
        Self::Tap,
        Self::Github,
        Self::Prom,
        Self::Nagios,
    ];

    /// Its word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Table => "table",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Junit => "junit",
            Self::Tap => "tap",
            Self::Github => "github",
            Self::Prom => "prom",
            Self::Nagios => "nagios",
        }
    }

    /// Whether programs read it, so that nothing else may stand beside it.
    pub fn is_for_machines(self) -> bool {
        !matches!(self, Self::Text | Self::Table)
    }

    /// The whole report, its last newline included.
    pub fn render(self, report: &Report<'_>, setting: RenderOptions<'_>) -> String {
        // Machines get every character as it was found, in their own escapes; on a terminal none may do anything.
        let clean = match self {
            Self::Json | Self::Jsonl => Clean::Exact,
            Self::Text | Self::Table => Clean::Visible(setting.charset),
            _ => Clean::Visible(Charset::Unicode),
        };
        let page = Page { quiet: setting.quiet, ..Page::new(report, clean) };
        match self {
            Self::Text => text::render(&page, setting.color, setting.charset),
            Self::Table => {
                let look = Look { header: true, color: setting.color, charset: setting.charset };
                table::render(&page, look, setting.width)
            }
            Self::Json => json::document(&page, setting.host),
            Self::Jsonl => json::lines(&page, setting.host),
            Self::Junit => junit::render(&page, setting.host),
            Self::Tap => tap::render(&page),
            Self::Github => github::render(&page),
            Self::Prom => prom::render(&page),
            Self::Nagios => nagios::render(&page),
        }
    }
}

#[cfg(test)]
mod tests {
    use netdiag_text::Exit;

    use super::*;
    use crate::verdict::Verdict;

    #[test]
    fn the_worst_verdict_decides_how_a_run_ends() {
        let plan = fixture::plan();
        let exit = |verdicts: &[Verdict], fail_on_flaky| {
            let outcomes = (0..).zip(verdicts).map(|(index, verdict)| fixture::outcome(index, *verdict, 1));
            let report = Report { outcomes: outcomes.collect(), ..fixture::report(&plan) };
            report.exit(fail_on_flaky)
        };
        use Verdict::{Error, Fail, Flaky, Pass, Skip, Warn};
        #[rustfmt::skip]
        let cases: [(&[Verdict], bool, Exit); 7] = [
            (&[],                        true,  Exit::Success),
            (&[Pass, Skip, Warn],        true,  Exit::Success),
            (&[Pass, Flaky],             false, Exit::Success),
            (&[Pass, Flaky],             true,  Exit::Unexpected),
            (&[Fail, Error, Pass],       false, Exit::Unexpected),
            (&[Error, Pass],             false, Exit::CouldNot),
            (&[Error, Flaky],            true,  Exit::Unexpected),
        ];
        for (verdicts, fail_on_flaky, expected) in cases {
            assert_eq!(exit(verdicts, fail_on_flaky), expected, "{verdicts:?} {fail_on_flaky}");
        }
    }
}
