//! A thread that receives the next datagrams of a long dump while the last one is being read.
//!
//! The kernel collects records inside the call that receives them, so this is the dump itself on another core. For the same
//! reason nothing here ever waits for the kernel: where no datagram is ready, there is none to come.

use std::io;
use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use netlink_sys::Socket;
use nix::errno::Errno;
use nix::libc::{MSG_DONTWAIT, MSG_TRUNC};

/// What a call to receive gave: the datagram's length as sent and its sender's port.
pub(crate) type Received = io::Result<(usize, u32)>;

/// Datagrams received ahead of their reader. Dropped, it leaves the socket to its owner again.
#[derive(Debug)]
pub(crate) struct Ahead {
    filled: Receiver<(Box<[u8]>, Received)>,
    /// `None` once the thread is to end.
    empty: Option<Sender<Box<[u8]>>>,
    thread: Option<JoinHandle<()>>,
}

impl Ahead {
    /// Begins to receive into buffers of `size` bytes; `None` where there is no other core to do it on, or no thread to be had.
    pub(crate) fn start(socket: &Arc<Socket>, size: usize) -> Option<Self> {
        if thread::available_parallelism().is_ok_and(|cores| cores.get() == 1) {
            return None;
        }
        let (empty, to_fill) = channel();
        let (give, filled) = channel();
        for _ in 0..DEPTH {
            empty.send(vec![0; size].into_boxed_slice()).ok()?;
        }
        let socket = Arc::clone(socket);
        let work = move || fill(&socket, &to_fill, &give);
        let thread = thread::Builder::new().name("dump".to_owned()).spawn(work).ok()?;
        Some(Self { filled, empty: Some(empty), thread: Some(thread) })
    }

    /// Exchanges `buffer`, which has been read, for the next datagram; `None` when none was ready.
    pub(crate) fn next(&self, buffer: &mut Box<[u8]>) -> Option<Received> {
        let (filled, received) = self.filled.recv().ok()?;
        let read = mem::replace(buffer, filled);
        // The thread may have ended, with what it left still to be read.
        let _ = self.empty.as_ref().map(|empty| empty.send(read));
        Some(received)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        drop(self.empty.take());
        if let Some(thread) = self.thread.take() {
            // It does not panic, and whether it did is nothing to a socket that goes on without it.
            let _ = thread.join();
        }
    }
}

/// Fills buffers until there is nothing to fill them with, or nobody who hands in any.
fn fill(socket: &Socket, to_fill: &Receiver<Box<[u8]>>, give: &Sender<(Box<[u8]>, Received)>) {
    for mut buffer in to_fill {
        let received = receive(socket, &mut buffer, MSG_DONTWAIT);
        if received.as_ref().is_err_and(|error| error.raw_os_error() == Some(Errno::EAGAIN as i32)) {
            break;
        }
        if give.send((buffer, received)).is_err() {
            break;
        }
    }
}

/// Receives one datagram; one that is longer than the buffer tells its own length.
pub(crate) fn receive(socket: &Socket, mut buffer: &mut [u8], flags: i32) -> Received {
    let (len, sender) = socket.recv_from(&mut buffer, MSG_TRUNC | flags)?;
    Ok((len, sender.port_number()))
}

/// Buffers on their way, besides the one being read: enough that neither side waits for the other's every datagram.
const DEPTH: usize = 4;
