//! `cargo xtask package`: whether every library and the command can be published.
//!
//! A package is what its own directory holds: a README or a licence at the workspace's root is in none of them.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::cargo::{cargo, finish};

/// What nobody should receive a package without.
const FILES: [&str; 3] = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

pub(crate) fn run() -> Result<()> {
    let names = published(&output(&["metadata", "--no-deps", "--format-version=1"])?)
        .context("cannot read `cargo metadata`")?;
    let mut lacking = Vec::new();
    for name in &names {
        let list = output(&["package", "--list", "--allow-dirty", "--offline", "--package", name])?;
        let absent: Vec<&str> = absent(&list).collect();
        if !absent.is_empty() {
            lacking.push(format!("\n  {name} has no {}", absent.join(", ")));
        }
    }
    ensure!(
        lacking.is_empty(),
        "packages are not whole (a link to a file is packed as one):{}",
        lacking.concat()
    );
    // Each is built out of its package, against the packages of the others and nothing of the workspace.
    let mut command = cargo(&["package", "--allow-dirty", "--offline"])?;
    finish(command.args(names.iter().flat_map(|name| ["--package", name])))
}

/// What a cargo command says; its diagnostics are shown if it fails.
fn output(words: &[&str]) -> Result<String> {
    let mut command = cargo(words)?;
    let output = command.output().with_context(|| format!("cannot run `cargo {}`", words.join(" ")))?;
    if !output.status.success() {
        bail!("`cargo {}` failed: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).context("cargo wrote something else than text")
}

/// The packages that a registry may have.
fn published(metadata: &str) -> serde_json::Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        /// The registries it may go to; all if there is no list.
        publish: Option<Vec<String>>,
    }
    let metadata: Metadata = serde_json::from_str(metadata)?;
    let may_be = |package: &Package| package.publish.as_ref().is_none_or(|registries| !registries.is_empty());
    Ok(metadata.packages.into_iter().filter(may_be).map(|package| package.name).collect())
}

/// The files that a package's `list` of files should have and has not.
fn absent(list: &str) -> impl Iterator<Item = &'static str> {
    FILES.into_iter().filter(move |file| !list.lines().any(|line| line == *file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_published_is_packaged() {
        let metadata = r#"{"packages":[{"name":"netdiag","publish":null},{"name":"xtask","publish":[]},
            {"name":"netdiag-text","publish":["crates-io"]}]}"#;
        assert_eq!(published(metadata).unwrap(), ["netdiag", "netdiag-text"]);
    }

    #[test]
    fn a_file_counts_where_the_package_begins() {
        let absent = |list: &str| absent(list).collect::<Vec<_>>();
        assert_eq!(absent("Cargo.toml\nLICENSE-APACHE\nLICENSE-MIT\nREADME.md\n"), [""; 0]);
        assert_eq!(absent("Cargo.toml\nLICENSE-MIT\nexamples/README.md\n"), ["README.md", "LICENSE-APACHE"]);
    }
}
