//! Who may ping faster than others: the superuser alone; capabilities do not count.

use std::time::Duration;

use nix::unistd::getuid;

/// Whether the caller is the superuser.
pub(super) fn is_root() -> bool {
    getuid().is_root()
}

/// The shortest interval an ordinary user may choose.
pub(super) const SHORTEST_FOR_USERS: Duration = Duration::from_millis(2);
