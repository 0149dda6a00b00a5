//! What TCP knows of a connection: `struct tcp_info` as far as this kernel fills it.
//!
//! Times are in microseconds or milliseconds as the kernel gives them, and say which. A field is `None` on kernels that end
//! before it, and where its number stands for "not measured yet" or "none".

use crate::fields::{bits, bytes, fields};
use crate::state::State;

/// The `INET_DIAG_INFO` of a TCP socket.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "tcp_info")]
pub struct TcpInfo<'a>(&'a [u8]);

impl<'a> TcpInfo<'a> {
    /// Reads `payload`, of any length.
    pub fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }

    fields! {
        /// The state, by the kernel's number; can be newer than that of the record.
        state: u8 = 0, "tcpi_state";
        /// What congestion control is doing: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss.
        ca_state: u8 = 1, "tcpi_ca_state";
        /// Retransmission timeouts in a row without progress.
        retransmits: u8 = 2, "tcpi_retransmits";
        /// Window probes, or keepalives, without an answer.
        probes: u8 = 3, "tcpi_probes";
        /// How often the retransmission timeout has been doubled.
        backoff: u8 = 4, "tcpi_backoff";
        /// Retransmission timeout, microseconds.
        rto: u32 = 8, "tcpi_rto";
        /// How long an ACK may be delayed, microseconds.
        ato: u32 = 12, "tcpi_ato";
        /// Segment size when sending, bytes.
        snd_mss: u32 = 16, "tcpi_snd_mss";
        /// Segment size the peer seems to use, bytes.
        rcv_mss: u32 = 20, "tcpi_rcv_mss";
        /// Segments in flight; of a listener, connections that wait to be accepted.
        unacked: u32 = 24, "tcpi_unacked";
        /// Segments acknowledged selectively; of a listener, how many connections may wait.
        sacked: u32 = 28, "tcpi_sacked";
        /// Segments taken for lost.
        lost: u32 = 32, "tcpi_lost";
        /// Retransmitted segments in flight.
        retrans: u32 = 36, "tcpi_retrans";
        /// Always 0 on current kernels.
        fackets: u32 = 40, "tcpi_fackets";
        /// Since data was last sent, milliseconds.
        last_data_sent: u32 = 44, "tcpi_last_data_sent";
        /// Not kept by the kernel: always 0.
        last_ack_sent: u32 = 48, "tcpi_last_ack_sent";
        /// Since data last arrived, milliseconds.
        last_data_recv: u32 = 52, "tcpi_last_data_recv";
        /// Since an ACK last arrived, milliseconds.
        last_ack_recv: u32 = 56, "tcpi_last_ack_recv";
        /// Path MTU, bytes.
        pmtu: u32 = 60, "tcpi_pmtu";
        /// Limit of the window offered to the peer, bytes.
        rcv_ssthresh: u32 = 64, "tcpi_rcv_ssthresh";
        /// Smoothed round-trip time, microseconds; `None` before the first.
        rtt: u32 unless 0 = 68, "tcpi_rtt";
        /// Slow start threshold, segments; `None` until there has been a loss.
        snd_ssthresh: u32 unless NO_SSTHRESH..=u32::MAX = 76, "tcpi_snd_ssthresh";
        /// Congestion window, segments.
        snd_cwnd: u32 = 80, "tcpi_snd_cwnd";
        /// Segment size offered to the peer, bytes.
        advmss: u32 = 84, "tcpi_advmss";
        /// How far segments may overtake each other before they count as lost.
        reordering: u32 = 88, "tcpi_reordering";
        /// Round-trip time as the receiver estimates it, microseconds; `None` before it has.
        rcv_rtt: u32 unless 0 = 92, "tcpi_rcv_rtt";
        /// Data the reader takes per round trip, bytes.
        rcv_space: u32 = 96, "tcpi_rcv_space";
        /// Segments retransmitted so far.
        total_retrans: u32 = 100, "tcpi_total_retrans";
        /// Rate at which segments leave, bytes per second; `None` without pacing.
        pacing_rate: u64 unless u64::MAX = 104, "tcpi_pacing_rate";
        /// Its limit, bytes per second; `None` without one.
        max_pacing_rate: u64 unless u64::MAX = 112, "tcpi_max_pacing_rate";
        /// Bytes acknowledged by the peer, SYN and FIN included.
        bytes_acked: u64 = 120, "tcpi_bytes_acked";
        /// Bytes that arrived, SYN and FIN included.
        bytes_received: u64 = 128, "tcpi_bytes_received";
        /// Segments sent.
        segs_out: u32 = 136, "tcpi_segs_out";
        /// Segments that arrived.
        segs_in: u32 = 140, "tcpi_segs_in";
        /// Bytes written but not sent yet.
        notsent_bytes: u32 = 144, "tcpi_notsent_bytes";
        /// Smallest round-trip time of late, microseconds; `None` before the first. A listener never has one.
        min_rtt: u32 unless 0 | u32::MAX = 148, "tcpi_min_rtt";
        /// Segments with data that arrived.
        data_segs_in: u32 = 152, "tcpi_data_segs_in";
        /// Segments with data that were sent.
        data_segs_out: u32 = 156, "tcpi_data_segs_out";
        /// Most recent rate of delivery, bytes per second; `None` before the first.
        delivery_rate: u64 unless 0 = 160, "tcpi_delivery_rate";
        /// Time with data to send, microseconds.
        busy_time: u64 = 168, "tcpi_busy_time";
        /// Part of it held up by the peer's window, microseconds.
        rwnd_limited: u64 = 176, "tcpi_rwnd_limited";
        /// Part of it held up by the send buffer, microseconds.
        sndbuf_limited: u64 = 184, "tcpi_sndbuf_limited";
        /// Segments delivered, retransmissions included.
        delivered: u32 = 192, "tcpi_delivered";
        /// Those of them whose delivery met congestion marks.
        delivered_ce: u32 = 196, "tcpi_delivered_ce";
        /// Bytes sent, retransmissions included.
        bytes_sent: u64 = 200, "tcpi_bytes_sent";
        /// Bytes retransmitted.
        bytes_retrans: u64 = 208, "tcpi_bytes_retrans";
        /// Duplicates the peer reported by selective acknowledgement.
        dsack_dups: u32 = 216, "tcpi_dsack_dups";
        /// How often segments overtook each other.
        reord_seen: u32 = 220, "tcpi_reord_seen";
        /// Segments that arrived out of order.
        rcv_ooopack: u32 = 224, "tcpi_rcv_ooopack";
        /// The peer's window, bytes.
        snd_wnd: u32 = 228, "tcpi_snd_wnd";
        /// Our window, bytes.
        rcv_wnd: u32 = 232, "tcpi_rcv_wnd";
        /// How often the flow was given another path hash.
        rehash: u32 = 236, "tcpi_rehash";
        /// Retransmission timeouts so far.
        total_rto: u16 = 240, "tcpi_total_rto";
        /// How many times such timeouts came to an end, or began and have not.
        total_rto_recoveries: u16 = 242, "tcpi_total_rto_recoveries";
        /// Time spent in them, milliseconds.
        total_rto_time: u32 = 244, "tcpi_total_rto_time";
        /// Segments that arrived with a congestion mark.
        received_ce: u32 = 248, "tcpi_received_ce";
        /// Bytes delivered with ECT(1), as the peer counts.
        delivered_e1_bytes: u32 = 252, "tcpi_delivered_e1_bytes";
        /// Bytes delivered with ECT(0), as the peer counts.
        delivered_e0_bytes: u32 = 256, "tcpi_delivered_e0_bytes";
        /// Bytes delivered with a congestion mark, as the peer counts.
        delivered_ce_bytes: u32 = 260, "tcpi_delivered_ce_bytes";
        /// Bytes that arrived with ECT(1).
        received_e1_bytes: u32 = 264, "tcpi_received_e1_bytes";
        /// Bytes that arrived with ECT(0).
        received_e0_bytes: u32 = 268, "tcpi_received_e0_bytes";
        /// Bytes that arrived with a congestion mark.
        received_ce_bytes: u32 = 272, "tcpi_received_ce_bytes";
    }

    /// Mean deviation of the [round-trip time](Self::rtt), microseconds; `None` before the first.
    #[doc(alias = "tcpi_rttvar")]
    #[inline]
    pub fn rttvar(&self) -> Option<u32> {
        self.rtt()?;
        bytes(self.0, 72).map(u32::from_ne_bytes)
    }

    /// Whether there is or was a connection, so that times since something happened mean something. What is being asked for has none
    /// yet; a socket that is closed had one if a round trip was measured.
    pub fn was_connected(&self) -> bool {
        match self.state().map_or(State::UNKNOWN, State) {
            State::LISTEN | State::SYN_SENT | State::SYN_RECV | State::NEW_SYN_RECV => false,
            State::CLOSE => self.rtt().is_some(),
            _ => true,
        }
    }

    /// Since data was sent or came in, or since the connection was established where there has been none, milliseconds.
    pub fn idle(&self) -> Option<u32> {
        let since = self.last_data_sent()?.min(self.last_data_recv()?);
        self.was_connected().then_some(since)
    }

    /// Since anything came from the peer, milliseconds.
    pub fn silence(&self) -> Option<u32> {
        let since = self.last_data_recv()?.min(self.last_ack_recv()?);
        self.was_connected().then_some(since)
    }

    /// What congestion notification does, as Linux 7.0 and later tell it: Linux 6.18 and 6.19 use the same four bytes otherwise, which
    /// no record says.
    pub fn ecn(&self) -> Option<EcnInfo> {
        bytes(self.0, 276).map(u32::from_ne_bytes).map(EcnInfo)
    }

    /// What was negotiated or seen.
    #[doc(alias = "tcpi_options")]
    #[inline]
    pub fn options(&self) -> Option<TcpOptions> {
        self.0.get(5).copied().map(TcpOptions)
    }

    /// Shift of the windows the peer offers.
    #[doc(alias = "tcpi_snd_wscale")]
    pub fn snd_wscale(&self) -> Option<u8> {
        self.0.get(6).map(|&byte| bits(byte, 0, 4))
    }

    /// Shift of the windows we offer.
    #[doc(alias = "tcpi_rcv_wscale")]
    pub fn rcv_wscale(&self) -> Option<u8> {
        self.0.get(6).map(|&byte| bits(byte, 4, 4))
    }

    /// Whether the delivery rate is held down by a writer who writes little.
    #[doc(alias = "tcpi_delivery_rate_app_limited")]
    pub fn app_limited(&self) -> Option<bool> {
        self.0.get(7).map(|&byte| bits(byte, 0, 1) != 0)
    }

    /// Why data in the SYN did not work: 0 unknown, 1 no cookie, 2 data not acknowledged, 3 the SYN was lost.
    #[doc(alias = "tcpi_fastopen_client_fail")]
    pub fn fastopen_client_fail(&self) -> Option<u8> {
        self.0.get(7).map(|&byte| bits(byte, 1, 2))
    }
}

