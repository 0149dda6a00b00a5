//! What of a connection's requests is read and not answered yet, counted over all connections of one server: [`Unanswered`].
//!
//! hyper holds a head until it is whole, and does not say where in what was read it ends; so what was read last counts until more is.

use std::sync::Arc;

use super::room::{Room, Share};

/// Bytes of one connection's heads.
#[derive(Debug)]
pub(super) struct Unanswered {
    held: u64,
    /// What was read last.
    last: u64,
    /// For those beyond what every connection may have.
    share: Share,
}

/// There is no more room for heads.
#[derive(Debug, thiserror::Error)]
#[error("no memory is left for heads that do not end")]
pub(super) struct NoRoom;

impl Unanswered {
    /// Nothing yet.
    pub(super) fn new(room: &Arc<Room>) -> Self {
        Self { held: 0, last: 0, share: room.nothing() }
    }

    /// More was read, of a request that is being answered or of one that is not whole.
    ///
    /// # Errors
    /// It is more than there is for all connections together.
    pub(super) fn read(&mut self, bytes: usize, is_answering: bool) -> Result<(), NoRoom> {
        self.last = bytes as u64;
        self.held = if is_answering { self.last } else { self.held.saturating_add(self.last) };
        self.count()
    }

    /// A head is whole: no more is left than came with its end.
    pub(super) fn answer(&mut self) {
        self.held = self.held.min(self.last);
        // To become less there is always room.
        let _ = self.count();
    }

    fn count(&mut self) -> Result<(), NoRoom> {
        self.share.resize(self.held.saturating_sub(LEAST)).then_some(()).ok_or(NoRoom)
    }
}

/// Bytes of heads, of all connections together.
pub(super) const MOST: u64 = 32 << 20;

/// What every connection may have of a head, whatever others have: more than ordinary clients send.
const LEAST: u64 = 4 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_take_no_more_than_there_is_and_short_ones_always_fit() {
        let room = Room::new(MOST);
        let mut heads: Vec<Unanswered> = (0..16_384).map(|_| Unanswered::new(&room)).collect();
        let grown =
            heads.iter_mut().filter_map(|head| (0..8).try_for_each(|_| head.read(4 << 10, false)).ok());
        assert_eq!(grown.count() as u64, MOST / (28 << 10));
        let mut late = Unanswered::new(&room);
        assert!(late.read(4 << 10, false).is_ok() && late.read(4 << 10, false).is_err());
        // What is answered makes room.
        heads[..10].iter_mut().for_each(Unanswered::answer);
        assert!(late.read(4 << 10, false).is_ok());
        // A body is not a head, and what comes behind one may be.
        let mut body = Unanswered::new(&room);
        body.read(3 << 10, false).unwrap();
        body.answer();
        (0..10_000).for_each(|_| body.read(4 << 10, true).unwrap());
        assert_eq!(body.held, 4 << 10);
        body.read(1, false).unwrap();
        drop((heads, late));
        assert!(room.take(MOST - 1).is_some());
    }
}
