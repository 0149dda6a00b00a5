//! What TCP and MPTCP know of a connection, its keys and the protocol on top of it: what JSON says, in the words of a line.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::Table;
use super::details::{agree, attrs, header, number, words};
use super::upper::{keys, signatures, ulp, upper};
use crate::printf::General;

/// The words behind memory.
pub(super) fn as_text(table: Table, socket: &Value) -> String {
    match table {
        Table::Tcp => tcp(socket) + &keys(socket) + &ulp(&socket["ulp"]),
        Table::Mptcp => mptcp(&socket["mptcp"]),
        _ => String::new(),
    }
}

/// Numbers that are left out when they are zero, in the order of the line, which has whole milliseconds.
fn some(line: &mut String, of: &Value, names: &[(&str, &str)]) {
    for (name, key) in names {
        let unit = if key.ends_with("_us") { 1000 } else { 1 };
        if let Some(value) = number(of, key).filter(|&value| value != 0).map(|value| value / unit) {
            write!(line, " {name}:{value}").unwrap();
        }
    }
}

/// Microseconds as milliseconds.
fn millis(micros: u64) -> General {
    General(micros as f64 / 1000.0)
}

fn some_millis(line: &mut String, of: &Value, name: &str, key: &str, except: Option<u64>) {
    if let Some(micros) = number(of, key).filter(|&micros| micros != 0 && Some(micros) != except) {
        write!(line, " {name}:{}", millis(micros)).unwrap();
    }
}

fn rate(bytes_per_s: u64) -> String {
    format!("{:.0}bps", bytes_per_s as f64 * 8.0)
}

fn tcp(socket: &Value) -> String {
    let tcp = &socket["tcp"];
    if !tcp.is_object() {
        return String::new();
    }
    let mut line = String::new();
    let options: Vec<&str> =
        tcp["options"].as_array().into_iter().flatten().map(|option| option.as_str().unwrap()).collect();
    for option in ["ts", "usec-ts", "sack", "ecn", "ecnseen", "fastopen"] {
        if options.contains(&option) {
            write!(line, " {}", option.replace('-', "_")).unwrap();
        }
    }
    if let Some(name) = socket["congestion"].as_str() {
        write!(line, " {name}").unwrap();
    }
    if let Some(send) = number(tcp, "snd_wscale") {
        write!(line, " wscale:{send},{}", tcp["rcv_wscale"]).unwrap();
    }
    some_millis(&mut line, tcp, "rto", "rto_us", Some(3_000_000));
    some(&mut line, tcp, &[("backoff", "backoff")]);
    if let Some(rtt) = number(tcp, "rtt_us").filter(|&rtt| rtt != 0) {
        write!(line, " rtt:{}/{}", millis(rtt), millis(number(tcp, "rttvar_us").unwrap_or(0))).unwrap();
    }
    some_millis(&mut line, tcp, "ato", "ato_us", None);
    some(&mut line, tcp, &SIZES);
    if let Some(threshold) = number(tcp, "ssthresh").filter(|&threshold| threshold < 0xffff && threshold != 0)
    {
        write!(line, " ssthresh:{threshold}").unwrap();
    }
    some(&mut line, tcp, &TRAFFIC);
    line.push_str(&congestion(socket));
    line.push_str(&speed(socket));
    line.push_str(&waits(tcp));
    some(&mut line, tcp, &[("unacked", "unacked")]);
    let [now, ever] = ["retrans", "total_retrans"].map(|key| number(tcp, key).unwrap_or(0));
    if now != 0 || ever != 0 {
        write!(line, " retrans:{now}/{ever}").unwrap();
    }
    some(&mut line, tcp, &[("lost", "lost")]);
    if socket["state"] != "listening" {
        some(&mut line, tcp, &[("sacked", "sacked")]);
    }
    some(&mut line, tcp, &[("dsack_dups", "dsack_dups"), ("fackets", "fackets")]);
    if let Some(reordering) = number(tcp, "reordering").filter(|&reordering| reordering != 3) {
        write!(line, " reordering:{reordering}").unwrap();
    }
    some(&mut line, tcp, &[("reord_seen", "reord_seen")]);
    some_millis(&mut line, tcp, "rcv_rtt", "rcv_rtt_us", None);
    some(
        &mut line,
        tcp,
        &[
            ("rcv_space", "rcv_space_bytes"),
            ("rcv_ssthresh", "rcv_ssthresh_bytes"),
            ("notsent", "notsent_bytes"),
        ],
    );
    some_millis(&mut line, tcp, "minrtt", "min_rtt_us", None);
    some(&mut line, tcp, &RECEIVER);
    line
}

