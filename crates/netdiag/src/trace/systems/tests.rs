//! What sources say of addresses: files written here byte by byte, and a name server of our own.

use std::io::Write;
use std::net::UdpSocket;
use std::thread;

use tempfile::NamedTempFile;

use super::system::some;
use super::*;

fn written(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn opened(file: &NamedTempFile) -> Result<(Systems, Option<String>), String> {
    Systems::open(&From::File(file.path().into()))
}

fn of(systems: &Systems, address: &str) -> Option<System> {
    systems.of(address.parse().unwrap(), Duration::ZERO)
}

fn system(number: u32, [name, country, prefix]: [&str; 3]) -> Option<System> {
    Some(System { number, name: some(name), country: some(country), prefix: some(prefix) })
}

/// A value of a MaxMind DB.
enum Value {
    Text(&'static str),
    Short(u16),
    Number(u32),
    Long(u64),
    Map(Vec<(&'static str, Self)>),
    List,
}

impl Value {
    fn write(&self, out: &mut Vec<u8>) {
        let mut head = |kind: u8, size: usize| match size {
            ..29 => out.push(kind << 5 | size as u8),
            _ => out.extend([kind << 5 | 29, (size - 29) as u8]),
        };
        match self {
            Self::Text(text) => {
                head(2, text.len());
                out.extend(text.as_bytes());
            }
            Self::Short(number) => {
                head(5, 2);
                out.extend(number.to_be_bytes());
            }
            Self::Number(number) => {
                head(6, 4);
                out.extend(number.to_be_bytes());
            }
            Self::Map(pairs) => {
                head(7, pairs.len());
                for (key, value) in pairs {
                    Self::Text(key).write(out);
                    value.write(out);
                }
            }
            // Kinds from 8 on stand behind a zero, less seven.
            Self::Long(number) => {
                out.extend([8, 2]);
                out.extend(number.to_be_bytes());
            }
            Self::List => out.extend([0, 4]),
        }
    }
}

/// A MaxMind DB of these blocks: a tree of bits whose records are 24 bits long, the values, a description.
fn database(blocks: Vec<(&str, Value)>) -> Vec<u8> {
    #[derive(Clone, Copy)]
    enum Record {
        Nothing,
        Node(usize),
        Data(usize),
    }
    let (mut nodes, mut data) = (vec![[Record::Nothing; 2]], Vec::new());
    for (block, value) in blocks {
        let (address, length) = block.split_once('/').unwrap();
        let (bits, length) = match address.parse::<IpAddr>().unwrap() {
            // They are where `::1.2.3.4` would be.
            IpAddr::V4(v4) => (u128::from(v4.to_bits()), 96 + length.parse::<u32>().unwrap()),
            IpAddr::V6(v6) => (v6.to_bits(), length.parse().unwrap()),
        };
        let side = |depth: u32| (bits >> (127 - depth) & 1) as usize;
        let mut at = 0;
        for depth in 0..length - 1 {
            at = match nodes[at][side(depth)] {
                Record::Node(next) => next,
                _ => {
                    nodes.push([Record::Nothing; 2]);
                    let next = nodes.len() - 1;
                    nodes[at][side(depth)] = Record::Node(next);
                    next
                }
            };
        }
        nodes[at][side(length - 1)] = Record::Data(data.len());
        value.write(&mut data);
    }
    let mut out = Vec::new();
    for record in nodes.iter().flatten() {
        let number = match record {
            Record::Nothing => nodes.len(),
            Record::Node(node) => *node,
            Record::Data(at) => nodes.len() + 16 + at,
        };
        out.extend(&(number as u32).to_be_bytes()[1..]);
    }
    out.extend([0; 16]);
    out.extend(data);
    out.extend(b"\xab\xcd\xefMaxMind.com");
    let description = vec![
        ("binary_format_major_version", Value::Short(2)),
        ("binary_format_minor_version", Value::Short(0)),
        ("build_epoch", Value::Long(1_700_000_000)),
        ("database_type", Value::Text("Test-ASN")),
        ("description", Value::Map(vec![])),
        ("ip_version", Value::Short(6)),
        ("languages", Value::List),
        ("node_count", Value::Number(nodes.len() as u32)),
        ("record_size", Value::Short(24)),
    ];
    Value::Map(description).write(&mut out);
    out
}

fn of_both_kinds() -> Vec<u8> {
    let max_mind = |number, name| {
        Value::Map(vec![
            ("autonomous_system_number", Value::Number(number)),
            ("autonomous_system_organization", Value::Text(name)),
        ])
    };
    let ip_info = vec![
        ("as_domain", Value::Text("example.net")),
        ("as_name", Value::Text("Example\u{1b}[2J Networks")),
        ("asn", Value::Text("AS64501")),
        ("country_code", Value::Text("DE")),
    ];
    database(vec![
        ("1.0.0.0/24", max_mind(64500, "EXAMPLE")),
        ("10.0.0.0/8", max_mind(64666, "NOBODY")),
        ("2600::/12", Value::Map(ip_info)),
        ("9.9.9.0/24", Value::Map(vec![("other", Value::Text("x"))])),
    ])
}

#[test]
fn both_kinds_of_database_are_read() {
    let file = written(&of_both_kinds());
    let (systems, complaint) = opened(&file).unwrap();
    assert_eq!(complaint, None);
    assert_eq!(of(&systems, "1.0.0.77"), system(64500, ["EXAMPLE", "", "1.0.0.0/24"]));
    let found = of(&systems, "2600::1");
    assert_eq!(found, system(64501, ["Example\u{1b}[2J Networks", "DE", "2600::/12"]));
    assert_eq!(found.unwrap().to_string(), "AS64501 Example\\x1b[2J Networks");
    for unknown in ["1.0.1.0", "9.9.9.9", "2a00::1"] {
        assert_eq!(of(&systems, unknown), None, "{unknown}");
    }
    // Whatever the file says.
    assert_eq!(of(&systems, "10.1.2.3"), None);
}

#[test]
fn a_damaged_database_is_an_error_or_says_nothing() {
    let whole = of_both_kinds();
    for length in 0..whole.len() {
        if let Ok((systems, _)) = opened(&written(&whole[..length])) {
            of(&systems, "1.0.0.1");
        }
    }
    let mut bytes = whole.clone();
    for at in 0..whole.len() {
        bytes[at] ^= 0xff;
        if let Ok((systems, _)) = opened(&written(&bytes)) {
            ["1.0.0.1", "2600::1", "9.9.9.9"].into_iter().for_each(|address| drop(of(&systems, address)));
        }
        bytes[at] = whole[at];
    }
}

#[test]
fn a_dump_is_read_and_its_wrong_lines_are_counted() {
    let dump = "\
# start, end, number, country, name
1.0.0.0\t1.0.0.255\t64500\tUS\tEXAMPLE
1.0.1.0\t1.0.4.127\t64502\tNone\t
2600::\t260f:ffff:ffff:ffff:ffff:ffff:ffff:ffff\tAS64501\tDE\tExample Networks
not a line
5.0.0.0\t5.0.0.255\t0\tNone\tNot routed
6.0.0.255\t6.0.0.0\t1\tDE\tbackwards

7.0.0.0\t2600::\t1\tDE\tmixed
";
    let (systems, complaint) = opened(&written(dump.as_bytes())).unwrap();
    let complaint = complaint.unwrap();
    assert!(complaint.ends_with(": 3 lines are no range of addresses, the first is line 5"), "{complaint}");
    #[rustfmt::skip]
    let cases = [
        ("1.0.0.0",   system(64500, ["EXAMPLE", "US", "1.0.0.0/24"])),
        ("1.0.0.255", system(64500, ["EXAMPLE", "US", "1.0.0.0/24"])),
        ("1.0.2.9",   system(64502, ["", "", "1.0.2.0/23"])),
        ("1.0.4.1",   system(64502, ["", "", "1.0.4.0/25"])),
        ("1.0.4.128", None),
        ("5.0.0.1",   None),
        ("6.0.0.1",   None),
        ("2607::1",   system(64501, ["Example Networks", "DE", "2600::/12"])),
        ("2a00::1",   None),
        ("0.0.0.1",   None),
    ];
    for (address, expected) in cases {
        assert_eq!(of(&systems, address), expected, "{address}");
    }
}

#[test]
fn what_is_no_source_is_told_with_its_name() {
    for bytes in [&b""[..], b"1.0.0.0,1.0.0.255,64500\n", &[0xff; 100]] {
        let file = written(bytes);
        let error = opened(&file).map(drop).unwrap_err();
        assert!(
            error.starts_with(&*file.path().to_string_lossy()) && error.contains("neither a MaxMind DB nor"),
            "{error}"
        );
    }
    let missing = Systems::open(&From::typed("/nowhere/as.tsv")).map(drop).unwrap_err();
    assert_eq!(missing, "/nowhere/as.tsv: No such file or directory");
    assert!(Systems::open(&From::typed("off")).unwrap().0.0.is_none());
    assert_eq!(From::typed("dns"), From::Dns);
}

/// A name server that knows one address of each version and one name.
fn name_server() -> SocketAddr {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    let at = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut bytes = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut bytes) {
            let end = 12 + bytes[12..length].iter().position(|byte| *byte == 0).unwrap() + 5;
            let (mut name, mut at) = (String::new(), 12);
            while bytes[at] != 0 {
                let label = at + 1..at + 1 + usize::from(bytes[at]);
                at = label.end;
                name += &format!("{}.", String::from_utf8_lossy(&bytes[label]));
            }
            let texts: &[&str] = match name.to_ascii_lowercase().as_str() {
                "4.3.2.1.origin.asn.cymru.com." => &[
                    "64499 | 1.0.0.0/8 | US | arin | 2000-01-01",
                    "64500 64501 | 1.2.0.0/16 | DE | ripe | 2001-01-01",
                ],
                "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.2.origin6.asn.cymru.com." => {
                    &["64500 | 2600::/12 |  | arin | 2000-01-01"]
                }
                "as64500.asn.cymru.com." => &["64500 | DE | ripe | 2001-01-01 | EXAMPLE - An Example, DE"],
                _ => &[],
            };
            let code = if texts.is_empty() { 0x83 } else { 0x80 };
            let mut answer =
                [&bytes[..2], &[0x81, code, 0, 1, 0, texts.len() as u8, 0, 0, 0, 0], &bytes[12..end]]
                    .concat();
            for text in texts {
                let length = text.len() as u8;
                answer.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, length + 1, length]);
                answer.extend(text.as_bytes());
            }
            socket.send_to(&answer, from).unwrap();
        }
    });
    at
}

#[test]
fn the_dns_is_asked_about_what_is_routed_and_the_longest_block_counts() {
    let cymru = Cymru::of_server(name_server());
    let systems = Systems(Some(Rc::new(RefCell::new(Source::Dns(cymru)))));
    let found = |address: &str| systems.insist(address.parse().unwrap());
    assert_eq!(found("1.2.3.4"), system(64500, ["EXAMPLE - An Example, DE", "DE", "1.2.0.0/16"]));
    assert_eq!(found("2600::1"), system(64500, ["EXAMPLE - An Example, DE", "", "2600::/12"]));
    assert_eq!(found("4.3.2.1"), None);
    assert_eq!(found("192.168.1.1"), None);
}
