//! What is compared: programs that do the same work, and what their figures should keep to.
//!
//! A limit is of a ratio where there is a rival, and absolute where ours has to keep to it whatever the others do.

use std::path::{Path, PathBuf};

use super::measure::{Figures, Measured};

/// Programs that do the same work, ours last.
pub(super) struct Bench {
    pub(super) title: String,
    /// What a reader should know besides; may be empty.
    pub(super) note: &'static str,
    /// Runs that make up one measurement.
    pub(super) runs: u32,
    pub(super) rivals: Vec<Rival>,
    pub(super) ours: Case,
    pub(super) limits: Limits,
}

/// One command line to measure.
pub(super) struct Case {
    pub(super) program: PathBuf,
    pub(super) words: Vec<&'static str>,
    /// What it is called where the name of its file would not tell it from another.
    pub(super) called: Option<String>,
    /// A program that runs it in a network it makes, and what is typed after that.
    pub(super) within: Option<(PathBuf, &'static [&'static str])>,
}

/// A program ours is compared with, and what the ratio ours/theirs should not exceed.
pub(super) struct Rival {
    pub(super) case: Case,
    pub(super) at_most: Figures<Option<f64>>,
}

/// What ours should keep to whatever the others do.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Time from start to end, in ms, give or take 1 %.
    pub(super) wall_ms: Option<f64>,
    /// The same, at most.
    pub(super) most_ms: Option<f64>,
    /// CPU time, as a share of that.
    pub(super) core: Option<f64>,
    /// The largest resident set, in MiB.
    pub(super) peak_mib: Option<f64>,
}

/// What a bench measured: per round, each rival in order, then ours.
pub(super) struct Rounds(pub(super) Vec<Vec<Measured>>);

impl Case {
    /// `line` is what is typed after the program, its words parted by single spaces.
    pub(super) fn new(program: impl Into<PathBuf>, line: &'static str) -> Self {
        Self {
            program: program.into(),
            words: line.split_terminator(' ').collect(),
            called: None,
            within: None,
        }
    }

    /// The same by another name.
    pub(super) fn called(self, name: &str) -> Self {
        Self { called: Some(name.to_owned()), ..self }
    }

    /// The same in a network that another program makes.
    pub(super) fn within(self, network: &Path, words: &'static [&'static str]) -> Self {
        Self { within: Some((network.to_owned(), words)), ..self }
    }

    /// The same words for a tool of the program.
    pub(super) fn of(mut self, tool: &'static str) -> Self {
        self.words.insert(0, tool);
        self
    }

    /// The command line as typed, as far as anybody would read it.
    pub(super) fn name(&self) -> String {
        let file = self.program.file_name().unwrap_or_default().to_string_lossy();
        let program = self.called.as_deref().unwrap_or(&file);
        let (words, rest) = self.words.split_at(self.words.len().min(MOST_WORDS));
        let more: &[&str] = if rest.is_empty() { &[] } else { &["…"] };
        [&[program], words, more].concat().join(" ")
    }
}

/// As many words are shown of a command line.
const MOST_WORDS: usize = 8;

impl Limits {
    pub(super) const NONE: Self = Self { wall_ms: None, most_ms: None, core: None, peak_mib: None };
}
