//! A request with the attributes that narrow it down.
//!
//! The kernel takes them for inet sockets only; requests of other families have their attributes, if any, to themselves.

use netlink_packet_core::Emitable;

use crate::error::Malformed;
use crate::filter::Bytecode;
use crate::query::Query;

/// A query and what goes with it.
#[derive(Clone, Debug)]
pub struct Filtered<Q> {
    /// The query itself.
    pub request: Q,
    /// Which sockets to choose.
    #[doc(alias = "INET_DIAG_REQ_BYTECODE")]
    pub bytecode: Option<Bytecode>,
    /// The protocol, where its number is too great for the request (`IPPROTO_MPTCP`).
    #[doc(alias = "INET_DIAG_REQ_PROTOCOL")]
    pub protocol: Option<u32>,
}

impl<Q: Query> Query for Filtered<Q> {
    type Socket<'a> = Q::Socket<'a>;

    fn kind(&self) -> u16 {
        self.request.kind()
    }

    #[inline]
    fn view(record: &[u8]) -> Result<Self::Socket<'_>, Malformed> {
        Q::view(record)
    }
}

impl<Q> Filtered<Q> {
    fn attributes(&self) -> impl Iterator<Item = (u16, &[u8])> {
        let bytecode = self.bytecode.iter().map(|bytecode| (BYTECODE, bytecode.as_bytes()));
        bytecode
            .chain(self.protocol.iter().map(|protocol| (PROTOCOL, zerocopy::IntoBytes::as_bytes(protocol))))
    }
}

impl<Q: Emitable> Emitable for Filtered<Q> {
    fn buffer_len(&self) -> usize {
        let attributes = self.attributes().map(|(_, payload)| (HEADER + payload.len()).next_multiple_of(4));
        self.request.buffer_len() + attributes.sum::<usize>()
    }

    fn emit(&self, buffer: &mut [u8]) {
        let (request, mut rest) = buffer.split_at_mut(self.request.buffer_len());
        self.request.emit(request);
        for (kind, payload) in self.attributes() {
            let len = HEADER + payload.len();
            let (attribute, after) = rest.split_at_mut(len.next_multiple_of(4));
            let (header, value) = attribute.split_at_mut(HEADER);
            let len = u16::try_from(len).expect("a program is never longer than an attribute");
            header.copy_from_slice(&[len.to_ne_bytes(), kind.to_ne_bytes()].concat());
            let (value, padding) = value.split_at_mut(payload.len());
            value.copy_from_slice(payload);
            padding.fill(0);
            rest = after;
        }
    }
}

const BYTECODE: u16 = 1;
const PROTOCOL: u16 = 3;
/// Bytes of an attribute's header: length, then kind.
const HEADER: usize = 4;

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use proptest::test_runner::{Config, TestRunner};

    use super::*;
    use crate::filter::{Expr, Plan, Scope, Subject, strategy};
    use crate::{Attrs, Client, Error, Extensions, States, inet};

    fn request(family: inet::Family) -> crate::InetRequest {
        inet::request(family, inet::TCP, States::LISTENING, Extensions::empty())
    }

    #[test]
    fn attributes_follow_the_request() {
        let request = request(inet::Family::V4);
        let expr = Expr::NEVER;
        let bytecode = expr.plan(Scope::default()).bytecode;
        let query = Filtered { request: request.clone(), bytecode: bytecode.clone(), protocol: Some(262) };
        let mut bytes = vec![0xff; query.buffer_len()];
        query.emit(&mut bytes);
        let mut attrs = Attrs::new(&bytes[request.buffer_len()..]);
        assert_eq!(attrs.find(BYTECODE).unwrap().payload, bytecode.unwrap().as_bytes());
        assert_eq!(attrs.find(PROTOCOL).unwrap().u32(), Some(262));
        assert_eq!(attrs.by_ref().count(), 2);
        let bare = Filtered { request: request.clone(), bytecode: None, protocol: None };
        assert_eq!(bare.buffer_len(), request.buffer_len());
    }

    /// The cookies of listeners for which `keep` holds.
    fn cookies(
        client: &mut Client,
        query: &impl for<'a> Query<Socket<'a> = crate::InetSocket<'a>>,
        keep: impl Fn(&Subject<'_>) -> bool,
    ) -> Result<Vec<u64>, Error> {
        let mut dump = client.dump(query)?;
        let mut cookies = Vec::new();
        while let Some(socket) = dump.next()? {
            if keep(&Subject::from(&socket)) {
                cookies.push(socket.cookie());
            }
        }
        cookies.sort_unstable();
        Ok(cookies)
    }

    #[test]
    fn the_kernel_chooses_what_the_expression_means() {
        let addresses =
            ["127.0.0.1:0", "127.0.0.2:0", "0.0.0.0:0", "[::1]:0", "[::ffff:127.0.0.1]:0", "[::]:0"];
        let listeners: Vec<_> =
            addresses.iter().filter_map(|address| TcpListener::bind(address).ok()).collect();
        assert!(listeners.len() >= 3, "IPv4 loopback is there");
        let ports: Vec<u16> =
            listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        let mut client = Client::open().unwrap();
        // Only our own sockets: others come and go meanwhile.
        let ours = |subject: &Subject<'_>| {
            subject.local.port().is_some_and(|port| ports.iter().any(|&ours| i64::from(ours) == port))
        };
        let mut runner =
            TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() });
        let property = |client: &mut Client, expr: &Expr| {
            for family in [inet::Family::V4, inet::Family::V6] {
                let Plan { bytecode, rest } = expr.plan(Scope::default());
                let query = Filtered { request: request(family), bytecode, protocol: None };
                let chosen = cookies(client, &query, |subject| ours(subject) && rest.matches(subject));
                let all = request(family);
                let meant = cookies(client, &all, |subject| ours(subject) && expr.matches(subject));
                assert_eq!(chosen.unwrap(), meant.unwrap(), "{family:?} {expr}");
            }
        };
        let near = proptest::sample::select(ports.clone());
        let exprs = (strategy::tree(strategy::endpoint()), strategy::tree(strategy::endpoint()), near);
        let client = std::cell::RefCell::new(&mut client);
        runner
            .run(&exprs, |(first, second, port)| {
                use crate::filter::{Comparison, Predicate, Side};
                // A bare random filter seldom divides so few sockets.
                let port = Predicate::Port(Side::Local, Comparison::AtMost, port.into());
                let mixed = Expr::Or(vec![Expr::And(vec![first.clone(), port.into()]), second]);
                property(&mut client.borrow_mut(), &first);
                property(&mut client.borrow_mut(), &mixed);
                Ok(())
            })
            .unwrap();
    }
}
