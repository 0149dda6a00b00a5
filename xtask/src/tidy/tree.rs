//! The repository's files, and the rules about which files there are.
//!
//! Directories that begin with a dot, and what cargo and the fuzzer write, are not part of the repository.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::source::{Finding, Source};

const WRITTEN: [&str; 4] = ["target", "fuzz/target", "fuzz/corpus", "fuzz/artifacts"];

/// Every file below `root`, in order of path.
pub(super) fn read(root: &Path) -> Result<Vec<Source>> {
    let mut tree = Vec::new();
    let mut directories = vec![String::new()];
    while let Some(directory) = directories.pop() {
        let listing = root.join(&directory);
        for entry in fs::read_dir(&listing).with_context(|| format!("cannot list {}", listing.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{directory}{name}");
            let kind = entry.file_type()?;
            if kind.is_dir() && !name.starts_with('.') && !WRITTEN.contains(&path.as_str()) {
                directories.push(path + "/");
            } else if kind.is_file() {
                let text = if path.ends_with(".rs") || name == "Cargo.toml" || path == "docs/limits.md" {
                    fs::read_to_string(entry.path()).with_context(|| format!("cannot read {path}"))?
                } else {
                    String::new()
                };
                tree.push(Source { path, text });
            }
        }
    }
    tree.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(tree)
}

pub(super) fn findings(tree: &[Source]) -> Vec<Finding> {
    let mut found = forgotten_tests(tree);
    found.extend(pending_snapshots(tree));
    found
}

/// A test file `main.rs` does not declare is never compiled, and so never fails.
fn forgotten_tests(tree: &[Source]) -> Vec<Finding> {
    let mut found = Vec::new();
    for main in tree {
        let Some(directory) = main.path.strip_suffix("main.rs").filter(|path| path.starts_with("tests/"))
        else {
            continue;
        };
        for file in tree {
            let Some(name) = file.path.strip_prefix(directory).and_then(|rest| rest.strip_suffix(".rs"))
            else {
                continue;
            };
            let declaration = format!("mod {name};");
            if name != "main" && !name.contains('/') && !main.text.lines().any(|line| line == declaration) {
                found.push(
                    file.finding(1, format!("never compiled: {} does not say `{declaration}`", main.path)),
                );
            }
        }
    }
    found
}

fn pending_snapshots(tree: &[Source]) -> Vec<Finding> {
    tree.iter()
        .filter(|file| file.path.ends_with(".snap.new") || file.path.ends_with(".pending-snap"))
        .map(|file| file.finding(1, "a snapshot nobody accepted: `cargo insta review`, or remove it"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::source::source;
    use super::*;

    #[test]
    fn a_test_file_must_be_declared() {
        let tree = [
            source("tests/cli/main.rs", "//! A.\n\nmod ping;\n"),
            source("tests/cli/ping.rs", "//! A.\n"),
            source("tests/cli/ss.rs", "//! A.\n"),
            source("tests/lab/src/wire.rs", "//! A.\n"),
        ];
        let found = findings(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].to_string(),
            "tests/cli/ss.rs:1: never compiled: tests/cli/main.rs does not say `mod ss;`"
        );
    }

    #[test]
    fn a_pending_snapshot_is_found_wherever_it_is() {
        let tree = [source("tests/cli/snapshots/a.snap.new", ""), source("tests/cli/snapshots/a.snap", "")];
        assert_eq!(findings(&tree).len(), 1);
    }
}
