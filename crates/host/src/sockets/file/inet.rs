//! `/proc/net/{tcp,udp,raw}` and their v6 kin, a line each as an `inet_diag_msg`.
//!
//! Times are in hundredths of a second whatever the kernel counts in. Neither a listener's backlog nor the interface a socket is
//! bound to is told.

use std::net::{IpAddr, SocketAddr};

use netdiag_sockdiag::{State, inet};

use super::super::proc_line;
use super::word::{hex, pointer, words};

/// Rewrites a line of a file whose addresses have `LEN` bytes.
pub(super) fn rewrite<const LEN: usize>(line: &[u8], record: &mut Vec<u8>) -> Option<()> {
    let mut words = words(line);
    let mut next = || words.next();
    next()?.strip_suffix(':')?;
    let local = end::<LEN>(next()?)?;
    let remote = end::<LEN>(next()?)?;
    let state = State(u8::from_str_radix(next()?, 16).ok()?);
    let (wqueue, rqueue) = pair(next()?)?;
    let (timer, ticks) = pair(next()?)?;
    let retransmits = hex(next()?)?;
    let uid = next()?.parse().ok()?;
    let unanswered_probes = next()?.parse().ok()?;
    let inode = next()?.parse().ok()?;
    let _references = next()?;
    let cookie = pointer(next()?)?;
    let clip = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    // As netlink has it: what is counted depends on the timer.
    let tries = if timer == RETRANSMISSION { retransmits } else { unanswered_probes };
    let head = inet::Head {
        local,
        remote,
        state,
        timer: clip(timer),
        retransmits: clip(tries),
        expires: ticks.saturating_mul(10),
        interface: 0,
        rqueue,
        wqueue,
        uid,
        inode,
        cookie,
    };
    head.write_to(record);
    proc_line::mark_tcp(record, state == State::LISTEN, words);
    Some(())
}

/// An address of `LEN` bytes and a port: `0100007F:0035`. Each four bytes are one number in the machine's own order.
fn end<const LEN: usize>(word: &str) -> Option<SocketAddr> {
    let (address, port) = word.split_once(':')?;
    let (numbers, []) = address.as_bytes().as_chunks::<8>() else {
        return None;
    };
    let mut bytes = [0; LEN];
    let (parts, _) = bytes.as_chunks_mut::<4>();
    if parts.len() != numbers.len() {
        return None;
    }
    for (part, number) in parts.iter_mut().zip(numbers) {
        *part = hex(str::from_utf8(number).ok()?)?.to_ne_bytes();
    }
    let port = u16::from_str_radix(port, 16).ok()?;
    let ip = match *bytes.as_slice() {
        [a, b, c, d] => IpAddr::from([a, b, c, d]),
        _ => IpAddr::from(*bytes.first_chunk::<16>()?),
    };
    Some((ip, port).into())
}

/// Two hexadecimal numbers: `00000000:0000002F`.
fn pair(word: &str) -> Option<(u32, u32)> {
    let (one, other) = word.split_once(':')?;
    Some((hex(one)?, hex(other)?))
}

/// The timer that counts retransmissions; others count probes.
const RETRANSMISSION: u32 = 1;

#[cfg(test)]
#[cfg(target_endian = "little")]
mod tests {
    use netdiag_sockdiag::{InetRequest, InetSocket, Query};

    use super::*;

    fn with(line: &str, check: impl FnOnce(InetSocket<'_>)) {
        let mut record = Vec::new();
        let done = if line.split(' ').nth(1).unwrap().len() == 13 { rewrite::<4> } else { rewrite::<16> };
        done(line.as_bytes(), &mut record).unwrap();
        check(InetRequest::view(&record).unwrap());
    }

    #[test]
    fn lines_are_read_as_the_kernel_writes_them() {
        #[rustfmt::skip]
        let cases = [
            ("5: 0100007F:0016 0200007F:8ABE 01 00000007:00000005 01:00000014 00000002  1000        0 1713535 1 00000000a37c658d 20 4 30 10 -1",
             "127.0.0.1:22", "127.0.0.2:35518", State::ESTABLISHED, [5, 7], [1, 200, 2], 1000, 1_713_535, 0xa37c_658d),
            ("211: 00000000:0001 00000000:0000 07 00000000:00000340 00:00000000 00000000     0        0 1713528 2 00000000f7aa7a34 0",
             "0.0.0.0:1", "0.0.0.0:0", State::CLOSE, [0x340, 0], [0, 0, 0], 0, 1_713_528, 0xf7aa_7a34),
            ("42: 00000000000000000000000001000000:003A B80D0120000000000000000001000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0",
             "[::1]:58", "[2001:db8::1]:0", State::CLOSE, [0, 0], [0, 0, 0], 0, 1, 0),
            ("9: 0100007F:0016 0100007F:8ABE 06 00000000:00000000 03:FFFFFFFF FFFFFFFF     0        0 0 3 00000000a37c658d",
             "127.0.0.1:22", "127.0.0.1:35518", State::TIME_WAIT, [0, 0], [3, u32::MAX, 0], 0, 0, 0xa37c_658d),
            ("5: 0100007F:0016 0200007F:8ABE 01 00000007:00000005 04:00000014 00000002  1000        300 1713535 1 0 20 4 30 10 -1",
             "127.0.0.1:22", "127.0.0.2:35518", State::ESTABLISHED, [5, 7], [4, 200, 255], 1000, 1_713_535, 0),
        ];
        for (line, local, remote, state, queues, timer, uid, inode, cookie) in cases {
            with(line, |socket| {
                assert_eq!(
                    (socket.local().to_string(), socket.remote().to_string()),
                    (local.into(), remote.into())
                );
                assert_eq!(socket.state(), state, "{line}");
                assert_eq!([socket.rqueue(), socket.wqueue()], queues, "{line}");
                assert_eq!(
                    [socket.timer().into(), socket.expires(), socket.retransmits().into()],
                    timer,
                    "{line}"
                );
                assert_eq!((socket.uid(), socket.inode(), socket.cookie()), (uid, inode, cookie), "{line}");
                assert_eq!((socket.interface(), socket.attrs.count()), (0, 1), "{line}");
            });
        }
    }

    #[test]
    fn what_is_not_such_a_line_is_refused() {
        let good = "5: 0100007F:0016 0200007F:8ABE 01 0:0 00:0 0 0 0 1 1 a";
        assert!(rewrite::<4>(good.as_bytes(), &mut Vec::new()).is_some());
        assert!(rewrite::<16>(good.as_bytes(), &mut Vec::new()).is_none());
        for (from, to) in [
            ("5:", "5"),
            (":0016", ""),
            ("0100007F", "100007F"),
            ("8ABE", "18ABE"),
            (" 01 ", " 0x "),
            (" 1 a", " 1"),
            ("0:0", "0"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert!(rewrite::<4>(bad.as_bytes(), &mut Vec::new()).is_none(), "{bad}");
        }
    }
}
