//! The routing tables, and the way the kernel would send a packet.
//!
//! The tables alone do not say where a packet goes: rules choose among them. [`Host::route_to`] asks the kernel to decide; nothing is
//! sent.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use netdiag_sockdiag::{Attr, Attrs, Error, Malformed};
use netdiag_text::{Message, Trusted, strerror};
use netlink_packet_route::route::{RouteAttribute, RouteMessage};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use nix::errno::Errno;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned, native_endian as ne};

use crate::{CutShort, Host, Part, rtnetlink};

/// A line of a routing table, or what the kernel makes of it for one packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Route {
    /// Where it leads: the network's address.
    pub destination: IpAddr,
    /// How many bits of the destination count.
    pub prefix_length: u8,
    /// The next hop; `None` on the same link. Of several, the first.
    pub gateway: Option<IpAddr>,
    /// The number of the interface packets leave by. Of several, the first.
    pub link: Option<u32>,
    /// The address packets are sent from, if the route has a wish.
    pub source: Option<IpAddr>,
    /// Of two routes to the same network the one with the lower metric is taken.
    pub metric: u32,
    /// The number of its table: 254 is the main one.
    pub table: u32,
    /// What becomes of packets.
    pub kind: RouteKind,
    /// The MTU it has of its own: set for it, or learnt of what is behind it.
    pub mtu: Option<u32>,
    /// How long what was learnt still holds; `None` if nothing was.
    pub expires: Option<Duration>,
}

/// What becomes of packets that take a route (`RTN_*`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RouteKind(pub u8);

impl RouteKind {
    /// They are sent on.
    pub const UNICAST: Self = Self(1);
    /// They are for this host.
    pub const LOCAL: Self = Self(2);
    /// They are dropped without a word.
    pub const BLACKHOLE: Self = Self(6);
    /// They are refused: there is no such host.
    pub const UNREACHABLE: Self = Self(7);
    /// They are refused: it is forbidden.
    pub const PROHIBIT: Self = Self(8);
}

/// Why there is no answer to where a packet would go.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// The kernel's decision: it would go nowhere (`ENETUNREACH`, `EHOSTUNREACH`, `EACCES`, and `EINVAL` of a black hole).
    #[error(transparent)]
    NoRoute(io::Error),
    /// The kernel could not be asked.
    #[error(transparent)]
    Unknown(CutShort),
}

impl RouteError {
    /// What it says, paths and what stands in files told apart from our own words.
    pub fn message(&self) -> Message {
        match self {
            Self::NoRoute(error) => Trusted(&strerror(error)).into(),
            Self::Unknown(why) => why.message(),
        }
    }
}

impl Route {
    /// The number of the main table (`RT_TABLE_MAIN`).
    pub const MAIN: u32 = 254;

    /// A route of the main table to a network, over nothing in particular.
    pub fn to(destination: IpAddr, prefix_length: u8) -> Self {
        Self {
            destination,
            prefix_length,
            gateway: None,
            link: None,
            source: None,
            metric: 0,
            table: Self::MAIN,
            kind: RouteKind::UNICAST,
            mtu: None,
            expires: None,
        }
    }

    /// What routers said of the path that the kernel still goes by: bytes, and how long it will.
    pub fn learnt_mtu(&self) -> Option<(u32, Duration)> {
        self.mtu.zip(self.expires)
    }

    /// Whether it leads anywhere, for want of a better route.
    pub fn is_default(&self) -> bool {
        self.prefix_length == 0
    }
}

impl Host {
    /// The routes that are `wanted`, of all tables of its network namespace, IPv4's first.
    pub fn routes(&self, wanted: impl Fn(&Route) -> bool + Sync) -> Part<Vec<Route>> {
        let request = RouteNetlinkMessage::GetRoute(RouteMessage::default());
        let read = |record: &[u8]| Ok(Route::read(record)?.filter(&wanted));
        self.part(|| rtnetlink::list(request, read))
    }

    /// The way the kernel would send a packet to `to`, from `from` if given.
    ///
    /// # Errors
    /// [`RouteError::NoRoute`] is the kernel's answer too.
    pub fn route_to(&self, to: SocketAddr, from: Option<IpAddr>) -> Result<Route, RouteError> {
        let found = self.run(|| rtnetlink::one(question(to, from), Route::read));
        let unknown = |error: Error| RouteError::Unknown(error.into());
        let record = match found.map_err(|error| RouteError::Unknown(error.into()))? {
            Err(Error::Refused { source, .. }) if is_no_route(&source) => {
                return Err(RouteError::NoRoute(source));
            }
            answer => answer.map_err(unknown)?,
        };
        let route = record.and_then(Result::ok).flatten();
        let route = route.ok_or(RouteError::Unknown(CutShort::Malformed(1)))?;
        // IPv6 answers with such a route where IPv4 refuses.
        let refusal = match route.kind {
            RouteKind::BLACKHOLE => Errno::EINVAL,
            RouteKind::UNREACHABLE => Errno::EHOSTUNREACH,
            RouteKind::PROHIBIT => Errno::EACCES,
            _ => return Ok(route),
        };
        Err(RouteError::NoRoute(refusal.into()))
    }
}

