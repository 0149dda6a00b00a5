//! The discard service (RFC 863): what comes is thrown away.

use std::future::poll_fn;
use std::io;
use std::task::{Poll, ready};

use tokio::io::AsyncRead;

use super::buffer::poll_read;

/// Reads until the peer sends no more.
pub(super) async fn discard<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<()> {
    poll_fn(|cx| {
        loop {
            if ready!(poll_read(stream, cx, |_, _, bytes| bytes.is_empty()))? {
                return Poll::Ready(Ok(()));
            }
        }
    })
    .await
}
