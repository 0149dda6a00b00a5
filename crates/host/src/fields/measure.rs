//! What is measured of a socket, made of what its record says.
//!
//! The queues of listeners count connections, not bytes, so they are fields of their own.

use netdiag_sockdiag::{State, words};

use super::declare::{group, micros};
use crate::sockets::{Socket, Table, Tables};

group! {
    /// The queues by what they hold.
    QUEUES = "queues" always 0 of Tables::ALL, needs NOTHING,
    |facts| socket = Some(&facts.socket) => {
        /// Bytes received and not read yet; listeners have none.
        recvq: u32 bytes = if listens(socket) { None } else { socket.rqueue() };
        /// Bytes not acknowledged, or not sent, yet; listeners have none.
        sendq: u32 bytes = if listens(socket) { None } else { socket.wqueue() };
        /// Connections that wait to be accepted; only listeners have them.
        pending: u32 = if listens(socket) { socket.rqueue() } else { None };
        /// How many connections may wait; only listeners have it.
        backlog: u32 = if listens(socket) { socket.wqueue() } else { None };
    }
}

group! {
    /// How the retransmission of a TCP connection goes.
    TIMEOUTS = "timeouts" always 0 of Tables::of(&[Table::Tcp]), needs NOTHING,
    |facts| socket = facts.of(Table::Tcp).and_then(|_| facts.socket.inet()) => {
        /// How often the timer has fired in vain (`idiag_retrans`), whether or not one runs.
        timeouts: u8 = Some(socket.retransmits());
    }
}

group! {
    /// How quiet a TCP connection is.
    IDLE = "idle" always 0 of Tables::of(&[Table::Tcp]), needs INFO,
    |facts| tcp = facts.connection.as_ref() => {
        /// Since data was sent or came in, or since the connection was established.
        idle: u64 us = micros(tcp.info.idle());
        /// Since anything came from the peer.
        silence: u64 us = micros(tcp.info.silence());
    }
}

group! {
    /// What holds the sender of a TCP connection back.
    LIMIT = "limit" always 0 of Tables::of(&[Table::Tcp]), needs INFO,
    |facts| tcp = facts.connection.as_ref() => {
        /// The peer's window or the send buffer if that took a tenth of the time there was something to send, else the program if it
        /// left room unused or never wrote; none of them is the network.
        limited: (SEND_LIMITS) = tcp.info.send_limit().map(|limit| limit as u8);
    }
}

fn listens(socket: &Socket<'_>) -> bool {
    socket.state() == State::LISTEN
}
