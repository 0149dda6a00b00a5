//! What values are called where people read them.
//!
//! Groups are few and values repeat, so names are looked up when a group is written, and users once each.

use std::collections::HashMap;
use std::net::IpAddr;

use netdiag_host::{Transport, user_name};
use netdiag_text::{Bytes, Message, Secrets};

use super::value::Value;
use crate::ss::names::Names;

/// Looks names up.
pub(crate) struct Labels<'n> {
    names: &'n mut Names,
    users: HashMap<u32, Option<String>>,
}

impl<'n> Labels<'n> {
    pub(crate) fn new(names: &'n mut Names) -> Self {
        Self { names, users: HashMap::new() }
    }

    /// A value as text: `-` for what a socket has not, `?` for what could not be found out.
    pub(crate) fn text(&mut self, value: &Value) -> String {
        match value {
            Value::Word { shown, .. } => (*shown).to_owned(),
            Value::Process { comm, pid, others: 0 } => format!("{}[{pid}]", shown(comm)),
            Value::Process { comm, pid, others } => format!("{}[{pid}]+{others}", shown(comm)),
            Value::Address(address) => match self.host(*address) {
                Some(name) => shown(name.as_bytes()),
                None => address.to_string(),
            },
            Value::Name(name) | Value::Cgroup { path: name, .. } => shown(name),
            Value::Port(port) => {
                self.service(*port).map_or_else(|| port.to_string(), |name| shown(name.as_bytes()))
            }
            Value::User(id) => self.user(*id).map_or_else(|| id.to_string(), |name| shown(name.as_bytes())),
            Value::None => "-".to_owned(),
            Value::Unknown => "?".to_owned(),
        }
    }

    /// The name of a port, unless numbers are wanted. Ports are counted together whatever their protocol; TCP's name comes first.
    pub(crate) fn service(&self, port: u32) -> Option<&str> {
        let (services, port) = (self.names.services.as_ref()?, u16::try_from(port).ok()?);
        services.name(Transport::Tcp, port).or_else(|| services.name(Transport::Udp, port))
    }

    /// The name of an address, where names are wanted.
    pub(crate) fn host(&mut self, address: IpAddr) -> Option<String> {
        self.names.hosts.as_mut()?.name(address).map(str::to_owned)
    }

    /// The name of a user, unless numbers are wanted.
    pub(crate) fn user(&mut self, id: u32) -> Option<String> {
        if self.names.numeric() {
            return None;
        }
        self.users.entry(id).or_insert_with(|| user_name(id)).clone()
    }
}

/// Somebody else's name, without what would steer a terminal.
pub(crate) fn shown(name: &[u8]) -> String {
    Secrets::NONE.show(&Message::of(&Bytes(name))).to_string()
}

#[cfg(test)]
mod tests {
    use netdiag_host::Services;

    use super::*;

    #[test]
    fn values_are_shown_as_people_know_them() {
        let mut names = Names::new(Some(Services::new(1..=1, "http 80/tcp\ndomain 53/udp\n", "")));
        let mut labels = Labels::new(&mut names);
        let api = |others| Value::Process { comm: b"a\x1bpi"[..].into(), pid: 812, others };
        #[rustfmt::skip]
        let cases = [
            (Value::Word { shown: "ESTAB", name: "established" }, "ESTAB"),
            (api(0),                                   "a\\x1bpi[812]"),
            (api(3),                                   "a\\x1bpi[812]+3"),
            (Value::Address([10, 0, 0, 1].into()),     "10.0.0.1"),
            (Value::name(b"@bus"),                     "@bus"),
            (Value::name(b"/run/a\nb"),                "/run/a\\nb"),
            (Value::name(b""),                         "-"),
            (Value::Port(80),                          "http"),
            (Value::Port(53),                          "domain"),
            (Value::Port(70_000),                      "70000"),
            (Value::User(0),                           "root"),
            (Value::User(4_294_967_294),               "4294967294"),
            (Value::Unknown,                           "?"),
        ];
        for (value, expected) in cases {
            assert_eq!(labels.text(&value), expected);
        }
        let mut numbers = Names::default();
        let mut labels = Labels::new(&mut numbers);
        assert_eq!([Value::Port(80), Value::User(0)].map(|value| labels.text(&value)), ["80", "0"]);
    }
}
