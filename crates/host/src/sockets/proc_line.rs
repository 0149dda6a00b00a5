//! What a line of a file tells that a record of netlink has no place for.
//!
//! It stands in a record's first attribute, under a number no kernel uses; that it is there tells that the record was made
//! here, and so that its cookie is none.

use netdiag_sockdiag::{Attr, Attrs};

/// The mark of a record made from a line of a file.
#[derive(Clone, Copy, Debug)]
pub struct ProcLine<'a>(&'a [u8]);

/// What TCP's files tell of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TcpProcLine {
    /// Retransmission timeout, in microseconds; the file has it in hundredths of a second.
    pub rto: u32,
    /// Timeout of delayed acknowledgements, the same way.
    pub ato: u32,
    /// How many acknowledgements are to be sent at once.
    pub quick: u32,
    /// Whether data goes both ways, so that acknowledgements wait for data.
    pub pingpong: bool,
    /// Congestion window, in segments.
    pub cwnd: u32,
    /// Slow-start threshold, in segments; `None` before there is one, and for listeners, which have another number here.
    pub ssthresh: Option<u32>,
}

impl<'a> ProcLine<'a> {
    /// The mark of a record, if it was made from a line.
    #[inline]
    pub fn of(mut attrs: Attrs<'a>) -> Option<Self> {
        attrs.next().filter(|attr| attr.kind == LINE).map(|Attr { payload, .. }| Self(payload))
    }

    /// What TCP tells; `None` for other protocols, and for minisockets.
    pub fn tcp(self) -> Option<TcpProcLine> {
        let (numbers, []) = self.0.as_chunks() else {
            return None;
        };
        let &[rto, ato, quick_and_pingpong, cwnd, ssthresh] = numbers else {
            return None;
        };
        let [rto, ato, quick_and_pingpong, cwnd] =
            [rto, ato, quick_and_pingpong, cwnd].map(u32::from_ne_bytes);
        Some(TcpProcLine {
            rto: rto.saturating_mul(TICK),
            ato: ato.saturating_mul(TICK),
            quick: quick_and_pingpong >> 1,
            pingpong: quick_and_pingpong & 1 != 0,
            cwnd,
            ssthresh: u32::try_from(i32::from_ne_bytes(ssthresh)).ok(),
        })
    }
}

/// Marks a record that has no attributes yet.
pub(super) fn mark(record: &mut Vec<u8>) {
    Attr { kind: LINE, payload: &[] }.write_to(record);
}

/// The same with what follows in a line of TCP's: timeouts in hundredths of a second, then what [`TcpProcLine`] has. A line that
/// does not go on so is another protocol's, or a minisocket's.
pub(super) fn mark_tcp<'w>(record: &mut Vec<u8>, listens: bool, mut words: impl Iterator<Item = &'w str>) {
    let mut numbers = || -> Option<[i32; 5]> {
        let mut next = || words.next()?.parse().ok();
        let told = [next()?, next()?, next()?, next()?, next()?];
        let [rto, ato, quick_and_pingpong, cwnd, _] = told;
        Some(if listens { [rto, ato, quick_and_pingpong, cwnd, NO_SSTHRESH] } else { told })
    };
    match numbers() {
        Some(numbers) => {
            Attr { kind: LINE, payload: numbers.map(i32::to_ne_bytes).as_flattened() }.write_to(record);
        }
        None => mark(record),
    }
}

/// The highest number an attribute can have.
const LINE: u16 = 0x3fff;
/// Microseconds in the hundredth of a second these files count in.
const TICK: u32 = 10_000;
/// What stands for no threshold.
const NO_SSTHRESH: i32 = -1;

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(listens: bool, rest: &str) -> Option<TcpProcLine> {
        let mut record = Vec::new();
        mark_tcp(&mut record, listens, rest.split_ascii_whitespace());
        ProcLine::of(Attrs::new(&record)).unwrap().tcp()
    }

    #[test]
    fn only_lines_of_tcp_go_on() {
        let tcp =
            TcpProcLine { rto: 200_000, ato: 40_000, quick: 2, pingpong: false, cwnd: 10, ssthresh: None };
        #[rustfmt::skip]
        let cases = [
            (false, "20 4 4 10 -1",          Some(tcp)),
            (false, "20 4 5 10 7",           Some(TcpProcLine { pingpong: true, ssthresh: Some(7), ..tcp })),
            // The length of a listener's queue for TCP fast open stands there.
            (true,  "20 4 4 10 7",           Some(tcp)),
            (false, "20 4 4 10 -1 more",     Some(tcp)),
            (false, "99999999 4 4 10 -1",    Some(TcpProcLine { rto: u32::MAX, ..tcp })),
            (false, "",                      None),
            (false, "0",                     None),
            (false, "20 4 4 10",             None),
            (false, "20 4 4 10 99999999999", None),
        ];
        for (listens, rest, expected) in cases {
            assert_eq!(marked(listens, rest), expected, "{rest}");
        }
    }

    #[test]
    fn records_of_the_kernel_have_no_mark() {
        let mut record = Vec::new();
        Attr { kind: 2, payload: b"tcp_info" }.write_to(&mut record);
        assert!(ProcLine::of(Attrs::new(&record)).is_none() && ProcLine::of(Attrs::new(&[])).is_none());
        mark(&mut record);
        assert!(ProcLine::of(Attrs::new(&record)).is_none(), "the mark comes first");
    }
}
