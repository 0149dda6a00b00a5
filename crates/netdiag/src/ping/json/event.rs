//! What happens during a run, one record for each kind of event.
//!
//! The frame says when, and in its key `record` what, in a document too.

use std::io;
use std::net::SocketAddr;

use netdiag_echo::wire::HEADER_LEN;
use netdiag_echo::{self as echo, Family, IcmpError, LocalDelay, LocalError, Seq, UncountedReason};
use netdiag_text::duration::micros;

use super::clock_name;
use crate::json::record::record;
use crate::json::{Address, ErrorRecord, address as json_address, of_call, of_reason};
use crate::ping::{address, icmp_text};

record! {
    /// A reply to a probe of this run.
    Reply {
        /// The number of the probe, from 1; `icmp_seq` is its low 16 bits.
        seq: u64,
        /// Who sent it.
        from: Address,
        /// Length of the message, ICMP's header included.
        message_bytes: usize,
        /// From the probe's departure to the reply's arrival, by the best clocks there were. The time in this host's own queue
        /// and the wait for the neighbour's address are part of it; delays of this process are not, where the clocks are the
        /// kernel's.
        rtt_us: f64,
        /// The same as this process lived it, scheduling delay included.
        rtt_by_user_us: f64,
        /// Which clocks round-trip times were read on, `rtt_us` here: `kernel` stamps both ends, `user-kernel` is sent by this process's clock and
        /// received by the kernel's, `user` is this process's at both ends.
        #[schemars(extend("enum" = ["user", "user-kernel", "kernel"]))]
        clock: &'static str,
    } maybe {
        /// Time in the queue of the device it left by, part of `rtt_us`; missing if the kernel did not tell.
        own_queue_us: f64,
        /// Time until the neighbour it goes to had told its address (ARP, neighbour discovery), part of `rtt_us`; missing if the
        /// kernel did not tell.
        neighbour_us: f64,
        /// TTL or hop limit it arrived with; missing if the kernel did not tell.
        hop_limit: u8,
        /// `true` if another reply to the probe was counted before.
        duplicate: bool,
        /// `true` if the probe had been given up as lost.
        late: bool,
        /// `true` if a later probe was answered before.
        reordered: bool,
        /// `true` if it came from another address than the probe went to.
        other_source: bool,
        /// `true` if less came back than was sent, though all of the secret by which replies are known.
        truncated: bool,
        /// Offset into the data of the first byte that is not what was sent.
        wrong_byte: usize,
    }
}

record! {
    /// What may be a reply to a probe of this run, and does not count. It has no time.
    UncountedReply {
        /// The number of the probe, by what it says it answers.
        seq: u64,
        /// Who sent it, by what it says.
        from: Address,
        /// Length of the message, ICMP's header included.
        message_bytes: usize,
        /// Why it does not count: its ICMP checksum is wrong, or it is too short to be told from a forged one.
        #[schemars(extend("enum" = ["wrong-checksum", "too-short"]))]
        reason: &'static str,
    } maybe {
        /// TTL or hop limit it arrived with; missing if the kernel did not tell.
        hop_limit: u8,
        /// `true` if it came from another address than the probe went to.
        other_source: bool,
        /// Offset into the data of the first byte that is not what was sent.
        wrong_byte: usize,
    }
}

record! {
    /// A probe was given up: its `--timeout` has passed, the run waited for it in vain, or the run was cut short when the probe
    /// had been under way for longer than it would have waited.
    Lost {
        /// The number of the probe.
        seq: u64,
    } maybe {
        /// Time in the queue of the device it left by; missing if the kernel did not tell that it left.
        own_queue_us: f64,
        /// Time until the neighbour it goes to had told its address; missing if the kernel did not tell that it had.
        neighbour_us: f64,
    }
}

record! {
    /// An ICMP message other than a reply: an `error` ends the probe, `advice` (a redirect or source quench) does not.
    Icmp {
        /// The number of the probe, which it is about.
        seq: u64,
        /// What it says, and the router or host that sent it.
        error: ErrorRecord,
        /// Its type.
        icmp_type: u8,
        /// Its code.
        icmp_code: u8,
        /// Whether it quotes enough of the probe to have the run's secret in it. If not, nothing tells it from a forged one that fits
        /// in number; one that quotes another secret is not told of, and counts as `foreign`.
        authenticated: bool,
    } maybe {
        /// The largest packet that gets through, where the message is about that.
        mtu_bytes: u32,
        /// The router to go to instead, where it is a redirect.
        gateway: Address,
        /// Offset of what was not understood, where the message is about that.
        pointer: u32,
    }
}

