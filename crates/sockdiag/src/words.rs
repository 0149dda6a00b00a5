//! What the kernel's numbers are called: every word once, for text and for everything else.
//!
//! Most numbers have one word. Where the text of `ss` says something else than what people type and programs read, both stand side by
//! side; where it knows no word and shows a number or nothing, its own is empty.

/// What a number is called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Word {
    /// In the text of `ss`; empty where it has none.
    pub shown: &'static str,
    /// Everywhere else; empty where there is none.
    pub name: &'static str,
}

/// Words by number, or by bit.
#[derive(Clone, Copy, Debug)]
pub struct Words(&'static [Word]);

impl Words {
    /// What a number is called, except in the text of `ss`.
    #[inline]
    pub fn name(self, number: impl Into<u64>) -> Option<&'static str> {
        self.get(number).map(|word| word.name).filter(|name| !name.is_empty())
    }

    /// What the text of `ss` calls a number.
    #[inline]
    pub fn shown(self, number: impl Into<u64>) -> Option<&'static str> {
        self.get(number).map(|word| word.shown).filter(|shown| !shown.is_empty())
    }

    /// The words for the bits that are set; bits without one are passed over.
    #[inline]
    pub fn set(self, bits: impl Into<u64>) -> impl Iterator<Item = &'static Word> {
        let bits = bits.into();
        self.0.iter().enumerate().filter(move |(bit, _)| bits >> bit & 1 != 0).map(|(_, word)| word)
    }

    /// All there are, by number.
    pub const fn all(self) -> &'static [Word] {
        self.0
    }

    /// All names there are, by number.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|word| word.name).filter(|name| !name.is_empty())
    }

    #[inline]
    fn get(self, number: impl Into<u64>) -> Option<&'static Word> {
        self.0.get(usize::try_from(number.into()).ok()?)
    }
}

const fn both(shown: &'static str, name: &'static str) -> Word {
    Word { shown, name }
}

/// The same everywhere.
const fn same(name: &'static str) -> Word {
    both(name, name)
}

/// Without a word in the text of `ss`.
const fn unshown(name: &'static str) -> Word {
    both("", name)
}

/// Of numbers that mean nothing.
const NONE: Word = same("");

/// States of sockets ([`State`](crate::State)); those above are not told of sockets, but see [`DCCP_STATES`].
#[rustfmt::skip]
pub const STATES: Words = Words(&[
    both("UNKNOWN", UNKNOWN), both("ESTAB", "established"), both("SYN-SENT", "syn-sent"), both("SYN-RECV", "syn-recv"),
    both("FIN-WAIT-1", "fin-wait-1"), both("FIN-WAIT-2", "fin-wait-2"), both("TIME-WAIT", "time-wait"),
    both("UNCONN", "unconnected"), both("CLOSE-WAIT", "close-wait"), both("LAST-ACK", "last-ack"), both("LISTEN", "listening"),
    both("CLOSING", "closing"),
]);

/// States that DCCP has besides. Its numbers begin where TCP's end, and those have grown by one with Linux 6.8: of 14 it cannot be
/// told which of the two it is.
#[rustfmt::skip]
pub const DCCP_STATES: Words = Words(&[
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, unshown("partopen"), NONE,
    unshown("passive-closereq"),
]);

/// States of SCTP associations (`enum sctp_state`).
#[rustfmt::skip]
pub const ASSOCIATION_STATES: Words = Words(&[
    both("CLOSED", "closed"), both("COOKIE_WAIT", "cookie-wait"), both("COOKIE_ECHOED", "cookie-echoed"),
    both("ESTAB", "established"), both("SHUTDOWN_PENDING", "shutdown-pending"), both("SHUTDOWN_SENT", "shutdown-sent"),
    both("SHUTDOWN_RECEIVED", "shutdown-received"), both("ACK_SENT", "shutdown-ack-sent"),
]);

/// The word for a number that has none.
pub const UNKNOWN: &str = "unknown";

/// Timers, by the number that [`timer`] gives.
#[rustfmt::skip]
pub const TIMERS: Words = Words(&[
    NONE, same("on"), same("keepalive"), same("timewait"), same("persist"), same("delack"), both("T3_RTX", "t3-rtx"), same(UNKNOWN),
]);

/// Which of [`TIMERS`] runs (`idiag_timer`); `None` if none does. SCTP tells of one only, by a number that is another's elsewhere.
#[inline]
pub fn timer(number: u8, sctp: bool) -> Option<u8> {
    match number {
        0 => None,
        _ if sctp => Some(6),
        1..=5 => Some(number),
        _ => Some(7),
    }
}

/// Which halves of a connection are shut down (`RCV_SHUTDOWN` and `SEND_SHUTDOWN`).
pub const SHUTDOWN: Words =
    Words(&[both("<->", "none"), both("-->", "receive"), both("<--", "send"), both("---", "both")]);

/// What loss recovery is doing (`enum tcp_ca_state`).
pub const RECOVERY: Words =
    Words(&[unshown("open"), unshown("disorder"), unshown("cwr"), unshown("recovery"), unshown("loss")]);

/// What holds a sender back ([`SendLimit`](crate::SendLimit)).
pub const SEND_LIMITS: Words = Words(&[unshown("none"), unshown("rwnd"), unshown("sndbuf"), unshown("app")]);

