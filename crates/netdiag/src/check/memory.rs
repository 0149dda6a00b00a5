//! What did not pass when it last ran, by check file: what `--failed` goes by.
//!
//! Checks that were not run this time keep what is remembered of them, so that runs of parts add up. Nothing is remembered unless
//! `--state` says where.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use netdiag_check::Verdict;
use netdiag_check::run::Report;
use serde::{Deserialize, Serialize};

use crate::written_file::WrittenFile;

/// The file as it is written.
#[derive(Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Memory {
    /// Names of checks as [`Plan::written`](netdiag_check::plan::Plan::written) has them, by the path of their file.
    pub(super) failed: BTreeMap<PathBuf, BTreeSet<String>>,
}

impl Memory {
    /// What is remembered; `None` where there is no file yet.
    pub(super) fn load(path: &Path) -> io::Result<Option<Self>> {
        // A pipe may have nothing to say for ever.
        let kind = fs::metadata(path).map(|found| found.is_file());
        match kind
            .and_then(|file| if file { fs::read(path) } else { Err(io::Error::other("no regular file")) })
        {
            Ok(text) => Self::read(&text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn read(text: &[u8]) -> io::Result<Self> {
        Ok(serde_json::from_slice(text)?)
    }

    pub(super) fn text(&self) -> io::Result<String> {
        Ok(netdiag_text::json::to_string_pretty(self)? + "\n")
    }

    pub(super) fn save(&self, path: &Path) -> io::Result<()> {
        if let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(directory)?;
        }
        WrittenFile::at(path)?.write_whole(self.text()?.as_bytes()).map(drop)
    }

    /// The names of all checks of these files that did not pass.
    pub(super) fn failed<'p>(&self, files: impl IntoIterator<Item = &'p Path>) -> HashSet<String> {
        files.into_iter().filter_map(|file| self.failed.get(file)).flatten().cloned().collect()
    }

    /// Takes in how checks ended, and forgets files that are gone. `path` tells where the file of that name is.
    pub(super) fn learn<'p>(&mut self, report: &Report<'_>, path: impl Fn(&str) -> Option<&'p Path>) {
        for outcome in &report.outcomes {
            let check = report.check(outcome);
            let Some(path) = check.file.as_deref().and_then(&path) else { continue };
            let names = self.failed.entry(path.to_owned()).or_default();
            let name = report.plan.written(&check.name);
            match outcome.verdict {
                Verdict::Pass | Verdict::Flaky | Verdict::Warn => names.remove(&name),
                Verdict::Fail | Verdict::Error => names.insert(name),
                // It says nothing about whether it would pass now.
                Verdict::Skip => false,
            };
        }
        self.failed.retain(|path, names| !names.is_empty() && path.exists());
    }
}
