//! Records as the kernel lays them out, and the words they become.

use netdiag_sockdiag::{InetRequest, Query, State};

use super::super::super::cells::Cells;
use super::*;

/// What a cell becomes.
pub(super) fn text(write: impl FnOnce(&mut Cell<'_>)) -> String {
    let mut cells = Cells::with_room(0);
    cells.add(write);
    let mut page = [0; 4096];
    let text = cells.read(&mut 0);
    text.copy_to(&mut page);
    String::from_utf8(page[..text.len].to_vec()).unwrap()
}

/// An attribute, padded.
fn attr(kind: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(4 + payload.len()).unwrap();
    let mut bytes = [&len.to_ne_bytes()[..], &kind.to_ne_bytes(), payload].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_ne_bytes()).collect()
}

/// A struct of `len` bytes, zero but for numbers at offsets.
fn filled(len: usize, numbers: &[(usize, u64, usize)]) -> Vec<u8> {
    let mut bytes = vec![0; len];
    for &(at, number, size) in numbers {
        let number = if cfg!(target_endian = "little") { number.to_le() } else { number << (64 - 8 * size) };
        bytes[at..at + size].copy_from_slice(&number.to_ne_bytes()[..size]);
    }
    bytes
}

/// A v4 socket with a timer, and what is shown of it.
fn shown(details: Details, table: Table, timer: [u8; 2], identity: [u32; 2], attrs: &[Vec<u8>]) -> String {
    let [kind, retransmits] = timer;
    let [uid, inode] = identity;
    let header = [&[2, 1, kind, retransmits][..], &[0; 40], &words(&[7, 1, 1304, 0, 0, uid, inode])].concat();
    let record = [header, attrs.concat()].concat();
    let socket = InetRequest::view(&record).unwrap();
    let mut cgroups = Cgroups::default();
    text(|cell| write(cell, details, &mut cgroups, table, &socket))
}

/// What is shown of the internals.
fn internals(internals: Internals, details: Details, state: State, attrs: &[Vec<u8>]) -> String {
    let bytes = attrs.concat();
    let attrs = InetAttrs::new(netdiag_sockdiag::Attrs::new(&bytes));
    text(|cell| internals.write(cell, details, state, &attrs))
}

const NONE: Details = Details {
    timers: false,
    identity: false,
    peers: false,
    tcp_info: false,
    memory: false,
    info: false,
    tos: false,
    cgroup: false,
    options: false,
    bpf: false,
    tipcinfo: false,
    oneline: false,
    numeric: false,
};

#[test]
fn parts_come_when_asked_for_and_in_order() {
    let attrs = [
        attr(5, &[0x10]),
        attr(6, &[0]),
        attr(7, &words(&[1, 2, 3, 4, 5, 6, 7, 8, 9])),
        attr(8, &[2]),
        attr(15, &words(&[0x2a])),
        attr(17, &words(&[0x30])),
        attr(21, &0xffff_ffff_ffffu64.to_ne_bytes()),
        attr(22, &[0, 0]),
    ];
    let (timers, identity) = (Details { timers: true, ..NONE }, Details { identity: true, ..NONE });
    let memory = Details { memory: true, ..NONE };
    let info = Details { info: true, ..NONE };
    #[rustfmt::skip]
    let cases = [
        (NONE,                                                Table::Tcp, ""),
        (timers,                                              Table::Tcp, " timer:(on,1.304sec,2)"),
        (identity,                                            Table::Udp, " uid:1000 ino:77 sk:100000007 fwmark:0x2a cgroup:unreachable:ffffffffffff <--"),
        (Details { tos: true, ..NONE },                       Table::Tcp, " tos:0x10 tclass:0 class_id:0x30"),
        (Details { cgroup: true, ..NONE },                    Table::Tcp, " cgroup:unreachable:ffffffffffff"),
        (Details { options: true, ..NONE },                   Table::Tcp, "\n\tinet-sockopt: ()"),
        (Details { options: true, oneline: true, ..NONE },    Table::Tcp, " inet-sockopt: ()"),
        (memory,                                              Table::Udp, "\n\t skmem:(r1,rb2,t3,tb4,f5,w6,o7,bl8,d9)"),
        (Details { oneline: true, ..memory },                 Table::Tcp, " skmem:(r1,rb2,t3,tb4,f5,w6,o7,bl8,d9)"),
        (info,                                                Table::Udp, ""),
        (Details { timers: true, ..memory },                  Table::Tcp, " timer:(on,1.304sec,2)\n\t skmem:(r1,rb2,t3,tb4,f5,w6,o7,bl8,d9)"),
    ];
    for (details, table, expected) in cases {
        assert_eq!(shown(details, table, [1, 2], [1000, 77], &attrs), expected, "{details:?}");
    }
    assert_eq!(shown(info, Table::Tcp, [0, 0], [0, 0], &[]), "\n\t", "a line of nothing");
    assert_eq!(
        shown(Details { timers: true, ..identity }, Table::Tcp, [0, 0], [0, 0], &[]),
        " ino:0 sk:100000007"
    );
    for (shutdown, expected) in [(0, "<->"), (1, "-->"), (2, "<--"), (3, "---")] {
        let ending = shown(identity, Table::Tcp, [0, 0], [0, 0], &[attr(8, &[shutdown])]);
        assert_eq!(ending, format!(" ino:0 sk:100000007 {expected}"));
    }
    let all = shown(
        Details { options: true, oneline: true, ..NONE },
        Table::Tcp,
        [0, 0],
        [0, 0],
        &[attr(22, &[255, 255])],
    );
    assert!(all.ends_with("recverr is_icsk freebind hdrincl mc_loop transparent mc_all nodefrag bind_addr_no_port recverr_rfc4884 defer_connect)"));
}

