//! The workspace's packages as `cargo metadata` tells of them.
//!
//! Only those that a registry may have are of use to anybody outside.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// What `cargo metadata` says of the workspace.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: PathBuf,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The registries it may go to; all if there is no list.
    publish: Option<Vec<String>>,
    /// Each feature with what it asks for.
    #[serde(default)]
    pub(crate) features: BTreeMap<String, Vec<String>>,
}

impl Metadata {
    pub(crate) fn read(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// The packages that a registry may have.
    pub(crate) fn published(&self) -> Vec<&Package> {
        let may_be = |package: &&Package| package.publish.as_ref().is_none_or(|names| !names.is_empty());
        self.packages.iter().filter(may_be).collect()
    }
}

impl Package {
    /// What its packed file and its directory are called.
    pub(crate) fn directory(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}
