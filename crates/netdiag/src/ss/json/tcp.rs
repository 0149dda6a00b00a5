//! `struct tcp_info`: what TCP knows of a connection, shown with `-i`.
//!
//! Numbers the kernel has are written even when they are 0; a key is missing only where the kernel's structure ends before
//! it, or where its number stands for "none".

use netdiag_host::TcpFileLine;
use netdiag_sockdiag::{TcpInfo, TcpOptions};

use super::scalar::Flags;
use crate::json::record::record;

record! {
    /// What TCP knows of a connection (`struct tcp_info`). Packets are counted in segments.
    #[derive(Default)]
    Tcp {
    } maybe {
        /// What loss recovery is doing (`tcpi_ca_state`).
        #[schemars(extend("enum" = ["open", "disorder", "cwr", "recovery", "loss"]))]
        ca_state: &'static str,
        /// Features in use (`tcpi_options`): `ts`, `sack`, `ecn`, `ecnseen`, `fastopen`, `usec_ts`.
        options: Flags,
        /// Shift of the window the peer announces; with window scaling only (`tcpi_snd_wscale`).
        snd_wscale: u8,
        /// Shift of the window announced to the peer; with window scaling only (`tcpi_rcv_wscale`).
        rcv_wscale: u8,
        /// Whether the delivery rate was limited by the application (`tcpi_delivery_rate_app_limited`).
        app_limited: bool,
        /// Why fast open failed: 0 it did not, 1 no cookie, 2 no data acknowledged, 3 not acknowledged at all
        /// (`tcpi_fastopen_client_fail`).
        fastopen_client_fail: u8,
        /// Timeouts in a row, now (`tcpi_retransmits`).
        retransmits: u8,
        /// Window or keepalive probes without an answer, now (`tcpi_probes`).
        probes: u8,
        /// How often the retransmission timeout was doubled, now (`tcpi_backoff`).
        backoff: u8,
        /// Retransmission timeout (`tcpi_rto`).
        rto_us: u32,
        /// Timeout of delayed acknowledgements (`tcpi_ato`).
        ato_us: u32,
        /// Smoothed round-trip time (`tcpi_rtt`).
        rtt_us: u32,
        /// Its mean deviation (`tcpi_rttvar`).
        rttvar_us: u32,
        /// Least round-trip time lately (`tcpi_min_rtt`); missing before there is one.
        min_rtt_us: u32,
        /// Round-trip time as the receiver sees it (`tcpi_rcv_rtt`).
        rcv_rtt_us: u32,
        /// How many acknowledgements are to be sent at once; told by `/proc` only.
        quick_acks: u32,
        /// Whether data goes both ways, so that acknowledgements wait for data; told by `/proc` only.
        pingpong: bool,
        /// Largest segment to send (`tcpi_snd_mss`).
        mss_bytes: u32,
        /// Largest segment expected, by what came (`tcpi_rcv_mss`).
        rcv_mss_bytes: u32,
        /// Largest segment announced to the peer (`tcpi_advmss`).
        advmss_bytes: u32,
        /// Largest packet the path takes (`tcpi_pmtu`).
        pmtu_bytes: u32,
        /// Congestion window, in segments (`tcpi_snd_cwnd`).
        cwnd: u32,
        /// Slow-start threshold, in segments (`tcpi_snd_ssthresh`); missing before there is one.
        ssthresh: u32,
        /// Bytes sent, repeated ones included (`tcpi_bytes_sent`).
        sent_bytes: u64,
        /// Bytes sent again (`tcpi_bytes_retrans`).
        retrans_bytes: u64,
        /// Bytes acknowledged (`tcpi_bytes_acked`).
        acked_bytes: u64,
        /// Bytes received (`tcpi_bytes_received`).
        received_bytes: u64,
        /// Bytes in the send queue that have not been sent (`tcpi_notsent_bytes`).
        notsent_bytes: u32,
        /// Segments sent (`tcpi_segs_out`).
        segs_out: u32,
        /// Segments received (`tcpi_segs_in`).
        segs_in: u32,
        /// Segments sent that carried data (`tcpi_data_segs_out`).
        data_segs_out: u32,
        /// Segments received that carried data (`tcpi_data_segs_in`).
        data_segs_in: u32,
        /// Milliseconds since data was last sent (`tcpi_last_data_sent`).
        last_data_sent_ms: u32,
        /// Milliseconds since data was last received (`tcpi_last_data_recv`).
        last_data_recv_ms: u32,
        /// Milliseconds since the last acknowledgement (`tcpi_last_ack_recv`).
        last_ack_recv_ms: u32,
        /// How fast data is let out (`tcpi_pacing_rate`); missing when not paced.
        pacing_rate_bytes_per_s: u64,
        /// The most it is let out with (`tcpi_max_pacing_rate`); missing when there is no limit.
        max_pacing_rate_bytes_per_s: u64,
        /// How fast data reached the peer lately (`tcpi_delivery_rate`).
        delivery_rate_bytes_per_s: u64,
        /// Packets delivered (`tcpi_delivered`).
        delivered: u32,
        /// Of these, marked by a congested router (`tcpi_delivered_ce`).
        delivered_ce: u32,
        /// Time there was something to send (`tcpi_busy_time`).
        busy_us: u64,
        /// Of this, kept waiting by the peer's window (`tcpi_rwnd_limited`).
        rwnd_limited_us: u64,
        /// Of this, kept waiting by the send buffer (`tcpi_sndbuf_limited`).
        sndbuf_limited_us: u64,
        /// Packets sent and not acknowledged; for a listening socket, connections not accepted yet (`tcpi_unacked`).
        unacked: u32,
        /// Packets acknowledged out of order; for a listening socket, how many connections may wait (`tcpi_sacked`).
        sacked: u32,
        /// Packets taken for lost (`tcpi_lost`).
        lost: u32,
        /// Packets sent again and still out (`tcpi_retrans`).
        retrans: u32,
        /// Packets ever sent again (`tcpi_total_retrans`).
        total_retrans: u32,
        /// How far acknowledgements reach beyond the first gap, in packets (`tcpi_fackets`).
        fackets: u32,
        /// Packets the peer got twice, by its word (`tcpi_dsack_dups`).
        dsack_dups: u32,
        /// How far out of order packets may come before one counts as lost (`tcpi_reordering`).
        reordering: u32,
        /// How often packets came out of order (`tcpi_reord_seen`).
        reord_seen: u32,
        /// Packets received out of order (`tcpi_rcv_ooopack`).
        rcv_ooopack: u32,
        /// Receive buffer aimed at (`tcpi_rcv_space`).
        rcv_space_bytes: u32,
        /// Most the announced window may grow to now (`tcpi_rcv_ssthresh`).
        rcv_ssthresh_bytes: u32,
        /// The peer's window (`tcpi_snd_wnd`).
        snd_wnd_bytes: u32,
        /// The window announced to the peer (`tcpi_rcv_wnd`).
        rcv_wnd_bytes: u32,
        /// How often another path was tried after a timeout (`tcpi_rehash`).
        rehash: u32,
        /// Timeouts ever (`tcpi_total_rto`).
        total_rto: u16,
        /// Spells of timeouts that ended well (`tcpi_total_rto_recoveries`).
        total_rto_recoveries: u16,
        /// Time spent in spells of timeouts (`tcpi_total_rto_time`).
        total_rto_time_ms: u32,
    }
}

