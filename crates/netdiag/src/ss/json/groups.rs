//! Groups of sockets (`--count-by`): how many have what in common.
//!
//! A key that the sockets of a group have nothing for is missing; one that could not be found out is named under `unknown`.

use std::io::{self, Write};
use std::net::IpAddr;
use std::time::SystemTime;

use netdiag_host::{CutShort, FamilyTable};

use super::Json;
use super::document::{self, About, SCHEMA};
use super::inet::Cgroup;
use super::scalar::Text;
use crate::json::record::record;
use crate::ss::count::{self, GroupFormat, Key, Labels, Total, Value};
use crate::ss::notice::Notice as Cause;

record! {
    /// Sockets that have something in common.
    Group<'a> {
        /// How many there are.
        count: u64,
    } maybe {
        /// Its state, by the word `ss state WORD` takes.
        state: &'static str,
        /// Who holds them.
        process: Holder<'a>,
        /// The other end, without its port.
        peer: Side<'a>,
        /// The port; that of the service: this end's where this host listens on it or there is no other end, else the other end's.
        port: u32,
        /// The port's name in `/etc/services`, unless `-n` is given.
        service: String,
        /// User id; missing for sockets that no process holds.
        uid: u32,
        /// The owner's name, unless `-n` is given.
        user: String,
        /// The unit of systemd whose process holds them, or made them where no process is seen to hold them.
        unit: Text<'a>,
        /// This end, without its port.
        local: Side<'a>,
        /// The address family, by the word `-f` takes.
        family: &'static str,
        /// The word of the Netid column.
        netid: &'static str,
        /// Control group.
        cgroup: Cgroup<'a>,
        /// Keys that could not be found out, because not all processes could be looked at.
        unknown: Vec<&'static str>,
    }
}

record! {
    /// A process that holds sockets. A socket that several hold is the one's with the lowest number.
    Holder<'a> {
        /// Process id.
        pid: u32,
        /// Name of the process.
        comm: Text<'a>,
    } maybe {
        /// How many other processes hold the same sockets.
        others: u64,
    }
}

record! {
    /// One end of sockets.
    Side<'a> {
    } maybe {
        /// The IP address; an IPv4 address of an IPv6 socket is one.
        address: String,
        /// The address's name, with `-r`.
        host: String,
        /// Its name: a unix socket's, with `@` before an abstract one, or `vsock:` and a context.
        name: Text<'a>,
    }
}

impl<W: Write> Json<W> {
    fn write_group(&mut self, group: &count::Group<'_>, labels: &mut Labels<'_>) -> io::Result<()> {
        let mut object = Group { count: group.count, ..Group::NOTHING };
        let mut unknown = Vec::new();
        for (key, value) in self.count_by.iter().zip(group.values) {
            match value {
                Value::Unknown => unknown.push(key.word()),
                value => object.put(*key, value, labels),
            }
        }
        object.unknown = Some(unknown).filter(|unknown| !unknown.is_empty());
        self.frame.item("group", &object)
    }
}

impl<'a> Group<'a> {
    const NOTHING: Self = Self {
        count: 0,
        state: None,
        process: None,
        peer: None,
        port: None,
        service: None,
        uid: None,
        user: None,
        unit: None,
        local: None,
        family: None,
        netid: None,
        cgroup: None,
        unknown: None,
    };

    fn put(&mut self, key: Key, value: &'a Value, labels: &mut Labels<'_>) {
        match (key, value) {
            (Key::State, Value::Word { name, .. }) => self.state = Some(name),
            (Key::Family, Value::Word { name, .. }) => self.family = Some(name),
            (Key::Netid, Value::Word { name, .. }) => self.netid = Some(name),
            (Key::Process, Value::Process { comm, pid, others }) => {
                let others = Some(*others as u64).filter(|&others| others > 0);
                self.process = Some(Holder { pid: *pid, comm: Text(comm), others });
            }
            (Key::Peer, Value::Address(address)) => self.peer = Some(Side::at(*address, labels)),
            (Key::Local, Value::Address(address)) => self.local = Some(Side::at(*address, labels)),
            (Key::Peer, Value::Name(name)) => self.peer = Some(Side::called(name)),
            (Key::Local, Value::Name(name)) => self.local = Some(Side::called(name)),
            (Key::Unit, Value::Name(name)) => self.unit = Some(Text(name)),
            (Key::Cgroup, Value::Cgroup { path, id }) => {
                let path = Some(Text(path)).filter(|_| path.starts_with(b"/"));
                self.cgroup = Some(Cgroup { id: *id, path });
            }
            (Key::Port, Value::Port(port)) => {
                (self.port, self.service) = (Some(*port), labels.service(*port).map(str::to_owned));
            }
            (Key::User, Value::User(id)) => (self.uid, self.user) = (Some(*id), labels.user(*id)),
            _ => {}
        }
    }
}

impl<'a> Side<'a> {
    fn at(address: IpAddr, labels: &mut Labels<'_>) -> Self {
        Self { address: Some(address.to_string()), host: labels.host(address), name: None }
    }

    fn called(name: &'a [u8]) -> Self {
        Self { address: None, host: None, name: Some(Text(name)) }
    }
}

impl<W: Write> GroupFormat for Json<W> {
    fn header(&mut self) -> io::Result<()> {
        let count_by = Some(self.count_by.iter().map(|key| key.word()).collect());
        self.frame.begin(SCHEMA, SystemTime::now(), &About { count_by })?;
        self.frame.begin_list("sockets");
        self.frame.end_list();
        self.frame.begin_list("counted");
        Ok(())
    }

    fn group(&mut self, group: &count::Group<'_>, labels: &mut Labels<'_>) -> io::Result<()> {
        self.write_group(group, labels)
    }

    fn notice(&mut self, part: FamilyTable, notice: &Cause) {
        self.notices.push(document::notice(part, notice));
    }

    fn unknown_owners(&mut self, why: &CutShort) {
        self.notices.push(document::unknown_owners(why));
    }

    fn end(&mut self, total: Total) -> io::Result<()> {
        self.finish(total.sockets, Some(total.further).filter(|&further| further > 0))
    }
}
