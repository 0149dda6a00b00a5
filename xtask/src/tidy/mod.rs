//! `cargo xtask tidy`: the repository's own rules, held by a test of its text.
//!
//! It reads every file in the tree rather than git's list, so that it works in a source archive too; a scratch file is
//! therefore judged like any other.

mod circles;
mod form;
mod layers;
mod limits;
mod modules;
mod source;
mod tree;

use anyhow::{Result, ensure};

use crate::cargo::root;

use source::Finding;

/// Checks the repository's own rules: layering, circles, names, sizes, unfinished work, forgotten tests,
/// bounds that no test holds.
pub(crate) fn run() -> Result<()> {
    let tree = tree::read(&root()?)?;
    let mut findings: Vec<Finding> = tree.iter().flat_map(form::findings).collect();
    findings.extend(layers::findings(&tree));
    findings.extend(circles::findings(&tree));
    findings.extend(tree::findings(&tree));
    findings.extend(limits::findings(&tree));
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    ensure!(findings.is_empty(), "tidy: {} to mend", findings.len());
    Ok(())
}
