//! The kernel's own view of one of our connections (`--info`), asked for while it is still open.

use std::borrow::Cow;
use std::net::SocketAddr;

use netdiag_host::fields::{self, Facts, Field, Value};
use netdiag_host::{Socket, Table};
use netdiag_sockdiag::{Client, Error, Extensions, InetRequest, Query, inet};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::json::fields::{object, write};

/// What TCP knows of a connection: its record, or nothing if there is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Kernel(Vec<u8>);

/// Asks about the connection between `local` and `peer`.
pub(super) fn look(local: SocketAddr, peer: SocketAddr) -> Result<Kernel, Error> {
    let request = inet::request_of(inet::TCP, local, peer, Extensions::INFO | Extensions::CONG);
    let mut client = Client::open()?;
    let mut answer = client.lookup(&request)?;
    let mut record = Vec::new();
    if let Some(socket) = answer.next()? {
        socket.write_to(&mut record);
    }
    Ok(Kernel(record))
}

impl Kernel {
    /// The value of a field of the registry, if it is a number.
    pub(super) fn number(&self, path: &str) -> Option<u64> {
        match fields::field(path)?.read(&self.facts()?) {
            Some(Value::Unsigned(number)) => Some(number),
            _ => None,
        }
    }

    /// The congestion control by name.
    pub(super) fn congestion(&self) -> Option<Cow<'_, str>> {
        Some(String::from_utf8_lossy(self.facts()?.attrs.congestion()?))
    }

    fn facts(&self) -> Option<Facts<'_>> {
        InetRequest::view(&self.0).ok().map(|socket| Facts::new(Socket::Inet(Table::Tcp, socket)))
    }

    fn fields() -> impl Iterator<Item = &'static Field> {
        FIELDS.into_iter().filter_map(fields::field)
    }
}

impl Serialize for Kernel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.facts() {
            Some(facts) => write(Self::fields(), &facts, serializer),
            None => serializer.collect_map(None::<(&str, ())>),
        }
    }
}

impl JsonSchema for Kernel {
    fn schema_name() -> Cow<'static, str> {
        "Kernel".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = object(Self::fields());
        schema.insert("description".to_owned(), "What TCP knows of a connection.".into());
        schema
    }
}

/// What is told of it.
const FIELDS: [&str; 10] = [
    "tcp.rtt",
    "tcp.rttvar",
    "tcp.min_rtt",
    "tcp.total_retrans",
    "tcp.mss",
    "tcp.pmtu",
    "tcp.cwnd",
    "congestion.congestion",
    "tcp.acked",
    "tcp.received",
];

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn what_is_told_is_in_the_registry() {
        assert_eq!(Kernel::fields().count(), FIELDS.len());
        assert_eq!(serde_json::to_value(Kernel::default()).unwrap(), serde_json::json!({}));
    }

    #[test]
    fn a_connection_of_ours_is_known_to_the_kernel() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let kernel = look(stream.local_addr().unwrap(), stream.peer_addr().unwrap()).unwrap();
        let told = serde_json::to_value(&kernel).unwrap();
        assert_eq!(told["rtt_us"].as_u64(), kernel.number("tcp.rtt"), "{told}");
        assert!(kernel.number("tcp.rtt") > Some(0) && kernel.congestion().is_some(), "{told}");
        assert!(kernel.number("tcp.no").is_none());
    }
}
