//! TCP's internals, in upstream's order and wording.
//!
//! Zero mostly means "not measured" and is left out; where another value means that, it is left out instead.

use netdiag_host::TcpProcLine;
use netdiag_sockdiag::{BbrInfo, DctcpInfo, InetAttrs, State, TcpInfo, TcpOptions, words};

use super::super::super::cells::Cell;
use super::super::super::details::Details;
use super::rates::Rates;
use crate::printf;

/// Writes all of it.
pub(super) fn write(
    cell: &mut Cell<'_>,
    details: Details,
    state: State,
    info: TcpInfo<'_>,
    attrs: &InetAttrs<'_>,
) {
    let rates = if details.numeric { Rates::Exact } else { Rates::Short };
    let options = info.options().unwrap_or_default();
    if details.timers {
        negotiated(cell, options);
    }
    if let Some(name) = attrs.congestion() {
        cell.byte(b' ');
        cell.foreign(name);
    }
    if options.contains(TcpOptions::WSCALE) {
        cell.number(b" wscale:", info.snd_wscale().unwrap_or(0));
        cell.number(b",", info.rcv_wscale().unwrap_or(0));
    }
    timeouts(cell, info);
    sizes(cell, info);
    traffic(cell, info);
    if let Some(dctcp) = attrs.dctcp() {
        write_dctcp(cell, dctcp);
    }
    if let Some(bbr) = attrs.bbr() {
        write_bbr(cell, rates, bbr);
    }
    speed(cell, rates, info, attrs);
    limits(cell, info);
    losses(cell, state, info);
    receiver(cell, info);
}

/// Writes what a line of `/proc/net/tcp` tells, in the units of the manual.
pub(super) fn write_line(cell: &mut Cell<'_>, line: TcpProcLine) {
    cell.some_millis(b" rto:", Some(line.rto).filter(|&rto| rto != UNMEASURED_RTO));
    cell.some_millis(b" ato:", Some(line.ato));
    cell.some(b" qack:", Some(line.quick));
    cell.flag(b" bidir", line.pingpong);
    cell.some(b" cwnd:", Some(line.cwnd));
    cell.some(b" ssthresh:", line.ssthresh.filter(|&threshold| threshold < NO_SSTHRESH));
}

fn negotiated(cell: &mut Cell<'_>, options: TcpOptions) {
    for option in NEGOTIATED {
        for word in words::TCP_OPTIONS.set(options.0 & option.0) {
            cell.byte(b' ');
            cell.push(word.shown.as_bytes());
        }
    }
}

#[inline]
fn timeouts(cell: &mut Cell<'_>, info: TcpInfo<'_>) {
    cell.some_millis(b" rto:", info.rto().filter(|&rto| rto != UNMEASURED_RTO));
    cell.some(b" backoff:", info.backoff());
    if let Some(rtt) = info.rtt() {
        cell.millis(b" rtt:", rtt);
        cell.millis(b"/", info.rttvar().unwrap_or(0));
    }
    cell.some_millis(b" ato:", info.ato());
}

#[inline]
fn sizes(cell: &mut Cell<'_>, info: TcpInfo<'_>) {
    cell.some(b" mss:", info.snd_mss());
    cell.some(b" pmtu:", info.pmtu());
    cell.some(b" rcvmss:", info.rcv_mss());
    cell.some(b" advmss:", info.advmss());
    cell.some(b" cwnd:", info.snd_cwnd());
    cell.some(b" ssthresh:", info.snd_ssthresh().filter(|&threshold| threshold < NO_SSTHRESH));
}

#[inline]
fn traffic(cell: &mut Cell<'_>, info: TcpInfo<'_>) {
    cell.some(b" bytes_sent:", info.bytes_sent());
    cell.some(b" bytes_retrans:", info.bytes_retrans());
    cell.some(b" bytes_acked:", info.bytes_acked());
    cell.some(b" bytes_received:", info.bytes_received());
    cell.some(b" segs_out:", info.segs_out());
    cell.some(b" segs_in:", info.segs_in());
    cell.some(b" data_segs_out:", info.data_segs_out());
    cell.some(b" data_segs_in:", info.data_segs_in());
}

fn write_dctcp(cell: &mut Cell<'_>, dctcp: DctcpInfo<'_>) {
    if dctcp.enabled().unwrap_or(0) == 0 {
        return cell.word(b" dctcp:fallback_mode");
    }
    cell.number(b" dctcp:(ce_state:", dctcp.ce_state().unwrap_or(0));
    cell.number(b",alpha:", dctcp.alpha().unwrap_or(0));
    cell.number(b",ab_ecn:", dctcp.ab_ecn().unwrap_or(0));
    cell.number(b",ab_tot:", dctcp.ab_tot().unwrap_or(0));
    cell.byte(b')');
}

fn write_bbr(cell: &mut Cell<'_>, rates: Rates, bbr: BbrInfo<'_>) {
    rates.write_bytes(cell, b" bbr:(bw:", bbr.bandwidth().unwrap_or(0));
    cell.millis(b",mrtt:", bbr.min_rtt().unwrap_or(0));
    if let Some(gain) = bbr.pacing_gain().filter(|&gain| gain != 0) {
        cell.named(b",pacing_gain:", |to| printf::general::<6>(f64::from(gain) / 256.0, to));
    }
    if let Some(gain) = bbr.cwnd_gain().filter(|&gain| gain != 0) {
        cell.named(b",cwnd_gain:", |to| printf::general::<6>(f64::from(gain) / 256.0, to));
    }
    cell.byte(b')');
}