#[test]
fn a_line_of_proc_is_shown_as_far_as_it_goes() {
    let info = Details { info: true, memory: true, ..NONE };
    let everything = Details { identity: true, tos: true, cgroup: true, options: true, ..info };
    let told = |numbers: [i32; 5]| attr(0x3fff, &numbers.map(i32::to_ne_bytes).concat());
    #[rustfmt::skip]
    let cases = [
        (info,       Table::Tcp, told([20, 4, 5, 18, 7]),   " rto:200 ato:40 qack:2 bidir cwnd:18 ssthresh:7"),
        (info,       Table::Tcp, told([300, 0, 0, 10, -1]), " cwnd:10"),
        (everything, Table::Tcp, told([20, 0, 0, 10, -1]),  " ino:0 sk:100000007 rto:200 cwnd:10"),
        (NONE,       Table::Tcp, told([20, 0, 0, 10, -1]),  ""),
        (info,       Table::Tcp, attr(0x3fff, &[]),         ""),
        (everything, Table::Udp, attr(0x3fff, &[]),         ""),
    ];
    for (details, table, attr, expected) in cases {
        assert_eq!(shown(details, table, [0, 0], [0, 0], &[attr]), expected, "{details:?}");
    }
}

#[test]
fn memory_of_old_kernels_has_four_words_and_of_newer_ones_as_many_as_came() {
    let skmem = |count: usize| attr(7, &words(&[1, 2, 3, 4, 5, 6, 7, 8, 9][..count]));
    #[rustfmt::skip]
    let cases = [
        (vec![attr(1, &words(&[1, 2, 3, 4]))],             " mem:(r1,w2,f3,t4)"),
        (vec![attr(1, &words(&[1, 2, 3, 4])), skmem(7)],   " skmem:(r1,rb2,t3,tb4,f5,w6,o7)"),
        (vec![skmem(8)],                                   " skmem:(r1,rb2,t3,tb4,f5,w6,o7,bl8)"),
        (vec![],                                           ""),
    ];
    for (attrs, expected) in cases {
        assert_eq!(internals(Internals::None, NONE, State::CLOSE, &attrs), expected);
    }
}

/// A `tcp_info` in which everything has a value.
#[cfg(target_endian = "little")]
fn tcp_info() -> Vec<u8> {
    let mut bytes = vec![1, 0, 0, 0, 3, 0x7f, 0xa7, 1];
    bytes.extend((2..26).flat_map(|n: u32| (n * 1001).to_ne_bytes()));
    for (n, rate) in [125_000u64, 1_250_000, 5, 6].into_iter().enumerate() {
        bytes.extend((rate * (n as u64 + 1)).to_ne_bytes());
    }
    bytes.extend(words(&[7, 8, 9, 1_234_567, 10, 11]));
    for number in [1_000_000_000u64, 4000, 1000, 3000] {
        bytes.extend(number.to_ne_bytes());
    }
    bytes.extend(words(&[12, 13]));
    bytes.extend([u64::MAX - 1, 15].into_iter().flat_map(u64::to_ne_bytes));
    bytes.extend(words(&[16, 17, 18, 19, 20, 21]));
    bytes
}

