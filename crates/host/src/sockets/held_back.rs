//! Records that are kept until others have been shown.
//!
//! They are few or none: whoever sees that they were too many asks for them once more, when their turn has come.

use netdiag_sockdiag::{InetRequest, InetSocket, Query};

/// IP sockets, in the order they were told.
#[derive(Debug)]
pub(super) struct HeldBack {
    /// Bytes of records that are kept.
    most: usize,
    records: Vec<u8>,
    /// Where each record ends.
    ends: Vec<usize>,
    /// Whether there were more than are kept, so that none is.
    overflowed: bool,
}

impl HeldBack {
    /// Keeps so many bytes of records.
    pub(super) fn at_most(most: usize) -> Self {
        Self { most, records: Vec::new(), ends: Vec::new(), overflowed: false }
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        *self = Self::at_most(self.most);
    }

    /// Keeps one more, as long as there is room.
    pub(super) fn keep(&mut self, socket: &InetSocket<'_>) {
        if self.overflowed {
            return;
        }
        socket.write_to(&mut self.records);
        self.ends.push(self.records.len());
        if self.records.len() > self.most {
            *self = Self { overflowed: true, ..Self::at_most(self.most) };
        }
    }

    /// Whether there were more than are kept, so that none is here.
    pub(super) fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// All of them.
    pub(super) fn sockets(&self) -> impl Iterator<Item = InetSocket<'_>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let records = starts.zip(&self.ends).filter_map(|(start, end)| self.records.get(start..*end));
        // They were read before they were kept.
        records.filter_map(|record| InetRequest::view(record).ok())
    }
}

/// Bytes of records that are kept at most: some thousand sockets, whatever is told of them.
pub(super) const MOST: usize = 2 << 20;

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::{State, inet};

    use super::*;

    #[test]
    fn what_is_held_back_comes_in_order_or_not_at_all() {
        let mut held = HeldBack::at_most(MOST);
        let mut record = Vec::new();
        let keep = |held: &mut HeldBack, record: &mut Vec<u8>, port: u16| {
            record.clear();
            inet::Head::new(([127, 0, 0, 1], port).into(), State::LISTEN).write_to(record);
            held.keep(&InetRequest::view(record).unwrap());
        };
        for port in 1..4 {
            keep(&mut held, &mut record, port);
        }
        let ports: Vec<_> = held.sockets().map(|socket| socket.local_port()).collect();
        assert_eq!((ports, held.overflowed()), (vec![1, 2, 3], false));
        let most = MOST / record.len();
        for _ in 3..most + 2 {
            keep(&mut held, &mut record, 4);
        }
        assert!(held.overflowed() && held.sockets().count() == 0);
        assert!(held.records.capacity() == 0, "nothing of what is not needed is kept");
        held.clear();
        keep(&mut held, &mut record, 5);
        assert_eq!((held.sockets().count(), held.overflowed()), (1, false));
    }
}
