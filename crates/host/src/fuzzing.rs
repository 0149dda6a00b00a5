//! Any bytes as what the kernel and files of this machine tell: what fuzz targets call, and nobody else.
//!
//! Nothing is read but what is handed in. Upstream's decoder is the oracle of records, as in the unit tests.

use std::fmt::Debug;
use std::io;
use std::net::IpAddr;
use std::path::{Component, Path};

use netdiag_sockdiag::{Attrs, InetRequest, NetlinkRequest, PacketRequest, Query, UnixRequest};
use netlink_packet_core::{NetlinkDeserializable, NetlinkHeader};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::address::AddressAttribute;
use netlink_packet_route::link::LinkAttribute;
use netlink_packet_route::neighbour::{NeighbourAddress, NeighbourAttribute};
use netlink_packet_route::route::{RouteAddress, RouteAttribute};

use crate::sockets::file::{Ended, lines};
use crate::{
    CounterFile, Counters, Family, Link, LocalPorts, ProcLine, Route, Services, Sysctl, Transport, addresses,
    local_ports, mounts, name_servers, neighbours, netlink_names, owners, softnet,
};

/// Reads a byte that picks a family, and a file of its sockets below `/proc/net`.
///
/// # Panics
/// If a line becomes a record that is none, or is neither told nor counted.
pub fn rows(input: &[u8]) {
    let Some((pick, file)) = input.split_first() else { return };
    let family = FAMILIES[usize::from(*pick) % FAMILIES.len()];
    let mut told = 0;
    let ended = lines(file, family, |record| {
        told += 1;
        let marked = match family {
            Family::Inet | Family::Inet6 => {
                let socket = InetRequest::view(record).expect("a record");
                let (local, remote) = (socket.local(), socket.remote());
                assert!([local, remote].iter().all(|end| end.is_ipv4() == (family == Family::Inet)));
                ProcLine::of(attributes::<72>(record))
            }
            Family::Unix => {
                let socket = UnixRequest::view(record).expect("a record");
                assert!(socket.name().is_none_or(|name| name.len() <= 109), "{socket:?}");
                ProcLine::of(attributes::<16>(record))
            }
            Family::Link => {
                PacketRequest::view(record).expect("a record");
                ProcLine::of(attributes::<16>(record))
            }
            _ => {
                NetlinkRequest::view(record).expect("a record");
                ProcLine::of(attributes::<28>(record))
            }
        };
        assert!(marked.is_some(), "{record:?}");
        let _ = marked.and_then(ProcLine::tcp);
        Ok::<_, io::Error>(())
    });
    let Ok(Ended::Whole(malformed)) = ended else { panic!("{ended:?}") };
    let rows = file.split(|byte| *byte == b'\n').skip(1).filter(|line| !line.is_empty()).count() as u64;
    assert_eq!(told + malformed, rows, "{told} told, {malformed} malformed");
}

const FAMILIES: [Family; 5] = [Family::Inet, Family::Inet6, Family::Unix, Family::Link, Family::Netlink];

/// What follows a record's head of so many bytes.
fn attributes<const HEAD: usize>(record: &[u8]) -> Attrs<'_> {
    Attrs::new(record.get(HEAD..).expect("a whole head"))
}