/// The last word of `struct tcp_info` as of Linux 7.3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EcnInfo(u32);

impl EcnInfo {
    /// Which notification is in use, by [`words::ECN_MODES`](crate::words::ECN_MODES).
    #[doc(alias = "tcpi_ecn_mode")]
    pub fn mode(self) -> u8 {
        self.bits(0, 2) as u8
    }

    /// What came of Accurate ECN's options, by [`words::ACCECN_OPTIONS_SEEN`](crate::words::ACCECN_OPTIONS_SEEN).
    #[doc(alias = "tcpi_accecn_opt_seen")]
    pub fn options_seen(self) -> u8 {
        self.bits(2, 2) as u8
    }

    /// What of Accurate ECN does not get through, by bit: [`words::ACCECN_FAILURES`](crate::words::ACCECN_FAILURES).
    #[doc(alias = "tcpi_accecn_fail_mode")]
    pub fn failures(self) -> u8 {
        self.bits(4, 4) as u8
    }

    /// Bits for what [`TcpOptions`] has no room for; the kernel gives them no meaning yet.
    #[doc(alias = "tcpi_options2")]
    pub fn more_options(self) -> u32 {
        self.bits(8, 24)
    }

    fn bits(self, first: u32, count: u32) -> u32 {
        let shift = if cfg!(target_endian = "little") { first } else { u32::BITS - first - count };
        self.0 >> shift & ((1 << count) - 1)
    }
}