record! {
    /// The system refused to send a probe.
    SendFailed {
        /// The number of the probe.
        seq: u64,
        /// Why it was refused.
        error: ErrorRecord,
    }
}

record! {
    /// The kernel refused a probe after taking it, and does not say which.
    Refused {
        /// Why it was refused.
        error: ErrorRecord,
    } maybe {
        /// The largest packet that gets through, if the probe was longer.
        mtu_bytes: u32,
    }
}

record! {
    /// The system could not receive; it may again.
    ReceiveFailed {
        /// Why it could not.
        error: ErrorRecord,
    }
}

impl From<&echo::Reply> for Reply {
    fn from(reply: &echo::Reply) -> Self {
        let if_true = |flag: bool| flag.then_some(true);
        Self {
            seq: reply.seq.0,
            from: json_address(reply.from),
            message_bytes: reply.size + HEADER_LEN,
            rtt_us: micros(reply.rtt),
            rtt_by_user_us: micros(reply.rtt_by_user),
            clock: clock_name(reply.clock),
            own_queue_us: reply.delay.queue.map(micros),
            neighbour_us: reply.delay.neighbour.map(micros),
            hop_limit: reply.hop_limit,
            duplicate: if_true(reply.duplicate),
            late: if_true(reply.late),
            reordered: if_true(reply.reordered),
            other_source: if_true(reply.other_source),
            truncated: if_true(reply.truncated),
            wrong_byte: reply.damage.as_ref().map(|damage| damage.wrong.offset),
        }
    }
}

impl From<&echo::UncountedReply> for UncountedReply {
    fn from(reply: &echo::UncountedReply) -> Self {
        Self {
            seq: reply.seq.0,
            from: json_address(reply.from),
            message_bytes: reply.size + HEADER_LEN,
            reason: match reply.reason {
                UncountedReason::WrongChecksum => "wrong-checksum",
                _ => "too-short",
            },
            hop_limit: reply.hop_limit,
            other_source: reply.other_source.then_some(true),
            wrong_byte: reply.damage.as_ref().map(|damage| damage.wrong.offset),
        }
    }
}

impl Lost {
    pub(super) fn new(seq: Seq, delay: LocalDelay) -> Self {
        let [own_queue_us, neighbour_us] = [delay.queue, delay.neighbour].map(|time| time.map(micros));
        Self { seq: seq.0, own_queue_us, neighbour_us }
    }
}

impl Icmp {
    pub(super) fn new(seq: Seq, from: SocketAddr, error: &IcmpError, authenticated: bool) -> Self {
        let IcmpError { family, kind, code, info } = *error;
        let (is_v4, info_if) = (family == Family::V4, |holds: bool| holds.then_some(info));
        Self {
            seq: seq.0,
            error: of_reason(error, from, icmp_text::describe(error)),
            icmp_type: kind,
            icmp_code: code,
            // An old router tells none.
            mtu_bytes: info_if(if is_v4 { (kind, code) == (3, 4) } else { kind == 2 })
                .filter(|mtu| *mtu != 0),
            gateway: info_if(is_v4 && kind == 5).map(|info| Address::of_host(address::gateway(info))),
            pointer: info_if(if is_v4 { kind == 12 } else { kind == 4 }),
            authenticated,
        }
    }
}

impl SendFailed {
    pub(super) fn new(seq: Seq, error: &io::Error) -> Self {
        Self { seq: seq.0, error: of_call("sendmsg", error) }
    }
}

impl Refused {
    pub(super) fn new(error: &LocalError) -> Self {
        let refusal = of_call("sendmsg", &io::Error::from_raw_os_error(error.errno));
        Self { mtu_bytes: Some(error.info).filter(|_| refusal.kind == "too-big"), error: refusal }
    }
}

impl ReceiveFailed {
    pub(super) fn new(error: &io::Error) -> Self {
        Self { error: of_call("recvmsg", error) }
    }
}
