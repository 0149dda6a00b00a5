//! `cargo xtask features`: whether every library can be had with no feature, with each one alone, and with all of them.
//!
//! A package is looked at by itself: beside others of the workspace it would have the features that those ask for.

use anyhow::{Context, Result};

use crate::cargo::{cargo, finish, output, spelled};
use crate::metadata::{Metadata, Package};

/// Not for users: everything there is besides, or what only fuzz targets call.
const NOT_FOR_USERS: [&str; 2] = ["default", "fuzzing"];

pub(crate) fn run() -> Result<()> {
    let metadata = Metadata::read(&output(&["metadata", "--no-deps", "--format-version=1"])?)
        .context("cannot read `cargo metadata`")?;
    for package in metadata.published() {
        for set in sets(package) {
            // Its library only, and its own code only: a clippy of the whole costs no more than a check.
            let words =
                ["clippy", "--quiet", "--no-default-features", "--package", &package.name, "--features"];
            let mut command = cargo(&words)?;
            command.args([&set, "--", "-D", "warnings"]);
            println!("{}", spelled(&command));
            finish(&mut command)?;
        }
    }
    Ok(())
}

/// Which sets of a package's features are tried; none of one that has no features.
fn sets(package: &Package) -> Vec<String> {
    let own = package.features.keys().filter(|name| !NOT_FOR_USERS.contains(&name.as_str()));
    let alone: Vec<String> = own.cloned().collect();
    if alone.is_empty() {
        return alone;
    }
    let all = alone.join(",");
    let mut sets = vec![String::new()];
    sets.extend(alone);
    sets.push(all);
    sets.dedup();
    sets
}

#[cfg(test)]
mod tests {

    #[test]
    fn none_each_alone_and_all() {
        let sets = |features: &str| {
            let package = format!(r#"{{"name":"a","version":"0.1.0","publish":null,"features":{features}}}"#);
            super::sets(&serde_json::from_str(&package).unwrap())
        };
        assert_eq!(sets(r#"{"fuzzing":[]}"#), [""; 0]);
        assert_eq!(sets(r#"{"default":["tls"],"tls":[]}"#), ["", "tls"]);
        assert_eq!(
            sets(r#"{"default":[],"tls":[],"dns":["dep:d"],"fuzzing":[]}"#),
            ["", "dns", "tls", "dns,tls"]
        );
    }
}