/// What the ends of a connection agreed on, or saw, by bit.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct TcpOptions(pub u8);

impl TcpOptions {
    /// Time stamps are used.
    #[doc(alias = "TCPI_OPT_TIMESTAMPS")]
    pub const TIMESTAMPS: Self = Self(1);
    /// Selective acknowledgements are used.
    #[doc(alias = "TCPI_OPT_SACK")]
    pub const SACK: Self = Self(2);
    /// Windows are scaled.
    #[doc(alias = "TCPI_OPT_WSCALE")]
    pub const WSCALE: Self = Self(4);
    /// Congestion marks were negotiated.
    #[doc(alias = "TCPI_OPT_ECN")]
    pub const ECN: Self = Self(8);
    /// A packet came that can be marked.
    #[doc(alias = "TCPI_OPT_ECN_SEEN")]
    pub const ECN_SEEN: Self = Self(16);
    /// Data in the SYN was acknowledged.
    #[doc(alias = "TCPI_OPT_SYN_DATA")]
    pub const SYN_DATA: Self = Self(32);
    /// Time stamps count microseconds.
    #[doc(alias = "TCPI_OPT_USEC_TS")]
    pub const USEC_TS: Self = Self(64);
    /// The connection came in with data in its SYN.
    #[doc(alias = "TCPI_OPT_TFO_CHILD")]
    pub const TFO_CHILD: Self = Self(128);

