//! What a socket has for the keys that are counted by.
//!
//! An answer that depends on who holds the socket is unknown where not everybody could be looked at, which is not the same as nobody.

use std::net::IpAddr;

use netdiag_host::{Cgroups, Held, Owner, Owners, Socket, Table, systemd_unit};
use netdiag_sockdiag::words::{ASSOCIATION_STATES, STATES, Words};

use super::key::Key;
use super::listeners::Listeners;
use super::value::Value;
use crate::ss::names::Names;

/// Reads sockets.
pub(crate) struct Reader {
    pub(crate) keys: Vec<Key>,
    pub(crate) names: Names,
    pub(crate) listeners: Listeners,
}

impl Reader {
    /// The group that a socket is of, in place of what `group` has been.
    pub(crate) fn read(&mut self, socket: &Socket<'_>, group: &mut Vec<Value>) {
        group.clear();
        let Self { keys, names, listeners } = self;
        let association = match socket {
            Socket::Inet(Table::Sctp, inet) => names.is_association(inet.inode()),
            _ => false,
        };
        let owners = names.owners.as_deref();
        group.extend(keys.iter().map(|key| {
            match key {
                Key::State => state(socket, association),
                Key::Process => owners.map_or(Value::Unknown, |owners| process(socket, owners)),
                Key::Peer => peer(socket),
                Key::Port => listeners.service_port(socket).map_or(Value::None, Value::Port),
                Key::User => user(socket),
                Key::Unit => unit(socket, owners, &mut names.cgroups),
                Key::Local => local(socket),
                Key::Family => socket.subject().family.name().map_or(Value::None, Value::word),
                Key::Netid => Value::word(socket.netid()),
                Key::Cgroup => group_id(socket)
                    .map_or(Value::None, |id| Value::Cgroup { path: names.cgroups.path(id).into(), id }),
            }
        }));
    }
}

/// SCTP's associations have states of their own.
fn state(socket: &Socket<'_>, association: bool) -> Value {
    let words: Words = if association { ASSOCIATION_STATES } else { STATES };
    let word = words.all().get(usize::from(socket.state().0));
    word.or(STATES.all().first())
        .map_or(Value::None, |word| Value::Word { shown: word.shown, name: word.name })
}

/// Who holds a socket.
pub(crate) fn process(socket: &Socket<'_>, owners: &Owners) -> Value {
    match owners.held(socket.inode()) {
        Held::Yes(holders) => first(&holders),
        Held::No => Value::None,
        Held::Unknown(_) => Value::Unknown,
    }
}

