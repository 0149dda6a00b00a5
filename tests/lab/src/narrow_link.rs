//! The link behind a scripted router that takes no more than so many bytes: [`NarrowLink`].
//!
//! As with Linux, a packet that ends at the router is answered, however large: only what would be passed on can be too big.

use std::net::IpAddr;

use crate::{forge, packet};

/// A link that takes no more than so many bytes of IP packet, and what its router says of larger ones.
#[derive(Clone, Debug)]
pub struct NarrowLink {
    mtus: Vec<usize>,
    oversize: Oversize,
    passed_on: usize,
}

/// What a router says of a packet that its next link does not take.
#[derive(Clone, Copy, Debug)]
pub enum Oversize {
    /// "Packet too big", with what the link takes.
    Told,
    /// "Packet too big", with this for what the link takes, whatever it takes.
    ToldAs(u32),
    /// Nothing: a black hole.
    Vanishes,
}

impl NarrowLink {
    /// One that takes so many bytes.
    pub fn new(mtu: usize, oversize: Oversize) -> Self {
        Self::taking_turns(vec![mtu], oversize)
    }

    /// Several that take turns, packet by packet.
    pub fn taking_turns(mtus: Vec<usize>, oversize: Oversize) -> Self {
        Self { mtus, oversize, passed_on: 0 }
    }

    /// What becomes of a packet for somebody behind it: `None` if it passes, else the answer, if there is one. IPv4 without DF passes,
    /// as pieces do.
    pub(crate) fn stops(&mut self, router: IpAddr, packet: &[u8]) -> Option<Option<Vec<u8>>> {
        let mtu = *self.mtus.get(self.passed_on % self.mtus.len().max(1))?;
        self.passed_on += 1;
        if packet.len() <= mtu || packet::may_be_fragmented(packet) {
            return None;
        }
        let told = match self.oversize {
            Oversize::Told => u32::try_from(mtu).ok(),
            Oversize::ToldAs(told) => Some(told),
            Oversize::Vanishes => None,
        };
        Some(told.and_then(|told| forge::too_big(router, told, packet)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_answered_as_told_to() {
        for ends in [([10, 0, 0, 1].into(), [10, 0, 0, 2].into()), ([1; 16].into(), [2; 16].into())] {
            let (near, far): (IpAddr, IpAddr) = ends;
            let mut packet = forge::echo_request(near, far, 7, 9, &[0; 100]).unwrap();
            if near.is_ipv4() {
                // DF.
                packet[6] |= 0x40;
            }
            let length = packet.len();
            let said = |oversize| NarrowLink::new(length - 1, oversize).stops(far, &packet);
            let too_big = |told: usize| Some(forge::too_big(far, told as u32, &packet));
            assert_eq!(said(Oversize::Told), too_big(length - 1));
            assert_eq!(said(Oversize::ToldAs(0)), too_big(0));
            assert_eq!(said(Oversize::Vanishes), Some(None));
            let mut turns = NarrowLink::taking_turns(vec![length, length - 1], Oversize::Told);
            assert_eq!(turns.stops(far, &packet), None);
            assert_eq!(turns.stops(far, &packet), too_big(length - 1));
            assert_eq!(turns.stops(far, &packet), None);
        }
    }
}
