//! A connection lent to hyper, and taken back between requests, so that one that only waits keeps none of hyper's buffers.
//!
//! hyper does not say when it is between requests. It is when the last answer has been dropped, everything written was
//! flushed after that, and nothing has been read since the head that was answered.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use hyper::Response;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::super::wire::Wire;
use super::content::Content;
use super::heads::Unanswered;

/// The connection as hyper has it.
pub(super) struct Lent {
    pub(super) wire: Wire,
    /// What was read from it before it was lent.
    unread: Bytes,
    usage: Arc<Usage>,
    unanswered: Unanswered,
    /// The requests that were passed on when it was last counted.
    counted: u64,
}

/// What hyper is doing with it. Only the task of the connection writes and reads it.
#[derive(Debug, Default)]
pub(super) struct Usage {
    /// Requests that were passed on.
    requests: AtomicU64,
    /// Whether the last of them is still being answered.
    answering: AtomicBool,
    /// Whether anything was read that no answer accounts for.
    heard: AtomicBool,
    /// Whether everything written has left.
    flushed: AtomicBool,
}

/// The body of an answer; once it is dropped, all of it was given to hyper, or nobody wants it.
pub(super) struct Answer {
    content: Content,
    _answering: Answering,
}

/// An answer under way.
pub(super) struct Answering(Arc<Usage>);

impl Lent {
    pub(super) fn new(wire: Wire, unread: Bytes, usage: Arc<Usage>, unanswered: Unanswered) -> Self {
        Self { wire, unread, usage, unanswered, counted: 0 }
    }

    /// Counts what was read now, and forgets what has been answered.
    fn count(&mut self, read: usize) -> io::Result<()> {
        let (requests, is_answering) = (self.usage.requests(), self.usage.answering.load(Relaxed));
        let is_new = std::mem::replace(&mut self.counted, requests) != requests;
        if is_new {
            self.unanswered.answer();
        }
        self.unanswered.read(read, is_answering).map_err(io::Error::other)
    }
}

impl Usage {
    /// A request is answered from now on; what else it brings, in a `body`, is not heard yet.
    pub(super) fn begin(self: &Arc<Self>, body: bool) -> Answering {
        self.requests.fetch_add(1, Relaxed);
        self.answering.store(true, Relaxed);
        self.heard.store(body, Relaxed);
        Answering(Arc::clone(self))
    }

    /// How many requests there have been.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    /// Whether there is nothing between the last answer and the next request.
    pub(super) fn is_between_requests(&self) -> bool {
        let done = !self.answering.load(Relaxed) && self.flushed.load(Relaxed);
        self.requests() > 0 && done && !self.heard.load(Relaxed)
    }
}

impl Answering {
    pub(super) fn with(self, answer: Response<Content>) -> Response<Answer> {
        answer.map(|content| Answer { content, _answering: self })
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answering.store(false, Relaxed);
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Pin::new(&mut self.get_mut().content).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}

impl AsyncRead for Lent {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let lent = self.get_mut();
        let before = buffer.filled().len();
        if !lent.unread.is_empty() {
            let part = lent.unread.split_to(lent.unread.len().min(buffer.remaining()));
            buffer.put_slice(&part);
        } else {
            ready!(Pin::new(&mut lent.wire).poll_read(cx, buffer))?;
            if buffer.filled().len() == before {
                return Poll::Ready(Ok(()));
            }
        }
        lent.usage.heard.store(true, Relaxed);
        Poll::Ready(lent.count(buffer.filled().len() - before))
    }
}

impl AsyncWrite for Lent {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let lent = self.get_mut();
        lent.usage.flushed.store(false, Relaxed);
        Pin::new(&mut lent.wire).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let lent = self.get_mut();
        lent.usage.flushed.store(false, Relaxed);
        Pin::new(&mut lent.wire).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.wire.is_write_vectored()
    }

    /// hyper flushes only once it has written all it has, and each time it is woken. It does not read meanwhile, and so would never
    /// see that an answer is put off for nobody.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let lent = self.get_mut();
        if lent.wire.tally.delayed.load(Relaxed) && lent.wire.stream.plain().is_broken() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        ready!(Pin::new(&mut lent.wire).poll_flush(cx))?;
        lent.usage.flushed.store(true, Relaxed);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().wire).poll_shutdown(cx)
    }
}