#[test]
#[cfg(target_endian = "little")]
fn tcp_shows_what_it_measured() {
    let info = Details { info: true, timers: true, ..NONE };
    let attrs = [attr(2, &tcp_info()), attr(4, b"cubic\0")];
    let expected = " ts usec_ts sack ecn ecnseen fastopen cubic wscale:7,10 rto:2.002 backoff:3 rtt:17.017/18.018 ato:3.003 \
        mss:4004 pmtu:15015 rcvmss:5005 advmss:21021 cwnd:20020 ssthresh:19019 bytes_sent:18446744073709551614 bytes_retrans:15 \
        bytes_acked:15 bytes_received:24 segs_out:7 segs_in:8 data_segs_out:11 data_segs_in:10 send 37.7Gbps lastsnd:11011 \
        lastrcv:13013 lastack:14014 pacing_rate 1Mbps/20Mbps delivery_rate 8Gbps delivered:12 delivered_ce:13 app_limited \
        busy:4ms rwnd_limited:1ms(25.0%) sndbuf_limited:3ms(75.0%) unacked:6006 retrans:9009/25025 lost:8008 sacked:7007 \
        dsack_dups:16 fackets:10010 reordering:22022 reord_seen:17 rcv_rtt:23.023 rcv_space:24024 rcv_ssthresh:16016 notsent:9 \
        minrtt:1234.57 rcv_ooopack:18 snd_wnd:19 rcv_wnd:20 rehash:21";
    assert_eq!(internals(Internals::Tcp, info, State::ESTABLISHED, &attrs), expected);
    let numeric = Details { numeric: true, ..NONE };
    let exact = internals(Internals::Tcp, numeric, State::LISTEN, &attrs);
    assert!(exact.starts_with(" cubic wscale:7,10 rto:2.002"), "{exact}");
    assert!(
        exact.contains(" send 37684705882bps ") && exact.contains(" pacing_rate 1000000bps/20000000bps "),
        "{exact}"
    );
    assert!(!exact.contains(" sacked:"), "{exact}");
    let vegas = attr(3, &words(&[1, 5, 1000, 900]));
    let rates = internals(Internals::Tcp, info, State::ESTABLISHED, &[attrs.concat(), vegas]);
    assert!(rates.contains(" send 641Gbps "), "{rates}");
}

#[test]
fn a_short_or_unmeasured_tcp_info_says_little() {
    let unmeasured = filled(
        240,
        &[(8, 3_000_000, 4), (76, 0x7fff_ffff, 4), (88, 3, 4), (104, u64::MAX, 8), (148, 0xffff_ffff, 4)],
    );
    assert_eq!(internals(Internals::Tcp, NONE, State::ESTABLISHED, &[attr(2, &unmeasured)]), "");
    for len in 0..unmeasured.len() {
        let shown = internals(Internals::Tcp, NONE, State::ESTABLISHED, &[attr(2, &unmeasured[..len])]);
        assert_eq!(shown, "", "{len}");
    }
}

#[test]
fn congestion_controls_say_what_they_have() {
    let empty = attr(2, &[]);
    #[rustfmt::skip]
    let cases = [
        (attr(9, &[&[1, 0, 1, 0][..], &words(&[1024, 3, 4])].concat()), " dctcp:(ce_state:1,alpha:1024,ab_ecn:3,ab_tot:4)"),
        (attr(9, &[0; 16]),                                             " dctcp:fallback_mode"),
        (attr(16, &words(&[51_250_000, 0, 34, 739, 739])),              " bbr:(bw:410Mbps,mrtt:0.034,pacing_gain:2.88672,cwnd_gain:2.88672)"),
        (attr(16, &words(&[51_250_000, 0, 34])),                        " bbr:(bw:410Mbps,mrtt:0.034)"),
    ];
    for (control, expected) in cases {
        if cfg!(target_endian = "little") {
            assert_eq!(
                internals(Internals::Tcp, NONE, State::ESTABLISHED, &[empty.clone(), control]),
                expected
            );
        }
    }
}

#[test]
fn keys_are_shown_so_that_they_stay_one_word() {
    let key = |prefix, address: [u8; 4], key: &[u8]| {
        let len = u16::try_from(key.len()).unwrap().to_ne_bytes();
        let mut bytes = [&[2, prefix][..], &len, &address, &[0; 12], key].concat();
        bytes.resize(100, 0);
        bytes
    };
    let keys = [key(8, [10, 0, 0, 0], b"k2"), key(32, [127, 0, 0, 1], b"sec ret,\\1\x1b\xff")];
    let shown = internals(Internals::Tcp, NONE, State::LISTEN, &[attr(18, &keys.concat())]);
    assert_eq!(shown, " md5keys:10.0.0.0/8=k2,127.0.0.1/32=sec\\040ret\\054\\1341\\033\\377");
}

