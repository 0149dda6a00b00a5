//! Network interfaces ("links"), as the kernel lists them.
//!
//! What tells an interface from one that was made after it under the same name is its number. Nothing but the speed comes from `/sys`,
//! which shows the interfaces of whichever network namespace it was mounted in.

use std::fs;

use netdiag_sockdiag::{Attr, Attrs, Malformed};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::LinkMessage;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned, native_endian as ne};

use crate::{Host, LinkCounters, Part, UnknownGrowth, counter_growth, rtnetlink};

/// A network interface.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Link {
    /// Its number: no other interface of its namespace has it at the same time.
    pub index: u32,
    /// What it is called now; bytes that are no UTF-8 are replaced.
    pub name: String,
    /// What kind of virtual device it is (`veth`, `bridge`); `None` of hardware and of loopback.
    #[doc(alias = "IFLA_INFO_KIND")]
    pub kind: Option<String>,
    /// Whether somebody turned it on (`IFF_UP`) and it works: its operational state is not down.
    pub up: bool,
    /// Whether the device has a carrier; `None` if the kernel does not tell.
    #[doc(alias = "IFLA_CARRIER")]
    pub carrier: Option<bool>,
    /// Bytes of IP packet it takes at once; `None` if the kernel does not tell.
    #[doc(alias = "IFLA_MTU")]
    pub mtu: Option<u32>,
    /// The link-layer address; empty where there are none.
    #[doc(alias = "IFLA_ADDRESS")]
    pub address: Vec<u8>,
    /// What it has counted; nothing if the kernel does not tell.
    #[doc(alias = "IFLA_STATS64")]
    pub counters: LinkCounters,
}

impl Host {
    /// All interfaces of its network namespace.
    pub fn links(&self) -> Part<Vec<Link>> {
        let request = RouteNetlinkMessage::GetLink(LinkMessage::default());
        self.part(|| rtnetlink::list(request, |record| Link::read(record).map(Some)))
    }
}

/// `struct ifinfomsg`.
#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    family: u8,
    pad: u8,
    device: ne::U16,
    index: ne::U32,
    flags: ne::U32,
    change: ne::U32,
}

impl Link {
    pub(crate) fn read(record: &[u8]) -> Result<Self, Malformed> {
        let (header, attributes) = Header::ref_from_prefix(record).map_err(|_| Malformed("ifinfomsg"))?;
        let mut link = Self { index: header.index.get(), ..Self::default() };
        // Loopback and tunnels never tell a state.
        let mut state = UNKNOWN;
        for attribute in Attrs::new(attributes) {
            match attribute.kind {
                ADDRESS => link.address = attribute.payload.to_vec(),
                NAME => link.name = words(attribute),
                MTU => link.mtu = attribute.u32(),
                STATE => state = attribute.u8().unwrap_or(UNKNOWN),
                INFO => link.kind = attribute.nested().find(KIND).map(words),
                COUNTERS => link.counters = LinkCounters::read(attribute.payload),
                CARRIER => link.carrier = attribute.u8().map(|carrier| carrier != 0),
                _ => {}
            }
        }
        link.up = header.flags.get() & UP != 0 && matches!(state, UNKNOWN | WORKS);
        Ok(link)
    }

    /// How much a counter grew since `before`, which was read earlier.
    ///
    /// # Errors
    /// Why it is not known: the interface is another one, or the counter is missing or went backwards.
    pub fn growth_since(&self, before: &Self, counter: &str) -> Result<u64, UnknownGrowth> {
        if self.index != before.index {
            return Err(UnknownGrowth::Recreated);
        }
        counter_growth(before.counters.get(counter), self.counters.get(counter))
    }

    /// Megabits per second; `None` if the driver does not tell.
    ///
    /// Only /sys tells it without a conversation with the driver. It may show the interfaces of another network namespace: one of this
    /// name, number and address is taken for this one.
    pub fn speed(&self) -> Option<u32> {
        let read = |file: &str| {
            let text = fs::read_to_string(format!("/sys/class/net/{}/{file}", self.name)).ok()?;
            Some(text.trim().to_owned())
        };
        let address: Vec<String> = self.address.iter().map(|byte| format!("{byte:02x}")).collect();
        let ours = read("ifindex")? == self.index.to_string() && read("address")? == address.join(":");
        // -1 stands for unknown.
        if ours { read("speed")?.parse().ok() } else { None }
    }
}

