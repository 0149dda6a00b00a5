//! Classic BPF programs that keep other programs' packets away from a raw ICMP socket.
//!
//! Every raw ICMP socket of a host is handed every ICMP packet; without a filter a hundred pings each wake for the others'.

use socket2::SockFilter;

use crate::probe::{Family, Ident};

/// Echo replies with that identifier; over IPv4 also source quenches, redirects and failed reassemblies, which reach no error
/// queue.
pub(crate) fn replies_to(family: Family, ident: Ident) -> Vec<SockFilter> {
    let ident = u32::from(ident.0);
    match family {
        Family::V4 => vec![
            step(LOAD_IP_HEADER_LENGTH, 0),
            step(LOAD_BYTE_AFTER_IP, 0),
            branch(JUMP_IF_EQUAL, 4, 7, 0),  // source quench
            branch(JUMP_IF_EQUAL, 5, 6, 0),  // redirect
            branch(JUMP_IF_EQUAL, 11, 3, 0), // time exceeded
            branch(JUMP_IF_EQUAL, 0, 0, 5),  // echo reply
            step(LOAD_HALF_AFTER_IP, 4),
            branch(JUMP_IF_EQUAL, ident, 2, 3),
            step(LOAD_BYTE_AFTER_IP, 1),
            branch(JUMP_IF_EQUAL, 1, 0, 1), // while reassembling
            step(RETURN, WHOLE_PACKET),
            step(RETURN, NOTHING),
        ],
        Family::V6 => vec![
            step(LOAD_BYTE, 0),
            branch(JUMP_IF_EQUAL, 129, 0, 3), // echo reply
            step(LOAD_HALF, 4),
            branch(JUMP_IF_EQUAL, ident, 0, 1),
            step(RETURN, WHOLE_PACKET),
            step(RETURN, NOTHING),
        ],
    }
}

/// ICMP errors that quote what could not be delivered.
pub(crate) fn errors(family: Family) -> Vec<SockFilter> {
    match family {
        Family::V4 => vec![
            step(LOAD_IP_HEADER_LENGTH, 0),
            step(LOAD_BYTE_AFTER_IP, 0),
            branch(JUMP_IF_EQUAL, 3, 2, 0),  // unreachable
            branch(JUMP_IF_EQUAL, 11, 1, 0), // time exceeded
            branch(JUMP_IF_EQUAL, 12, 0, 1), // parameter problem
            step(RETURN, WHOLE_PACKET),
            step(RETURN, NOTHING),
        ],
        Family::V6 => vec![
            step(LOAD_BYTE, 0),
            branch(JUMP_IF_EQUAL, 1, 3, 0), // unreachable
            branch(JUMP_IF_EQUAL, 2, 2, 0), // too big
            branch(JUMP_IF_EQUAL, 3, 1, 0), // time exceeded
            branch(JUMP_IF_EQUAL, 4, 0, 1), // parameter problem
            step(RETURN, WHOLE_PACKET),
            step(RETURN, NOTHING),
        ],
    }
}

const fn step(code: u16, operand: u32) -> SockFilter {
    SockFilter::new(code, 0, 0, operand)
}

const fn branch(code: u16, operand: u32, then: u8, otherwise: u8) -> SockFilter {
    SockFilter::new(code, then, otherwise, operand)
}

// linux/bpf_common.h: class | size | mode, spelled out by what each does.
const LOAD_BYTE: u16 = 0x30;
const LOAD_HALF: u16 = 0x28;
const LOAD_BYTE_AFTER_IP: u16 = 0x50;
const LOAD_HALF_AFTER_IP: u16 = 0x48;
const LOAD_IP_HEADER_LENGTH: u16 = 0xb1;
const JUMP_IF_EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;
const WHOLE_PACKET: u32 = u32::MAX;
const NOTHING: u32 = 0;
