//! What `ping` prints of IPv4 options in a reply: routes, stamps and the rest.

use std::fmt::Write;
use std::net::Ipv4Addr;

use netdiag_echo::ip_options::{ReceivedOption, received};

/// Writes options, remembering the last route: one that repeats is not written again.
#[derive(Debug, Default)]
pub(super) struct IpOptionText {
    last_route: Option<Vec<Ipv4Addr>>,
}

impl IpOptionText {
    /// The text after the reply's line; `name` says what an address is called.
    pub(super) fn of(&mut self, options: &[u8], mut name: impl FnMut(Ipv4Addr) -> String) -> String {
        let mut text = String::new();
        for option in received(options) {
            match option {
                // As upstream: nothing recorded, nothing written.
                ReceivedOption::RecordRoute(route) if route.is_empty() => {}
                ReceivedOption::SourceRoute { through, .. } if through.is_empty() => {}
                ReceivedOption::Timestamps { entries, .. } if entries.is_empty() => {}
                ReceivedOption::RecordRoute(route) if self.last_route.as_ref() == Some(&route) => {
                    text.push_str("\t(same route)");
                }
                ReceivedOption::RecordRoute(route) => {
                    text.push_str("\nRR: ");
                    list(&mut text, &route, &mut name);
                    self.last_route = Some(route);
                }
                ReceivedOption::SourceRoute { strict, through } => {
                    text.push_str(if strict { "\nSSRR: " } else { "\nLSRR: " });
                    list(&mut text, &through, &mut name);
                }
                ReceivedOption::Timestamps { entries, unrecorded } => {
                    stamps(&mut text, &entries, unrecorded, &mut name);
                }
                ReceivedOption::Nop => text.push_str("\nNOP"),
                ReceivedOption::Unknown(kind) => {
                    let _ = write!(text, "\nunknown option {kind:x}");
                }
            }
        }
        text
    }
}

fn list(text: &mut String, addresses: &[Ipv4Addr], name: &mut impl FnMut(Ipv4Addr) -> String) {
    for address in addresses {
        let _ = writeln!(text, "\t{}", name(*address));
    }
}

fn stamps(
    text: &mut String,
    entries: &[(Option<Ipv4Addr>, u32)],
    unrecorded: u8,
    name: &mut impl FnMut(Ipv4Addr) -> String,
) {
    text.push_str("\nTS: ");
    let (mut first, mut first_odd) = (None, None);
    for (address, stamp) in entries {
        if let Some(address) = address {
            let _ = write!(text, "\t{}", name(*address));
        }
        let millis = i64::from(stamp & !NOT_STANDARD);
        let odd = stamp & NOT_STANDARD != 0;
        let (base, suffix) = if odd { (&mut first_odd, " not-standard") } else { (&mut first, "") };
        let _ = match base {
            None => writeln!(text, "\t{millis} absolute{suffix}"),
            Some(base) => writeln!(text, "\t{}{suffix}", millis - *base),
        };
        base.get_or_insert(millis);
    }
    if unrecorded > 0 {
        let _ = writeln!(text, "Unrecorded hops: {unrecorded}");
    }
}

/// The bit that says a stamp is not milliseconds since midnight (RFC 791).
const NOT_STANDARD: u32 = 1 << 31;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_and_stamps_are_written_as_upstream_writes_them() {
        let route = [7, 11, 12, 10, 9, 1, 2, 10, 9, 2, 1];
        let stamps = [68, 20, 21, 0x21, 10, 9, 1, 2, 0, 0, 1, 0, 10, 9, 1, 1, 0, 0, 1, 5];
        let odd = [68, 12, 13, 0, 0x80, 0, 0, 7, 0, 0, 0, 9];
        let mut text = IpOptionText::default();
        let mut of = |options: &[u8]| text.of(options, |address| address.to_string());
        assert_eq!(of(&route), "\nRR: \t10.9.1.2\n\t10.9.2.1\n");
        assert_eq!(of(&route), "\t(same route)");
        assert_eq!(of(&stamps), "\nTS: \t10.9.1.2\t256 absolute\n\t10.9.1.1\t5\nUnrecorded hops: 2\n");
        assert_eq!(of(&odd), "\nTS: \t7 absolute not-standard\n\t9 absolute\n");
        assert_eq!(of(&[1, 0]), "\nNOP");
        assert_eq!(of(&[7, 7, 4, 0, 0, 0, 0, 68, 8, 5, 0x10, 0, 0, 0, 0, 131, 3, 4]), "");
        assert_eq!(of(&[148, 4, 0, 0]), "\nunknown option 94");
        assert_eq!(of(&[]), "");
    }
}
