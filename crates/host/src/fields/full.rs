//! Which queues of a socket are full, by the rules the kernel goes by itself.
//!
//! Buffers count with the overhead of packets, so a queue is full long before it has as many bytes as the buffer is large. That takes
//! memory use to be asked for; without it only the queues of listeners are known.

use netdiag_sockdiag::State;

use super::facts::Facts;
use crate::sockets::{Socket, Table};

/// Queues without room.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FullQueues {
    /// Of a listener, no further connection is let in; of others, what comes has to wait or is dropped.
    pub receive: bool,
    /// Whoever writes has to wait.
    pub send: bool,
}

impl Facts<'_> {
    /// Those of the socket, as far as was told.
    pub fn full_queues(&self) -> FullQueues {
        let socket = &self.socket;
        if socket.state() == State::LISTEN {
            // As many as the backlog may wait, and one more.
            let waiting = socket.rqueue().zip(socket.wqueue());
            return FullQueues {
                receive: waiting.is_some_and(|(waiting, most)| waiting > most),
                send: false,
            };
        }
        let Some(memory) = self.memory() else {
            return FullQueues::default();
        };
        let held = match socket {
            // A stream's queue is the buffer's; what has left it is on its way and no longer in it.
            Socket::Inet(Table::Tcp | Table::Mptcp, _) => memory.wmem_queued(),
            _ => memory.wmem_alloc(),
        };
        FullQueues {
            receive: memory.rmem_alloc().zip(memory.rcvbuf()).is_some_and(|(held, most)| {
                // From here on TCP offers no window, and nothing large fits.
                most > 0 && held >= most - most / 16
            }),
            send: held.zip(memory.sndbuf()).is_some_and(|(held, most)| most > 0 && held >= most),
        }
    }

    /// How many packets were dropped for want of room since the socket was made; UDP's alone.
    pub fn datagrams_dropped(&self) -> Option<u32> {
        matches!(self.socket, Socket::Inet(Table::Udp, _)).then(|| self.memory()?.drops())?
    }
}

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::{Attr, InetRequest, Query, inet};

    use super::*;

    /// `recvq`, `sendq`, then memory: received and its limit, on its way and its limit, queued, dropped.
    fn full(
        table: Table,
        state: State,
        queues: [u32; 2],
        memory: Option<[u32; 6]>,
    ) -> (FullQueues, Option<u32>) {
        let mut head = inet::Head::new("127.0.0.1:80".parse().unwrap(), state);
        [head.rqueue, head.wqueue] = queues;
        let mut record = Vec::new();
        head.write_to(&mut record);
        if let Some([received, rcvbuf, sent, sndbuf, queued, drops]) = memory {
            let words = [received, rcvbuf, sent, sndbuf, 0, queued, 0, 0, drops].map(u32::to_ne_bytes);
            Attr { kind: 7, payload: words.as_flattened() }.write_to(&mut record);
        }
        let socket = Socket::Inet(table, InetRequest::view(&record).unwrap());
        let facts = Facts::new(socket);
        (facts.full_queues(), facts.datagrams_dropped())
    }

    #[test]
    fn queues_are_full_when_nothing_more_fits() {
        use Table::{Tcp, Udp};
        let (established, listen) = (State::ESTABLISHED, State::LISTEN);
        #[rustfmt::skip]
        let cases = [
            (Tcp, listen,      [1, 1],    None,                                  (false, false), None),
            (Tcp, listen,      [2, 1],    None,                                  (true, false),  None),
            (Tcp, listen,      [1, 0],    Some([160, 160, 9, 9, 9, 0]),          (true, false),  None),
            (Tcp, established, [9, 9],    None,                                  (false, false), None),
            (Tcp, established, [9, 9],    Some([149, 160, 99, 100, 99, 7]),      (false, false), None),
            (Tcp, established, [9, 9],    Some([150, 160, 0, 100, 100, 0]),      (true, true),   None),
            (Udp, established, [9, 9],    Some([0, 160, 100, 100, 0, 7]),        (false, true),  Some(7)),
            (Udp, established, [9, 9],    Some([0, 0, 0, 0, 0, 0]),              (false, false), Some(0)),
        ];
        for (table, state, queues, memory, (receive, send), drops) in cases {
            let expected = (FullQueues { receive, send }, drops);
            assert_eq!(full(table, state, queues, memory), expected, "{table:?} {queues:?} {memory:?}");
        }
    }
}
