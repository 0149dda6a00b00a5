//! What the record of an IP socket says by itself, whatever the protocol.
//!
//! A number that is no value of its own, such as the user id of a socket that nobody owns, is nothing.

use netdiag_sockdiag::{InetSocket, State, words};

use super::declare::{group, micros};
use super::facts::Facts;
use crate::sockets::{ProcLine, Table, Tables};

group! {
    /// The queues, as the columns of a listing have them.
    COLUMNS = "columns" always 2 of INET, needs NOTHING,
    |facts| socket = facts.socket.inet() => {
        /// Bytes received and not read yet; for listening TCP sockets, connections not accepted yet (`idiag_rqueue`).
        recv_q: i32 = Some(socket.rqueue().cast_signed());
        /// Bytes not acknowledged (TCP) or not sent (UDP) yet; for listening TCP sockets, how many connections may wait
        /// (`idiag_wqueue`). A UDP socket that is being destroyed can have -1.
        send_q: i32 = Some(socket.wqueue().cast_signed());
    }
}

group! {
    /// Whose it is, and what tells it from others.
    IDENTITY = "identity" always 0 of INET, needs NOTHING,
    |facts| socket = facts.socket.inet() => {
        /// User id, of the owner (`idiag_uid`); missing for minisockets, which the kernel reports with nobody's.
        uid: u32 = Some(socket.uid()).filter(|_| !is_mini(&socket));
        /// The inode that `/proc/PID/fd` links name (`idiag_inode`); missing when no process holds the socket.
        inode: u32 = Some(socket.inode()).filter(|inode| *inode != 0);
        /// What tells this socket from every other since boot (`idiag_cookie`); missing when it was read from `/proc`.
        cookie: u64 = Some(socket.cookie()).filter(|_| ProcLine::of(socket.attrs).is_none());
        /// Firewall mark (`INET_DIAG_MARK`), which the kernel tells only to `CAP_NET_ADMIN`; missing when not set.
        mark: u32 = Some(socket).and_then(|_| facts.attrs.mark()).filter(|mark| *mark != 0);
    }
}

group! {
    /// What it lets in and out.
    OPENNESS = "openness" always 0 of INET, needs NOTHING,
    |facts| attrs = facts.attrs() => {
        /// Whether an IPv6 socket keeps out IPv4 (`INET_DIAG_SKV6ONLY`); told for listening and unconnected sockets only.
        v6only: bool = attrs.v6only();
        /// Which halves of the connection are shut down (`INET_DIAG_SHUTDOWN`); missing for minisockets.
        shutdown: (SHUTDOWN) = attrs.shutdown().map(|halves| halves & 3);
    }
}

group! {
    /// A running timer.
    TIMER = "timer" always 3 of INET, needs NOTHING,
    |facts| timer = Timer::of(facts) => {
        /// Its name (`idiag_timer`).
        name: (TIMERS) = Some(timer.number);
        /// Time until it fires (`idiag_expires`).
        expires: u64 us = micros(Some(timer.socket.expires()));
        /// How often the timer has fired in vain (`idiag_retrans`).
        timeouts: u8 = Some(timer.socket.retransmits());
    }
}

group! {
    /// How its packets are classified.
    CLASSES = "classes" always 0 of INET, needs TOS,
    |facts| attrs = facts.attrs() => {
        /// Type of service, with `--tos` (`INET_DIAG_TOS`).
        tos: u8 = attrs.tos();
        /// Traffic class, with `--tos` (`INET_DIAG_TCLASS`).
        tclass: u8 = attrs.tclass();
        /// Class for traffic control, with `--tos` (`INET_DIAG_CLASS_ID`).
        class_id: u32 = attrs.class_id();
    }
}

group! {
    /// Its options.
    OPTIONS = "options" always 0 of INET, needs NOTHING,
    |facts| attrs = facts.attrs() => {
        /// Names of the options that are set, with `--inet-sockopt` (`INET_DIAG_SOCKOPT`).
        sockopt: [INET_OPTIONS] = attrs.options().map(|set| set.0);
    }
}

group! {
    /// Its protocol.
    PROTOCOL = "protocol" always 0 of Tables::of(&[Table::Raw]), needs NOTHING,
    |facts| attrs = facts.attrs() => {
        /// IP protocol number of a raw socket (`INET_DIAG_PROTOCOL`).
        protocol: u32 = attrs.protocol().map(u32::from);
    }
}

/// A timer that runs.
struct Timer<'a> {
    /// In [`words::TIMERS`].
    number: u8,
    socket: InetSocket<'a>,
}

impl<'a> Timer<'a> {
    fn of(facts: &Facts<'a>) -> Option<Self> {
        let socket = facts.socket.inet()?;
        Some(Self { number: words::timer(socket.timer(), facts.of(Table::Sctp).is_some())?, socket })
    }
}

/// Whether the kernel keeps only a stub of the socket, without an owner. One in FIN-WAIT-2 is known by its timer.
fn is_mini(socket: &InetSocket<'_>) -> bool {
    socket.inode() == 0 && (socket.state() == State::SYN_RECV || socket.timer() == TIMEWAIT)
}

/// The number of the timer that ends stubs of closed sockets.
const TIMEWAIT: u8 = 3;

const INET: Tables =
    Tables::of(&[Table::Raw, Table::Udp, Table::Tcp, Table::Dccp, Table::Sctp, Table::Mptcp]);
