//! `/proc/net/unix`, a line each as a `unix_diag_msg`.
//!
//! Neither peers nor queues are told. A name that holds a newline goes on in the next line, where it makes no sense.

use netdiag_sockdiag::{Attr, SocketType, State, unix};

use super::super::proc_line;
use super::word::{hex, pointer, words};

/// Rewrites a line.
pub(super) fn rewrite(line: &[u8], record: &mut Vec<u8>) -> Option<()> {
    // A name is any bytes, blanks included, so it is taken off first: all before it is text.
    let (fields, name) = split(line, FIELDS)?;
    let mut words = words(fields);
    let mut next = || words.next();
    let cookie = pointer(next()?.strip_suffix(':')?)?;
    let _references = next()?;
    let _protocol = next()?;
    let flags = hex(next()?)?;
    let kind = SocketType(u8::from_str_radix(next()?, 16).ok()?);
    let state = next()?;
    let state = if flags & ACCEPTS != 0 { State::LISTEN } else { self::state(state)? };
    let inode = next()?.parse().ok()?;
    if name.len() > LONGEST_NAME {
        return None;
    }
    unix::Head { kind, state, inode, cookie }.write_to(record);
    proc_line::mark(record);
    match name {
        [] => {}
        [b'@', name @ ..] => Attr { kind: unix::NAME, payload: &[&[0], name].concat() }.write_to(record),
        path => Attr { kind: unix::NAME, payload: path }.write_to(record),
    }
    Some(())
}

/// The first `count` words of a line, and what follows the blank after them.
fn split(line: &[u8], count: usize) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    for _ in 0..count {
        at += line.get(at..)?.iter().position(|&byte| byte != b' ')?;
        at += line.get(at..)?.iter().position(|&byte| byte == b' ').unwrap_or(line.len() - at);
    }
    let (fields, rest) = line.split_at(at);
    Some((fields, rest.strip_prefix(b" ").unwrap_or(rest)))
}

/// A state of `enum socket_state` as what it is to `sock_diag`.
fn state(word: &str) -> Option<State> {
    match word {
        "01" => Some(State::CLOSE),
        "02" => Some(State::SYN_SENT),
        "03" => Some(State::ESTABLISHED),
        "04" => Some(State::CLOSING),
        _ => None,
    }
}

/// Num, RefCount, Protocol, Flags, Type, St, Inode.
const FIELDS: usize = 7;
/// `__SO_ACCEPTCON`.
const ACCEPTS: u32 = 1 << 16;
/// Bytes of a name that the kernel takes (`sun_path`).
const LONGEST_NAME: usize = 108;

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::{Query, UnixRequest};

    use super::*;

    #[test]
    fn lines_are_read_as_the_kernel_writes_them() {
        type Row<'a> = (&'a str, SocketType, State, u32, Option<&'a [u8]>);
        #[rustfmt::skip]
        let cases: [Row<'_>; 7] = [
            ("00000000e86385ed: 00000002 00000000 00010000 0001 01 1713489 /run/str.sock", SocketType::STREAM, State::LISTEN, 1_713_489, Some(b"/run/str.sock")),
            ("000000009723ed0c: 00000003 00000000 00000000 0001 02     0 /run/str.sock",   SocketType::STREAM, State::SYN_SENT, 0, Some(b"/run/str.sock")),
            ("00000000b9014700: 00000002 00000000 00010000 0005 01 1713499 rel name ",     SocketType::SEQPACKET, State::LISTEN, 1_713_499, Some(b"rel name ")),
            ("0000000022310932: 00000002 00000000 00000000 0002 01 17 @abs@tract",         SocketType::DGRAM, State::CLOSE, 17, Some(b"\0abs@tract")),
            ("0000000022310932: 00000002 00000000 00000000 0002 01    17 @",               SocketType::DGRAM, State::CLOSE, 17, Some(b"\0")),
            ("0000000022310932: 00000003 00000000 00000000 0001 03    17",                 SocketType::STREAM, State::ESTABLISHED, 17, None),
            ("0000000022310932: 00000003 00000000 00000000 0001 04    17",                 SocketType::STREAM, State::CLOSING, 17, None),
        ];
        for (line, kind, state, inode, name) in cases {
            let mut record = Vec::new();
            rewrite(line.as_bytes(), &mut record).unwrap();
            let socket = UnixRequest::view(&record).unwrap();
            assert_eq!(
                (socket.kind(), socket.state(), socket.inode(), socket.name()),
                (kind, state, inode, name),
                "{line}"
            );
            assert_eq!((socket.rqueue(), socket.peer()), (None, None), "{line}");
        }
    }

    #[test]
    fn what_is_not_such_a_line_is_refused() {
        for line in [
            "u_str LISTEN",
            "0000: 2 0 00010000 0001 01",
            "0000: 2 0 0 0001 09 17",
            "0000 2 0 0 0001 01 17",
            "0000: 2 0 0 zz 01 17",
        ] {
            assert_eq!(rewrite(line.as_bytes(), &mut Vec::new()), None, "{line}");
        }
        let long = format!("0000: 2 0 0 0001 01 17 {}", "x".repeat(70_000));
        assert_eq!(rewrite(long.as_bytes(), &mut Vec::new()), None);
    }
}
