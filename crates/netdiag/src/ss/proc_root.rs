//! Where processes are looked for.

use std::path::PathBuf;

/// `PROC_ROOT`, else `/proc`.
pub(crate) fn proc_root() -> PathBuf {
    std::env::var_os("PROC_ROOT")
        .filter(|root| !root.is_empty())
        .map_or_else(|| "/proc".into(), PathBuf::from)
}
