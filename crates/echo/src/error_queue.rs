//! A socket's error queue: ICMP errors, refusals of this host, and transmit stamps.
//!
//! Reading it never waits, and each time it is read to its end: what stays there makes the socket readable again at once.

use std::io::IoSliceMut;
use std::os::fd::RawFd;

use nix::cmsg_space;
use nix::libc;
use nix::sys::socket::{MsgFlags, SockaddrStorage, recvmsg};
use nix::sys::time::TimeSpec;

use crate::ancillary::{Ancillary, Quoting, socket_addr};
use crate::clock::StampClock;
use crate::departures::Departures;
use crate::engine::Input;
use crate::probe::Family;

/// Where one entry at a time is received.
#[derive(Debug)]
pub(crate) struct ErrorQueue {
    family: Family,
    quoting: Quoting,
    quoted: Box<[u8]>,
    control: Vec<u8>,
}

impl ErrorQueue {
    pub(crate) fn new(family: Family, quoting: Quoting) -> Self {
        Self {
            family,
            quoting,
            quoted: vec![0; QUOTED].into(),
            // An error's own packet may have options, and what does not fit takes the error with it.
            control: cmsg_space!(
                [TimeSpec; 3],
                libc::c_int,
                [u8; 40],
                libc::sock_extended_err,
                libc::sockaddr_in6
            ),
        }
    }

    /// The same for the queue of another socket.
    pub(crate) const fn about(&mut self, family: Family, quoting: Quoting) -> &mut Self {
        (self.family, self.quoting) = (family, quoting);
        self
    }

    /// Hands over everything in the queue.
    pub(crate) fn receive(
        &mut self,
        fd: RawFd,
        clock: &mut StampClock,
        mut departures: Option<&mut Departures>,
        sink: &mut impl FnMut(Input<'_>),
    ) {
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        loop {
            let mut slices = [IoSliceMut::new(&mut self.quoted)];
            let control = Some(self.control.as_mut_slice());
            let Ok(message) = recvmsg::<SockaddrStorage>(fd, &mut slices, control, flags) else {
                break;
            };
            let reading = clock.read();
            let told = Ancillary::of(message.cmsgs().into_iter().flatten());
            let input = if told.is_transmit_stamp() {
                departures.as_deref_mut().and_then(|departures| told.departed(departures, clock, &reading))
            } else {
                let to = message.address.as_ref().and_then(socket_addr);
                let quoted = message.iovs().next().unwrap_or_default();
                told.queued_error((self.family, self.quoting), to, quoted, clock, &reading)
            };
            input.map(&mut *sink);
        }
    }
}

/// As much of a request as anybody quotes who quotes to be understood; the rest is cut off.
const QUOTED: usize = 2048;