/// Reads a byte that picks one of the small files, and the file.
///
/// # Panics
/// If a name leads elsewhere, a number is not the one that stands there, or what is told once is not told again.
pub fn files(input: &[u8]) {
    let Some((pick, file)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(file);
    match pick % 8 {
        0 => counters(&text),
        1 => services(&text),
        2 => mounted(file),
        3 => sysctl(&text),
        4 => ports(&text),
        5 => owners::fuzzing::owners(file),
        6 => {
            for line in text.lines() {
                let processor = softnet::read(line).map(|it| (it.processed, it.dropped, it.squeezed));
                let first =
                    line.split_whitespace().next().and_then(|word| u32::from_str_radix(word, 16).ok());
                assert!(processor.is_none_or(|(processed, ..)| first == Some(processed)), "{line:?}");
            }
        }
        _ => {
            let servers = name_servers::servers(&text);
            assert!(
                servers.iter().all(|server| text.contains("nameserver") && !server.to_string().is_empty())
            );
            let names = netlink_names::protocols(&text);
            assert!(
                names.iter().all(|(_, name)| text.contains(&**name) && !name.contains(char::is_whitespace))
            );
        }
    }
}

fn counters(text: &str) {
    for file in CounterFile::ALL {
        let mut counters = Counters::default();
        counters.take_file(file, text);
        let twice = counters.clone();
        for name in counters.names() {
            let value = counters.get(name).unwrap_or_else(|| panic!("{name:?} has no value"));
            assert!(text.contains(&value.to_string()) || text.contains(['+', '0']), "{name:?} {value}");
            assert_eq!(twice.growth_since(&counters, name), Ok(0), "{name:?}");
            let _ = (Counters::is_level(name), Counters::is_of_the_machine(name));
        }
    }
}

fn services(text: &str) {
    let services = Services::new(40_000..=40_001, text, text);
    for port in text.split(|character: char| !character.is_ascii_digit()).filter_map(|word| word.parse().ok())
    {
        for (transport, protocol) in [(Transport::Tcp, "tcp"), (Transport::Udp, "udp")] {
            let Some(name) = services.name(transport, port) else { continue };
            assert!(!(40_000..=40_001).contains(&port), "{name:?} {port}");
            assert!(
                !name.is_empty() && !name.contains(|it: char| it.is_whitespace() || it == '#'),
                "{name:?}"
            );
            assert!(crate::services::port_in(text, name, protocol).is_some(), "{name:?} {port}");
        }
        let _ = services.protocol(port);
    }
}

/// Whatever bytes a place has, it is where the kernel says it is.
fn mounted(file: &[u8]) {
    file.split(|byte| *byte == b'\n').for_each(|line| drop(mounts::mount(line)));
    let point: Vec<u8> = file.iter().copied().filter(|byte| *byte != 0).collect();
    let written: Vec<u8> = point
        .iter()
        .flat_map(|byte| match byte {
            b' ' | b'\t' | b'\n' | b'\\' => format!("\\{byte:03o}").into_bytes(),
            _ => vec![*byte],
        })
        .collect();
    let line = [b"36 35 98:7 /root ", written.as_slice(), b" rw shared:1 - ext4 /dev/x rw"].concat();
    let mount = mounts::mount(&line).expect("a line as the kernel writes it");
    assert_eq!((mount.number, mount.device, mount.kind.as_str()), (36, (98, 7), "ext4"));
    assert_eq!(mount.point.as_os_str().as_encoded_bytes(), point);
}

/// No name leads out of `/proc/sys`.
fn sysctl(text: &str) {
    for name in text.lines() {
        let Some(parameter) = Sysctl::named(name) else { continue };
        let mut parts = parameter.file.components();
        assert_eq!(parts.next(), Some(Component::Normal("sys".as_ref())), "{name:?}");
        let mut below = 0;
        for part in parts {
            assert!(matches!(part, Component::Normal(_)), "{name:?}");
            below += 1;
        }
        assert!(below > 0 && Path::new("/proc").join(&parameter.file).starts_with("/proc/sys"), "{name:?}");
    }
}

fn ports(text: &str) {
    let mut lines = text.lines();
    let (range, reserved) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let (Some(range), Some(reserved)) = (local_ports::range(range), local_ports::reserved(reserved)) else {
        return;
    };
    if reserved.len() > 16 {
        return;
    }
    let ports = LocalPorts { range, reserved };
    assert!(ports.count() <= ports.range.len(), "{ports:?}");
    for port in ports.reserved.iter().flat_map(|part| [*part.start(), *part.end()]) {
        let inside = ports.reserved.iter().any(|part| part.contains(&port));
        assert!(!inside || !ports.contains(port), "{ports:?}");
    }
}

/// Reads bytes as what the kernel lists of links, addresses, routes and neighbours: a datagram, and its records, or a record itself.
///
/// # Panics
/// If upstream's decoder reads a record otherwise.
pub fn rtnetlink(datagram: &[u8]) {
    netdiag_sockdiag::fuzzing::records(datagram, record);
    record(datagram);
}

fn record(record: &[u8]) {
    link(record);
    address(record);
    route(record);
    neighbour(record);
}

/// Of what stands several times in a record, upstream's decoder keeps all; which one counts is the reader's.
fn agree<T: Debug + PartialEq>(ours: &T, theirs: &[T]) {
    assert!(theirs.is_empty() || theirs.contains(ours), "{ours:?}, of {theirs:?}");
}

fn upstream(kind: u16, record: &[u8]) -> Option<RouteNetlinkMessage> {
    let mut header = NetlinkHeader::default();
    header.message_type = kind;
    RouteNetlinkMessage::deserialize(&header, record).ok()
}

fn link(record: &[u8]) {
    let ours = Link::read(record);
    let Some(RouteNetlinkMessage::NewLink(theirs)) = upstream(16, record) else { return };
    let ours = ours.expect("upstream reads it");
    assert_eq!(ours.index, theirs.header.index);
    let of = |attribute: &LinkAttribute| match attribute {
        LinkAttribute::Mtu(mtu) => Some(Some(*mtu)),
        _ => None,
    };
    agree(&ours.mtu, &theirs.attributes.iter().filter_map(of).collect::<Vec<_>>());
    let of = |attribute: &LinkAttribute| match attribute {
        LinkAttribute::Address(address) => Some(address.clone()),
        _ => None,
    };
    agree(&ours.address, &theirs.attributes.iter().filter_map(of).collect::<Vec<_>>());
    let of = |attribute: &LinkAttribute| match attribute {
        LinkAttribute::Carrier(carrier) => Some(Some(*carrier != 0)),
        _ => None,
    };
    agree(&ours.carrier, &theirs.attributes.iter().filter_map(of).collect::<Vec<_>>());
}

fn address(record: &[u8]) {
    let ours = addresses::read(record);
    let Some(RouteNetlinkMessage::NewAddress(theirs)) = upstream(20, record) else { return };
    let Ok(Some(ours)) = ours else {
        let is_ip = matches!(u8::from(theirs.header.family), 2 | 10);
        let told = theirs
            .attributes
            .iter()
            .any(|it| matches!(it, AddressAttribute::Local(_) | AddressAttribute::Address(_)));
        assert!(!is_ip || !told, "{theirs:?}");
        return;
    };
    assert_eq!((ours.link, ours.prefix_length), (theirs.header.index, theirs.header.prefix_len));
    let of = |attribute: &AddressAttribute| match attribute {
        AddressAttribute::Local(address) | AddressAttribute::Address(address) => Some(*address),
        _ => None,
    };
    agree(&ours.address, &theirs.attributes.iter().filter_map(of).collect::<Vec<_>>());
}

fn route(record: &[u8]) {
    let ours = Route::read(record);
    let Some(RouteNetlinkMessage::NewRoute(theirs)) = upstream(24, record) else { return };
    let Ok(Some(ours)) = ours else {
        assert!(!matches!(u8::from(theirs.header.address_family), 2 | 10), "{theirs:?}");
        return;
    };
    assert_eq!(ours.prefix_length, theirs.header.destination_prefix_length);
    let metrics = theirs.attributes.iter().filter_map(|attribute| match attribute {
        RouteAttribute::Priority(metric) => Some(*metric),
        _ => None,
    });
    agree(&ours.metric, &metrics.collect::<Vec<_>>());
    let tables = theirs.attributes.iter().filter_map(|attribute| match attribute {
        RouteAttribute::Table(table) => Some(*table),
        _ => None,
    });
    agree(&ours.table, &tables.collect::<Vec<_>>());
    let destinations = theirs.attributes.iter().filter_map(|attribute| match attribute {
        RouteAttribute::Destination(RouteAddress::Inet(address)) => Some(IpAddr::from(*address)),
        RouteAttribute::Destination(RouteAddress::Inet6(address)) => Some(IpAddr::from(*address)),
        _ => None,
    });
    agree(&ours.destination, &destinations.collect::<Vec<_>>());
}

fn neighbour(record: &[u8]) {
    let ours = neighbours::read(record);
    let Some(RouteNetlinkMessage::NewNeighbour(theirs)) = upstream(28, record) else { return };
    let Ok(Some(ours)) = ours else { return };
    assert_eq!((ours.link, ours.state.0), (theirs.header.ifindex, u16::from(theirs.header.state)));
    let destinations = theirs.attributes.iter().filter_map(|attribute| match attribute {
        NeighbourAttribute::Destination(NeighbourAddress::Inet(address)) => Some(IpAddr::from(*address)),
        NeighbourAttribute::Destination(NeighbourAddress::Inet6(address)) => Some(IpAddr::from(*address)),
        _ => None,
    });
    agree(&ours.address, &destinations.collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds(directory: &str) -> Vec<Vec<u8>> {
        let seeds = std::fs::read_dir(format!("../../tests/data/{directory}")).unwrap();
        let seeds: Vec<_> = seeds.map(|seed| std::fs::read(seed.unwrap().path()).unwrap()).collect();
        assert!(!seeds.is_empty());
        seeds
    }

    #[test]
    fn seeds_are_lived_through() {
        seeds("rows").iter().for_each(|seed| rows(seed));
        seeds("proc_files").iter().for_each(|seed| files(seed));
        seeds("rtnetlinks").iter().for_each(|seed| rtnetlink(seed));
    }
}
