//! Questions to the kernel about links, addresses, routes and neighbours (`rtnetlink(7)`).
//!
//! The kernel answers within our own calls, in microseconds: this neither waits nor needs a thread. Requests are upstream's types;
//! answers are read in place, as upstream's decoder gives a whole record up for one attribute and takes what an older kernel does not
//! tell for 0.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netdiag_sockdiag::{Attr, Client, Dump, Error, Malformed, Query};
use netlink_packet_core::{Emitable, NetlinkSerializable};
use netlink_packet_route::RouteNetlinkMessage;

use crate::{CutShort, Part};

/// A request; what answers it is read by whoever asked.
pub(crate) struct Request(pub(crate) RouteNetlinkMessage);

impl Emitable for Request {
    fn buffer_len(&self) -> usize {
        NetlinkSerializable::buffer_len(&self.0)
    }

    fn emit(&self, buffer: &mut [u8]) {
        self.0.serialize(buffer);
    }
}

impl Query for Request {
    type Socket<'a> = &'a [u8];

    fn kind(&self) -> u16 {
        self.0.message_type()
    }

    fn view(record: &[u8]) -> Result<&[u8], Malformed> {
        Ok(record)
    }
}

/// What the kernel lists, in this thread's network namespace. `read` leaves out what is not wanted.
pub(crate) fn list<T>(
    request: RouteNetlinkMessage,
    read: impl Fn(&[u8]) -> Result<Option<T>, Malformed>,
) -> Part<Vec<T>> {
    let request = Request(request);
    let mut client = match Client::open_route() {
        Ok(client) => client,
        Err(error) => return Part::cut_short(Vec::new(), error.into()),
    };
    let mut part = Part::cut_short(Vec::new(), CutShort::Interrupted);
    for _ in 0..ATTEMPTS {
        part = match client.dump(&request) {
            Ok(dump) => read_all(dump, &read),
            Err(error) => Part::cut_short(Vec::new(), error.into()),
        };
        if !matches!(part.cut_short, Some(CutShort::Interrupted)) {
            break;
        }
    }
    part
}

fn read_all<T>(
    mut dump: Dump<'_, Request>,
    read: impl Fn(&[u8]) -> Result<Option<T>, Malformed>,
) -> Part<Vec<T>> {
    let mut known = Vec::new();
    let mut malformed = 0;
    loop {
        match dump.next() {
            Ok(Some(record)) => match read(record) {
                Ok(wanted) => known.extend(wanted),
                Err(_) => malformed += 1,
            },
            Ok(None) => break,
            Err(error) => return Part::cut_short(known, error.into()),
        }
    }
    let cut_short = match malformed + dump.malformed() {
        _ if dump.interrupted() => Some(CutShort::Interrupted),
        0 => None,
        some => Some(CutShort::Malformed(some)),
    };
    Part { known, cut_short }
}

/// The one answer to a question about one thing.
pub(crate) fn one<T>(
    request: RouteNetlinkMessage,
    read: impl FnOnce(&[u8]) -> Result<T, Malformed>,
) -> Result<Option<Result<T, Malformed>>, Error> {
    let mut client = Client::open_route()?;
    let mut answer = client.lookup(&Request(request))?;
    Ok(answer.next()?.map(read))
}

/// An address as long as its family's are.
pub(crate) fn ip(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => Some(IpAddr::from(*bytes.first_chunk::<4>()?)),
        16 => Some(IpAddr::from(*bytes.first_chunk::<16>()?)),
        _ => None,
    }
}

/// The address of no host in particular, of IPv4 or IPv6 (`AF_INET`, `AF_INET6`); other families have addresses of other kinds.
pub(crate) fn unspecified(family: u8) -> Option<IpAddr> {
    match family {
        2 => Some(Ipv4Addr::UNSPECIFIED.into()),
        10 => Some(Ipv6Addr::UNSPECIFIED.into()),
        _ => None,
    }
}

/// Whether a family is IPv4 or IPv6.
pub(crate) fn is_ip(family: u8) -> bool {
    unspecified(family).is_some()
}

/// The address that an attribute holds.
pub(crate) fn address(attribute: Attr<'_>) -> Option<IpAddr> {
    ip(attribute.payload)
}

/// How often a table is read that changes meanwhile.
const ATTEMPTS: usize = 4;
