//! `/proc/net/packet`, a line each as a `packet_diag_msg`.
//!
//! Of the settings only the interface is told, of the memory only what waits to be read.

use netdiag_sockdiag::{Attr, SocketType, packet};

use super::super::proc_line;
use super::word::{hex, pointer, words};

/// Rewrites a line.
pub(super) fn rewrite(line: &[u8], record: &mut Vec<u8>) -> Option<()> {
    let mut words = words(line);
    let mut next = || words.next();
    let cookie = pointer(next()?)?;
    let _references = next()?;
    let kind = SocketType(next()?.parse().ok()?);
    let protocol = u16::from_str_radix(next()?, 16).ok()?;
    let interface: u32 = next()?.parse().ok()?;
    let _running = hex(next()?)?;
    let waiting: u32 = next()?.parse().ok()?;
    let uid: u32 = next()?.parse().ok()?;
    let inode = next()?.parse().ok()?;
    packet::Head { kind, protocol, inode, cookie }.write_to(record);
    proc_line::mark(record);
    for (kind, value) in [(packet::INFO, interface), (packet::UID, uid), (packet::MEMINFO, waiting)] {
        Attr { kind, payload: &value.to_ne_bytes() }.write_to(record);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::{PacketRequest, Query};

    use super::*;

    #[test]
    fn a_line_is_read_as_the_kernel_writes_it() {
        let line = b"000000007b5e90b6 3      3    88cc   7     1 5847   1000   1713504";
        let mut record = Vec::new();
        rewrite(line, &mut record).unwrap();
        let socket = PacketRequest::view(&record).unwrap();
        assert_eq!((socket.kind(), socket.protocol(), socket.inode()), (SocketType::RAW, 0x88cc, 1_713_504));
        assert_eq!((socket.cookie(), socket.uid()), (0x7b5e_90b6, Some(1000)));
        let info = socket.info().unwrap();
        assert_eq!((info.interface(), info.version(), info.flags()), (Some(7), None, None));
        let memory = socket.mem_info().unwrap();
        assert_eq!((memory.rmem_alloc(), memory.rcvbuf()), (Some(5847), None));
    }

    #[test]
    fn what_is_not_such_a_line_is_refused() {
        for line in [
            "",
            "7b5e90b6 3 3 88cc 7 1 5847 1000",
            "x 3 3 88cc 7 1 0 0 1",
            "7b 3 999 88cc 7 1 0 0 1",
            "7b 3 3 88cc0 7 1 0 0 1",
        ] {
            assert_eq!(rewrite(line.as_bytes(), &mut Vec::new()), None, "{line}");
        }
    }
}
