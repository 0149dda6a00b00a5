//! What the kernel knows of the link-layer addresses of hosts on the same links (ARP's table, and neighbour discovery's).
//!
//! A neighbour that does not answer is in the table too: its state says so.

use std::net::IpAddr;

use netdiag_sockdiag::{Attrs, Malformed};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::neighbour::NeighbourMessage;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned, native_endian as ne};

use crate::{Host, Part, rtnetlink};

/// A host on one of our links.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Neighbour {
    /// The number of our interface it is reached by.
    pub link: u32,
    /// Its address.
    pub address: IpAddr,
    /// Its link-layer address; empty while it is not known.
    pub link_address: Vec<u8>,
    /// What is known of it.
    pub state: NeighbourState,
}

/// What is known of a neighbour (`NUD_*`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NeighbourState(pub u16);

impl NeighbourState {
    /// It has been asked for and has not answered yet.
    pub const INCOMPLETE: Self = Self(0x01);
    /// It has answered not long ago.
    pub const REACHABLE: Self = Self(0x02);
    /// It has answered long ago.
    pub const STALE: Self = Self(0x04);
    /// It has been asked for often and has not answered.
    pub const FAILED: Self = Self(0x20);
    /// Somebody has set its address by hand.
    pub const PERMANENT: Self = Self(0x80);
}

impl Host {
    /// The neighbours its network namespace knows, addresses that need no asking for left out.
    pub fn neighbours(&self) -> Part<Vec<Neighbour>> {
        let request = RouteNetlinkMessage::GetNeighbour(NeighbourMessage::default());
        self.part(|| rtnetlink::list(request, read))
    }
}

/// `struct ndmsg`.
#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    family: u8,
    pad: [u8; 3],
    link: ne::U32,
    state: ne::U16,
    flags: u8,
    kind: u8,
}

/// Bridges list what they have learnt among the neighbours: those have no address of ours.
pub(crate) fn read(record: &[u8]) -> Result<Option<Neighbour>, Malformed> {
    let (header, attributes) = Header::ref_from_prefix(record).map_err(|_| Malformed("ndmsg"))?;
    let state = header.state.get();
    if !rtnetlink::is_ip(header.family) || state == NOARP {
        return Ok(None);
    }
    let attributes = Attrs::new(attributes);
    let address = attributes.find(DESTINATION).and_then(rtnetlink::address);
    Ok(Some(Neighbour {
        link: header.link.get(),
        address: address.ok_or(Malformed("NDA_DST"))?,
        link_address: attributes.find(LINK_ADDRESS).map(|it| it.payload.to_vec()).unwrap_or_default(),
        state: NeighbourState(state),
    }))
}

/// `NUD_NOARP`: loopback and groups.
const NOARP: u16 = 0x40;
/// `NDA_DST`, `NDA_LLADDR`.
const DESTINATION: u16 = 1;
const LINK_ADDRESS: u16 = 2;

#[cfg(test)]
mod tests {
    use netlink_packet_core::Emitable;
    use netlink_packet_route::AddressFamily;
    use netlink_packet_route::neighbour::{NeighbourAddress, NeighbourAttribute, NeighbourState as Upstream};

    use super::*;

    fn record(family: AddressFamily, state: Upstream, attributes: &[NeighbourAttribute]) -> Vec<u8> {
        let mut message = NeighbourMessage::default();
        (message.header.family, message.header.ifindex, message.header.state) = (family, 7, state);
        message.attributes = attributes.to_vec();
        let mut bytes = vec![0; message.buffer_len()];
        message.emit(&mut bytes);
        bytes
    }

    #[test]
    fn a_neighbour_is_what_upstreams_types_wrote() {
        let address = NeighbourAttribute::Destination(NeighbourAddress::Inet([192, 0, 2, 1].into()));
        let known = [address.clone(), NeighbourAttribute::LinkLayerAddress(vec![2, 0, 0, 0, 0, 1])];
        let silent = Neighbour {
            link: 7,
            address: [192, 0, 2, 1].into(),
            link_address: Vec::new(),
            state: NeighbourState::FAILED,
        };
        let answering = Neighbour {
            link_address: vec![2, 0, 0, 0, 0, 1],
            state: NeighbourState::REACHABLE,
            ..silent.clone()
        };
        let inet = AddressFamily::Inet;
        #[rustfmt::skip]
        let cases = [
            (record(inet, Upstream::Failed, std::slice::from_ref(&address)), Ok(Some(silent))),
            (record(inet, Upstream::Reachable, &known),                  Ok(Some(answering))),
            (record(inet, Upstream::Noarp, &known),                      Ok(None)),
            (record(AddressFamily::Bridge, Upstream::Reachable, &known), Ok(None)),
            (record(inet, Upstream::Reachable, &[]),                     Err(Malformed("NDA_DST"))),
            (vec![2; 11],                                                Err(Malformed("ndmsg"))),
        ];
        for (record, expected) in cases {
            assert_eq!(read(&record), expected, "{record:?}");
        }
    }

    #[test]
    fn the_kernel_can_be_asked() {
        let neighbours = Host::here().neighbours();
        assert!(neighbours.is_whole(), "{neighbours:?}");
    }
}
