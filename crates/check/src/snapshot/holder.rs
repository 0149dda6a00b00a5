//! Whose a socket has to be.

use std::io;
use std::path::Path;

use netdiag_sockdiag::filter::Glob;
use netdiag_sockdiag::filter::language::{Names, System};
use netdiag_sockdiag::owners::Owners;
use netdiag_text::{Message, message};
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
    words: Vec<Message>,
}

impl Owner {
    /// Looks the user up.
    pub(crate) fn holder(self) -> Result<Holder, Complaint> {
        let mut words = Vec::new();
        words.extend(self.process.as_ref().map(|process| message!("process {}", process)));
        let uid = match &self.user {
            None => None,
            Some(user) => {
                let (name, found) = match &user.value {
                    UserName::Number(uid) => (uid.to_string(), Some(*uid)),
                    UserName::Name(name) => (name.clone(), name.parse().ok().or_else(|| system().user(name))),
                };
                let unknown = || Complaint::new(&user.span, message!("there is no user `{}`", name));
                words.push(message!("user {}", name));
                Some(found.ok_or_else(unknown)?)
            }
        };
        words.extend(self.cgroup.as_ref().map(|cgroup| message!("control group {}", cgroup)));
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
    pub(crate) fn words(&self) -> Message {
        Message::join(&self.words, ", ")
    }

    /// Finds the control group, which may have been made since the file was read.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn cgroup(&self) -> Result<Option<u64>, String> {
        self.cgroup.as_deref().map(|path| system().cgroup(Path::new(path))).transpose()
    }

    /// Whether a socket is so held; `None` if that may not be known, as the processes of others keep their files from us.
    pub(crate) fn holds(
        &self,
        snapshot: &Snapshot,
        socket: &Socket<'_>,
        cgroup: Option<u64>,
    ) -> Option<bool> {
        let user = self.uid.is_none_or(|uid| socket.uid() == Some(uid));
        let group = cgroup.is_none_or(|id| match &socket.view {
            View::Inet(_) => socket.subject().cgroup == Some(id),
            View::Unix(_) => false,
        });
        match &self.process {
            _ if !user || !group => Some(false),
            None => Some(true),
            Some(process) => snapshot.with_owners(|owners| {
                let mut held = owners.of(socket.inode()).peekable();
                match held.peek() {
                    Some(_) => Some(held.any(|owner| process.matches(&owner.task.comm))),
                    None if owners.withheld().is_some() => None,
                    None => Some(false),
                }
            }),
        }
    }
}

impl Snapshot {
    /// Why it is not known who holds a socket.
    pub(crate) fn unknown_holders(&self) -> Unmeasured {
        let withheld = self.with_owners(Owners::withheld).unwrap_or_default();
        Unmeasured {
            reason: match withheld {
                1 => "a process of others keeps its files from us, and may hold such a socket".into(),
                many => {
                    message!(
                        "{} processes of others keep their files from us, and may hold such a socket",
                        many
                    )
                }
            },
            remedy: Some("run it as root, or with cap_sys_ptrace and cap_dac_read_search".into()),
        }
    }
}

/// This machine's names; who holds sockets is asked elsewhere.
fn system() -> System<'static> {
    System { held: &|_| Err(io::ErrorKind::Unsupported.into()) }
}
