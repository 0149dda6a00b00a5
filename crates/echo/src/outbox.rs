//! Probes on their way out: packets built in place, one system call for all of them.

use std::array;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::time::Instant;

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, sendmmsg, sendto};

use crate::clock;
use crate::payload::Payload;
use crate::probe::{Family, Ident, Probe};
use crate::socket::BATCH;
use crate::wire::{self, HEADER_LEN};

/// The packets of one batch, built once and marked anew for each probe.
#[derive(Debug)]
pub(crate) struct Outbox {
    family: Family,
    ident: Ident,
    payload: Payload,
    /// IPv6 flow label, zero for none.
    flow_label: u32,
    packets: Vec<Box<[u8]>>,
    /// Made for the first batch.
    headers: Option<MultiHeaders<SockaddrStorage>>,
}

impl Outbox {
    pub(crate) fn new(family: Family, ident: Ident, payload: Payload, flow_label: u32) -> Self {
        let packets = vec![blank(&payload)];
        Self { family, ident, payload, flow_label, packets, headers: None }
    }

    /// Sends the first probes of `probes`, at least one; gives their number and the time just before.
    pub(crate) fn send(&mut self, fd: RawFd, probes: &[Probe]) -> io::Result<(usize, Instant)> {
        let probes = probes.get(..BATCH).unwrap_or(probes);
        self.write(probes);
        let at = clock::now();
        let count = match (probes, self.packets.first()) {
            ([probe], Some(packet)) => {
                sendto(fd, packet, &self.address(probe), MsgFlags::MSG_DONTWAIT).map(|_| 1)?
            }
            _ => self.send_all(fd, probes)?,
        };
        Ok((count, at))
    }

    fn write(&mut self, probes: &[Probe]) {
        while self.packets.len() < probes.len() {
            self.packets.push(blank(&self.payload));
        }
        for (probe, packet) in probes.iter().zip(&mut self.packets) {
            self.payload.mark(probe.seq, &mut packet[HEADER_LEN..]);
            wire::write_request(self.family, self.ident, probe.seq, packet);
        }
    }

    fn address(&self, probe: &Probe) -> SockaddrStorage {
        let mut to = probe.to;
        if let SocketAddr::V6(v6) = &mut to {
            v6.set_flowinfo(self.flow_label.to_be());
        }
        to.into()
    }

    fn send_all(&mut self, fd: RawFd, probes: &[Probe]) -> nix::Result<usize> {
        let addresses: [_; BATCH] = array::from_fn(|i| probes.get(i).map(|probe| self.address(probe)));
        let slices: [_; BATCH] =
            array::from_fn(|i| [IoSlice::new(self.packets.get(i).map_or(&[], |packet| packet))]);
        let slices = slices.iter().take(probes.len());
        let headers = self.headers.get_or_insert_with(|| MultiHeaders::preallocate(BATCH, None));
        sendmmsg(fd, headers, slices, addresses, [], MsgFlags::MSG_DONTWAIT).map(Iterator::count)
    }
}

fn blank(payload: &Payload) -> Box<[u8]> {
    let mut packet = vec![0; HEADER_LEN + payload.size].into_boxed_slice();
    payload.fill(&mut packet[HEADER_LEN..]);
    packet
}