#[test]
fn upper_layers_are_named_and_described() {
    let name = |name: &[u8]| attr(1, name);
    let u16_attr = |kind, number: u16| attr(kind, &number.to_ne_bytes());
    let u32_attr = |kind, number: u32| attr(kind, &number.to_ne_bytes());
    let tls = |parts: &[Vec<u8>]| attr(2, &parts.concat());
    let usual = tls(&[
        u16_attr(1, 0x304),
        u16_attr(2, 52),
        u16_attr(3, 2),
        u16_attr(4, 3),
        attr(5, &[]),
        attr(6, &[]),
    ]);
    let odd = tls(&[u16_attr(1, 9), u16_attr(2, 54), u16_attr(3, 7), u16_attr(4, 1)]);
    let mptcp = |parts: &[Vec<u8>]| attr(3, &parts.concat());
    let whole = mptcp(&[
        u32_attr(1, 0xb),
        u32_attr(2, 0x0001_2345),
        attr(4, &(1u64 << 60).to_ne_bytes()),
        u32_attr(5, 0),
        u32_attr(6, 6),
        u16_attr(7, 7),
        u32_attr(8, 0x1ff),
        attr(9, &[0]),
        attr(10, &[255]),
    ]);
    #[rustfmt::skip]
    let cases = [
        (vec![name(b"espintcp\0")],          " tcp-ulp-espintcp"),
        (vec![name(b"tls\0"), usual],        " tcp-ulp-tls version: 1.3 cipher: aes-gcm-256 rxconf: hw txconf: sw zc_ro_tx no_pad_rx"),
        (vec![name(b"tls\0"), odd],          " tcp-ulp-tls version: unknown(9) rxconf: none txconf: unknown(7)"),
        (vec![name(b"mptcp\0"), whole],      " tcp-ulp-mptcp flags:MmJjBbecv token:000b(id:0)/12345(id:255) seq:1152921504606846976 sfseq:0 ssnoff:6 maplen:7"),
        (vec![mptcp(&[u32_attr(8, 0), u32_attr(1, 5)])], ""),
    ];
    for (parts, expected) in cases {
        assert_eq!(
            internals(Internals::Tcp, NONE, State::ESTABLISHED, &[attr(19, &parts.concat())]),
            expected
        );
    }
}

#[test]
fn mptcp_shows_what_is_not_zero() {
    let mut bytes: Vec<u8> = (1..=96).collect();
    // Both flags, whichever end counts.
    bytes[8..12].fill(3);
    let shown = internals(Internals::Mptcp, NONE, State::ESTABLISHED, &[attr(2, &bytes)]);
    let names: Vec<_> = shown.split_whitespace().map(|word| word.split(':').next().unwrap_or(word)).collect();
    #[rustfmt::skip]
    let expected = [
        "subflows", "add_addr_signal", "add_addr_accepted", "subflows_max", "add_addr_signal_max", "add_addr_accepted_max",
        "fallback", "remote_key", "token", "write_seq", "snd_una", "rcv_nxt", "local_addr_used", "local_addr_max", "csum_enabled",
        "retransmits", "bytes_retrans", "bytes_sent", "bytes_received", "bytes_acked", "subflows_total", "endp_laminar_max",
        "last_data_sent", "last_data_recv", "last_ack_recv",
    ];
    assert_eq!(names, expected);
    let some = filled(96, &[(8, 3, 4), (12, 0xbeef, 4), (64, 1 << 40, 8), (84, 25, 4)]);
    let shown = internals(Internals::Mptcp, NONE, State::ESTABLISHED, &[attr(2, &some)]);
    assert_eq!(shown, " fallback remote_key token:beef bytes_received:1099511627776 last_data_sent:25");
    assert_eq!(internals(Internals::Mptcp, NONE, State::ESTABLISHED, &[attr(2, &[0; 96])]), "");
}

#[test]
fn sctp_shows_addresses_and_what_is_not_zero() {
    let address = |family: u16, rest: &[u8]| {
        let mut bytes = [&family.to_ne_bytes()[..], rest].concat();
        bytes.resize(128, 0);
        bytes
    };
    let v4 = address(2, &[0, 80, 10, 0, 0, 1]);
    let v6 = address(10, &[&[0, 80, 0, 0, 0, 0, 0x20, 1][..], &[0; 13], &[1]].concat());
    let info = filled(
        368,
        &[
            (0, 0xabc, 4),
            (4, 3, 4),
            (8, 65536, 4),
            (12, 1, 2),
            (16, 10, 2),
            (48, 0xdef, 4),
            (344, 60, 4),
            (356, 1, 1),
            (359, 2, 1),
        ],
    );
    let attrs = [attr(12, &[v4.clone(), v6].concat()), attr(13, &v4), attr(2, &info)];
    let shown = internals(Internals::Sctp, NONE, State::ESTABLISHED, &attrs);
    let expected = " locals:10.0.0.1,2001::1 peers:10.0.0.1 tag:abc state:ESTAB rwnd:65536 unackdata:1 instrms:10 ptag:def \
        autoclose:60 nodelay:1 fraginl:2";
    assert_eq!(shown, expected);
}