impl Tcp {
    pub(crate) fn new(info: TcpInfo<'_>) -> Self {
        let options = info.options();
        let scaled = options.is_some_and(|set| set.contains(TcpOptions::WSCALE));
        Self {
            ca_state: info.ca_state().and_then(|state| CA_STATES.get(usize::from(state)).copied()),
            options: options.map(|set| Flags { bits: set.0.into(), names: OPTIONS }),
            snd_wscale: info.snd_wscale().filter(|_| scaled),
            rcv_wscale: info.rcv_wscale().filter(|_| scaled),
            app_limited: info.app_limited(),
            fastopen_client_fail: info.fastopen_client_fail(),
            retransmits: info.retransmits(),
            probes: info.probes(),
            backoff: info.backoff(),
            rto_us: info.rto(),
            ato_us: info.ato(),
            rtt_us: info.rtt(),
            rttvar_us: info.rttvar(),
            min_rtt_us: info.min_rtt().filter(|&rtt| rtt != u32::MAX),
            rcv_rtt_us: info.rcv_rtt(),
            quick_acks: None,
            pingpong: None,
            mss_bytes: info.snd_mss(),
            rcv_mss_bytes: info.rcv_mss(),
            advmss_bytes: info.advmss(),
            pmtu_bytes: info.pmtu(),
            cwnd: info.snd_cwnd(),
            ssthresh: info.snd_ssthresh().filter(|&threshold| threshold < INFINITE),
            sent_bytes: info.bytes_sent(),
            retrans_bytes: info.bytes_retrans(),
            acked_bytes: info.bytes_acked(),
            received_bytes: info.bytes_received(),
            notsent_bytes: info.notsent_bytes(),
            segs_out: info.segs_out(),
            segs_in: info.segs_in(),
            data_segs_out: info.data_segs_out(),
            data_segs_in: info.data_segs_in(),
            last_data_sent_ms: info.last_data_sent(),
            last_data_recv_ms: info.last_data_recv(),
            last_ack_recv_ms: info.last_ack_recv(),
            pacing_rate_bytes_per_s: info.pacing_rate().filter(|&rate| rate != u64::MAX),
            max_pacing_rate_bytes_per_s: info.max_pacing_rate().filter(|&rate| rate != u64::MAX),
            delivery_rate_bytes_per_s: info.delivery_rate(),
            delivered: info.delivered(),
            delivered_ce: info.delivered_ce(),
            busy_us: info.busy_time(),
            rwnd_limited_us: info.rwnd_limited(),
            sndbuf_limited_us: info.sndbuf_limited(),
            unacked: info.unacked(),
            sacked: info.sacked(),
            lost: info.lost(),
            retrans: info.retrans(),
            total_retrans: info.total_retrans(),
            fackets: info.fackets(),
            dsack_dups: info.dsack_dups(),
            reordering: info.reordering(),
            reord_seen: info.reord_seen(),
            rcv_ooopack: info.rcv_ooopack(),
            rcv_space_bytes: info.rcv_space(),
            rcv_ssthresh_bytes: info.rcv_ssthresh(),
            snd_wnd_bytes: info.snd_wnd(),
            rcv_wnd_bytes: info.rcv_wnd(),
            rehash: info.rehash(),
            total_rto: info.total_rto(),
            total_rto_recoveries: info.total_rto_recoveries(),
            total_rto_time_ms: info.total_rto_time(),
        }
    }

    /// What is known of a connection read from `/proc`.
    pub(crate) fn of_line(line: TcpFileLine) -> Self {
        Self {
            rto_us: Some(line.rto),
            ato_us: Some(line.ato),
            quick_acks: Some(line.quick),
            pingpong: Some(line.pingpong),
            cwnd: Some(line.cwnd),
            ssthresh: line.ssthresh.filter(|&threshold| threshold < INFINITE),
            ..Self::default()
        }
    }
}

/// By number.
const CA_STATES: [&str; 5] = ["open", "disorder", "cwr", "recovery", "loss"];
/// By bit; window scaling shows in the shifts.
const OPTIONS: &[&str] = &["ts", "sack", "", "ecn", "ecnseen", "fastopen", "usec_ts"];
/// From here on it stands for none.
const INFINITE: u32 = 0xffff;