fn question(to: SocketAddr, from: Option<IpAddr>) -> RouteNetlinkMessage {
    let mut message = RouteMessage::default();
    let (family, bits) = if to.is_ipv4() { (AddressFamily::Inet, 32) } else { (AddressFamily::Inet6, 128) };
    message.header.address_family = family;
    message.header.destination_prefix_length = bits;
    message.attributes.push(RouteAttribute::Destination(to.ip().into()));
    if let Some(from) = from {
        message.header.source_prefix_length = bits;
        message.attributes.push(RouteAttribute::Source(from.into()));
    }
    if let SocketAddr::V6(to) = to
        && to.scope_id() != 0
    {
        message.attributes.push(RouteAttribute::Oif(to.scope_id()));
    }
    RouteNetlinkMessage::GetRoute(message)
}

/// Whether it is the routing table's own answer, and no failure to ask it.
fn is_no_route(error: &io::Error) -> bool {
    use Errno::{EACCES, EHOSTUNREACH, EINVAL, ENETUNREACH};

    let errno = error.raw_os_error().map(Errno::from_raw);
    matches!(errno, Some(ENETUNREACH | EHOSTUNREACH | EACCES | EINVAL))
}

/// `struct rtmsg`.
#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    family: u8,
    prefix_length: u8,
    source_prefix_length: u8,
    tos: u8,
    table: u8,
    protocol: u8,
    scope: u8,
    kind: u8,
    flags: ne::U32,
}

/// `struct rtnexthop`, which its attributes follow.
#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Hop {
    length: ne::U16,
    flags: u8,
    hops: u8,
    link: ne::U32,
}

impl Route {
    /// Reads a record; other families have routes of other kinds.
    pub(crate) fn read(record: &[u8]) -> Result<Option<Self>, Malformed> {
        let (header, attributes) = Header::ref_from_prefix(record).map_err(|_| Malformed("rtmsg"))?;
        let Some(anywhere) = rtnetlink::unspecified(header.family) else { return Ok(None) };
        let mut route = Self {
            table: header.table.into(),
            kind: RouteKind(header.kind),
            ..Self::to(anywhere, header.prefix_length)
        };
        Attrs::new(attributes).for_each(|attribute| route.take(attribute));
        Ok(Some(route))
    }

    fn take(&mut self, attribute: Attr<'_>) {
        match attribute.kind {
            DESTINATION => self.destination = rtnetlink::address(attribute).unwrap_or(self.destination),
            LINK => self.link = attribute.u32(),
            GATEWAY => self.gateway = rtnetlink::address(attribute),
            // A next hop of another family, which comes first.
            VIA => self.gateway = attribute.payload.get(2..).and_then(rtnetlink::ip),
            SOURCE => self.source = rtnetlink::address(attribute),
            METRIC => self.metric = attribute.u32().unwrap_or_default(),
            // Numbers beyond 255 are told here only.
            TABLE => self.table = attribute.u32().unwrap_or(self.table),
            HOPS => self.take_first(attribute.payload),
            METRICS => self.mtu = Attrs::new(attribute.payload).find_map(mtu),
            CACHE => self.expires = expires(attribute.payload),
            _ => {}
        }
    }

    /// Takes the first of several next hops.
    fn take_first(&mut self, hops: &[u8]) {
        let Ok((hop, rest)) = Hop::ref_from_prefix(hops) else { return };
        self.link = Some(hop.link.get());
        let length = usize::from(hop.length.get()).saturating_sub(size_of::<Hop>());
        let attributes = Attrs::new(rest.get(..length).unwrap_or(rest));
        attributes.filter(|attribute| matches!(attribute.kind, GATEWAY | VIA)).for_each(|it| self.take(it));
    }
}

/// The MTU among a route's metrics, if that attribute is it.
fn mtu(metric: Attr<'_>) -> Option<u32> {
    metric.u32().filter(|_| metric.kind == MTU)
}

/// What is left to a route of what `struct rta_cacheinfo` says, in hundredths of a second; 0 is for ever.
fn expires(cache: &[u8]) -> Option<Duration> {
    let left = i32::from_ne_bytes(*cache.get(8..)?.first_chunk()?);
    u64::try_from(left).ok().filter(|left| *left > 0).map(|left| Duration::from_millis(left * 10))
}

