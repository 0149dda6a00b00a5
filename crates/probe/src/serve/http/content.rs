//! Bodies of answers: bytes, parts of files, a pattern, or the request's own body.
//!
//! What is small was read when the answer was made. What is large is read a piece at a time on a thread that may wait for the
//! disk, and only as fast as the client takes it. What it does not take stays in the [`Room`] of all answers.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

use super::room::{Least, Room, Share};

/// A body.
#[derive(Debug)]
pub(super) enum Content {
    /// All of it; nothing once it is sent.
    Bytes(Bytes),
    /// Part after part.
    Parts(Parts),
    /// This many bytes of a pattern.
    Pattern(u64),
    /// What the client sends, up to so many bytes, in the room for what is on its way.
    Echo(Incoming, u64, Arc<Share>),
}

/// What parts are made of.
#[derive(Debug)]
pub(super) enum Part {
    Bytes(Bytes),
    File(Range<u64>),
}

/// Parts of one file, and what stands between them.
#[derive(Debug)]
pub(super) struct Parts {
    file: Arc<File>,
    parts: VecDeque<Part>,
    room: Arc<Room>,
    least: Arc<Least>,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl Content {
    pub(super) fn empty() -> Self {
        Self::Bytes(Bytes::new())
    }

    /// Parts of `file`; read at once if they are few bytes, and there is room for them.
    pub(super) fn of_file(file: File, parts: Vec<Part>, room: &Arc<Room>) -> io::Result<Self> {
        if let [Part::File(range)] = parts.as_slice()
            && range.end - range.start <= AT_ONCE
            && let Some(share) = room.take(range.end - range.start)
        {
            return Ok(Self::Bytes(share.read(&file, range.clone())?));
        }
        let (file, room) = (Arc::new(file), Arc::clone(room));
        Ok(Self::Parts(Parts { file, parts: parts.into(), room, least: Arc::default(), reading: None }))
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Bytes(text.into())
    }
}

impl Parts {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if self.reading.is_none() {
            let range = match self.parts.front_mut() {
                None => return Poll::Ready(None),
                Some(Part::Bytes(bytes)) => {
                    let bytes = std::mem::take(bytes);
                    self.parts.pop_front();
                    return Poll::Ready(Some(Ok(bytes)));
                }
                Some(Part::File(range)) => range,
            };
            let share = ready!(self.room.poll_piece(&self.least, cx));
            let piece = range.start..range.end.min(range.start + share.bytes());
            range.start = piece.end;
            if range.is_empty() {
                self.parts.pop_front();
            }
            let file = Arc::clone(&self.file);
            self.reading = Some(spawn_blocking(move || share.read(&file, piece)));
        }
        let Some(reading) = &mut self.reading else {
            return Poll::Ready(None);
        };
        let piece = ready!(Pin::new(reading).poll(cx));
        self.reading = None;
        Poll::Ready(Some(piece.map_err(io::Error::other).and_then(|piece| piece)))
    }

    fn left(&self) -> u64 {
        let length = |part: &Part| match part {
            Part::Bytes(bytes) => bytes.len() as u64,
            Part::File(range) => range.end - range.start,
        };
        self.parts.iter().map(length).sum()
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.get_mut() {
            Self::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Bytes(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Parts(parts) => parts.poll_next(cx).map_ok(Frame::data),
            Self::Pattern(0) => Poll::Ready(None),
            Self::Pattern(left) => {
                let piece = usize::try_from(*left).map_or(PATTERN.len(), |left| left.min(PATTERN.len()));
                *left -= piece as u64;
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&PATTERN[..piece])))))
            }
            Self::Echo(body, left, share) => poll_echo(body, left, share, cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Parts(parts) => parts.parts.is_empty() && parts.reading.is_none(),
            Self::Pattern(left) => *left == 0,
            Self::Echo(body, ..) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Bytes(bytes) => SizeHint::with_exact(bytes.len() as u64),
            // Asked before anything is being read.
            Self::Parts(parts) => SizeHint::with_exact(parts.left()),
            Self::Pattern(left) => SizeHint::with_exact(*left),
            Self::Echo(body, ..) => body.size_hint(),
        }
    }
}

fn poll_echo(
    body: &mut Incoming,
    left: &mut u64,
    share: &Arc<Share>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
    let frame = match ready!(Pin::new(body).poll_frame(cx)) {
        None => return Poll::Ready(None),
        Some(frame) => frame.map_err(io::Error::other)?,
    };
    // Trailers end here: they were about the request.
    let Ok(bytes) = frame.into_data() else {
        return Poll::Ready(None);
    };
    match left.checked_sub(bytes.len() as u64) {
        Some(less) => *left = less,
        None => return Poll::Ready(Some(Err(io::Error::other("the request's body is too large")))),
    }
    Poll::Ready(Some(Ok(Frame::data(Share::keep(share, bytes)))))
}

/// What is read while the answer is made. A page from the disk's cache takes less time than waking another thread.
const AT_ONCE: u64 = 64 << 10;

/// `0123…` over and over; a count of bytes can be checked by eye.
static PATTERN: [u8; 64_000] = {
    let mut pattern = [0; 64_000];
    let mut at = 0;
    while at < pattern.len() {
        pattern[at] = b'0' + (at % 10) as u8;
        at += 1;
    }
    pattern
};
