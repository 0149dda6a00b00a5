//! What a congestion control tells of itself, for those that do.
//!
//! The kernel sends these only when asked for `INET_DIAG_VEGASINFO`, whichever of them the socket has.

use crate::fields::fields;

/// The `INET_DIAG_VEGASINFO` of Vegas, YeAH, Veno, Illinois and their like.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "tcpvegas_info")]
pub struct VegasInfo<'a>(&'a [u8]);

impl<'a> VegasInfo<'a> {
    /// Reads `payload`, of any length.
    pub fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }

    fields! {
        /// Whether it measures at present: 0 or 1.
        enabled: u32 = 0, "tcpv_enabled";
        /// Round trips measured in the current one.
        rtt_count: u32 = 4, "tcpv_rttcnt";
        /// Round-trip time, microseconds; `None` before the first.
        rtt: u32 unless 0 | 0x7fff_ffff = 8, "tcpv_rtt";
        /// Smallest round-trip time, microseconds; `None` before the first.
        min_rtt: u32 unless 0 | 0x7fff_ffff = 12, "tcpv_minrtt";
    }
}

/// The `INET_DIAG_DCTCPINFO` of DCTCP.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "tcp_dctcp_info")]
pub struct DctcpInfo<'a>(&'a [u8]);

impl<'a> DctcpInfo<'a> {
    /// Reads `payload`, of any length.
    pub fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }

    fields! {
        /// 0 when the peer would not mark, and the socket fell back to Reno.
        enabled: u16 = 0, "dctcp_enabled";
        /// Whether the last packet was marked: 0 or 1.
        ce_state: u16 = 2, "dctcp_ce_state";
        /// Share of marked bytes, in 1024ths.
        alpha: u32 = 4, "dctcp_alpha";
        /// Bytes acknowledged with a mark in this window.
        ab_ecn: u32 = 8, "dctcp_ab_ecn";
        /// Bytes acknowledged in this window.
        ab_tot: u32 = 12, "dctcp_ab_tot";
    }
}

/// The `INET_DIAG_BBRINFO` of BBR.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "tcp_bbr_info")]
pub struct BbrInfo<'a>(&'a [u8]);

impl<'a> BbrInfo<'a> {
    /// Reads `payload`, of any length.
    pub fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }

    fields! {
        /// Low half of [`bandwidth`](Self::bandwidth).
        bandwidth_low: u32 = 0, "bbr_bw_lo";
        /// High half of [`bandwidth`](Self::bandwidth).
        bandwidth_high: u32 = 4, "bbr_bw_hi";
        /// Smallest round-trip time of late, microseconds.
        min_rtt: u32 = 8, "bbr_min_rtt";
        /// Factor on the pacing rate, in 256ths.
        pacing_gain: u32 = 12, "bbr_pacing_gain";
        /// Factor on the congestion window, in 256ths.
        cwnd_gain: u32 = 16, "bbr_cwnd_gain";
    }

    /// Estimated bandwidth, bytes per second.
    pub fn bandwidth(&self) -> Option<u64> {
        Some(u64::from(self.bandwidth_high()?) << 32 | u64::from(self.bandwidth_low()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_read_as_far_as_it_goes() {
        let bytes: Vec<u8> = [1u32, 2, 3, 4, 5].into_iter().flat_map(u32::to_ne_bytes).collect();
        for len in 0..=bytes.len() {
            let vegas = VegasInfo::new(&bytes[..len]);
            assert_eq!(vegas.enabled(), (len >= 4).then_some(1));
            assert_eq!(vegas.rtt_count(), (len >= 8).then_some(2));
            assert_eq!((vegas.rtt(), vegas.min_rtt()), ((len >= 12).then_some(3), (len >= 16).then_some(4)));
            let dctcp = DctcpInfo::new(&bytes[..len]);
            assert_eq!(dctcp.ce_state().is_some(), len >= 4);
            assert_eq!((dctcp.alpha(), dctcp.ab_ecn()), ((len >= 8).then_some(2), (len >= 12).then_some(3)));
            assert_eq!(dctcp.ab_tot(), (len >= 16).then_some(4));
            let bbr = BbrInfo::new(&bytes[..len]);
            assert_eq!(bbr.bandwidth(), (len >= 8).then_some(2 << 32 | 1));
            assert_eq!(bbr.min_rtt(), (len >= 12).then_some(3));
            assert_eq!(
                (bbr.pacing_gain(), bbr.cwnd_gain()),
                ((len >= 16).then_some(4), (len >= 20).then_some(5))
            );
        }
    }
}
