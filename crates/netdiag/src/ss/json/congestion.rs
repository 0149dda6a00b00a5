//! What particular congestion controls know of a connection, shown with `-i`.
//!
//! At most one of them is there, and none for the controls that keep what they know to themselves.

use netdiag_sockdiag::{BbrInfo, DctcpInfo, VegasInfo};

use crate::json::record::record;

record! {
    /// What BBR knows (`struct tcp_bbr_info`).
    Bbr {
        /// Estimate of the bottleneck's rate (`bbr_bw_lo`, `bbr_bw_hi`).
        bw_bytes_per_s: u64,
        /// Estimate of the round-trip time without queues (`bbr_min_rtt`).
        min_rtt_us: u32,
        /// Factor on the rate, now (`bbr_pacing_gain` / 256).
        pacing_gain: f64,
        /// Factor on the window, now (`bbr_cwnd_gain` / 256).
        cwnd_gain: f64,
    }
}

record! {
    /// What DCTCP knows (`struct tcp_dctcp_info`).
    Dctcp {
        /// Whether it is in use; if not, the peer lacks ECN and the other numbers mean nothing (`dctcp_enabled`).
        enabled: bool,
        /// Whether the last packet was marked (`dctcp_ce_state`).
        ce_state: u16,
        /// Estimate of the share of marked packets, times 1024 (`dctcp_alpha`).
        alpha: u32,
        /// Bytes acknowledged with marks, this round trip (`dctcp_ab_ecn`).
        ab_ecn_bytes: u32,
        /// Bytes acknowledged, this round trip (`dctcp_ab_tot`).
        ab_tot_bytes: u32,
    }
}

record! {
    /// What Vegas, Veno, Westwood or Illinois knows (`struct tcpvegas_info`).
    Vegas {
        /// Whether it is in use (`tcpv_enabled`).
        enabled: bool,
        /// Round-trip times measured, this round trip (`tcpv_rttcnt`).
        rtt_count: u32,
    } maybe {
        /// Round-trip time (`tcpv_rtt`); missing before there is one.
        rtt_us: u32,
        /// Least round-trip time (`tcpv_minrtt`); missing before there is one.
        min_rtt_us: u32,
    }
}

impl Bbr {
    pub(crate) fn new(info: BbrInfo<'_>) -> Option<Self> {
        let gain = |gain: Option<u32>| Some(f64::from(gain?) / 256.0);
        Some(Self {
            bw_bytes_per_s: info.bandwidth()?,
            min_rtt_us: info.min_rtt()?,
            pacing_gain: gain(info.pacing_gain())?,
            cwnd_gain: gain(info.cwnd_gain())?,
        })
    }
}

impl Dctcp {
    pub(crate) fn new(info: DctcpInfo<'_>) -> Option<Self> {
        Some(Self {
            enabled: info.enabled()? != 0,
            ce_state: info.ce_state()?,
            alpha: info.alpha()?,
            ab_ecn_bytes: info.ab_ecn()?,
            ab_tot_bytes: info.ab_tot()?,
        })
    }
}

impl Vegas {
    pub(crate) fn new(info: VegasInfo<'_>) -> Option<Self> {
        let known = |rtt: &u32| *rtt != NONE;
        Some(Self {
            enabled: info.enabled()? != 0,
            rtt_count: info.rtt_count()?,
            rtt_us: info.rtt().filter(known),
            min_rtt_us: info.min_rtt().filter(known),
        })
    }
}

/// Vegas has measured nothing yet.
const NONE: u32 = 0x7fff_ffff;