#[inline]
fn speed(cell: &mut Cell<'_>, rates: Rates, info: TcpInfo<'_>, attrs: &InetAttrs<'_>) {
    let (mss, cwnd) = (info.snd_mss().unwrap_or(0), info.snd_cwnd().unwrap_or(0));
    let rtt = vegas_rtt(attrs).or_else(|| info.rtt()).unwrap_or(0);
    if mss != 0 && cwnd != 0 && rtt != 0 {
        rates.write(cell, b" send ", f64::from(cwnd) * f64::from(mss) * 8e6 / f64::from(rtt));
    }
    cell.some(b" lastsnd:", info.last_data_sent());
    cell.some(b" lastrcv:", info.last_data_recv());
    cell.some(b" lastack:", info.last_ack_recv());
    if let Some(rate) = info.pacing_rate().filter(|&rate| rate != 0) {
        rates.write_bytes(cell, b" pacing_rate ", rate);
        if let Some(most) = info.max_pacing_rate().filter(|&rate| rate != 0) {
            rates.write_bytes(cell, b"/", most);
        }
    }
    if let Some(rate) = info.delivery_rate() {
        rates.write_bytes(cell, b" delivery_rate ", rate);
    }
    cell.some(b" delivered:", info.delivered());
    cell.some(b" delivered_ce:", info.delivered_ce());
    cell.flag(b" app_limited", info.app_limited() == Some(true));
}

/// Vegas and its like have a better figure, while they measure.
fn vegas_rtt(attrs: &InetAttrs<'_>) -> Option<u32> {
    let vegas = attrs.vegas().filter(|vegas| vegas.enabled().unwrap_or(0) != 0)?;
    vegas.rtt()
}

/// How much of the time with something to send was spent waiting, and for whom.
#[inline]
fn limits(cell: &mut Cell<'_>, info: TcpInfo<'_>) {
    let Some(busy) = info.busy_time().filter(|&busy| busy != 0) else {
        return;
    };
    let share = |time: u64| 100.0 * time as f64 / busy as f64;
    cell.number(b" busy:", busy / 1000);
    cell.word(b"ms");
    if let Some(time) = info.rwnd_limited().filter(|&time| time != 0) {
        cell.number(b" rwnd_limited:", time / 1000);
        cell.named(b"ms(", |to| printf::tenths(share(time), to));
        cell.word(b"%)");
    }
    if let Some(time) = info.sndbuf_limited().filter(|&time| time != 0) {
        cell.number(b" sndbuf_limited:", time / 1000);
        cell.named(b"ms(", |to| printf::tenths(share(time), to));
        cell.word(b"%)");
    }
}

#[inline]
fn losses(cell: &mut Cell<'_>, state: State, info: TcpInfo<'_>) {
    cell.some(b" unacked:", info.unacked());
    let (now, ever) = (info.retrans().unwrap_or(0), info.total_retrans().unwrap_or(0));
    if now != 0 || ever != 0 {
        cell.number(b" retrans:", now);
        cell.number(b"/", ever);
    }
    cell.some(b" lost:", info.lost());
    // Of a listener this is the limit of its queue, which has a column.
    cell.some(b" sacked:", info.sacked().filter(|_| state != State::LISTEN));
    cell.some(b" dsack_dups:", info.dsack_dups());
    cell.some(b" fackets:", info.fackets());
    if let Some(reordering) = info.reordering().filter(|&reordering| reordering != USUAL_REORDERING) {
        cell.number(b" reordering:", reordering);
    }
    cell.some(b" reord_seen:", info.reord_seen());
}

#[inline]
fn receiver(cell: &mut Cell<'_>, info: TcpInfo<'_>) {
    cell.some_millis(b" rcv_rtt:", info.rcv_rtt());
    cell.some(b" rcv_space:", info.rcv_space());
    cell.some(b" rcv_ssthresh:", info.rcv_ssthresh());
    cell.some(b" notsent:", info.notsent_bytes());
    cell.some_millis(b" minrtt:", info.min_rtt());
    cell.some(b" rcv_ooopack:", info.rcv_ooopack());
    cell.some(b" snd_wnd:", info.snd_wnd());
    cell.some(b" rcv_wnd:", info.rcv_wnd());
    cell.some(b" rehash:", info.rehash());
}

/// What the retransmission timeout begins with, in microseconds, as kernels of long ago had it.
const UNMEASURED_RTO: u32 = 3_000_000;
/// Thresholds from here on are not shown: upstream takes sixteen bits of them for none.
const NO_SSTHRESH: u32 = 0xffff;
/// In upstream's order.
const NEGOTIATED: [TcpOptions; 6] = [
    TcpOptions::TIMESTAMPS,
    TcpOptions::USEC_TS,
    TcpOptions::SACK,
    TcpOptions::ECN,
    TcpOptions::ECN_SEEN,
    TcpOptions::SYN_DATA,
];
const USUAL_REORDERING: u32 = 3;