    /// Whether all of `other` are there.
    #[inline]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// From here on a threshold stands for none (`TCP_INFINITE_SSTHRESH`).
const NO_SSTHRESH: u32 = 0x7fff_ffff;

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte is its offset, so a field read at the wrong place has the wrong value.
    fn counted(len: usize) -> Vec<u8> {
        (0..len).map(|n| n as u8).collect()
    }

    #[test]
    fn fields_lie_where_the_kernel_puts_them() {
        let record = counted(280);
        let info = TcpInfo::new(&record);
        let u32_at = |at: u8| Some(u32::from_ne_bytes([at, at + 1, at + 2, at + 3]));
        #[rustfmt::skip]
        let cases = [
            (info.rto(), 8), (info.ato(), 12), (info.snd_mss(), 16), (info.rcv_mss(), 20), (info.unacked(), 24), (info.sacked(), 28),
            (info.lost(), 32), (info.retrans(), 36), (info.fackets(), 40), (info.last_data_sent(), 44), (info.last_ack_sent(), 48),
            (info.last_data_recv(), 52), (info.last_ack_recv(), 56), (info.pmtu(), 60), (info.rcv_ssthresh(), 64), (info.rtt(), 68),
            (info.rttvar(), 72), (info.snd_ssthresh(), 76), (info.snd_cwnd(), 80), (info.advmss(), 84), (info.reordering(), 88),
            (info.rcv_rtt(), 92), (info.rcv_space(), 96), (info.total_retrans(), 100), (info.segs_out(), 136), (info.segs_in(), 140),
            (info.notsent_bytes(), 144), (info.min_rtt(), 148), (info.data_segs_in(), 152), (info.data_segs_out(), 156),
            (info.delivered(), 192), (info.delivered_ce(), 196), (info.dsack_dups(), 216), (info.reord_seen(), 220),
            (info.rcv_ooopack(), 224), (info.snd_wnd(), 228), (info.rcv_wnd(), 232), (info.rehash(), 236), (info.total_rto_time(), 244),
            (info.received_ce(), 248),
        ];
        for (read, at) in cases {
            assert_eq!(read, u32_at(at), "offset {at}");
        }
        assert_eq!(info.total_rto(), Some(u16::from_ne_bytes([240, 241])));
        assert_eq!(info.ecn(), Some(EcnInfo(u32::from_ne_bytes([20, 21, 22, 23]))));
        assert_eq!(info.sndbuf_limited(), Some(u64::from_ne_bytes([184, 185, 186, 187, 188, 189, 190, 191])));
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn small_fields_share_a_byte() {
        let info = TcpInfo::new(&[1, 0, 0, 0, 0, 7, 0xa7, 0b101]);
        assert_eq!((info.snd_wscale(), info.rcv_wscale()), (Some(7), Some(10)));
        assert_eq!((info.app_limited(), info.fastopen_client_fail()), (Some(true), Some(2)));
        assert_eq!(info.rto(), None);
    }

    #[test]
    fn every_length_is_read_as_far_as_it_goes() {
        let record = counted(300);
        for len in 0..record.len() {
            let info = TcpInfo::new(&record[..len]);
            assert_eq!(info.state().is_some(), len >= 1);
            assert_eq!(info.rcv_wscale().is_some(), len >= 7);
            assert_eq!(info.total_retrans().is_some(), len >= 104);
            assert_eq!(info.pacing_rate().is_some(), len >= 112);
            assert_eq!(info.snd_wnd().is_some(), len >= 232);
            assert_eq!(info.total_rto_recoveries().is_some(), len >= 244);
            assert_eq!(info.ecn().is_some(), len >= 280);
        }
    }

    #[test]
    fn what_stands_for_nothing_is_nothing() {
        let with = |at: usize, value: &[u8]| {
            let mut record = counted(280);
            record[at..at + value.len()].copy_from_slice(value);
            record
        };
        type Read = fn(TcpInfo<'_>) -> Option<u64>;
        #[rustfmt::skip]
        let cases: [(usize, &[u8], Read); 10] = [
            (68,  &[0; 4],                      |info| info.rtt().map(u64::from)),
            (68,  &[0; 4],                      |info| info.rttvar().map(u64::from)),
            (76,  &0x7fff_ffff_u32.to_ne_bytes(), |info| info.snd_ssthresh().map(u64::from)),
            (76,  &[0xff; 4],                   |info| info.snd_ssthresh().map(u64::from)),
            (92,  &[0; 4],                      |info| info.rcv_rtt().map(u64::from)),
            (104, &[0xff; 8],                   |info| info.pacing_rate()),
            (112, &[0xff; 8],                   |info| info.max_pacing_rate()),
            (148, &[0; 4],                      |info| info.min_rtt().map(u64::from)),
            (148, &[0xff; 4],                   |info| info.min_rtt().map(u64::from)),
            (160, &[0; 8],                      |info| info.delivery_rate()),
        ];
        for (at, none, read) in cases {
            assert_eq!(read(TcpInfo::new(&with(at, none))), None, "{at}");
            let one = if none.len() == 4 { &1_u32.to_ne_bytes()[..] } else { &1_u64.to_ne_bytes()[..] };
            assert!(read(TcpInfo::new(&with(at, one))).is_some(), "{at}");
        }
        // A deviation of nothing is one; a threshold of more than sixteen bits is one too.
        assert_eq!(TcpInfo::new(&with(72, &[0; 4])).rttvar(), Some(0));
        assert_eq!(TcpInfo::new(&with(76, &70_000_u32.to_ne_bytes())).snd_ssthresh(), Some(70_000));
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn the_last_word_has_four_fields() {
        let info = EcnInfo(0xab_cd_ef_00 | 0b0101_1110);
        assert_eq!((info.mode(), info.options_seen(), info.failures()), (2, 3, 5));
        assert_eq!(info.more_options(), 0xab_cd_ef);
    }
}
