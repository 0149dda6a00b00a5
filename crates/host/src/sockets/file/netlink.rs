//! `/proc/net/netlink`, a line each as a `netlink_diag_msg`.
//!
//! Whom a socket is connected to is not told; what it has sent is, but netlink sockets hand over at once.

use netdiag_sockdiag::{Attr, netlink};

use super::super::proc_line;
use super::word::{hex, pointer, words};

/// Rewrites a line.
pub(super) fn rewrite(line: &[u8], record: &mut Vec<u8>) -> Option<()> {
    let mut words = words(line);
    let mut next = || words.next();
    let cookie = pointer(next()?)?;
    let protocol = next()?.parse().ok()?;
    let port = port(next()?)?;
    let groups = hex(next()?)?;
    let waiting: u32 = next()?.parse().ok()?;
    let [_sent, _dump, _references, _drops] = [next()?, next()?, next()?, next()?];
    let inode = next()?.parse().ok()?;
    netlink::Head { protocol, port, inode, cookie }.write_to(record);
    proc_line::mark(record);
    Attr { kind: netlink::MEMINFO, payload: &waiting.to_ne_bytes() }.write_to(record);
    Attr { kind: netlink::GROUPS, payload: &(groups as usize).to_ne_bytes() }.write_to(record);
    Some(())
}

/// Old kernels write it signed.
fn port(word: &str) -> Option<u32> {
    word.parse().ok().or_else(|| word.parse().ok().map(i32::cast_unsigned))
}

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::{NetlinkRequest, Query};

    use super::*;

    #[test]
    fn lines_are_read_as_the_kernel_writes_them() {
        #[rustfmt::skip]
        let cases = [
            ("0000000024e1e2a6 0   4042199316 00000000 0        0        0     2        0        1713518 ", 0, 4_042_199_316, 0, 0, 1_713_518),
            ("00000000165406b5 16  9191       80000001 832      0        0     2        0        42",       16, 9191, 0x8000_0001, 832, 42),
            ("00000000165406b5 2   -4096      00000000 0        0        0     2        0        42",       2, 4_294_963_200, 0, 0, 42),
        ];
        for (line, protocol, port, groups, waiting, inode) in cases {
            let mut record = Vec::new();
            rewrite(line.as_bytes(), &mut record).unwrap();
            let socket = NetlinkRequest::view(&record).unwrap();
            assert_eq!((socket.protocol(), socket.port(), socket.inode()), (protocol, port, inode), "{line}");
            assert_eq!(socket.groups().unwrap().low(), groups, "{line}");
            assert_eq!(socket.mem_info().unwrap().rmem_alloc(), Some(waiting), "{line}");
            assert!(!socket.connected(), "{line}");
        }
    }

    #[test]
    fn what_is_not_such_a_line_is_refused() {
        for line in
            ["", "24e1 0 0 0 0 0 0 2 0", "24e1 0 99999999999 0 0 0 0 2 0 1", "24e1 256 0 0 0 0 0 2 0 1"]
        {
            assert_eq!(rewrite(line.as_bytes(), &mut Vec::new()), None, "{line}");
        }
    }
}
