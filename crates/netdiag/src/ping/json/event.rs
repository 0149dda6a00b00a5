//! What happens during a run, one record for each kind of event.
//!
//! An event's name is its key `event`, in a document too.

use std::io;
use std::net::SocketAddr;

use netdiag_echo::wire::HEADER_LEN;
use netdiag_echo::{self as echo, IcmpError, LocalDelay, LocalError, Seq, UncountedReason};
use netdiag_text::duration::micros;
use netdiag_text::strerror;

use super::clock_name;
use crate::json::record::record;
use crate::ping::{address, icmp_text};

record! {
    /// A reply to a probe of this run.
    Reply {
        /// Always `reply`.
        #[schemars(extend("const" = "reply"))]
        event: &'static str,
        /// The probe's number, from 1; `icmp_seq` is its low 16 bits.
        seq: u64,
        /// Who answered.
        from: String,
        /// Length of the ICMP message.
        bytes: usize,
        /// From the probe's departure to the reply's arrival, by the best clocks there were. The time in this host's own queue
        /// and the wait for the neighbour's address are part of it; delays of this process are not, where the clocks are the
        /// kernel's.
        rtt_us: f64,
        /// The same as this process lived it, scheduling delay included.
        rtt_by_user_us: f64,
        /// Which clocks `rtt_us` was read on: `kernel` stamps both ends, `user-kernel` is sent by this process's clock and
        /// received by the kernel's, `user` is this process's at both ends.
        #[schemars(extend("enum" = ["user", "user-kernel", "kernel"]))]
        clock: &'static str,
    } maybe {
        /// What of `rtt_us` the probe spent in the queue of the device it left by; missing if the kernel did not tell.
        own_queue_us: f64,
        /// What of `rtt_us` the probe waited until the neighbour it goes to had told its address (ARP, neighbour discovery);
        /// missing if the kernel did not tell.
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
        /// Always `uncounted_reply`.
        #[schemars(extend("const" = "uncounted_reply"))]
        event: &'static str,
        /// The number of the probe it says it answers.
        seq: u64,
        /// Who it says it is from.
        from: String,
        /// Length of the ICMP message.
        bytes: usize,
        /// Why it does not count: its ICMP checksum is wrong, or it is too short to be told from a forged one.
        #[schemars(extend("enum" = ["wrong_checksum", "too_short"]))]
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
        /// Always `lost`.
        #[schemars(extend("const" = "lost"))]
        event: &'static str,
        /// The probe's number.
        seq: u64,
    } maybe {
        /// How long the probe was in the queue of the device it left by; missing if the kernel did not tell that it left.
        own_queue_us: f64,
        /// How long the probe waited for the neighbour's address; missing if the kernel did not tell that it got one.
        neighbour_us: f64,
    }
}

record! {
    /// An ICMP message other than a reply.
    Icmp {
        /// `error` if it ends the probe, `advice` if it is a redirect or source quench.
        #[schemars(extend("enum" = ["error", "advice"]))]
        event: &'static str,
        /// The number of the probe it is about.
        seq: u64,
        /// The router or host that sent it.
        from: String,
        /// Its type.
        icmp_type: u8,
        /// Its code.
        icmp_code: u8,
        /// What else its header says: the next hop's MTU, a pointer, a redirect's gateway (`ee_info`).
        info: u32,
        /// The same in words.
        message: String,
        /// Whether it quotes enough of the probe to have the run's secret in it. If not, nothing tells it from a forged one that fits
        /// in number; one that quotes another secret is not told of, and counts as `foreign`.
        authenticated: bool,
    }
}

record! {
    /// The system refused to send a probe.
    SendFailed {
        /// Always `send_failed`.
        #[schemars(extend("const" = "send_failed"))]
        event: &'static str,
        /// The probe's number.
        seq: u64,
        /// Why, in words.
        message: String,
    } maybe {
        /// The system's error number.
        errno: i32,
    }
}

record! {
    /// The kernel refused a probe after taking it, and does not say which.
    Refused {
        /// Always `refused`.
        #[schemars(extend("const" = "refused"))]
        event: &'static str,
        /// The system's error number.
        errno: i32,
        /// The path MTU if the probe was too long (`EMSGSIZE`); else of no meaning (`ee_info`).
        info: u32,
        /// Why, in words.
        message: String,
    }
}

record! {
    /// The system could not receive; it may again.
    ReceiveFailed {
        /// Always `receive_failed`.
        #[schemars(extend("const" = "receive_failed"))]
        event: &'static str,
        /// Why, in words.
        message: String,
    } maybe {
        /// The system's error number.
        errno: i32,
    }
}

impl From<&echo::Reply> for Reply {
    fn from(reply: &echo::Reply) -> Self {
        let if_true = |flag: bool| flag.then_some(true);
        Self {
            event: "reply",
            seq: reply.seq.0,
            from: address::number(reply.from),
            bytes: reply.size + HEADER_LEN,
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
            event: "uncounted_reply",
            seq: reply.seq.0,
            from: address::number(reply.from),
            bytes: reply.size + HEADER_LEN,
            reason: match reply.reason {
                UncountedReason::WrongChecksum => "wrong_checksum",
                _ => "too_short",
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
        Self { event: "lost", seq: seq.0, own_queue_us, neighbour_us }
    }
}

impl Icmp {
    pub(super) fn new(
        seq: Seq,
        from: SocketAddr,
        error: &IcmpError,
        fatal: bool,
        authenticated: bool,
    ) -> Self {
        Self {
            event: if fatal { "error" } else { "advice" },
            seq: seq.0,
            from: address::number(from),
            icmp_type: error.kind,
            icmp_code: error.code,
            info: error.info,
            message: icmp_text::describe(error),
            authenticated,
        }
    }
}

impl SendFailed {
    pub(super) fn new(seq: Seq, error: &io::Error) -> Self {
        Self { event: "send_failed", seq: seq.0, message: strerror(error), errno: error.raw_os_error() }
    }
}

impl Refused {
    pub(super) fn new(error: &LocalError) -> Self {
        let message = strerror(&io::Error::from_raw_os_error(error.errno));
        Self { event: "refused", errno: error.errno, info: error.info, message }
    }
}

impl ReceiveFailed {
    pub(super) fn new(error: &io::Error) -> Self {
        Self { event: "receive_failed", message: strerror(error), errno: error.raw_os_error() }
    }
}
