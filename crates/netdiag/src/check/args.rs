//! The command line of `netdiag check`. Its doc comments are the help.
//!
//! Every value is parsed into its final type here, so a run meets no bad one.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use glob::Pattern;
use netdiag_check::file::Notation;
use netdiag_check::report::Format;
use netdiag_check::selection::Tags;
use netdiag_text::duration;

use super::output::{self, Output};
use crate::format::Color;
use crate::netns::Elsewhere;
use crate::whole_number::within;

/// Check that the network is as a file says
///
/// Exit status: 0 everything is as stated; 1 something is not; 2 a file or option is wrong; 3 something required could not be
/// measured, or a report not be written; 128+N ended by signal N.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Check files (TOML or JSON), - for standard input, or targets: tcp://db:5432, 'icmp://gw?loss<=1%', https://x/health
    #[arg(value_name = "FILE|TARGET", required_unless_present = "init")]
    pub(super) sources: Vec<OsString>,

    /// Notation of the files; by default their names or contents decide
    #[arg(long, value_enum, hide_possible_values = true, value_name = "toml|json")]
    pub(super) file_format: Option<FileFormat>,

    /// Set a variable of the files
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    pub(super) variables: Vec<(String, String)>,

    /// Run only checks with all of these tags and none of those after a !; if repeated, one of the lists is enough
    #[arg(short, long = "tag", value_name = "A,!B")]
    pub(super) tags: Vec<Tags>,

    /// Run only checks whose name matches; * and ? are wildcards
    #[arg(long = "name", value_name = "GLOB")]
    pub(super) names: Vec<Pattern>,

    /// Run only checks that did not pass when they last ran, as --state remembers
    #[arg(long, requires = "state")]
    pub(super) failed: bool,

    /// Remember in this file what did not pass; without it nothing is remembered
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,

    /// List the checks that would run, and run none
    #[arg(long, conflicts_with_all = ["dry_run", "outputs", "format", "json"])]
    pub(super) list: bool,

    /// Show what would be done, with all values filled in, and run nothing
    #[arg(long, conflicts_with_all = ["outputs", "format", "json"])]
    pub(super) dry_run: bool,

    /// Succeed if there is nothing to check
    #[arg(long)]
    pub(super) allow_empty: bool,

    /// How many checks run at the same time
    #[arg(long, value_name = "N", default_value = "64", value_parser = within(NonZeroU32::MIN..=NonZeroU32::MAX), allow_hyphen_values = true)]
    pub(super) jobs: NonZeroU32,

    /// End the whole run after this time; checks that have not ended count as not measured
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub(super) deadline: Option<Duration>,

    /// Write a report, to a file or standard output, in a format that --format takes
    #[arg(short, long = "output", value_name = "FORMAT[=FILE]")]
    outputs: Vec<Output>,

    /// Write the report on standard output in this format
    #[arg(long, value_name = FORMATS, value_parser = output::format, overrides_with = "json")]
    format: Option<Format>,

    /// Short for --format json
    #[arg(long, overrides_with = "format")]
    json: bool,

    /// Show only what is wrong, and the summary
    #[arg(short, long)]
    pub(super) quiet: bool,

    /// Count checks that passed only at a later attempt as failed
    #[arg(long)]
    pub(super) fail_on_flaky: bool,

    /// Exit with 0 even if checks fail; wrong files and options still fail
    #[arg(long)]
    pub(super) warn_only: bool,

    /// Exit with 0 or 1 and nothing else, as a container's HEALTHCHECK must
    #[arg(long, conflicts_with = "warn_only")]
    pub(super) healthcheck: bool,

    /// Run no commands: checks of kind exec are not measured
    #[arg(long)]
    pub(super) no_exec: bool,

    /// Require all checks to be measured, as if each said `required = true`: exit status 3 if one cannot be
    #[arg(long)]
    pub(super) require_all: bool,

    /// Write a check file of what this host does now: listeners, gateway, resolvers; to standard output if no FILE is given
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        conflicts_with_all = ["sources", "list", "dry_run", "outputs", "format", "json", "failed"]
    )]
    pub(super) init: Option<Option<PathBuf>>,

    #[command(flatten)]
    pub(super) elsewhere: Elsewhere,

    /// When to use colour
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, value_name = "auto|always|never")]
    pub(super) color: Color,
}

/// A notation of check files, by its word.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum FileFormat {
    Toml,
    Json,
}

impl From<FileFormat> for Notation {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Toml => Self::Toml,
            FileFormat::Json => Self::Json,
        }
    }
}

impl Args {
    /// Every report that is wanted.
    pub(super) fn outputs(&self) -> Vec<Output> {
        let json = self.json.then_some(Format::Json);
        let stdout = self.format.or(json).map(|format| Output { format, path: None });
        self.outputs.iter().cloned().chain(stdout).collect()
    }
}

/// What the help calls a format.
const FORMATS: &str = "text|table|json|jsonl|junit|tap|github|prom|nagios";

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

fn time(text: &str) -> Result<Duration, String> {
    match duration::with_unit(text) {
        Ok(Duration::ZERO) => Err("nothing can be run in no time".to_owned()),
        time => time.map_err(|wrong| wrong.to_string()),
    }
}
