//! Default gateways, as `/proc/net/route` and `/proc/net/ipv6_route` list them.
//!
//! Addresses of IPv4 stand there in the byte order of the machine, those of IPv6 in that of the network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A way out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Gateway {
    /// The lowest wins.
    pub(super) metric: u32,
    pub(super) address: IpAddr,
    pub(super) interface: String,
}

/// `RTF_UP | RTF_GATEWAY`.
const UP_GATEWAY: u32 = 0x3;

/// The gateways of default routes in the text of `/proc/net/route`.
pub(super) fn v4(text: &str) -> Vec<Gateway> {
    text.lines().skip(1).filter_map(v4_line).collect()
}

fn v4_line(line: &str) -> Option<Gateway> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [interface, destination, gateway, flags, _, _, metric, mask, ..] = fields[..] else { return None };
    let number = |field| u32::from_str_radix(field, 16).ok();
    let is_default = number(destination)? == 0 && number(mask)? == 0;
    let address = Ipv4Addr::from(number(gateway)?.to_ne_bytes());
    let leads_on = number(flags)? & UP_GATEWAY == UP_GATEWAY;
    let metric = metric.parse().ok()?;
    (is_default && leads_on).then(|| Gateway {
        metric,
        address: address.into(),
        interface: interface.to_owned(),
    })
}

/// The gateways of default routes in the text of `/proc/net/ipv6_route`.
pub(super) fn v6(text: &str) -> Vec<Gateway> {
    text.lines().filter_map(v6_line).collect()
}

fn v6_line(line: &str) -> Option<Gateway> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [destination, length, _, _, gateway, metric, _, _, flags, interface] = fields[..] else {
        return None;
    };
    let number = |field| u128::from_str_radix(field, 16).ok();
    let is_default = number(destination)? == 0 && number(length)? == 0;
    let leads_on = u32::from_str_radix(flags, 16).ok()? & UP_GATEWAY == UP_GATEWAY;
    let address = Ipv6Addr::from(number(gateway)?);
    let metric = u32::from_str_radix(metric, 16).ok()?;
    (is_default && leads_on).then(|| Gateway {
        metric,
        address: address.into(),
        interface: interface.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_default_routes_with_a_gateway_count() {
        let gateway = u32::from_ne_bytes([192, 0, 2, 1]);
        let text = format!(
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
             eth0\t00000000\t{gateway:08X}\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
             tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n\
             eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n\
             junk\n"
        );
        let found =
            Gateway { metric: 100, address: "192.0.2.1".parse().unwrap(), interface: "eth0".to_owned() };
        assert_eq!(v4(&text), [found]);
        let zeros = "0".repeat(32);
        let text = format!(
            "{zeros} 00 {zeros} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0\n\
             {zeros} 00 {zeros} 00 {zeros} ffffffff 00000001 00000000 00200200       lo\n\
             20010db8000000000000000000000000 40 {zeros} 00 {zeros} 00000100 00000001 00000000 00000001 eth0\n"
        );
        let found =
            Gateway { metric: 1024, address: "fe80::1".parse().unwrap(), interface: "eth0".to_owned() };
        assert_eq!(v6(&text), [found]);
    }
}
