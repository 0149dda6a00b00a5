//! Any names of processes and interfaces in the file that `--init` writes: what fuzz targets call, and nobody else.

use std::net::IpAddr;

use netdiag_check::file::{Notation, Variables};
use netdiag_check::plan::Plan;
use netdiag_host::Part;
use netdiag_text::Secrets;
use netdiag_text::terminal::acts;

use super::gateway::Gateway;
use super::host::{Host, Listener, Position, Protocol};
use super::page;

/// Reads names with a record separator (0x1e) between them: of an interface, and of processes that listen.
///
/// # Panics
/// If the file is none, has other checks than there are facts, or a name in it is read as anything but a name.
pub fn init(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut names = text.split('\u{1e}');
    let interface = names.next().unwrap_or_default();
    let gateway = |version, address: IpAddr| Gateway { version, address, interface: interface.to_owned() };
    let gateways = vec![gateway(4, [192, 0, 2, 1].into()), gateway(6, [0xfe80, 0, 0, 0, 0, 0, 0, 1].into())];
    let listeners = names.take(MOST).zip(1..).map(|(name, port)| {
        let (protocol, address) = match port % 2 {
            0 => (Protocol::Tcp, IpAddr::from([127, 0, 0, 1])),
            _ => (Protocol::Udp, [0; 16].into()),
        };
        let listener = Listener { process: Some(name.to_owned()), passing: port % 3 == 0 };
        (Position { protocol, port, address }, listener)
    });
    let host = Host {
        listeners: listeners.collect(),
        gateways: Part::whole(gateways),
        resolvers: vec![[192, 0, 2, 53].into()],
    };
    let page = page::of(&host);
    assert!(!page.contains(|character| character != '\n' && acts(character)), "{page:?}");
    let staying = host.listeners.values().filter(|listener| !listener.passing).count();
    is_read(&page, staying + host.gateways.known.len(), &host);
    // What is written as a comment can be taken for what it says.
    let all = page.lines().map(|line| match line.strip_prefix("# ") {
        Some(rest) if rest.contains(" = ") || rest == "[[check]]" => rest,
        _ => line,
    });
    is_read(&all.collect::<Vec<_>>().join("\n"), host.listeners.len() + host.gateways.known.len(), &host);
}

const MOST: usize = 8;

fn is_read(page: &str, checks: usize, host: &Host) {
    let environment = [("HOME", "s3cret"), ("TOKEN", "s3cret")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let variables = Variables { environment, ..Variables::default() };
    let plan = Plan::read("net", page, Notation::Toml, &variables);
    let plan = plan.unwrap_or_else(|rejected| panic!("{page}\n{rejected}"));
    assert_eq!(plan.checks.len(), checks, "{page}");
    let mut named = 0;
    // Whatever comes from outside is one.
    assert_eq!(format!("{:?}", plan.secrets), format!("{:?}", Secrets::NONE), "{page}");
    for check in &plan.checks {
        let shown = check.name.unshown();
        let Some((place, process)) = shown.split(' ').nth(2).zip(shown.splitn(4, ' ').nth(3)) else {
            continue;
        };
        let port = place.parse::<u16>();
        let of = |(position, listener): (&Position, &Listener)| {
            Ok(position.port) == port && listener.process.as_deref() == Some(process)
        };
        named += usize::from(check.kind == "listen");
        assert!(check.kind != "listen" || host.listeners.iter().any(of), "{shown:?}\n{page}");
    }
    assert!(named <= host.listeners.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_something_elsewhere_are_names() {
        init("eth0\u{1e}${env:HOME}\u{1e}a\" = 1\n[x]\u{1e}$${file:/x}\u{1e}'#\u{1e}*\u{1e}\u{202e}x\u{1e}nginx".as_bytes());
        init(b"$(reboot)\x1e\xff");
        init(b"${file:/etc/passwd}");
    }
}
