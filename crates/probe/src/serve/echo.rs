//! The echo service (RFC 862): what comes goes back.
//!
//! A connection has a buffer of its own only while its peer does not take what it is sent; what can go back at once does so
//! out of the thread's.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use super::buffer::poll_read;
use super::wire::Wire;

/// Echoes until the peer sends no more, or only its first bytes.
pub(super) async fn echo(wire: &mut Wire, once: bool) -> io::Result<()> {
    let mut rest = Rest::default();
    poll_fn(|cx| poll_echo(wire, &mut rest, once, cx)).await
}

/// What the peer has not taken yet.
#[derive(Default)]
struct Rest {
    bytes: Vec<u8>,
    sent: usize,
}

fn poll_echo(wire: &mut Wire, rest: &mut Rest, once: bool, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    loop {
        while rest.sent < rest.bytes.len() {
            match ready!(Pin::new(&mut *wire).poll_write(cx, &rest.bytes[rest.sent..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => rest.sent += sent,
            }
        }
        if once && rest.sent > 0 {
            return Poll::Ready(Ok(()));
        }
        rest.bytes.clear();
        rest.sent = 0;
        let back = poll_read(wire, cx, |wire, cx, bytes| {
            let sent = match bytes {
                [] => return Ok(None),
                bytes => match Pin::new(wire).poll_write(cx, bytes) {
                    Poll::Ready(sent) => sent?,
                    Poll::Pending => 0,
                },
            };
            rest.bytes.extend_from_slice(&bytes[sent..]);
            Ok::<_, io::Error>(Some(()))
        });
        match back {
            Poll::Pending => {
                // An idle connection keeps no buffer.
                rest.bytes = Vec::new();
                // TLS may hold back what the socket did not take.
                ready!(Pin::new(&mut *wire).poll_flush(cx))?;
                return Poll::Pending;
            }
            Poll::Ready(read) => match read?? {
                None => return Poll::Ready(Ok(())),
                Some(()) if once && rest.bytes.is_empty() => return Poll::Ready(Ok(())),
                Some(()) => {}
            },
        }
    }
}