fn congestion(socket: &Value) -> String {
    let mut line = String::new();
    let dctcp = &socket["dctcp"];
    if dctcp["enabled"] == true {
        let [state, alpha, marked, all] =
            ["ce_state", "alpha", "ab_ecn_bytes", "ab_tot_bytes"].map(|key| &dctcp[key]);
        let state = u8::from(*state == true);
        write!(line, " dctcp:(ce_state:{state},alpha:{alpha},ab_ecn:{marked},ab_tot:{all})").unwrap();
    } else if dctcp.is_object() {
        line.push_str(" dctcp:fallback_mode");
    }
    let bbr = &socket["bbr"];
    if let Some(bandwidth) = number(bbr, "bw_bytes_per_s") {
        write!(
            line,
            " bbr:(bw:{},mrtt:{}",
            rate(bandwidth),
            millis(number(bbr, "min_rtt_us").unwrap_or(0xffff_ffff))
        )
        .unwrap();
        for gain in ["pacing_gain", "cwnd_gain"] {
            let factor = bbr[gain].as_f64().unwrap();
            if factor != 0.0 {
                write!(line, ",{gain}:{}", General(factor)).unwrap();
            }
        }
        line.push(')');
    }
    line
}

fn speed(socket: &Value) -> String {
    let (tcp, vegas, mut line) = (&socket["tcp"], &socket["vegas"], String::new());
    let [mss, cwnd, rtt] = ["mss_bytes", "cwnd", "rtt_us"].map(|key| number(tcp, key).unwrap_or(0));
    // Vegas and its like have a better figure.
    let better = number(vegas, "rtt_us").filter(|&rtt| vegas["enabled"] == true && rtt != 0);
    let rtt = better.unwrap_or(rtt);
    if mss != 0 && cwnd != 0 && rtt != 0 {
        write!(line, " send {:.0}bps", cwnd as f64 * mss as f64 * 8e6 / rtt as f64).unwrap();
    }
    some(
        &mut line,
        tcp,
        &[
            ("lastsnd", "last_data_sent_us"),
            ("lastrcv", "last_data_recv_us"),
            ("lastack", "last_ack_recv_us"),
        ],
    );
    let [pacing, most, delivery] =
        ["pacing_rate_bytes_per_s", "max_pacing_rate_bytes_per_s", "delivery_rate_bytes_per_s"]
            .map(|key| number(tcp, key).filter(|&rate| rate != 0));
    if let Some(pacing) = pacing {
        write!(line, " pacing_rate {}", rate(pacing)).unwrap();
        if let Some(most) = most {
            write!(line, "/{}", rate(most)).unwrap();
        }
    }
    if let Some(delivery) = delivery {
        write!(line, " delivery_rate {}", rate(delivery)).unwrap();
    }
    some(&mut line, tcp, &[("delivered", "delivered"), ("delivered_ce", "delivered_ce")]);
    if tcp["app_limited"] == true {
        line.push_str(" app_limited");
    }
    line
}

fn waits(tcp: &Value) -> String {
    let Some(busy) = number(tcp, "busy_us").filter(|&busy| busy != 0) else {
        return String::new();
    };
    let mut line = format!(" busy:{}ms", busy / 1000);
    for (name, key) in [("rwnd_limited", "rwnd_limited_us"), ("sndbuf_limited", "sndbuf_limited_us")] {
        if let Some(time) = number(tcp, key).filter(|&time| time != 0) {
            let share = 100.0 * time as f64 / busy as f64;
            write!(line, " {name}:{}ms({share:.1}%)", time / 1000).unwrap();
        }
    }
    line
}

