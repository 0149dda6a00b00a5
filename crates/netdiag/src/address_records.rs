//! Whose an address is, as the DNS tells it in texts: the names that are asked about, and the texts they have.
//!
//! Whoever answers learns what is asked about.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use netdiag_host::name_servers;
use netdiag_probe::{Client, DnsQuestion, Found, Host, HostPort};
use tokio::time::Instant;

use crate::runtime;

/// The host's first name server.
///
/// # Errors
/// That there is none, in words.
pub(crate) fn name_server() -> Result<SocketAddr, String> {
    let servers = name_servers().map_err(|error| error.to_string())?;
    let server = servers.first().copied().ok_or("/etc/resolv.conf: no name server")?;
    Ok(SocketAddr::new(server, 53))
}

/// The texts a name has, without the quotes around them; none if nobody tells within `patience`.
pub(crate) fn texts(server: SocketAddr, name: &str, patience: Duration) -> Vec<String> {
    let host = Host::Ip(server.ip(), None);
    let Ok(question) = DnsQuestion::new(HostPort { host, port: server.port() }, name, "TXT") else {
        return Vec::new();
    };
    let asking = async { Client::default().dns(&question, Instant::now() + patience, &mut |_, _| {}).await };
    let Ok(Found::Dns(answer)) = runtime::run(0, asking).map(|report| report.found) else {
        return Vec::new();
    };
    let texts = answer.records.into_iter().filter(|record| record.answers);
    texts.map(|record| record.data.replace('"', "")).collect()
}

/// The parts of an address, the last first, a dot behind each: bytes of IPv4, hexadecimal digits of IPv6.
pub(crate) fn labels(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.")
        }
        IpAddr::V6(v6) => {
            let digits = format!("{:032x}", v6.to_bits());
            digits.chars().rev().flat_map(|digit| [digit, '.']).collect()
        }
    }
}