/// `RTA_METRICS`, `RTA_CACHEINFO`, and of the former `RTAX_MTU`.
const METRICS: u16 = 8;
const CACHE: u16 = 12;
const MTU: u16 = 2;
/// `RTA_DST`, `RTA_OIF`, `RTA_GATEWAY`, `RTA_PRIORITY`, `RTA_PREFSRC`, `RTA_MULTIPATH`, `RTA_TABLE`, `RTA_VIA`.
const DESTINATION: u16 = 1;
const LINK: u16 = 4;
const GATEWAY: u16 = 5;
const METRIC: u16 = 6;
const SOURCE: u16 = 7;
const HOPS: u16 = 9;
const TABLE: u16 = 15;
const VIA: u16 = 18;

#[cfg(test)]
mod tests {
    use netlink_packet_core::Emitable;
    use netlink_packet_route::route::{RouteNextHop, RouteType, RouteVia};

    use super::*;

    fn read(family: AddressFamily, bits: u8, attributes: &[RouteAttribute]) -> Option<Route> {
        let mut message = RouteMessage::default();
        message.header.address_family = family;
        message.header.destination_prefix_length = bits;
        message.header.table = 254;
        message.header.kind = RouteType::Unicast;
        message.attributes = attributes.to_vec();
        let mut bytes = vec![0; message.buffer_len()];
        message.emit(&mut bytes);
        for len in 0..bytes.len() {
            assert_eq!(Route::read(&bytes[..len]).is_ok(), len >= 12, "{len}");
        }
        Route::read(&bytes).unwrap()
    }

    fn hop(link: u32, gateway: IpAddr) -> RouteNextHop {
        let mut hop = RouteNextHop::default();
        hop.interface_index = link;
        hop.attributes = vec![RouteAttribute::Gateway(gateway.into())];
        hop
    }

    #[test]
    fn a_route_is_what_upstreams_types_wrote() {
        let none = Route::to([0; 4].into(), 0);
        let v4 = |last| IpAddr::from([192, 0, 2, last]);
        let v6: std::net::Ipv6Addr = "fe80::1".parse().unwrap();
        let net = IpAddr::from([198, 51, 100, 0]);
        use RouteAttribute::{Destination, Gateway, MultiPath, Oif, PrefSource, Priority, Table, Via};
        #[rustfmt::skip]
        let cases: [(&[RouteAttribute], u8, Route); 5] = [
            (&[Gateway(v4(1).into()), Oif(2), Priority(100)], 0, Route { gateway: Some(v4(1)), link: Some(2), metric: 100, ..none }),
            (&[Destination(net.into()), Oif(3), PrefSource(v4(9).into())], 24,
             Route { destination: net, prefix_length: 24, link: Some(3), source: Some(v4(9)), ..none }),
            (&[Via(RouteVia::Inet6(v6)), Oif(2)], 0,          Route { gateway: Some(v6.into()), link: Some(2), ..none }),
            (&[Table(1000), Oif(2)], 0,                       Route { table: 1000, link: Some(2), ..none }),
            (&[MultiPath(vec![hop(4, v4(1)), hop(5, v4(2))])], 0, Route { gateway: Some(v4(1)), link: Some(4), ..none }),
        ];
        for (attributes, bits, expected) in cases {
            assert_eq!(read(AddressFamily::Inet, bits, attributes), Some(expected), "{attributes:?}");
        }
        assert_eq!(read(AddressFamily::Inet6, 0, &[]), Some(Route::to([0; 16].into(), 0)));
        assert_eq!(read(AddressFamily::Mpls, 0, &[]), None);
    }

    #[test]
    fn loopback_is_reached_by_itself() {
        let host = Host::here();
        let links = host.links().known;
        let lo = links.iter().find(|link| link.name == "lo").unwrap();
        if lo.up {
            let route = host.route_to("127.0.0.1:0".parse().unwrap(), None).unwrap();
            assert_eq!((route.link, route.gateway, route.kind), (Some(lo.index), None, RouteKind::LOCAL));
            assert_eq!(route.source, Some([127, 0, 0, 1].into()));
            let local = host.routes(|route| route.kind == RouteKind::LOCAL);
            assert!(local.has(|known| known.iter().any(|route| route.link == Some(lo.index))).unwrap());
        }
    }

    #[test]
    fn no_route_is_an_answer() {
        // From an address that no host has, the kernel sends nothing.
        let error = Host::here().route_to("192.0.2.1:0".parse().unwrap(), Some([255; 4].into())).unwrap_err();
        assert!(matches!(error, RouteError::NoRoute(_)), "{error:?}");
    }
}
