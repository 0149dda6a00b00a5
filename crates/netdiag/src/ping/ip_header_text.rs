//! The IPv4 header an ICMP message quotes, in columns, as `-v` shows it.
//!
//! Upstream prints 16-bit fields as this machine reads them, not as the network writes them, and so it is here: who reads the
//! columns expects a length of 84 to be `5400` on a little-endian machine.

use std::net::Ipv4Addr;

/// Two lines, what the columns mean and the fields; `None` if the header is cut short. Its options are not among them.
pub(super) fn columns(header: &[u8]) -> Option<String> {
    let &[
        first,
        tos,
        len0,
        len1,
        id0,
        id1,
        off0,
        off1,
        ttl,
        protocol,
        sum0,
        sum1,
        s0,
        s1,
        s2,
        s3,
        d0,
        d1,
        d2,
        d3,
    ] = header.first_chunk::<20>()?;
    let (version, words) = (first >> 4, first & 0x0f);
    let [length, id, fragment, checksum] =
        [[len0, len1], [id0, id1], [off0, off1], [sum0, sum1]].map(u16::from_ne_bytes);
    let (flags, offset) = (fragment >> 13, fragment & 0x1fff);
    let [source, destination] = [[s0, s1, s2, s3], [d0, d1, d2, d3]].map(Ipv4Addr::from);
    Some(format!(
        "Vr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst Data\n \
         {version:x}  {words:x}  {tos:02x} {length:04x} {id:04x}   {flags:x} {offset:04x}  {ttl:02x}  {protocol:02x} \
         {checksum:04x} {source}  {destination} \n"
    ))
}

#[cfg(test)]
#[cfg(target_endian = "little")]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_the_machines_byte_order() {
        let header = [
            0x45, 0, 0, 0x54, 0xb7, 0x54, 0x40, 0, 0x3f, 1, 0x6d, 0x3f, 10, 9, 1, 2, 10, 9, 2, 2, //
        ];
        let expected = "Vr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst Data\n \
                        4  5  00 5400 54b7   0 0040  3f  01 3f6d 10.9.1.2  10.9.2.2 \n";
        assert_eq!(columns(&header).as_deref(), Some(expected));
        assert_eq!(columns(&header[..19]), None);
    }
}
