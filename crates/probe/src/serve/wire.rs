//! A connection's bytes, counted, with the faults asked for done to them.
//!
//! Without faults this is one test and one addition per call. With TLS it lies within: counts and faults are about what the
//! service says, not about what TLS makes of it.

use std::io;
use std::num::NonZeroU64;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::events::Tally;
use super::faults::Faults;
use super::service::Service;
use crate::stream::Stream;

/// A connection under way.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) stream: Stream,
    pub(super) tally: Arc<Tally>,
    /// Whether the peer has said that it sends no more.
    pub(super) ended: bool,
    fault: Option<Box<Fault>>,
}

/// The faults of one connection, and how far they have come.
#[derive(Debug)]
struct Fault {
    /// Bytes until the end that was asked for.
    left: Option<u64>,
    /// Bytes of the head, which do not count, that were seen of `\r\n\r\n`; `None` once it is through.
    head: Option<usize>,
    /// Whether reading is what counts and is slowed, because nothing is sent.
    on_reads: bool,
    rate: Option<NonZeroU64>,
    delay: Option<Duration>,
    /// When bytes may move again.
    due: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

/// The end a fault asked for, as an error that gets through whoever uses the wire.
#[derive(Debug, thiserror::Error)]
#[error("ended by a fault that was asked for")]
struct Spent;

impl Wire {
    pub(super) fn new(stream: Stream, tally: Arc<Tally>, faults: &Faults, service: &Service) -> Self {
        let left = faults.rst_after.or(faults.reply_short);
        let wanted = left.is_some() || faults.slow.is_some() || faults.delay.is_some();
        let fault = wanted.then(|| {
            let now = Instant::now();
            Box::new(Fault {
                left,
                head: (service.is_http() && faults.reply_short.is_some()).then_some(0),
                on_reads: matches!(service, Service::Discard),
                rate: faults.slow,
                delay: faults.delay,
                // It answers without being asked.
                due: faults.delay.filter(|_| matches!(service, Service::Chargen)).map(|delay| now + delay),
                timer: Box::pin(sleep_until(now)),
            })
        });
        Self { stream, tally, ended: false, fault }
    }

    /// Whether a fault has ended what may be sent.
    pub(super) fn is_spent(&self) -> bool {
        self.fault.as_ref().is_some_and(|fault| fault.left == Some(0))
    }
}

impl Fault {
    /// How many of `wanted` bytes may move now; waits until some may.
    fn admit(&mut self, wanted: usize, tally: &Tally, cx: &mut Context<'_>) -> Poll<usize> {
        if let Some(due) = self.due {
            if self.timer.deadline() != due {
                self.timer.as_mut().reset(due);
            }
            if self.timer.as_mut().poll(cx).is_pending() {
                tally.ours.store(true, Relaxed);
                return Poll::Pending;
            }
            tally.ours.store(false, Relaxed);
            self.due = None;
        }
        let at_once = self.rate.map_or(u64::MAX, |rate| (rate.get() / SLICES).max(1));
        // A head that comes first is not part of the answer.
        let left = if self.head.is_some() { u64::MAX } else { self.left.unwrap_or(u64::MAX) };
        Poll::Ready(wanted.min(usize::try_from(at_once.min(left)).unwrap_or(usize::MAX)))
    }

    fn moved(&mut self, bytes: usize) {
        if let Some(rate) = self.rate {
            self.due = Some(Instant::now() + Duration::from_secs_f64(bytes as f64 / rate.get() as f64));
        }
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(bytes as u64);
        }
    }
}

/// How many of `bytes` belong to a head whose end was seen up to `seen` bytes, and how much of the end is seen with them;
/// `None` if all of it.
fn head_part(mut seen: usize, bytes: &[u8]) -> (usize, Option<usize>) {
    for (at, byte) in bytes.iter().enumerate() {
        seen = if *byte == HEAD_END[seen] { seen + 1 } else { usize::from(*byte == HEAD_END[0]) };
        if seen == HEAD_END.len() {
            return (at + 1, None);
        }
    }
    (bytes.len(), Some(seen))
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        let before = buffer.filled().len();
        match &mut wire.fault {
            None => ready!(Pin::new(&mut wire.stream).poll_read(cx, buffer))?,
            Some(fault) => {
                if fault.left == Some(0) {
                    ready!(Pin::new(&mut wire.stream).poll_flush(cx))?;
                    return Poll::Ready(Err(io::Error::other(Spent)));
                }
                let room = match fault.on_reads {
                    true => ready!(fault.admit(buffer.remaining(), &wire.tally, cx)),
                    false => buffer.remaining(),
                };
                let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
                ready!(Pin::new(&mut wire.stream).poll_read(cx, &mut part))?;
                let read = part.filled().len();
                buffer.advance(read);
                match fault.delay {
                    _ if fault.on_reads => fault.moved(read),
                    Some(delay) if read > 0 => fault.due = Some(Instant::now() + delay),
                    _ => {}
                }
            }
        }
        let read = buffer.filled().len() - before;
        wire.ended |= read == 0;
        wire.tally.received.fetch_add(read as u64, Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let written = match &mut wire.fault {
            None => ready!(Pin::new(&mut wire.stream).poll_write(cx, bytes))?,
            Some(fault) => {
                let bytes = &bytes[..ready!(fault.admit(bytes.len(), &wire.tally, cx))];
                if bytes.is_empty() {
                    return Poll::Ready(Err(io::Error::other(Spent)));
                }
                let bytes = fault.head.map_or(bytes, |seen| &bytes[..head_part(seen, bytes).0]);
                let written = ready!(Pin::new(&mut wire.stream).poll_write(cx, bytes))?;
                match fault.head {
                    Some(seen) => fault.head = head_part(seen, &bytes[..written]).1,
                    None => fault.moved(written),
                }
                written
            }
        };
        wire.tally.sent.fetch_add(written as u64, Relaxed);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        if wire.fault.is_some() {
            let part = parts.iter().find(|part| !part.is_empty());
            return Pin::new(wire).poll_write(cx, part.map_or(&[], |part| part));
        }
        let written = ready!(Pin::new(&mut wire.stream).poll_write_vectored(cx, parts))?;
        wire.tally.sent.fetch_add(written as u64, Relaxed);
        Poll::Ready(Ok(written))
    }

    /// Faults are of bytes one after the other.
    fn is_write_vectored(&self) -> bool {
        self.fault.is_none() && self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    /// How a connection ends is for [`super::connection`] to say, not for the service: only what was written leaves.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

const HEAD_END: &[u8; 4] = b"\r\n\r\n";

/// Into how many parts a second is divided where bytes are to go slowly.
const SLICES: u64 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_wherever_it_is_cut() {
        #[rustfmt::skip]
        let cases = [
            // seen, bytes,              belong, seen then
            (0,      &b"a: b\r\n\r\nbody"[..], 8, None),
            (0,      b"a: b\r\n",            6, Some(2)),
            (2,      b"\r\nbody",            2, None),
            (3,      b"x\r",                 2, Some(1)),
            (1,      b"\r\n\r\n",            4, None),
            (0,      b"",                   0, Some(0)),
        ];
        for (seen, bytes, belong, then) in cases {
            assert_eq!(head_part(seen, bytes), (belong, then), "{seen} {}", bytes.escape_ascii());
        }
    }
}
