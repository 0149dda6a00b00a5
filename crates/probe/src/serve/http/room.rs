//! Memory for answers, or for heads, counted over all connections of one server: what clients do not read stays in it, and what they
//! do not finish.
//!
//! Nobody waits for the memory of others: who comes when it is used up gets pieces so small that every connection may have one.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use hyper::body::Bytes;

/// What there is for all answers together.
#[derive(Debug)]
pub(super) struct Room {
    most: u64,
    used: AtomicU64,
}

/// Bytes taken from it, until they are dropped; or those every body may have one of.
#[derive(Debug)]
pub(super) struct Share {
    of: Of,
    bytes: u64,
}

#[derive(Debug)]
enum Of {
    Room(Arc<Room>),
    Least(Arc<Least>),
}

/// The one piece a body may have beyond what is counted.
#[derive(Debug, Default)]
pub(super) struct Least {
    taken: AtomicBool,
    waits: AtomicWaker,
}

/// Bytes that are in a share for as long as anybody has them.
struct Held<B, S> {
    bytes: B,
    _in: S,
}

impl Room {
    pub(super) fn new(most: u64) -> Arc<Self> {
        Arc::new(Self { most, used: AtomicU64::new(0) })
    }

    /// No bytes, of which there are always enough.
    pub(super) fn nothing(self: &Arc<Self>) -> Share {
        Share { of: Of::Room(Arc::clone(self)), bytes: 0 }
    }

    /// So many bytes, if there are as many left.
    pub(super) fn take(self: &Arc<Self>, bytes: u64) -> Option<Share> {
        let within = |used: u64| used.checked_add(bytes).filter(|used| *used <= self.most);
        self.used.fetch_update(Relaxed, Relaxed, within).ok()?;
        Some(Share { of: Of::Room(Arc::clone(self)), bytes })
    }

    /// Bytes for the next piece of a body: many while there is much room, and at last what it may have anyway, once it is given back.
    pub(super) fn poll_piece(self: &Arc<Self>, least: &Arc<Least>, cx: &mut Context<'_>) -> Poll<Share> {
        let left = self.most.saturating_sub(self.used.load(Relaxed));
        let fitting = PIECES.into_iter().filter(|piece| piece.saturating_mul(SHARES) <= left);
        if let Some(share) = fitting.into_iter().find_map(|piece| self.take(piece)) {
            return Poll::Ready(share);
        }
        // Before it is looked at, or its return could be missed.
        least.waits.register(cx.waker());
        match least.taken.swap(true, Relaxed) {
            true => Poll::Pending,
            false => Poll::Ready(Share { of: Of::Least(Arc::clone(least)), bytes: LEAST }),
        }
    }
}

impl Share {
    /// How many bytes fit in.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes it so large, if there is as much left; else it stays as it is.
    pub(super) fn resize(&mut self, bytes: u64) -> bool {
        let Of::Room(room) = &self.of else { return bytes <= self.bytes };
        let within = |used: u64| {
            let used = used.saturating_sub(self.bytes).checked_add(bytes)?;
            (used <= room.most || bytes <= self.bytes).then_some(used)
        };
        let is_resized = room.used.fetch_update(Relaxed, Relaxed, within).is_ok();
        self.bytes = if is_resized { bytes } else { self.bytes };
        is_resized
    }

    /// Puts bytes in that were made already.
    pub(super) fn hold(self, bytes: Vec<u8>) -> Bytes {
        Bytes::from_owner(Held { bytes, _in: self })
    }

    /// Bytes that hold on to a share that they have with others.
    pub(super) fn keep(share: &Arc<Self>, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Held { bytes, _in: Arc::clone(share) })
    }

    /// Reads exactly these bytes; a file that has become shorter cannot be sent as promised.
    pub(super) fn read(self, file: &File, range: Range<u64>) -> io::Result<Bytes> {
        let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, range.start)?;
        Ok(self.hold(bytes))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        match &self.of {
            Of::Room(room) => _ = room.used.fetch_sub(self.bytes, Relaxed),
            Of::Least(least) => {
                least.taken.store(false, Relaxed);
                least.waits.wake();
            }
        }
    }
}

impl<B: AsRef<[u8]>, S> AsRef<[u8]> for Held<B, S> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

/// What is read of a file at a time, while there is much room and while there is less.
const PIECES: [u64; 3] = [256 << 10, 64 << 10, 16 << 10];

/// How many pieces must fit into what is left for one of them to be taken.
const SHARES: u64 = 64;

/// What every body may have at a time, whatever others have.
const LEAST: u64 = 4 << 10;

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn pieces_become_small_and_no_body_is_left_out() {
        let room = Room::new(64 << 20);
        let mut cx = Context::from_waker(Waker::noop());
        let mut piece = |least: &Arc<Least>| room.poll_piece(least, &mut cx);
        // Two thousand bodies of which nobody reads a byte.
        let mut bodies: Vec<(Arc<Least>, Vec<Share>)> = (0..2000).map(|_| Default::default()).collect();
        for (least, shares) in &mut bodies {
            for _ in 0..4 {
                let Poll::Ready(share) = piece(least) else { break };
                shares.push(share);
            }
        }
        let held = |shares: &[Share]| shares.iter().map(Share::bytes).sum::<u64>();
        let counted = room.used.load(Relaxed);
        let all: u64 = bodies.iter().map(|(_, shares)| held(shares)).sum();
        assert!(counted <= 64 << 20 && all <= counted + 2000 * LEAST, "{counted} {all}");
        assert!(bodies.iter().all(|(_, shares)| !shares.is_empty()));
        assert_eq!((held(&bodies[0].1[..1]), held(&bodies[1999].1)), (256 << 10, LEAST));
        // The next piece of a body comes with the return of the one before, and everything comes back.
        let (least, shares) = &mut bodies[1999];
        assert!(piece(least).is_pending());
        shares.clear();
        assert!(piece(least).is_ready());
        drop(bodies);
        assert_eq!(room.used.load(Relaxed), 0);
    }

    #[test]
    fn a_share_grows_as_long_as_there_is_room() {
        let room = Room::new(10);
        let [mut one, mut other] = [room.nothing(), room.take(4).unwrap()];
        assert!(one.resize(6) && !one.resize(7) && !other.resize(5));
        assert_eq!((one.bytes(), other.bytes()), (6, 4));
        assert!(other.resize(1) && one.resize(9) && !one.resize(u64::MAX));
        drop((one, other));
        assert_eq!(room.used.load(Relaxed), 0);
    }

    #[test]
    fn more_than_there_is_is_not_to_be_had() {
        let room = Room::new(10);
        let all = room.take(10).unwrap();
        assert!(room.take(1).is_none() && room.take(u64::MAX).is_none() && room.take(0).is_some());
        let bytes = all.hold(b"0123456789".to_vec());
        let part = bytes.slice(2..4);
        drop(bytes);
        assert!(room.take(1).is_none());
        drop(part);
        assert!(room.take(10).is_some());
    }
}
