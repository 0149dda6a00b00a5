//! Where the kernel's files about processes and the network are: `/proc`, unless `PROC_ROOT` names another place.
//!
//! The variable is read once, so that every fact of a run comes from one place. Empty, it names no place and counts as not set.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A directory laid out like `/proc`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProcRoot {
    path: PathBuf,
    named: bool,
}

impl ProcRoot {
    /// The place this process's environment names, else `/proc`.
    pub fn of_environment() -> &'static Self {
        static ROOT: OnceLock<ProcRoot> = OnceLock::new();
        ROOT.get_or_init(|| Self::of(std::env::var_os("PROC_ROOT")))
    }

    /// The place that the value of `PROC_ROOT` names.
    fn of(variable: Option<OsString>) -> Self {
        variable.filter(|value| !value.is_empty()).map_or_else(Self::default, Self::at)
    }

    /// A place that the user has named.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), named: true }
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it, such as `net/tcp`.
    pub fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// A file about the network, such as `snmp`: that of the network namespace this thread is in, where the place can tell.
    ///
    /// `net` is the namespace of the process's first thread, whichever thread looks; but a copy has nothing else.
    pub fn net(&self, name: impl AsRef<Path>) -> PathBuf {
        let own = self.path.join("thread-self/net");
        let directory = if own.is_dir() { own } else { self.path.join("net") };
        directory.join(name)
    }

    /// Whether the user has named it: what it tells may then be of another machine than the one we run on.
    pub fn is_named(&self) -> bool {
        self.named
    }
}

impl Default for ProcRoot {
    /// `/proc`.
    fn default() -> Self {
        Self { path: "/proc".into(), named: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_names_no_place() {
        #[rustfmt::skip]
        let cases = [
            (None,               "/proc/net/tcp",      false),
            (Some(""),           "/proc/net/tcp",      false),
            (Some("/proc"),      "/proc/net/tcp",      true),
            (Some("/host/proc"), "/host/proc/net/tcp", true),
            (Some("p/"),         "p/net/tcp",          true),
        ];
        for (variable, file, named) in cases {
            let root = ProcRoot::of(variable.map(Into::into));
            assert_eq!((root.file("net/tcp"), root.is_named()), (file.into(), named), "{variable:?}");
        }
    }

    #[test]
    fn a_copy_has_one_network() {
        let live = ProcRoot::default();
        assert_eq!(live.net("snmp"), Path::new("/proc/thread-self/net/snmp"));
        assert_eq!(ProcRoot::at("/no/such").net("snmp"), Path::new("/no/such/net/snmp"));
    }
}
