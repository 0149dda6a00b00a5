//! Hosts that answer every request with an ICMP error, the one their address names.
//!
//! What the second word of the header holds depends on the type: a gateway, an MTU, a pointer.

use std::net::IpAddr;

use netdiag_lab::{Hop, Host, Lab, Scripted, forge, packet};

/// Hosts behind `tun0` of `host`: `10.8.TYPE.CODE` and `fd08::TYPE:CODE` answer each request with that ICMP error.
pub(crate) fn contradictor(lab: &Lab, host: &Host) -> Scripted {
    let scripted = lab.scripted((host, "tun0"), move |request| {
        let (Some(to), Some(_)) = (packet::destination(request), forge::echo_reply(request)) else {
            return vec![];
        };
        let (kind, code) = match to {
            IpAddr::V4(to) => (to.octets()[2], to.octets()[3]),
            IpAddr::V6(to) => (to.octets()[13], to.octets()[15]),
        };
        forge::icmp_error(to, kind, code, second_word(to, kind), request)
            .into_iter()
            .map(Into::into)
            .collect()
    });
    for (address, prefix) in [("10.0.0.1/24", "10.8.0.0/16"), ("fd00::1/64", "fd08::/64")] {
        host.address("tun0", address).unwrap();
        host.route(prefix, Hop::Through("tun0")).unwrap();
    }
    scripted.unwrap()
}

fn second_word(of: IpAddr, kind: u8) -> u32 {
    match (of, kind) {
        (IpAddr::V4(_), 12) => 20 << 24,
        (IpAddr::V4(_), 5) => u32::from_be_bytes([10, 0, 0, 254]),
        (IpAddr::V4(_), _) => 1300,
        (IpAddr::V6(_), 4) => 6,
        (IpAddr::V6(_), _) => 1280,
    }
}
