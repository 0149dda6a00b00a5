//! Whose a socket has to be.

use std::path::Path;

use netdiag_host::{Held, Owners, Snapshot, Socket, cgroup_id, user_id};
use netdiag_sockdiag::filter::Glob;
use netdiag_text::{Message, Trusted, message};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::finding::Unmeasured;
use crate::parts::unknown;
use crate::source::{Complaint, Placed, Scalar, Several, several};

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
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum UserName {
    /// By number.
    Number(u32),
    /// By name, or a number in quotes.
    Name(String),
}

impl Several for UserName {
    const WANTED: &'static str = "a user, by name or number";

    fn of(written: Scalar) -> Option<Result<Self, Message>> {
        match written {
            Scalar::Integer(number) => Some(match u32::try_from(number) {
                Ok(uid) => Ok(Self::Number(uid)),
                Err(_) => Err(message!("no user can have the number {}", number)),
            }),
            Scalar::Text(name) => Some(Ok(Self::Name(name))),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for UserName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        several(deserializer)
    }
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
                    UserName::Name(name) => (name.clone(), name.parse().ok().or_else(|| user_id(name))),
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
    pub(crate) fn cgroup(&self) -> Result<Option<u64>, Message> {
        let id = self.cgroup.as_deref().map(|path| cgroup_id(Path::new(path)));
        id.transpose().map_err(|error| Trusted(&error.to_string()).into())
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
        let group = cgroup.and_then(|_| socket.subject().cgroup);
        let told = [same("user", self.uid, socket.uid()), same("control group", cgroup, group)];
        let held = match &self.process {
            _ if told.iter().any(|told| matches!(told, Ok(false))) => return Ok(false),
            None => Ok(true),
            Some(process) => {
                match snapshot.owners.held_by(socket.inode(), |task| process.matches(&task.comm)) {
                    Held::Yes(_) => Ok(true),
                    Held::No => return Ok(false),
                    Held::Unknown(why) => Err(unknown::holders(why)),
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
            let reason = message!("this kernel does not tell the {} of such sockets", Trusted(what));
            Err(Unmeasured { reason, remedy: None })
        }
        (wanted, told) => Ok(wanted == told),
    }
}

/// Who holds a socket, in words: `nginx (pid 42), nginx (pid 43)`; empty if nobody known.
pub(crate) fn names(owners: &Owners, inode: u32) -> Message {
    let mut last = None;
    // One process can hold it by several descriptors.
    let processes = owners.of(inode).filter(|owner| last.replace(owner.task.pid) != Some(owner.task.pid));
    let words = processes.take(NAMED + 1).enumerate().map(|(count, owner)| match count {
        NAMED => "…".into(),
        _ => message!("{} (pid {})", String::from_utf8_lossy(&owner.task.comm), owner.task.pid),
    });
    Message::join(words, ", ")
}

/// How many of those who hold a socket are named.
const NAMED: usize = 3;