fn mptcp(mptcp: &Value) -> String {
    let mut line = String::new();
    some(
        &mut line,
        mptcp,
        &[
            "subflows",
            "add_addr_signal",
            "add_addr_accepted",
            "subflows_max",
            "add_addr_signal_max",
            "add_addr_accepted_max",
        ]
        .map(|key| (key, key)),
    );
    for key in ["fallback", "remote_key"] {
        if mptcp[key] == true {
            write!(line, " {key}").unwrap();
        }
    }
    if let Some(token) = number(mptcp, "token").filter(|&token| token != 0) {
        write!(line, " token:{token:x}").unwrap();
    }
    some(
        &mut line,
        mptcp,
        &["write_seq", "snd_una", "rcv_nxt", "local_addr_used", "local_addr_max"].map(|key| (key, key)),
    );
    if mptcp["csum_enabled"] == true {
        line.push_str(" csum_enabled:1");
    }
    some(&mut line, mptcp, &MPTCP);
    line
}

#[rustfmt::skip]
const SIZES: [(&str, &str); 5] = [
    ("mss", "mss_bytes"), ("pmtu", "pmtu_bytes"), ("rcvmss", "rcv_mss_bytes"), ("advmss", "advmss_bytes"), ("cwnd", "cwnd"),
];
#[rustfmt::skip]
const TRAFFIC: [(&str, &str); 8] = [
    ("bytes_sent", "sent_bytes"), ("bytes_retrans", "retrans_bytes"), ("bytes_acked", "acked_bytes"),
    ("bytes_received", "received_bytes"), ("segs_out", "segs_out"), ("segs_in", "segs_in"), ("data_segs_out", "data_segs_out"),
    ("data_segs_in", "data_segs_in"),
];
#[rustfmt::skip]
const RECEIVER: [(&str, &str); 4] =
    [("rcv_ooopack", "rcv_ooopack"), ("snd_wnd", "snd_wnd_bytes"), ("rcv_wnd", "rcv_wnd_bytes"), ("rehash", "rehash")];
#[rustfmt::skip]
const MPTCP: [(&str, &str); 10] = [
    ("retransmits", "retransmits"), ("bytes_retrans", "retrans_bytes"), ("bytes_sent", "sent_bytes"),
    ("bytes_received", "received_bytes"), ("bytes_acked", "acked_bytes"), ("subflows_total", "subflows_total"),
    ("endp_laminar_max", "endp_laminar_max"), ("last_data_sent", "last_data_sent_us"), ("last_data_recv", "last_data_recv_us"),
    ("last_ack_recv", "last_ack_recv_us"),
];

/// Where `mptcpi_csum_enabled` is.
const CSUM_ENABLED: usize = 42;

/// A structure of numbers, many of them zero or all ones.
fn structure(longest: usize) -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![Just(0_u32), Just(u32::MAX), 0_u32..5000, Just(3), Just(3_000_000), any::<u32>()];
    vec(word, 0..=longest / 4).prop_map(|numbers| words(&numbers))
}

proptest! {
    #[test]
    fn internals_say_the_same_as_text_and_as_json(
        table in select(vec![Table::Tcp, Table::Tcp, Table::Mptcp, Table::Udp]),
        state in 0_u8..12,
        info in option::of(structure(248)),
        congestion in option::of(select(vec!["cubic\0", "bbr\0", "reno"])),
        vegas in option::of(vec(prop_oneof![0_u32..2, Just(0x7fff_ffff), any::<u32>()], 4)),
        dctcp in option::of(((any::<u16>(), 0_u16..2), vec(any::<u32>(), 3))),
        bbr in option::of(vec(prop_oneof![0_u32..700, any::<u32>()], 5)),
        keys in option::of(signatures()),
        upper in option::of(upper()),
    ) {
        let dctcp = dctcp.map(|((enabled, state), numbers)| {
            [&enabled.to_ne_bytes()[..], &state.to_ne_bytes(), &words(&numbers)].concat()
        });
        // It is a truth value to the kernel and in the record, and a number in the line.
        let info = info.map(|mut bytes| {
            bytes.get_mut(CSUM_ENABLED).into_iter().for_each(|byte| *byte &= 1);
            bytes
        });
        let attrs = attrs([
            (2, info),
            (3, vegas.map(|it| words(&it))),
            (4, congestion.map(|it| it.as_bytes().to_vec())),
            (9, dctcp),
            (16, bbr.map(|it| words(&it))),
            (18, keys),
            (19, upper),
            (1000, Some(Vec::new())),
        ]);
        agree(table, &[header(state, [0, 0], 0, [1000, 77]), attrs].concat());
    }
}
