//! The buffer connections read to, one for each thread, so that an idle connection has none.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

thread_local! {
    /// Nothing stays in it from one call to the next.
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; SIZE].into());
}

/// As much as a socket usually has to give at once.
const SIZE: usize = 128 << 10;

/// Reads once and shows what came, which is nothing at the end.
pub(super) fn poll_read<S: AsyncRead + Unpin, T>(
    stream: &mut S,
    cx: &mut Context<'_>,
    shown: impl FnOnce(&mut S, &mut Context<'_>, &[u8]) -> T,
) -> Poll<io::Result<T>> {
    BUFFER.with_borrow_mut(|buffer| {
        let mut buffer = ReadBuf::new(buffer);
        ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer))?;
        Poll::Ready(Ok(shown(stream, cx, buffer.filled())))
    })
}
