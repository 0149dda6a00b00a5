//! IP addresses as text, byte for byte what `inet_ntop` of the C library writes.
//!
//! That is not quite what `std` writes: addresses whose first 96 bits are zero, but not the 16 that follow, end in dotted
//! form (`::1.2.3.4`).

use std::ops::Range;

/// Room for the longest IPv4 address.
pub(crate) const V4: usize = 15;
/// Room for the longest IPv6 address, with a dotted end.
pub(crate) const V6: usize = 45;

/// Writes an IPv4 address and says how long it is.
#[inline]
pub(crate) fn write_v4([a, b, c, d]: [u8; 4], to: &mut [u8; V4 + 1]) -> usize {
    let mut len = 0;
    for octet in [a, b, c, d] {
        // All four bytes are copied whatever the length: the next octet overwrites what is too much.
        let [text @ .., digits] = OCTETS[usize::from(octet)];
        to[len..len + 4].copy_from_slice(&text);
        len += usize::from(digits) + 1;
    }
    len - 1
}

/// Writes an IPv6 address and says how long it is.
pub(crate) fn write_v6(address: &[u8; 16], to: &mut [u8; V6]) -> usize {
    let (pairs, _) = address.as_chunks::<2>();
    let mut groups = [0; 8];
    for (group, pair) in groups.iter_mut().zip(pairs) {
        *group = u16::from_be_bytes(*pair);
    }
    let gap = longest_gap(&groups);
    let dotted = gap.start == 0 && (gap.end == 6 || gap.end == 5 && groups[5] == 0xffff);
    let mut pen = Pen { to, len: 0 };
    let mut at = 0;
    while at < 8 {
        if gap.start == at && !gap.is_empty() {
            pen.push(b"::");
            at = gap.end;
            continue;
        }
        if at != 0 && at != gap.end {
            pen.push(b":");
        }
        if dotted && at == 6 {
            let mut text = [0; V4 + 1];
            let &[.., a, b, c, d] = address;
            let len = write_v4([a, b, c, d], &mut text);
            pen.push(&text[..len]);
            break;
        }
        pen.hex(groups[at]);
        at += 1;
    }
    pen.len
}

/// The first longest run of two or more zero groups; empty and past the end when there is none.
fn longest_gap(groups: &[u16; 8]) -> Range<usize> {
    let mut longest = 8..8;
    let mut start = 0;
    while start < 8 {
        let run = groups[start..].iter().take_while(|&&group| group == 0).count();
        if run >= 2 && run > longest.len() {
            longest = start..start + run;
        }
        start += run + 1;
    }
    longest
}

struct Pen<'a> {
    to: &'a mut [u8; V6],
    len: usize,
}

impl Pen<'_> {
    fn push(&mut self, text: &[u8]) {
        self.to[self.len..self.len + text.len()].copy_from_slice(text);
        self.len += text.len();
    }

    fn hex(&mut self, group: u16) {
        let digits = [12, 8, 4, 0].map(|shift| b"0123456789abcdef"[usize::from(group >> shift & 0xf)]);
        let leading = (group.leading_zeros() / 4).min(3) as usize;
        self.push(&digits[leading..]);
    }
}

/// Every octet as text with a dot behind it, and how many digits it has.
const OCTETS: [[u8; 5]; 256] = {
    let mut octets = [[b'.'; 5]; 256];
    let mut n = 0;
    while n < 256 {
        let digits = [b'0' + (n / 100) as u8, b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8];
        let len = 1 + (n >= 10) as usize + (n >= 100) as usize;
        let mut at = 0;
        while at < len {
            octets[n][at] = digits[3 - len + at];
            at += 1;
        }
        octets[n][4] = len as u8;
        n += 1;
    }
    octets
};

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

    use proptest::prelude::*;

    use super::*;

    fn v4(octets: [u8; 4]) -> String {
        let mut to = [0; V4 + 1];
        let len = write_v4(octets, &mut to);
        String::from_utf8(to[..len].to_vec()).unwrap()
    }

    fn v6(octets: [u8; 16]) -> String {
        let mut to = [0; V6];
        let len = write_v6(&octets, &mut to);
        String::from_utf8(to[..len].to_vec()).unwrap()
    }

    /// What the C library writes: `getnameinfo(NI_NUMERICHOST)` ends in `inet_ntop`.
    fn libc(address: impl Into<IpAddr>) -> String {
        const NUMERIC_HOST_AND_SERVICE: i32 = 3;
        let address = SocketAddr::new(address.into(), 0);
        dns_lookup::getnameinfo(&address, NUMERIC_HOST_AND_SERVICE).unwrap().0
    }

    #[test]
    fn special_forms_are_those_of_the_c_library() {
        #[rustfmt::skip]
        let cases = [
            "::", "::1", "::1:0", "::2:1", "::1.2.3.4", "::ffff:1.2.3.4", "::ffff:0:0", "::ffff:0:1.2.3.4", "1::", "1::1",
            "fe80::1", "2001:db8::1:0:0:1", "2001:db8:0:0:1::", "1:0:3:4:5:6:7:8", "1:0:0:4:0:0:0:8", "1:0:0:4:5:0:0:8",
            "0:1:2:3:4:5:6:7", "1:2:3:4:5:6:7:0", "1:2:3:4:5:6::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ];
        for case in cases {
            let address: Ipv6Addr = case.parse().unwrap();
            assert_eq!(v6(address.octets()), libc(address), "{case}");
        }
        assert_eq!(v6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]), "::1.2.3.4");
    }

    proptest! {
        #[test]
        fn v4_agrees_with_std(octets: [u8; 4]) {
            prop_assert_eq!(v4(octets), Ipv4Addr::from(octets).to_string());
        }

        #[test]
        fn v6_agrees_with_the_c_library(octets: [u8; 16], zeros: u8, ones: u8) {
            let mut groups = Ipv6Addr::from(octets).segments();
            for (n, group) in groups.iter_mut().enumerate() {
                if zeros >> n & 1 != 0 {
                    *group = 0;
                } else if ones >> n & 1 != 0 {
                    *group = 0xffff;
                }
            }
            let address = Ipv6Addr::from(groups);
            prop_assert_eq!(v6(address.octets()), libc(address));
        }
    }
}
