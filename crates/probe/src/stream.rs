//! A connection of bytes, whatever it runs over; TLS can begin on one that is already in use.

use std::io;
#[cfg(all(feature = "server", feature = "http"))]
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll};

#[cfg(all(feature = "server", feature = "http"))]
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

#[cfg(any(test, feature = "fuzzing"))]
use crate::played::Played;

/// A connection as the kernel has it.
#[derive(Debug)]
pub enum PlainStream {
    /// TCP.
    Tcp(TcpStream),
    /// A unix stream socket.
    Unix(UnixStream),
    /// Nobody: what fuzz targets and tests have a peer say.
    #[cfg(any(test, feature = "fuzzing"))]
    #[doc(hidden)]
    Played(Played),
}

/// A connection, perhaps within TLS.
#[derive(Debug)]
pub enum Stream {
    /// Without TLS.
    Plain(PlainStream),
    /// With TLS, our side being the client.
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::client::TlsStream<PlainStream>>),
    /// With TLS, our side being the server.
    #[cfg(feature = "tls")]
    TlsServer(Box<tokio_rustls::server::TlsStream<PlainStream>>),
}

#[cfg(all(feature = "server", feature = "http"))]
impl PlainStream {
    /// Whether it was reset, or closed by both ends; a half that has ended is no such thing.
    pub(crate) fn is_broken(&self) -> bool {
        let descriptor = match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
            #[cfg(any(test, feature = "fuzzing"))]
            Self::Played(_) => return false,
        };
        // An error and a hang-up are told unasked.
        let mut polled = [PollFd::new(descriptor, PollFlags::empty())];
        let broken = PollFlags::POLLERR | PollFlags::POLLHUP;
        let told = poll(&mut polled, PollTimeout::ZERO).is_ok_and(|told| told > 0);
        told && polled[0].revents().is_some_and(|events| events.intersects(broken))
    }
}

impl Stream {
    /// The connection underneath.
    pub fn plain(&self) -> &PlainStream {
        match self {
            Self::Plain(plain) => plain,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.get_ref().0,
            #[cfg(feature = "tls")]
            Self::TlsServer(stream) => stream.get_ref().0,
        }
    }
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self::Plain(PlainStream::Tcp(stream))
    }
}

#[cfg(any(test, feature = "fuzzing"))]
impl From<Played> for Stream {
    fn from(stream: Played) -> Self {
        Self::Plain(PlainStream::Played(stream))
    }
}

impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Self {
        Self::Plain(PlainStream::Unix(stream))
    }
}

/// Calls a method of whichever stream it is.
macro_rules! delegate {
    ($self:ident, [$($variant:ident),+], $method:ident, $arguments:tt) => {
        match $self.get_mut() {
            $(Self::$variant(stream) => Pin::new(stream).$method $arguments,)+
        }
    };
}

macro_rules! is_a_stream {
    ($type:ty, $variants:tt) => {
        impl AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                delegate!(self, $variants, poll_read, (cx, buffer))
            }
        }

        impl AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                delegate!(self, $variants, poll_write, (cx, bytes))
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                parts: &[io::IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                delegate!(self, $variants, poll_write_vectored, (cx, parts))
            }

            /// All of them can.
            fn is_write_vectored(&self) -> bool {
                true
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                delegate!(self, $variants, poll_flush, (cx))
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                delegate!(self, $variants, poll_shutdown, (cx))
            }
        }
    };
}

#[cfg(any(test, feature = "fuzzing"))]
is_a_stream!(PlainStream, [Tcp, Unix, Played]);
#[cfg(not(any(test, feature = "fuzzing")))]
is_a_stream!(PlainStream, [Tcp, Unix]);
#[cfg(feature = "tls")]
is_a_stream!(Stream, [Plain, Tls, TlsServer]);
#[cfg(not(feature = "tls"))]
is_a_stream!(Stream, [Plain]);
