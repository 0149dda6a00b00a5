//! Whose a socket has to be.

use std::path::Path;

use netdiag_host::{CutShort, Held, cgroup_id, user_id};
use netdiag_sockdiag::filter::Glob;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Snapshot, Socket, View};
use crate::file::{Complaint, Placed};
use crate::finding::Unmeasured;

/// Whose a socket is, as written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Owner {
    /// A pattern for the name of a process that holds the socket: `nginx`, `post*`; at most 15 bytes of a name are known.
    pub(crate) process: Option<String>,
    /// The user the socket belongs to, by name or number.
    pub(crate) user: Option<Placed<UserName>>,
    /// The control group the socket was made in: a path, or one below the cgroup2 mount; groups below it do not count.
    pub(crate) cgroup: Option<String>,
}

/// A user by name or number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum UserName {
    /// By number.
    Number(u32),
    /// By name, or a number in quotes.
    Name(String),
}

/// Whose a socket has to be, all of it.
#[derive(Debug, Default)]
pub(crate) struct Holder {
    process: Option<Glob>,
    uid: Option<u32>,
    cgroup: Option<String>,
    words: Vec<String>,
}

impl Owner {
    /// Looks the user up.
    pub(crate) fn holder(self) -> Result<Holder, Complaint> {
        let mut words = Vec::new();
        words.extend(self.process.as_ref().map(|process| format!("process {process}")));
        let uid = match &self.user {
            None => None,
            Some(user) => {
                let (name, found) = match &user.value {
                    UserName::Number(uid) => (uid.to_string(), Some(*uid)),
                    UserName::Name(name) => (name.clone(), name.parse().ok().or_else(|| user_id(name))),
                };
                let unknown = || Complaint::new(&user.span, format!("there is no user `{name}`"));
                words.push(format!("user {name}"));
                Some(found.ok_or_else(unknown)?)
            }
        };
        words.extend(self.cgroup.as_ref().map(|cgroup| format!("control group {cgroup}")));
        let process = self.process.map(|pattern| Glob::new(pattern.into_bytes()));
        Ok(Holder { process, uid, cgroup: self.cgroup, words })
    }
}

impl Holder {
    /// Whether anybody will do.
    pub(crate) fn is_anybody(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether processes must be looked at.
    pub(crate) fn needs_owners(&self) -> bool {
        self.process.is_some()
    }

    /// In words: `process nginx, user www-data`.
    pub(crate) fn words(&self) -> String {
        self.words.join(", ")
    }

    /// Finds the control group, which may have been made since the file was read.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn cgroup(&self) -> Result<Option<u64>, String> {
        let id = self.cgroup.as_deref().map(|path| cgroup_id(Path::new(path)));
        id.transpose().map_err(|error| error.to_string())
    }

    /// Whether a socket is so held, whoever else holds it.
    ///
    /// # Errors
    /// Why that is not known: the kernel does not tell, or the processes of others keep their files from us.
    pub(crate) fn holds(
        &self,
        snapshot: &Snapshot,
        socket: &Socket<'_>,
        cgroup: Option<u64>,
    ) -> Result<bool, Unmeasured> {
        let group = match &socket.view {
            View::Inet(_) => socket.subject().cgroup,
            View::Unix(_) => None,
        };
        let told = [same("user", self.uid, socket.uid()), same("control group", cgroup, group)];
        let held = match &self.process {
            _ if told.iter().any(|told| matches!(told, Ok(false))) => return Ok(false),
            None => Ok(true),
            Some(process) => {
                match snapshot.owners.held_by(socket.inode(), |task| process.matches(&task.comm)) {
                    Held::Yes(_) => Ok(true),
                    Held::No => return Ok(false),
                    Held::Unknown(why) => Err(unknown_holders(why)),
                }
            }
        };
        told.into_iter().chain([held]).try_fold(true, |all, one| Ok(all && one?))
    }
}

/// Whether what is wanted of a socket is what the kernel tells of it.
fn same<T: PartialEq>(what: &str, wanted: Option<T>, told: Option<T>) -> Result<bool, Unmeasured> {
    match (wanted, told) {
        (None, _) => Ok(true),
        (Some(_), None) => {
            let reason = format!("this kernel does not tell the {what} of such sockets");
            Err(Unmeasured { reason, remedy: None })
        }
        (wanted, told) => Ok(wanted == told),
    }
}

/// That it is not known who holds a socket, and why.
pub(crate) fn unknown_holders(why: &CutShort) -> Unmeasured {
    let (reason, remedy) = match why {
        CutShort::Withheld(1) => {
            ("a process of others keeps its files from us, and may hold such a socket".to_owned(), PRIVILEGE)
        }
        CutShort::Withheld(many) => (
            format!("{many} processes of others keep their files from us, and may hold such a socket"),
            PRIVILEGE,
        ),
        CutShort::Hidden(_) => (format!("{why}, who may hold such a socket"), PRIVILEGE),
        why => (
            format!("not all processes could be looked at: {why}"),
            "see whether /proc is mounted and descriptors are left",
        ),
    };
    Unmeasured { reason, remedy: Some(remedy.to_owned()) }
}

const PRIVILEGE: &str = "run it as root, or with cap_sys_ptrace and cap_dac_read_search";
