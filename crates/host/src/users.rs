//! Users and groups by name and by number, from wherever this system keeps them.
//!
//! A number without a name is nothing unusual: containers share numbers with hosts that know them by no name.

use nix::unistd::{Gid, Group, Uid, User};

/// The number of a user.
pub fn user_id(name: &str) -> Option<u32> {
    User::from_name(name).ok()?.map(|user| user.uid.as_raw())
}

/// The name of a user.
pub fn user_name(id: u32) -> Option<String> {
    User::from_uid(Uid::from_raw(id)).ok()?.map(|user| user.name)
}

/// The name of a group.
pub fn group_name(id: u32) -> Option<String> {
    Group::from_gid(Gid::from_raw(id)).ok()?.map(|group| group.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_known_by_name_and_number() {
        assert_eq!(
            (user_id("root"), user_name(0).as_deref(), group_name(0).as_deref()),
            (Some(0), Some("root"), Some("root"))
        );
        assert_eq!(
            (user_id("no such user"), user_name(4_294_967_294), group_name(4_294_967_294)),
            (None, None, None)
        );
    }
}
