//! What a word or a number says of an address, and how one is written.
//!
//! `inet_aton` takes more words for IPv4 addresses than anybody expects: one to four numbers of any C radix.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use netdiag_echo::Family;

/// An IPv4 address in IPv6 notation (RFC 4291, 2.5.5.2) is that IPv4 host: nothing answers to it over IPv6.
pub(crate) fn unmapped(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        v4 @ IpAddr::V4(_) => SocketAddr::new(v4, address.port()),
        IpAddr::V6(_) => address,
    }
}

/// The IP version of the host a word is an address of; `None` for a name.
pub(super) fn family(word: &str) -> Option<Family> {
    let is_mapped = || word.parse::<Ipv6Addr>().is_ok_and(|address| address.to_ipv4_mapped().is_some());
    match word.contains(':') {
        _ if is_ipv4(word) || is_mapped() => Some(Family::V4),
        true => Some(Family::V6),
        false => None,
    }
}

/// Whether `inet_aton` takes the word for an address: one to four numbers of any C radix.
pub(super) fn is_ipv4(word: &str) -> bool {
    let parts: Vec<Option<u64>> = word.split('.').map(c_number).collect();
    let Some((last, leading)) = parts.split_last() else {
        return false;
    };
    let room = 1_u64 << (8 * (4_usize.saturating_sub(leading.len())));
    leading.len() < 4
        && leading.iter().all(|part| part.is_some_and(|byte| byte <= 255))
        && last.is_some_and(|rest| rest < room)
}

fn c_number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    digits
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric())
        .then(|| u64::from_str_radix(digits, radix).ok())?
}

/// Whether it is an IPv6 address of which every link has one, and no link is named.
pub(super) fn is_on_any_link(address: SocketAddr) -> bool {
    let SocketAddr::V6(v6) = address else { return false };
    let is_group = v6.ip().segments()[0] & 0xff0f == 0xff02;
    v6.scope_id() == 0 && (v6.ip().is_unicast_link_local() || is_group)
}

/// Whether both name a link, and not the same.
pub(super) fn are_on_different_links(destination: SocketAddr, source: SocketAddr) -> bool {
    let scope = |address| match address {
        SocketAddr::V6(v6) => Some(v6.scope_id()).filter(|scope| *scope != 0),
        SocketAddr::V4(_) => None,
    };
    scope(destination).zip(scope(source)).is_some_and(|(there, here)| there != here)
}

/// An address as text: the number, with the interface of a link-local IPv6 one.
pub(crate) fn number(address: SocketAddr) -> String {
    let scope = match address {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => v6.scope_id(),
        _ => return address.ip().to_string(),
    };
    let interface = nix::net::if_::if_indextoname(scope).ok().and_then(|name| name.into_string().ok());
    format!("{}%{}", address.ip(), interface.unwrap_or_else(|| scope.to_string()))
}

/// The gateway a redirect names.
pub(super) fn gateway(info: u32) -> IpAddr {
    Ipv4Addr::from(info).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_inet_aton_takes_is_an_address() {
        #[rustfmt::skip]
        let cases = [
            ("127.0.0.1", true), ("0", true), ("127.1", true), ("0x7f000001", true), ("1.2.3", true), ("0177.0.0.1", true),
            ("4294967295", true), ("1.16777215", true),
            ("4294967296", false), ("1.16777216", false), ("256.1.1.1", false), ("1.2.3.4.5", false), ("1.2.3.", false),
            ("", false), ("localhost", false), ("08", false), ("0x", false), ("+1", false), ("::1", false),
        ];
        for (word, expected) in cases {
            assert_eq!(is_ipv4(word), expected, "{word}");
        }
    }

    #[test]
    fn a_link_local_address_is_on_some_link() {
        #[rustfmt::skip]
        let cases = [
            ("[fe80::1]:0", true), ("[febf::1]:0", true), ("[ff02::1]:0", true), ("[ff12::1]:0", true),
            ("[fe80::1%2]:0", false), ("[ff02::1%2]:0", false), ("[fec0::1]:0", false), ("[ff05::1]:0", false),
            ("[::1]:0", false), ("169.254.0.1:0", false),
        ];
        for (address, expected) in cases {
            assert_eq!(is_on_any_link(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn a_mapped_address_is_an_ipv4_host() {
        #[rustfmt::skip]
        let cases = [
            ("127.1",            Some(Family::V4)),
            ("::ffff:127.0.0.1", Some(Family::V4)),
            ("::ffff:7f00:1",    Some(Family::V4)),
            ("::127.0.0.1",      Some(Family::V6)),
            ("::1",              Some(Family::V6)),
            ("fe80::1%eth0",     Some(Family::V6)),
            ("localhost",        None),
        ];
        for (word, expected) in cases {
            assert_eq!(family(word), expected, "{word}");
        }
        assert_eq!(unmapped("[::ffff:127.0.0.1]:0".parse().unwrap()), "127.0.0.1:0".parse().unwrap());
        assert_eq!(unmapped("[fe80::1%2]:0".parse().unwrap()), "[fe80::1%2]:0".parse().unwrap());
    }
}
