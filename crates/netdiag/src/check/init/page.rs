//! The text of a check file, as a person would begin one.
//!
//! Names from outside go in as quoted text; one that no pattern can stand for, or that acts on a terminal, is left out.

use std::net::IpAddr;

use netdiag_text::Bound;
use netdiag_text::terminal::acts;

use super::gateway::Gateway;
use super::host::{Host, Listener, Position, Protocol};

pub(super) fn of(host: &Host) -> String {
    let mut page = HEAD.to_owned();
    for (place, listener) in &host.listeners {
        listen(&mut page, *place, listener);
    }
    if let Some(why) = &host.gateways.cut_short {
        line(&mut page, &format!("# The ways out are not known for certain: {why}"));
    }
    if !host.gateways.known.is_empty() {
        page.push_str("# The way out, to an address nobody has. Nothing is sent: the kernel is asked.\n");
    }
    host.gateways.known.iter().for_each(|gateway| route(&mut page, gateway));
    // Whether others answer, nobody knows who has not asked them.
    if !host.resolvers.is_empty() {
        page.push_str("# The name servers. To ask one for a name it must know:\n");
    }
    for address in &host.resolvers {
        line(&mut page, &format!("#     netdiag check 'dns:NAME?server={address}'"));
    }
    page
}

const HEAD: &str = "\
# What this host does now; run it with: netdiag check THIS-FILE
# docs/check.md tells what else can be said; `netdiag schema check` is for editors.
version = 1

[defaults]
timeout = \"2s\"

# Who listens. Nothing is connected to: the kernel is asked.
";

fn line(page: &mut String, line: &str) {
    page.push_str(line);
    page.push('\n');
}

fn route(page: &mut String, gateway: &Gateway) {
    let Gateway { version, address, interface } = gateway;
    // Addresses for documents (RFC 5737, RFC 3849).
    let target = if *version == 4 { "203.0.113.1" } else { "2001:db8::1" };
    let mut lines = vec![
        "[[check]]".to_owned(),
        format!("name = \"way out, IPv{version}\""),
        "kind = \"route\"".to_owned(),
        format!("target = \"{target}\""),
    ];
    let device = Bound::literal(interface).filter(|_| is_text(interface));
    lines.extend(device.map(|device| format!("dev = {}", quoted(&device))));
    lines.extend([
        format!("gateway = \"{address}\""),
        format!("# does it answer?  netdiag check 'icmp:{address}{}?loss=0%'\n", zone(gateway)),
    ]);
    lines.iter().for_each(|words| line(page, words));
}

/// What a link-local address needs to be reached.
fn zone(gateway: &Gateway) -> String {
    match gateway.address {
        IpAddr::V6(address) if address.is_unicast_link_local() => format!("%{}", pasted(&gateway.interface)),
        _ => String::new(),
    }
}

fn listen(page: &mut String, place: Position, listener: &Listener) {
    let Position { protocol, port, address } = place;
    let protocol = match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
    };
    let process = listener.process.as_deref().filter(|name| is_plain(name));
    let who = process.map(|process| format!(" {process}")).unwrap_or_default();
    let mut lines = vec![
        "[[check]]".to_owned(),
        format!("name = {}", quoted(&format!("{protocol} {address} {port}{who}"))),
        "kind = \"listen\"".to_owned(),
        format!("proto = \"{protocol}\""),
        format!("address = \"{address}\""),
        format!("port = {port}"),
    ];
    lines.extend(process.map(|process| format!("process = {}", quoted(process))));
    if listener.passing {
        page.push_str("# The kernel deals such ports out: it may be another one next time.\n");
    }
    let sign = if listener.passing { "# " } else { "" };
    lines.iter().for_each(|words| line(page, &format!("{sign}{words}")));
    page.push('\n');
}

/// Whether a name stands for itself as a pattern and in a file.
fn is_plain(name: &str) -> bool {
    is_text(name) && !name.contains(['*', '?', '[', ']', '\\'])
}

/// Whether a name is known to its last character, and none of them does something.
fn is_text(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(|character| acts(character) || character == char::REPLACEMENT_CHARACTER)
}

/// Text in quotes that is read as it is: TOML has the escapes of JSON, and what would refer to a variable does not.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text.replace("${", "$${")).to_string()
}

/// A word of a command in a comment, which somebody may paste into a shell: one that a shell would read more into is left out.
fn pasted(word: &str) -> &str {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.:".contains(character);
    if word.chars().all(plain) { word } else { "INTERFACE" }
}

#[cfg(test)]
mod tests {
    use netdiag_check::file::{Notation, Variables};
    use netdiag_check::plan::Plan;
    use netdiag_host::{CutShort, Part};
    use snapbox::{Assert, str};

    use super::*;

