//! Probes on their way out: packets built in place, one system call for all of them that have one hop limit.

use std::array;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::RawFd;

use nix::cmsg_space;
use nix::libc::c_int;
use nix::sys::socket::{ControlMessage, MsgFlags, MultiHeaders, SockaddrStorage, sendmmsg, sendmsg, sendto};

use crate::clock;
use crate::engine::Engine;
use crate::icmp_socket::Carrier;
use crate::probe::{Family, Probe};
use crate::stamp::SendCall;
use crate::wire::{self, HEADER_LEN};

/// Most packets in one system call; larger batches gain nothing.
pub(crate) const BATCH: usize = 64;

/// The packets of one batch, their room kept for the next.
#[derive(Debug)]
pub(crate) struct Outbox {
    carrier: Carrier,
    packets: Vec<Vec<u8>>,
    /// Made for the first batch without hop limits, and for the first with one.
    plain: Option<MultiHeaders<SockaddrStorage>>,
    limited: Option<MultiHeaders<SockaddrStorage>>,
}

impl Outbox {
    pub(crate) const fn new(carrier: Carrier) -> Self {
        Self { carrier, packets: Vec::new(), plain: None, limited: None }
    }

    /// Sends the first probes of `probes`, at least one, as `engine` fills them; gives their number and the call that took them.
    pub(crate) fn send(
        &mut self,
        fd: RawFd,
        engine: &impl Engine,
        probes: &[Probe],
    ) -> io::Result<(usize, SendCall)> {
        let Some(first) = probes.first() else { return Err(io::ErrorKind::InvalidInput.into()) };
        let alike = probes.iter().take(BATCH).take_while(|probe| probe.hop_limit == first.hop_limit).count();
        let probes = probes.get(..alike).unwrap_or(probes);
        self.write(engine, probes);
        let began = clock::now();
        let count = match (probes, self.packets.first()) {
            ([probe], Some(packet)) => send_one(fd, probe, packet)?,
            _ => self.send_all(fd, probes)?,
        };
        Ok((count, SendCall { began, returned: clock::now() }))
    }

    fn write(&mut self, engine: &impl Engine, probes: &[Probe]) {
        while self.packets.len() < probes.len() {
            self.packets.push(Vec::new());
        }
        for (probe, packet) in probes.iter().zip(&mut self.packets) {
            if self.carrier != Carrier::Echo {
                packet.resize(probe.size, 0);
                engine.fill(probe, packet);
                continue;
            }
            packet.resize(HEADER_LEN + probe.size, 0);
            let ident = packet.get_mut(HEADER_LEN..).map(|data| engine.fill(probe, data));
            ident.into_iter().for_each(|ident| wire::write_request(ident, probe, packet));
        }
    }

    fn send_all(&mut self, fd: RawFd, probes: &[Probe]) -> io::Result<usize> {
        let addresses: [_; BATCH] = array::from_fn(|i| probes.get(i).map(address));
        let slices: [_; BATCH] =
            array::from_fn(|i| [IoSlice::new(self.packets.get(i).map_or(&[], |packet| packet))]);
        let slices = slices.iter().take(probes.len());
        let flags = MsgFlags::MSG_DONTWAIT;
        let sent = match probes.first().and_then(|probe| Some((probe, probe.hop_limit?.into()))) {
            Some((probe, limit)) => {
                let room = Some(cmsg_space!(c_int));
                let headers = self.limited.get_or_insert_with(|| MultiHeaders::preallocate(BATCH, room));
                sendmmsg(fd, headers, slices, addresses, [hop_limit(probe, &limit)], flags)?.count()
            }
            None => {
                let headers = self.plain.get_or_insert_with(|| MultiHeaders::preallocate(BATCH, None));
                sendmmsg(fd, headers, slices, addresses, [], flags)?.count()
            }
        };
        Ok(sent)
    }
}

fn send_one(fd: RawFd, probe: &Probe, packet: &[u8]) -> io::Result<usize> {
    let (to, flags) = (address(probe), MsgFlags::MSG_DONTWAIT);
    match probe.hop_limit.map(c_int::from) {
        Some(limit) => {
            sendmsg(fd, &[IoSlice::new(packet)], &[hop_limit(probe, &limit)], flags, Some(&to))?;
        }
        None => {
            sendto(fd, packet, &to, flags)?;
        }
    }
    Ok(1)
}

fn hop_limit<'a>(probe: &Probe, limit: &'a c_int) -> ControlMessage<'a> {
    match Family::of(probe.to) {
        Family::V4 => ControlMessage::Ipv4Ttl(limit),
        Family::V6 => ControlMessage::Ipv6HopLimit(limit),
    }
}

fn address(probe: &Probe) -> SockaddrStorage {
    let mut to = probe.to;
    if let SocketAddr::V6(v6) = &mut to {
        v6.set_flowinfo(probe.flow.unwrap_or_default().to_be());
    }
    to.into()
}
