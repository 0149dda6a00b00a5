//! What the congestion control is, and what some of them know of a connection.
//!
//! At most one of them tells anything, and most keep what they know to themselves.

use super::declare::group;
use crate::sockets::{Table, Tables};

group! {
    /// The congestion control.
    CONGESTION = "congestion" always 0 of Tables::of(&[Table::Tcp, Table::Mptcp]), needs CONGESTION,
    |facts| attrs = facts.attrs() => {
        /// Name of the congestion control (`INET_DIAG_CONG`); `ss` has it with `-i`.
        congestion: text = attrs.congestion();
    }
}

group! {
    /// What BBR knows (`struct tcp_bbr_info`).
    BBR = "bbr" always 3 of TCP, needs CONGESTION,
    |facts| bbr = facts.attrs.bbr() => {
        /// Estimate of the bottleneck's rate (`bbr_bw_lo`, `bbr_bw_hi`).
        bw: u64 bytes_per_s = bbr.bandwidth();
        /// Factor on the rate, now (`bbr_pacing_gain` / 256).
        pacing_gain: f64 = gain(bbr.pacing_gain());
        /// Factor on the window, now (`bbr_cwnd_gain` / 256).
        cwnd_gain: f64 = gain(bbr.cwnd_gain());
        /// Estimate of the round-trip time without queues (`bbr_min_rtt`); missing before there is one.
        min_rtt: u32 us = bbr.min_rtt().filter(|rtt| *rtt != u32::MAX);
    }
}

group! {
    /// What DCTCP knows (`struct tcp_dctcp_info`).
    DCTCP = "dctcp" always 5 of TCP, needs CONGESTION,
    |facts| dctcp = facts.attrs.dctcp() => {
        /// Whether it is in use; if not, the peer lacks ECN and the other numbers mean nothing (`dctcp_enabled`).
        enabled: bool = dctcp.enabled().map(|value| value != 0);
        /// Whether the last packet was marked (`dctcp_ce_state`).
        ce_state: bool = dctcp.ce_state().map(|value| value != 0);
        /// Estimate of the share of marked packets, times 1024 (`dctcp_alpha`).
        alpha: u32 = dctcp.alpha();
        /// Bytes acknowledged with marks, this round trip (`dctcp_ab_ecn`).
        ab_ecn: u32 bytes = dctcp.ab_ecn();
        /// Bytes acknowledged, this round trip (`dctcp_ab_tot`).
        ab_tot: u32 bytes = dctcp.ab_tot();
    }
}

group! {
    /// What Vegas, Veno, Westwood or Illinois knows (`struct tcpvegas_info`).
    VEGAS = "vegas" always 2 of TCP, needs CONGESTION,
    |facts| vegas = facts.attrs.vegas() => {
        /// Whether it is in use (`tcpv_enabled`).
        enabled: bool = vegas.enabled().map(|value| value != 0);
        /// Round-trip times measured, this round trip (`tcpv_rttcnt`).
        rtt_count: u32 = vegas.rtt_count();
        /// Round-trip time (`tcpv_rtt`); missing before there is one.
        rtt: u32 us = vegas.rtt();
        /// Least round-trip time (`tcpv_minrtt`); missing before there is one.
        min_rtt: u32 us = vegas.min_rtt();
    }
}

const TCP: Tables = Tables::of(&[Table::Tcp]);

fn gain(in_256ths: Option<u32>) -> Option<f64> {
    in_256ths.map(|gain| f64::from(gain) / 256.0)
}
