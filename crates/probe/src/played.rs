//! A peer that exists in memory only: what it says is known beforehand, and nobody waits for it.
//!
//! It is there for fuzz targets and tests: a socket costs a hundred times as much as what is done with a few bytes.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream whose other end says these words, each of which arrives by itself, then nothing more, and takes whatever it is told.
#[derive(Debug)]
pub struct Played {
    words: VecDeque<Vec<u8>>,
}

impl Played {
    /// A peer of these words; empty ones are none.
    pub fn new(words: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self { words: words.into_iter().filter(|word| !word.is_empty()).collect() }
    }
}

impl AsyncRead for Played {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let words = &mut self.get_mut().words;
        if let Some(mut word) = words.pop_front() {
            let rest = word.split_off(word.len().min(buffer.remaining()));
            buffer.put_slice(&word);
            if !rest.is_empty() {
                words.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Played {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(parts.iter().map(|part| part.len()).sum()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
