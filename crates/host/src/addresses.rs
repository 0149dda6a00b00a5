//! The addresses of this host's interfaces.
//!
//! Of a link between two ends, the address told here is this end's.

use std::net::IpAddr;

use netdiag_sockdiag::{Attrs, Malformed};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::address::AddressMessage;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned, native_endian as ne};

use crate::{Host, Part, rtnetlink};

/// An address of an interface.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct LinkAddress {
    /// The number of the interface.
    pub link: u32,
    /// The address.
    pub address: IpAddr,
    /// How many of its bits are the network's.
    pub prefix_length: u8,
}

impl LinkAddress {
    /// An address of the interface with this number.
    pub fn new(link: u32, address: IpAddr, prefix_length: u8) -> Self {
        Self { link, address, prefix_length }
    }
}

impl Host {
    /// The addresses of all interfaces of its network namespace.
    pub fn addresses(&self) -> Part<Vec<LinkAddress>> {
        let request = RouteNetlinkMessage::GetAddress(AddressMessage::default());
        self.part(|| rtnetlink::list(request, read))
    }
}

/// `struct ifaddrmsg`.
#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    family: u8,
    prefix_length: u8,
    flags: u8,
    scope: u8,
    link: ne::U32,
}

/// Other families have addresses of other kinds.
pub(crate) fn read(record: &[u8]) -> Result<Option<LinkAddress>, Malformed> {
    let (header, attributes) = Header::ref_from_prefix(record).map_err(|_| Malformed("ifaddrmsg"))?;
    if !rtnetlink::is_ip(header.family) {
        return Ok(None);
    }
    let attributes = Attrs::new(attributes);
    let own = attributes.find(LOCAL).or_else(|| attributes.find(ADDRESS));
    let address = own.and_then(rtnetlink::address).ok_or(Malformed("IFA_LOCAL"))?;
    Ok(Some(LinkAddress { link: header.link.get(), address, prefix_length: header.prefix_length }))
}

/// `IFA_ADDRESS`, `IFA_LOCAL`.
const ADDRESS: u16 = 1;
const LOCAL: u16 = 2;

#[cfg(test)]
mod tests {
    use netlink_packet_core::Emitable;
    use netlink_packet_route::AddressFamily;
    use netlink_packet_route::address::AddressAttribute;

    use super::*;

    fn record(family: AddressFamily, attributes: &[AddressAttribute]) -> Vec<u8> {
        let mut message = AddressMessage::default();
        (message.header.index, message.header.prefix_len, message.header.family) = (7, 24, family);
        message.attributes = attributes.to_vec();
        let mut bytes = vec![0; message.buffer_len()];
        message.emit(&mut bytes);
        bytes
    }

    #[test]
    fn an_address_is_this_ends() {
        let near: IpAddr = [10, 0, 0, 1].into();
        let ends = [AddressAttribute::Address([10, 0, 0, 2].into()), AddressAttribute::Local(near)];
        let v6: IpAddr = "fd00::1".parse().unwrap();
        #[rustfmt::skip]
        let cases = [
            (record(AddressFamily::Inet, &ends),                              Ok(Some(LinkAddress::new(7, near, 24)))),
            (record(AddressFamily::Inet6, &[AddressAttribute::Address(v6)]),  Ok(Some(LinkAddress::new(7, v6, 24)))),
            (record(AddressFamily::Inet, &[]),                                Err(Malformed("IFA_LOCAL"))),
            (record(AddressFamily::Mctp, &[]),                                Ok(None)),
            (vec![2; 7],                                                      Err(Malformed("ifaddrmsg"))),
        ];
        for (record, expected) in cases {
            assert_eq!(read(&record), expected, "{record:?}");
        }
    }

    #[test]
    fn loopback_has_its_address() {
        let host = Host::here();
        let lo = host.links().known.into_iter().find(|link| link.name == "lo").unwrap();
        let addresses = host.addresses();
        assert!(addresses.is_whole(), "{addresses:?}");
        let has = addresses.known.contains(&LinkAddress::new(lo.index, [127, 0, 0, 1].into(), 8));
        assert!(has || !lo.up, "{addresses:?}");
    }
}
