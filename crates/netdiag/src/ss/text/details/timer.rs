//! Which timer runs, and until when.
//!
//! The time is rounded down to what fits: minutes take the milliseconds away, ten minutes the seconds too.

use netdiag_sockdiag::{InetSocket, words};

use super::super::super::cells::Cell;
use super::Internals;

/// Writes `timer:(NAME,TIME,RETRANS)` if one runs.
pub(super) fn write(cell: &mut Cell<'_>, internals: Internals, socket: &InetSocket<'_>) {
    let timer = words::timer(socket.timer(), internals == Internals::Sctp);
    let Some(name) = timer.and_then(|timer| words::TIMERS.shown(timer)) else {
        return;
    };
    cell.word(b" timer:(");
    cell.push(name.as_bytes());
    cell.byte(b',');
    time(cell, socket.expires());
    cell.number(b",", socket.retransmits());
    cell.byte(b')');
}

fn time(cell: &mut Cell<'_>, millis: u32) {
    let (minutes, seconds, millis) = (millis / 60_000, millis / 1000 % 60, millis % 1000);
    let seconds = if minutes > 9 { 0 } else { seconds };
    let millis = if minutes > 0 || seconds > 9 { 0 } else { millis };
    if minutes > 0 {
        cell.number(b"", minutes);
        cell.word(b"min");
    }
    if seconds > 0 {
        cell.number(b"", seconds);
        if millis > 0 {
            cell.byte(b'.');
        } else {
            cell.word(b"sec");
        }
    }
    if millis > 0 {
        for digit in [millis / 100, millis / 10 % 10, millis % 10] {
            cell.byte(b'0' + digit as u8);
        }
        cell.push(if seconds > 0 { b"sec" } else { b"ms" });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;

    #[test]
    fn times_lose_what_does_not_fit() {
        #[rustfmt::skip]
        let cases = [
            (0, ""), (1, "001ms"), (48, "048ms"), (999, "999ms"), (1000, "1sec"), (1304, "1.304sec"), (9999, "9.999sec"),
            (10_001, "10sec"), (59_999, "59sec"), (60_000, "1min"), (60_999, "1min"), (65_000, "1min5sec"), (119_500, "1min59sec"),
            (599_999, "9min59sec"), (659_000, "10min"), (7_200_000, "120min"), (u32::MAX, "71582min"),
        ];
        for (millis, expected) in cases {
            assert_eq!(text(|cell| time(cell, millis)), expected, "{millis}");
        }
    }
}
