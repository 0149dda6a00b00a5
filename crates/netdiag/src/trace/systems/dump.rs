//! Text dumps as iptoasn.com has them: start, end, number, country and name of each range, a tab between them.
//!
//! Lines are only looked through when a file is read; what they say is read when it is wanted. Whoever looks at one range only may
//! believe it: ranges do not overlap in such files, and where they do the one that begins last counts.

use std::net::{IpAddr, Ipv6Addr};

use super::system::{System, some};

/// A dump in memory.
pub(super) struct Dump {
    text: String,
    /// In order.
    ranges: Vec<Range>,
    /// Lines that are none, and the first of them.
    wrong: Option<(usize, usize)>,
}

struct Range {
    start: u128,
    end: u128,
    /// Where in the text its line begins.
    line: usize,
}

/// What a line says.
struct Fields<'a> {
    start: IpAddr,
    end: IpAddr,
    number: u32,
    country: &'a str,
    name: &'a str,
}

impl Dump {
    /// # Errors
    /// That no line is one, in words.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (mut ranges, mut wrong, mut at) = (Vec::new(), None, 0);
        for (place, line) in text.split_inclusive('\n').enumerate() {
            let words = line.trim_end_matches(['\n', '\r']);
            match fields(words) {
                Some(Fields { start, end, .. }) => {
                    ranges.push(Range { start: bits(start), end: bits(end), line: at });
                }
                None if words.is_empty() || words.starts_with('#') => {}
                None => {
                    let (count, first) = wrong.unwrap_or((0, place + 1));
                    wrong = Some((count + 1, first));
                }
            }
            at += line.len();
        }
        if ranges.is_empty() {
            return Err(
                "neither a MaxMind DB nor lines of START, END, AS NUMBER, COUNTRY and NAME with tabs between"
                    .to_owned(),
            );
        }
        ranges.sort_by_key(|range| range.start);
        Ok(Self { text, ranges, wrong })
    }

    /// What of it cannot be used.
    pub(super) fn complaint(&self) -> Option<String> {
        let (count, first) = self.wrong?;
        let (lines, are) = if count == 1 { ("line", "is") } else { ("lines", "are") };
        Some(format!("{count} {lines} {are} no range of addresses, the first is line {first}"))
    }

    pub(super) fn of(&self, address: IpAddr) -> Option<System> {
        let wanted = bits(address);
        let behind = self.ranges.partition_point(|range| range.start <= wanted);
        let range = self.ranges.get(behind.checked_sub(1)?).filter(|range| range.end >= wanted)?;
        let line = self.text.get(range.line..)?.lines().next()?;
        let Fields { number, country, name, .. } = fields(line)?;
        // Zero is what nobody announces.
        (number > 0).then(|| System {
            number,
            name: some(name),
            country: some(country).filter(|country| country != "None"),
            prefix: Some(block(address, range.start, range.end)),
        })
    }
}

fn fields(line: &str) -> Option<Fields<'_>> {
    let mut words = line.split('\t');
    let mut next = || words.next();
    let (start, end) = (next()?.parse::<IpAddr>().ok()?, next()?.parse::<IpAddr>().ok()?);
    let number = next()?;
    let number = number.strip_prefix("AS").unwrap_or(number).parse().ok()?;
    let (country, name) = (next().unwrap_or_default(), next().unwrap_or_default());
    let is_range = start.is_ipv4() == end.is_ipv4() && start <= end;
    is_range.then_some(Fields { start, end, number, country, name })
}

/// Addresses in one order, those of IPv4 among those of IPv6 that stand for them.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// The largest block within a range that the address is in.
fn block(address: IpAddr, start: u128, end: u128) -> String {
    let wanted = bits(address);
    let whole = |length: u32| {
        let hosts = u128::MAX.checked_shr(length).unwrap_or(0);
        (wanted & !hosts, wanted | hosts)
    };
    let first = if address.is_ipv4() { 96 } else { 0 };
    let length = (first..128).find(|length| {
        let (low, high) = whole(*length);
        low >= start && high <= end
    });
    let length = length.unwrap_or(128);
    let network = Ipv6Addr::from_bits(whole(length).0);
    match network.to_ipv4_mapped().filter(|_| address.is_ipv4()) {
        Some(v4) => format!("{v4}/{}", length - 96),
        None => format!("{network}/{length}"),
    }
}
