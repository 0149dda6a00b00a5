//! Replies as they come in, in batches, each with the kernel's stamp.

use std::array;
use std::io::IoSliceMut;
use std::os::fd::RawFd;

use nix::cmsg_space;
use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg};
use nix::sys::time::TimeSpec;

use crate::ancillary::{Ancillary, socket_addr};
use crate::clock::StampClock;
use crate::engine::Input;
use crate::outbox::BATCH;
use crate::probe::Ident;
use crate::wire::{HEADER_LEN, Layout};

/// What arrivals are read as.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Hears {
    /// ICMP messages.
    Icmp(Layout),
    /// Datagrams to the socket with that identifier, from the ports its probes went to.
    Datagrams(Ident),
    /// They are only taken away.
    Nothing,
}

/// Receive buffers, and what is needed to read what lands in them.
#[derive(Debug)]
pub(crate) struct Inbox {
    hears: Hears,
    /// Whether the kernel stamps what arrives.
    stamped: bool,
    /// Whether some packets come with more control messages than others: IPv4 options.
    uneven: bool,
    buffers: Vec<Box<[u8]>>,
    headers: MultiHeaders<SockaddrStorage>,
}

impl Inbox {
    pub(crate) fn new(hears: Hears, payload: usize, stamped: bool, uneven: bool, batch: usize) -> Self {
        let length = payload + HEADER_LEN + HEADROOM;
        // Large payloads get small batches, so that memory stays bounded.
        let count = (BUFFER_BYTES / length).clamp(1, batch);
        Self {
            hears,
            stamped,
            uneven,
            buffers: vec![vec![0; length].into_boxed_slice(); count],
            headers: headers(count),
        }
    }

    /// Hands over what has arrived, a batch at the most, without waiting; gives how many packets that were. If there are any,
    /// `first` is done between taking them from the system and handing them over.
    pub(crate) fn receive<S: FnMut(Input<'_>)>(
        &mut self,
        fd: RawFd,
        clock: &mut StampClock,
        first: impl FnOnce(&mut StampClock, &mut S),
        sink: &mut S,
    ) -> nix::Result<usize> {
        let mut received = 0;
        let mut slices: [_; BATCH] = array::from_fn(|_| [IoSliceMut::new(&mut [])]);
        let count = self.buffers.len();
        for (slice, buffer) in slices.iter_mut().zip(&mut self.buffers) {
            *slice = [IoSliceMut::new(buffer)];
        }
        let mut control_short = false;
        match recvmmsg(fd, &mut self.headers, slices.iter_mut().take(count), MsgFlags::MSG_DONTWAIT, None) {
            Ok(messages) => {
                let reading = clock.read();
                first(clock, sink);
                for message in messages {
                    received += 1;
                    let told = Ancillary::of(message.cmsgs().into_iter().flatten());
                    control_short |= self.stamped && !told.is_stamped();
                    let from = message.address.as_ref().and_then(socket_addr);
                    let packet = message.iovs().next().unwrap_or_default();
                    let answer = from.and_then(|from| match self.hears {
                        Hears::Icmp(layout) => told.answer(layout, from, packet, clock, &reading),
                        Hears::Datagrams(ident) => Some(told.datagram(ident, from, packet, clock, &reading)),
                        Hears::Nothing => None,
                    });
                    if let Some(answer) = answer {
                        sink(Input::Answer(answer));
                    }
                }
            }
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
        if control_short || (self.uneven && received > 0) {
            // Each call leaves the room it used as the room there is, and a packet that came before the kernel had begun to
            // stamp, or without options, used less than the next will; renewed headers have it all again.
            self.headers = headers(count);
        }
        Ok(received)
    }
}

/// Longest IP header, and a surplus by which a reply that grew on the way is noticed.
const HEADROOM: usize = 60 + 512;
const BUFFER_BYTES: usize = 256 * 1024;

fn headers(count: usize) -> MultiHeaders<SockaddrStorage> {
    MultiHeaders::preallocate(count, Some(cmsg_space!([TimeSpec; 3], libc::c_int, [u8; 40])))
}