    fn host() -> Host {
        let place =
            |protocol, address: &str, port| Position { protocol, port, address: address.parse().unwrap() };
        let listener =
            |process: Option<&str>, passing| Listener { process: process.map(str::to_owned), passing };
        Host {
            listeners: [
                (place(Protocol::Tcp, "::", 443), listener(Some("nginx"), false)),
                (place(Protocol::Tcp, "127.0.0.1", 5432), listener(Some("po\"st*"), false)),
                (place(Protocol::Tcp, "127.0.0.1", 40_001), listener(Some("a \"b\""), true)),
                (place(Protocol::Udp, "0.0.0.0", 53), listener(None, false)),
            ]
            .into(),
            gateways: Part::whole(vec![Gateway {
                version: 4,
                address: "192.0.2.1".parse().unwrap(),
                interface: "eth0".to_owned(),
            }]),
            resolvers: vec!["10.0.0.53".parse().unwrap()],
        }
    }

    #[test]
    fn a_page() {
        Assert::new().action_env("SNAPSHOTS").normalize_paths(false).eq(
            of(&host()),
            str![[r##"
# What this host does now; run it with: netdiag check THIS-FILE
# docs/check.md tells what else can be said; `netdiag schema check` is for editors.
version = 1

[defaults]
timeout = "2s"

# Who listens. Nothing is connected to: the kernel is asked.
[[check]]
name = "tcp :: 443 nginx"
kind = "listen"
proto = "tcp"
address = "::"
port = 443
process = "nginx"

[[check]]
name = "tcp 127.0.0.1 5432"
kind = "listen"
proto = "tcp"
address = "127.0.0.1"
port = 5432

# The kernel deals such ports out: it may be another one next time.
# [[check]]
# name = "tcp 127.0.0.1 40001 a \"b\""
# kind = "listen"
# proto = "tcp"
# address = "127.0.0.1"
# port = 40001
# process = "a \"b\""

[[check]]
name = "udp 0.0.0.0 53"
kind = "listen"
proto = "udp"
address = "0.0.0.0"
port = 53

# The way out, to an address nobody has. Nothing is sent: the kernel is asked.
[[check]]
name = "way out, IPv4"
kind = "route"
target = "203.0.113.1"
dev = "eth0"
gateway = "192.0.2.1"
# does it answer?  netdiag check 'icmp:192.0.2.1?loss=0%'

# The name servers. To ask one for a name it must know:
#     netdiag check 'dns:NAME?server=10.0.0.53'

"##]],
        );
    }

    #[test]
    fn names_from_the_host_neither_expand_nor_read_nor_run() {
        let names =
            ["${env:HOME}", "${file:/f}", "$${x}", "$$${x}", "${", "a${x:-b}", "$x", "${env:A}${env:B}"];
        for name in names {
            let mut host = host();
            let listener = Listener { process: Some(name.to_owned()), passing: false };
            let place = *host.listeners.keys().next().unwrap();
            host.listeners = [(place, listener)].into();
            host.gateways.known[0].interface = name.to_owned();
            // Whatever is referred to would be found.
            let environment = ["HOME", "A", "B"].map(|name| (name.to_owned(), "expanded".to_owned())).into();
            let variables = Variables { environment, ..Variables::default() };
            let plan = Plan::read("f", &of(&host), Notation::Toml, &variables);
            let plan = plan.unwrap_or_else(|refused| panic!("{name}: {refused}"));
            let called = plan.checks[0].name.unshown();
            assert!(called.ends_with(&format!(" {name}")), "{name}: {called}");
        }
        for (name, dev) in [("~eth", "= ~eth"), ("/$${e}/", "= /$$${e}/"), ("!=x", "= !=x")] {
            let mut host = host();
            host.gateways.known[0].interface = name.to_owned();
            let page = of(&host);
            assert!(page.contains(&format!("dev = \"{dev}\"\n")), "{page}");
            assert!(Plan::read("f", &page, Notation::Toml, &Variables::default()).is_ok(), "{page}");
        }
        let mut host = host();
        host.gateways.known[0] = Gateway {
            version: 6,
            address: "fe80::1".parse().unwrap(),
            interface: "x';touch${IFS}ran;'".to_owned(),
        };
        assert!(of(&host).contains("netdiag check 'icmp:fe80::1%INTERFACE?loss=0%'\n"), "{}", of(&host));
        host.gateways.known[0].interface = "eth0.5".to_owned();
        assert!(of(&host).contains("netdiag check 'icmp:fe80::1%eth0.5?loss=0%'\n"), "{}", of(&host));
    }

    #[test]
    fn what_is_not_known_is_said() {
        let gateways = Part::cut_short(Vec::new(), CutShort::Interrupted);
        let page = of(&Host { listeners: Default::default(), gateways, resolvers: Vec::new() });
        assert!(page.contains("# The ways out are not known for certain: the kernel interrupted"), "{page}");
    }

    #[test]
    fn it_is_a_check_file() {
        let read = |text: &str| Plan::read("net.toml", text, Notation::Toml, &Variables::default());
        assert_eq!(
            read(&of(&Host { listeners: Default::default(), gateways: Part::whole(Vec::new()), ..host() }))
                .unwrap()
                .checks
                .len(),
            0
        );
    }
}
