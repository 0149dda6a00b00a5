//! `struct tcp_info`: what TCP knows of a connection.
//!
//! A number the kernel has is told even when it is 0; it is missing only where the kernel's structure ends before it, or where it stands
//! for "none".

use netdiag_sockdiag::{EcnInfo, TcpOptions, words};

use super::declare::{group, micros};
use super::facts::Connection;
use crate::sockets::{Table, Tables};

group! {
    /// What TCP knows of a connection (`struct tcp_info`). Packets are counted in segments.
    TCP = "tcp" always 0 of Tables::of(&[Table::Tcp]), needs INFO,
    |facts| tcp = facts.connection.as_ref() => {
        /// What loss recovery is doing (`tcpi_ca_state`).
        ca_state: (RECOVERY) = tcp.info.ca_state();
        /// Features in use (`tcpi_options`): `ts`, `sack`, `ecn`, `ecnseen`, `fastopen`, `usec-ts`.
        options: [TCP_OPTIONS] = tcp.info.options().map(|set| set.0);
        /// Shift of the window the peer announces; with window scaling only (`tcpi_snd_wscale`).
        snd_wscale: u8 = tcp.info.snd_wscale().filter(|_| scales(tcp));
        /// Shift of the window announced to the peer; with window scaling only (`tcpi_rcv_wscale`).
        rcv_wscale: u8 = tcp.info.rcv_wscale().filter(|_| scales(tcp));
        /// Whether the delivery rate was limited by the application (`tcpi_delivery_rate_app_limited`).
        app_limited: bool = tcp.info.app_limited();
        /// Why fast open failed: 0 it did not, 1 no cookie, 2 no data acknowledged, 3 not acknowledged at all
        /// (`tcpi_fastopen_client_fail`).
        fastopen_client_fail: u8 = tcp.info.fastopen_client_fail();
        /// Timeouts in a row, now (`tcpi_retransmits`).
        retransmits: u8 = tcp.info.retransmits();
        /// Window or keepalive probes without an answer, now (`tcpi_probes`).
        unanswered_probes: u8 = tcp.info.probes();
        /// How often the retransmission timeout was doubled, now (`tcpi_backoff`).
        backoff: u8 = tcp.info.backoff();
        /// Retransmission timeout (`tcpi_rto`).
        rto: u32 us = tcp.info.rto().or_else(|| tcp.line.map(|line| line.rto));
        /// Timeout of delayed acknowledgements (`tcpi_ato`).
        ato: u32 us = tcp.info.ato().or_else(|| tcp.line.map(|line| line.ato));
        /// Smoothed round-trip time (`tcpi_rtt`); missing before there is one.
        rtt: u32 us = tcp.info.rtt();
        /// Its mean deviation (`tcpi_rttvar`); missing before there is one.
        rttvar: u32 us = tcp.info.rttvar();
        /// Least round-trip time lately (`tcpi_min_rtt`); missing before there is one.
        min_rtt: u32 us = tcp.info.min_rtt();
        /// Round-trip time as the receiver sees it (`tcpi_rcv_rtt`); missing before there is one.
        rcv_rtt: u32 us = tcp.info.rcv_rtt();
        /// How many acknowledgements are to be sent at once; told by `/proc` only.
        quick_acks: u32 = tcp.line.map(|line| line.quick);
        /// Whether data goes both ways, so that acknowledgements wait for data; told by `/proc` only.
        pingpong: bool = tcp.line.map(|line| line.pingpong);
        /// Largest segment to send (`tcpi_snd_mss`).
        mss: u32 bytes = tcp.info.snd_mss();
        /// Largest segment expected, by what came (`tcpi_rcv_mss`).
        rcv_mss: u32 bytes = tcp.info.rcv_mss();
        /// Largest segment announced to the peer (`tcpi_advmss`).
        advmss: u32 bytes = tcp.info.advmss();
        /// Largest packet the path takes (`tcpi_pmtu`).
        pmtu: u32 bytes = tcp.info.pmtu();
        /// Congestion window, in segments (`tcpi_snd_cwnd`).
        cwnd: u32 = tcp.info.snd_cwnd().or_else(|| tcp.line.map(|line| line.cwnd));
        /// Slow-start threshold, in segments (`tcpi_snd_ssthresh`); missing before there is one.
        ssthresh: u32 = tcp.info.snd_ssthresh().or_else(|| tcp.line.and_then(|line| line.ssthresh));
        /// Bytes sent, repeated ones included (`tcpi_bytes_sent`).
        sent: u64 bytes = tcp.info.bytes_sent();
        /// Bytes sent again (`tcpi_bytes_retrans`).
        retrans: u64 bytes = tcp.info.bytes_retrans();
        /// Bytes acknowledged (`tcpi_bytes_acked`).
        acked: u64 bytes = tcp.info.bytes_acked();
        /// Bytes received (`tcpi_bytes_received`).
        received: u64 bytes = tcp.info.bytes_received();
        /// Bytes in the send queue that have not been sent (`tcpi_notsent_bytes`).
        notsent: u32 bytes = tcp.info.notsent_bytes();
        /// Segments sent (`tcpi_segs_out`).
        segs_out: u32 = tcp.info.segs_out();
        /// Segments received (`tcpi_segs_in`).
        segs_in: u32 = tcp.info.segs_in();
        /// Segments sent that carried data (`tcpi_data_segs_out`).
        data_segs_out: u32 = tcp.info.data_segs_out();
        /// Segments received that carried data (`tcpi_data_segs_in`).
        data_segs_in: u32 = tcp.info.data_segs_in();
        /// Time since data was last sent (`tcpi_last_data_sent`).
        last_data_sent: u64 us = micros(tcp.info.last_data_sent());
        /// Time since data was last received (`tcpi_last_data_recv`).
        last_data_recv: u64 us = micros(tcp.info.last_data_recv());
        /// Time since the last acknowledgement (`tcpi_last_ack_recv`).
        last_ack_recv: u64 us = micros(tcp.info.last_ack_recv());
        /// How fast data is let out (`tcpi_pacing_rate`); missing when not paced.
        pacing_rate: u64 bytes_per_s = tcp.info.pacing_rate();
        /// The most it is let out with (`tcpi_max_pacing_rate`); missing when there is no limit.
        max_pacing_rate: u64 bytes_per_s = tcp.info.max_pacing_rate();
        /// How fast data reached the peer lately (`tcpi_delivery_rate`); missing before any did.
        delivery_rate: u64 bytes_per_s = tcp.info.delivery_rate();
        /// Packets delivered (`tcpi_delivered`).
        delivered: u32 = tcp.info.delivered();
        /// Of these, marked by a congested router (`tcpi_delivered_ce`).
        delivered_ce: u32 = tcp.info.delivered_ce();
        /// Time there was something to send (`tcpi_busy_time`).
        busy: u64 us = tcp.info.busy_time();
        /// Of this, kept waiting by the peer's window (`tcpi_rwnd_limited`).
        rwnd_limited: u64 us = tcp.info.rwnd_limited();
        /// Of this, kept waiting by the send buffer (`tcpi_sndbuf_limited`).
        sndbuf_limited: u64 us = tcp.info.sndbuf_limited();
        /// Packets sent and not acknowledged; for a listening socket, connections not accepted yet (`tcpi_unacked`).
        unacked: u32 = tcp.info.unacked();
        /// Packets acknowledged out of order; for a listening socket, how many connections may wait (`tcpi_sacked`).
        sacked: u32 = tcp.info.sacked();
        /// Packets taken for lost (`tcpi_lost`).
        lost: u32 = tcp.info.lost();
        /// Packets sent again and still out (`tcpi_retrans`).
        retrans: u32 = tcp.info.retrans();
        /// Packets ever sent again (`tcpi_total_retrans`).
        total_retrans: u32 = tcp.info.total_retrans();
        /// How far acknowledgements reach beyond the first gap, in packets (`tcpi_fackets`).
        fackets: u32 = tcp.info.fackets();
        /// Packets the peer got twice, by its word (`tcpi_dsack_dups`).
        dsack_dups: u32 = tcp.info.dsack_dups();
        /// How far out of order packets may come before one counts as lost (`tcpi_reordering`).
        reordering: u32 = tcp.info.reordering();
        /// How often packets came out of order (`tcpi_reord_seen`).
        reord_seen: u32 = tcp.info.reord_seen();
        /// Packets received out of order (`tcpi_rcv_ooopack`).
        rcv_ooopack: u32 = tcp.info.rcv_ooopack();
        /// Receive buffer aimed at (`tcpi_rcv_space`).
        rcv_space: u32 bytes = tcp.info.rcv_space();
        /// Most the announced window may grow to now (`tcpi_rcv_ssthresh`).
        rcv_ssthresh: u32 bytes = tcp.info.rcv_ssthresh();
        /// The peer's window (`tcpi_snd_wnd`).
        snd_wnd: u32 bytes = tcp.info.snd_wnd();
        /// The window announced to the peer (`tcpi_rcv_wnd`).
        rcv_wnd: u32 bytes = tcp.info.rcv_wnd();
        /// How often another path was tried after a timeout (`tcpi_rehash`).
        rehash: u32 = tcp.info.rehash();
        /// Timeouts ever (`tcpi_total_rto`).
        total_rto: u16 = tcp.info.total_rto();
        /// Spells of timeouts that ended well (`tcpi_total_rto_recoveries`).
        total_rto_recoveries: u16 = tcp.info.total_rto_recoveries();
        /// Time spent in spells of timeouts (`tcpi_total_rto_time`).
        total_rto_time: u64 us = micros(tcp.info.total_rto_time());
        /// Which congestion notification is in use (`tcpi_ecn_mode`); told since Linux 7.0.
        ecn_mode: (ECN_MODES) = tcp.ecn.map(EcnInfo::mode);
        /// What came of the options of Accurate ECN (`tcpi_accecn_opt_seen`); told since Linux 7.0.
        accecn_opt_seen: (ACCECN_OPTIONS_SEEN) = tcp.ecn.map(EcnInfo::options_seen);
        /// What of Accurate ECN does not get through (`tcpi_accecn_fail_mode`): `ace-send`, `ace-receive`, `option-send`, `option-receive`;
        /// told since Linux 7.0.
        accecn_fail_mode: [ACCECN_FAILURES] = tcp.ecn.map(EcnInfo::failures);
        /// Options that have no name yet, in bits (`tcpi_options2`); told since Linux 7.0, where there are any.
        options2: u32 = tcp.ecn.map(EcnInfo::more_options).filter(|bits| *bits != 0);
    }
}

fn scales(tcp: &Connection<'_>) -> bool {
    tcp.info.options().is_some_and(|set| set.contains(TcpOptions::WSCALE))
}
