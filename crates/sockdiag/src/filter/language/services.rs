//! Ports by the names of `/etc/services`, and those that have none because the kernel hands them out.

use std::fs;
use std::ops::RangeInclusive;

/// The ports the kernel hands out by itself, or those upstream assumes where that cannot be read.
pub fn ephemeral_ports() -> RangeInclusive<u16> {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    ephemeral(&range).unwrap_or(1024..=4999)
}

/// The port of a service, by its name or another it goes by.
pub(super) fn port(services: &str, service: &str, protocol: &str) -> Option<u16> {
    services.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let name = words.next()?;
        let (port, of) = words.next()?.split_once('/')?;
        let named = of == protocol && (name == service || words.any(|alias| alias == service));
        if named { port.parse().ok() } else { None }
    })
}

fn ephemeral(range: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = range.trim().split_once(char::is_whitespace)?;
    Some(first.parse().ok()?..=last.trim().parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_a_port_by_any_of_its_names() {
        let file = "# http 1/tcp\nhttp\t80/tcp\twww # web\ndomain 53/udp\nworse 99999/tcp\n";
        #[rustfmt::skip]
        let cases = [
            ("http", "tcp", Some(80)), ("www",    "tcp", Some(80)), ("http",  "udp", None),
            ("web",  "tcp", None),     ("domain", "udp", Some(53)), ("worse", "tcp", None),
        ];
        for (service, protocol, expected) in cases {
            assert_eq!(port(file, service, protocol), expected, "{service}/{protocol}");
        }
    }

    #[test]
    fn a_range_is_two_ports() {
        assert_eq!(ephemeral("32768\t60999\n"), Some(32_768..=60_999));
        assert_eq!(ephemeral("nonsense"), None);
    }
}
