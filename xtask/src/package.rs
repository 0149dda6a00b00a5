//! `cargo xtask package`: whether every library and the command can be published.
//!
//! A package is what its own directory holds: a README or a licence at the workspace's root is in none of them. Cargo's own look at
//! packages that are not published yet is not used: it unpacks a version once, and takes it for the same ever after.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::cargo::{cargo, finish, output, root};
use crate::metadata::{Metadata, Package};

/// What nobody should receive a package without.
const FILES: [&str; 3] = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

pub(crate) fn run() -> Result<()> {
    let metadata = Metadata::read(&output(&["metadata", "--no-deps", "--format-version=1"])?)
        .context("cannot read `cargo metadata`")?;
    let packages = metadata.published();
    let mut lacking = Vec::new();
    for Package { name, .. } in &packages {
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
    let mut command = cargo(&["package", "--no-verify", "--allow-dirty", "--offline"])?;
    finish(command.args(packages.iter().flat_map(|package| ["--package", &package.name])))?;
    check(&packages, &metadata.target_directory.join("package"))
}

/// Checks each package alone, out of what was packed into `place`, against the packages of the others and nothing of the
/// workspace: alone, so that it has the features it asks for and not those that others do.
fn check(packages: &[&Package], place: &Path) -> Result<()> {
    let unpacked = place.join("unpacked");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).with_context(|| format!("cannot empty {}", unpacked.display()))?;
    }
    fs::create_dir_all(&unpacked).with_context(|| format!("cannot create {}", unpacked.display()))?;
    for package in packages {
        // Files are as old as they are here, not as old as the package says, or cargo would not look at them again.
        let packed = place.join(format!("{}.crate", package.directory()));
        finish(Command::new("tar").arg("-xzmf").arg(packed).arg("-C").arg(&unpacked))?;
    }
    let manifest = unpacked.join("Cargo.toml");
    fs::write(&manifest, workspace(packages))
        .with_context(|| format!("cannot write {}", manifest.display()))?;
    // The same versions of everything else.
    fs::copy(root()?.join("Cargo.lock"), unpacked.join("Cargo.lock")).context("cannot copy Cargo.lock")?;
    for package in packages {
        let mut command = cargo(&["check", "--offline", "--package", &package.name, "--manifest-path"])?;
        let target = place.parent().context("the directory of packages has none above it")?;
        finish(command.arg(&manifest).arg("--target-dir").arg(target))?;
    }
    Ok(())
}

/// The manifest of a workspace of unpacked packages that find each other there instead of at a registry.
fn workspace(packages: &[&Package]) -> String {
    // With the workspace's profile, what it was built with can be used again.
    let mut text = String::from("[workspace]\nresolver = \"3\"\nmembers = [\"*-*\"]\n\n");
    text.push_str("[profile.dev]\ndebug = \"line-tables-only\"\n\n[patch.crates-io]\n");
    for package in packages {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} = {{ path = \"{}\" }}", package.name, package.directory());
    }
    text
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
        let metadata = r#"{"target_directory":"/t","packages":[{"name":"netdiag","version":"0.1.0","publish":null},
            {"name":"xtask","version":"0.1.0","publish":[]},
            {"name":"netdiag-text","version":"0.2.0","publish":["crates-io"]}]}"#;
        let metadata = Metadata::read(metadata).unwrap();
        let packages = metadata.published();
        let directories: Vec<_> = packages.iter().map(|package| package.directory()).collect();
        assert_eq!(directories, ["netdiag-0.1.0", "netdiag-text-0.2.0"]);
        assert!(workspace(&packages).ends_with(
            "[patch.crates-io]\nnetdiag = { path = \"netdiag-0.1.0\" }\nnetdiag-text = { path = \"netdiag-text-0.2.0\" }\n"
        ));
    }

    #[test]
    fn a_file_counts_where_the_package_begins() {
        let absent = |list: &str| absent(list).collect::<Vec<_>>();
        assert_eq!(absent("Cargo.toml\nLICENSE-APACHE\nLICENSE-MIT\nREADME.md\n"), [""; 0]);
        assert_eq!(absent("Cargo.toml\nLICENSE-MIT\nexamples/README.md\n"), ["README.md", "LICENSE-APACHE"]);
    }
}