/// What the ends of a TCP connection agreed on, by bit ([`TcpOptions`](crate::TcpOptions)); window scaling shows in the shifts.
#[rustfmt::skip]
pub const TCP_OPTIONS: Words = Words(&[
    same("ts"), same("sack"), NONE, same("ecn"), same("ecnseen"), same("fastopen"), both("usec_ts", "usec-ts"),
]);

/// Which congestion notification is in use (`TCPI_ECN_MODE_*`).
pub const ECN_MODES: Words =
    Words(&[unshown("disabled"), unshown("rfc3168"), unshown("accecn"), unshown("pending")]);

/// What came of Accurate ECN's options (`TCP_ACCECN_OPT_*_SEEN`).
pub const ACCECN_OPTIONS_SEEN: Words =
    Words(&[unshown("none"), unshown("empty"), unshown("counters"), unshown("failed")]);

/// What of Accurate ECN does not get through, by bit (`TCP_ACCECN_*_FAIL_*`).
pub const ACCECN_FAILURES: Words =
    Words(&[unshown("ace-send"), unshown("ace-receive"), unshown("option-send"), unshown("option-receive")]);

/// Options of an inet socket, by bit ([`InetOptions`](crate::InetOptions)).
#[rustfmt::skip]
pub const INET_OPTIONS: Words = Words(&[
    same("recverr"), both("is_icsk", "is-icsk"), same("freebind"), same("hdrincl"), both("mc_loop", "mc-loop"), same("transparent"), both("mc_all", "mc-all"),
    same("nodefrag"), both("bind_addr_no_port", "bind-addr-no-port"), both("recverr_rfc4884", "recverr-rfc4884"), both("defer_connect", "defer-connect"),
]);

/// Version of TLS, by the number on the wire.
pub fn tls_version(number: u16) -> Option<&'static str> {
    match number {
        0x0303 => Some("1.2"),
        0x0304 => Some("1.3"),
        _ => None,
    }
}

/// Cipher of kernel TLS (`TLS_CIPHER_*`).
pub fn tls_cipher(number: u16) -> Option<Word> {
    TLS_CIPHERS.get(number.checked_sub(FIRST_CIPHER)?).copied()
}

/// `TLS_CIPHER_AES_GCM_128`.
const FIRST_CIPHER: u16 = 51;
#[rustfmt::skip]
const TLS_CIPHERS: Words = Words(&[
    same("aes-gcm-128"), same("aes-gcm-256"), unshown("aes-ccm-128"), unshown("chacha20-poly1305"), unshown("sm4-gcm"),
    unshown("sm4-ccm"), unshown("aria-gcm-128"), unshown("aria-gcm-256"),
]);

/// Who encrypts or decrypts (`TLS_CONF_*`).
pub const TLS_CONFIGURATIONS: Words = Words(&[NONE, same("none"), same("sw"), same("hw"), same("hw-record")]);

/// How an MPTCP subflow came about and what it is for, by bit (`MPTCP_SUBFLOW_FLAG_*`).
#[rustfmt::skip]
pub const SUBFLOW_FLAGS: Words = Words(&[
    both("M", "capable-remote"), both("m", "capable-local"), both("J", "join-remote"), both("j", "join-local"),
    both("B", "backup-remote"), both("b", "backup-local"), both("e", "fully-established"), both("c", "connected"),
    both("v", "map-valid"),
]);

/// What is switched on in a packet socket, by bit (`PDI_*`).
pub const PACKET_FLAGS: Words =
    Words(&[same("running"), same("auxdata"), same("origdev"), same("vnethdr"), same("loss")]);

/// How packet sockets share traffic (`PACKET_FANOUT_*`).
#[rustfmt::skip]
pub const FANOUTS: Words = Words(&[
    same("hash"), same("lb"), same("cpu"), same("roll"), same("random"), same("qm"), unshown("cbpf"), unshown("ebpf"),
]);

/// What is switched on in a netlink socket, by bit (`NDIAG_FLAG_*`).
#[rustfmt::skip]
pub const NETLINK_FLAGS: Words = Words(&[
    unshown("cb-running"), unshown("pktinfo"), unshown("broadcast-error"), unshown("no-enobufs"), unshown("listen-all-nsid"),
    unshown("cap-ack"), unshown("ext-ack"), unshown("strict-chk"),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_word_or_none() {
        assert_eq!((STATES.shown(7_u8), STATES.name(7_u8)), (Some("UNCONN"), Some("unconnected")));
        assert_eq!((STATES.shown(12_u8), STATES.name(200_u8)), (None, None));
        assert_eq!((FANOUTS.shown(6_u16), FANOUTS.name(6_u16)), (None, Some("cbpf")));
        assert_eq!((DCCP_STATES.name(13_u8), DCCP_STATES.name(14_u8)), (Some("partopen"), None));
        assert_eq!(tls_cipher(50), None);
        assert_eq!(tls_cipher(54).map(|word| (word.shown, word.name)), Some(("", "chacha20-poly1305")));
        assert_eq!(ECN_MODES.names().count(), 4);
        let options: Vec<_> = TCP_OPTIONS.set(0b1000_1101_u8).map(|word| word.name).collect();
        assert_eq!(options, ["ts", "", "ecn"]);
    }

    #[test]
    fn sctp_has_a_timer_of_its_own() {
        let both =
            |number| [false, true].map(|sctp| timer(number, sctp).and_then(|timer| TIMERS.shown(timer)));
        assert_eq!(both(0), [None; 2]);
        assert_eq!(both(4), [Some("persist"), Some("T3_RTX")]);
        assert_eq!(both(9), [Some("unknown"), Some("T3_RTX")]);
    }
}