fn words(attribute: Attr<'_>) -> String {
    String::from_utf8_lossy(attribute.text()).into_owned()
}

/// `IFLA_ADDRESS`, `IFLA_IFNAME`, `IFLA_MTU`, `IFLA_OPERSTATE`, `IFLA_LINKINFO`, `IFLA_STATS64`, `IFLA_CARRIER`; `IFLA_INFO_KIND`.
const ADDRESS: u16 = 1;
const NAME: u16 = 3;
const MTU: u16 = 4;
const STATE: u16 = 16;
const INFO: u16 = 18;
const COUNTERS: u16 = 23;
const CARRIER: u16 = 33;
const KIND: u16 = 1;
/// `IFF_UP`.
const UP: u32 = 1;
/// `IF_OPER_UNKNOWN`, `IF_OPER_UP`.
const UNKNOWN: u8 = 0;
const WORKS: u8 = 6;

#[cfg(test)]
mod tests {
    use netlink_packet_core::Emitable;
    use netlink_packet_route::link::{InfoKind, LinkAttribute, LinkFlags, LinkInfo, State};

    use super::*;

    fn record(flags: LinkFlags, state: State) -> Vec<u8> {
        let mut message = LinkMessage::default();
        message.header.index = 7;
        message.header.flags = flags;
        message.attributes = vec![
            LinkAttribute::IfName("eth0".to_owned()),
            LinkAttribute::Mtu(1400),
            LinkAttribute::Carrier(1),
            LinkAttribute::OperState(state),
            LinkAttribute::Address(vec![2, 0, 0, 0, 0, 1]),
            LinkAttribute::LinkInfo(vec![LinkInfo::Kind(InfoKind::Veth)]),
        ];
        let mut bytes = vec![0; message.buffer_len()];
        message.emit(&mut bytes);
        bytes
    }

    #[test]
    fn a_link_is_what_upstreams_types_wrote() {
        let expected = Link {
            index: 7,
            name: "eth0".to_owned(),
            kind: Some("veth".to_owned()),
            up: true,
            carrier: Some(true),
            mtu: Some(1400),
            address: vec![2, 0, 0, 0, 0, 1],
            counters: LinkCounters::default(),
        };
        assert_eq!(Link::read(&record(LinkFlags::Up, State::Up)).unwrap(), expected);
        #[rustfmt::skip]
        let cases = [
            (LinkFlags::Up,      State::Unknown,        true),
            (LinkFlags::Up,      State::Down,           false),
            (LinkFlags::Up,      State::LowerLayerDown, false),
            (LinkFlags::empty(), State::Up,             false),
        ];
        for (flags, state, up) in cases {
            assert_eq!(Link::read(&record(flags, state)).unwrap().up, up, "{flags:?} {state:?}");
        }
    }

    #[test]
    fn a_record_may_end_anywhere() {
        let record = record(LinkFlags::Up, State::Up);
        for len in 0..record.len() {
            assert_eq!(Link::read(&record[..len]).is_ok(), len >= 16, "{len}");
        }
    }

    #[test]
    fn an_interface_made_anew_under_its_name_has_not_counted_on() {
        let link = |index, received| {
            let counters = LinkCounters::read(&u64::to_ne_bytes(received));
            Link { index, name: "eth0".to_owned(), counters, ..Link::default() }
        };
        #[rustfmt::skip]
        let cases = [
            (link(2, 5), link(2, 9), "rx_packets", Ok(4)),
            (link(2, 5), link(3, 9), "rx_packets", Err(UnknownGrowth::Recreated)),
            (link(2, 5), link(2, 4), "rx_packets", Err(UnknownGrowth::WentBackwards { before: 5, after: 4 })),
            (link(2, 5), link(2, 9), "tx_packets", Err(UnknownGrowth::Absent)),
        ];
        for (before, after, counter, expected) in cases {
            assert_eq!(after.growth_since(&before, counter), expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn loopback_is_where_it_always_is() {
        let links = Host::here().links();
        assert!(links.is_whole(), "{links:?}");
        let lo = links.known.into_iter().find(|link| link.name == "lo").unwrap();
        assert!(lo.mtu > Some(0) && lo.counters.get("rx_packets").is_some(), "{lo:?}");
        assert_eq!((lo.kind.clone(), lo.speed()), (None, None));
    }
}