/// The process of the lowest number, and how many there are besides.
fn first(holders: &[Owner<'_>]) -> Value {
    let mut processes: Vec<u32> = holders.iter().map(|owner| owner.task.pid).collect();
    processes.sort_unstable();
    processes.dedup();
    let holder = holders.iter().map(|owner| owner.task).min_by_key(|task| task.pid);
    holder.map_or(Value::None, |task| Value::Process {
        comm: task.comm.clone(),
        pid: task.pid,
        others: processes.len() - 1,
    })
}

/// Of sockets that no process holds the kernel says that they are root's, or nobody's.
fn user(socket: &Socket<'_>) -> Value {
    socket.uid().filter(|_| socket.inode() != 0).map_or(Value::None, Value::User)
}

/// That of who holds the socket; of one that nobody is seen to hold, that of who made it.
fn unit(socket: &Socket<'_>, owners: Option<&Owners>, cgroups: &mut Cgroups) -> Value {
    let held = owners.map(|owners| owners.held(socket.inode()));
    if let Some(Held::Yes(holders)) = &held {
        let holder = holders.iter().map(|owner| owner.task).min_by_key(|task| task.pid);
        let unit = holder.and_then(|task| systemd_unit(task.cgroup.as_deref()?));
        return unit.map_or(Value::None, Value::name);
    }
    match group_id(socket).and_then(|id| systemd_unit(cgroups.known(id)?)) {
        Some(unit) => Value::name(unit),
        None if matches!(held, Some(Held::No)) => Value::None,
        None => Value::Unknown,
    }
}

fn group_id(socket: &Socket<'_>) -> Option<u64> {
    socket.attrs()?.cgroup().filter(|&id| id != 0)
}

fn local(socket: &Socket<'_>) -> Value {
    match socket {
        Socket::Inet(_, inet) => Value::Address(inet.local().ip().to_canonical()),
        Socket::Unix(unix, _) => unix_name(unix.name().unwrap_or_default()),
        Socket::Vsock(vsock) => context(vsock.local_cid()),
        _ => Value::None,
    }
}

/// Where its other end is.
pub(crate) fn peer(socket: &Socket<'_>) -> Value {
    match socket {
        Socket::Inet(_, inet) => match inet.remote().ip().to_canonical() {
            nowhere if IpAddr::is_unspecified(&nowhere) => Value::None,
            address => Value::Address(address),
        },
        Socket::Unix(_, peer) => unix_name(peer.unwrap_or_default()),
        Socket::Vsock(vsock) => context(vsock.remote_cid()),
        _ => Value::None,
    }
}

/// An abstract name has `@` for each NUL, as listings show it.
fn unix_name(name: &[u8]) -> Value {
    let name: Vec<u8> = name.iter().map(|&byte| if byte == 0 { b'@' } else { byte }).collect();
    Value::name(&name)
}

/// A context of vsock; the highest number is any.
fn context(id: u32) -> Value {
    if id == u32::MAX { Value::None } else { Value::name(format!("vsock:{id}").as_bytes()) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::sync::Arc;

    use netdiag_host::{OwnerScope, ProcRoot};
    use netdiag_sockdiag::{InetRequest, Query, State, UnixRequest};

    use super::*;
    use crate::ss::text::fixture::{Inet, attr, words};

    /// Somewhere like `/proc` with two processes: 812 and 813 share socket 7, 813 has socket 8 alone.
    fn owners(hidden: bool) -> (tempfile::TempDir, Arc<Owners>) {
        let place = tempfile::tempdir().unwrap();
        for (pid, comm, sockets, unit) in [(812, "api", &[7][..], "api.service"), (813, "api", &[7, 8], "x")]
        {
            let dir = place.path().join(pid.to_string());
            fs::create_dir_all(dir.join("fd")).unwrap();
            fs::write(dir.join("stat"), format!("{pid} ({comm}) S 1")).unwrap();
            fs::write(dir.join("cgroup"), format!("0::/system.slice/{unit}\n")).unwrap();
            for socket in sockets {
                symlink(format!("socket:[{socket}]"), dir.join(format!("fd/{socket}"))).unwrap();
            }
        }
        if !hidden {
            fs::create_dir_all(place.path().join("1/fd")).unwrap();
        }
        let scope = OwnerScope { cgroups: true, ..OwnerScope::default() };
        let owners = Owners::new(ProcRoot::at(place.path()), scope);
        (place, Arc::new(owners))
    }

    fn read(keys: &[Key], names: Names, socket: Socket<'_>) -> Vec<Value> {
        let mut reader = Reader { keys: keys.to_vec(), names, listeners: Listeners::default() };
        let mut group = vec![Value::None];
        reader.read(&socket, &mut group);
        group
    }

    #[test]
    fn every_key_has_its_answer() {
        use Key::{Cgroup, Family, Local, Netid, Peer, Port, State as InState, User};
        let keys = [InState, Peer, Port, User, Local, Family, Netid, Cgroup];
        let cgroups = Cgroups::from_iter([(3, b"/system.slice/api.service"[..].into())]);
        let record = Inet {
            state: State::CLOSE_WAIT,
            local: "[::ffff:10.77.0.1]:8080",
            remote: "[::ffff:10.77.0.2]:5432",
            uid: 1000,
            attrs: vec![attr(21, &3_u64.to_ne_bytes())],
            ..Inet::default()
        };
        let inet = |record| Socket::Inet(Table::Tcp, InetRequest::view(record).unwrap());
        let record = record.bytes();
        let group = read(&keys, Names { cgroups, ..Names::default() }, inet(&record));
        let expected = [
            Value::Word { shown: "CLOSE-WAIT", name: "close-wait" },
            Value::Address([10, 77, 0, 2].into()),
            Value::Port(5432),
            Value::User(1000),
            Value::Address([10, 77, 0, 1].into()),
            Value::word("inet6"),
            Value::word("tcp"),
            Value::Cgroup { path: b"/system.slice/api.service"[..].into(), id: 3 },
        ];
        assert_eq!(group, expected);
        // Nobody holds it: the kernel does not know whose it was.
        let orphan = Inet { inode: 0, state: State::TIME_WAIT, ..Inet::default() }.bytes();
        let group = read(&[User, Peer, Cgroup], Names::default(), inet(&orphan));
        assert_eq!(group, [Value::None, Value::None, Value::None]);
        let unix = [&[1, 1, 1, 0][..], &words(&[7, 5, 0]), &attr(0, b"\0bus")].concat();
        let unix = Socket::Unix(UnixRequest::view(&unix).unwrap(), Some(b"/run/x"));
        let group = read(&[InState, Local, Peer, Port, Netid], Names::default(), unix);
        let expected = [
            Value::Word { shown: "ESTAB", name: "established" },
            Value::Name(b"@bus"[..].into()),
            Value::Name(b"/run/x"[..].into()),
            Value::None,
            Value::word("u_str"),
        ];
        assert_eq!(group, expected);
    }

    #[test]
    fn a_socket_is_one_process_s_and_one_unit_s() {
        let (_place, owners) = owners(false);
        let held = |inode, attrs: &[Vec<u8>]| {
            let cgroups = Cgroups::from_iter([(3, b"/system.slice/maker.service"[..].into())]);
            let names = Names { owners: Some(Arc::clone(&owners)), cgroups, ..Names::default() };
            let record = Inet { inode, attrs: attrs.to_vec(), ..Inet::default() }.bytes();
            let socket = Socket::Inet(Table::Tcp, InetRequest::view(&record).unwrap());
            read(&[Key::Process, Key::Unit], names, socket)
        };
        let process = |pid, others| Value::Process { comm: b"api"[..].into(), pid, others };
        let made = attr(21, &3_u64.to_ne_bytes());
        assert_eq!(
            held(7, std::slice::from_ref(&made)),
            [process(812, 1), Value::Name(b"api.service"[..].into())]
        );
        assert_eq!(held(8, &[]), [process(813, 0), Value::None]);
        assert_eq!(held(0, &[]), [Value::None, Value::None]);
        assert_eq!(held(0, &[made]), [Value::None, Value::Name(b"maker.service"[..].into())]);
    }

    #[test]
    fn who_was_not_seen_is_not_nobody() {
        let (_place, owners) = owners(true);
        let record = Inet { inode: 99, ..Inet::default() }.bytes();
        let socket = Socket::Inet(Table::Tcp, InetRequest::view(&record).unwrap());
        let names = Names { owners: Some(owners), ..Names::default() };
        assert_eq!(read(&[Key::Process, Key::Unit], names, socket), [Value::Unknown, Value::Unknown]);
    }
}
