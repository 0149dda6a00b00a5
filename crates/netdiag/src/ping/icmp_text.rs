//! What an ICMP error is called in `ping`'s output (RFC 792, RFC 4443).

use netdiag_echo::{Family, IcmpError};

use super::address;

/// The words after `icmp_seq=N `.
pub(crate) fn describe(error: &IcmpError) -> String {
    match error.family {
        Family::V4 => describe_v4(error),
        Family::V6 => describe_v6(error),
    }
}

fn describe_v4(error: &IcmpError) -> String {
    let IcmpError { kind, code, info, .. } = *error;
    match kind {
        3 if code == 4 => format!("Frag needed and DF set (mtu = {info})"),
        3 => pick(&UNREACHABLE_V4, code)
            .map_or_else(|| format!("Dest Unreachable, Bad Code: {code}"), str::to_owned),
        4 => "Source Quench".to_owned(),
        5 => {
            let which = pick(&REDIRECT, code)
                .map_or_else(|| format!("Redirect, Bad Code: {code}"), |which| format!("Redirect {which}"));
            format!("{which}(New nexthop: {})", address::gateway(info))
        }
        11 => match code {
            0 => "Time to live exceeded".to_owned(),
            1 => "Frag reassembly time exceeded".to_owned(),
            _ => format!("Time exceeded, Bad Code: {code}"),
        },
        12 => format!("Parameter problem: pointer = {info}"),
        _ => format!("Bad ICMP type: {kind}"),
    }
}

fn describe_v6(error: &IcmpError) -> String {
    let IcmpError { kind, code, info, .. } = *error;
    match kind {
        1 => {
            let why =
                pick(&UNREACHABLE_V6, code).map_or_else(|| format!("Unknown code {code}"), str::to_owned);
            format!("Destination unreachable: {why}")
        }
        2 if code == 0 => format!("Packet too big: mtu={info}"),
        2 => format!("Packet too big: mtu={info}, code={code}"),
        3 => match code {
            0 => "Time exceeded: Hop limit".to_owned(),
            1 => "Time exceeded: Defragmentation failure".to_owned(),
            _ => format!("Time exceeded: code {code}"),
        },
        4 => {
            let what =
                pick(&PARAMETER_V6, code).map_or_else(|| format!("code {code} "), |what| format!("{what} "));
            format!("Parameter problem: {what}at {info}")
        }
        _ => format!("unknown icmp type: {kind}"),
    }
}

fn pick(words: &[&'static str], code: u8) -> Option<&'static str> {
    words.get(usize::from(code)).copied()
}

/// Type 3 by code; code 4 names the MTU and is worded apart.
const UNREACHABLE_V4: [&str; 16] = [
    "Destination Net Unreachable",
    "Destination Host Unreachable",
    "Destination Protocol Unreachable",
    "Destination Port Unreachable",
    "Frag needed and DF set",
    "Source Route Failed",
    "Destination Net Unknown",
    "Destination Host Unknown",
    "Source Host Isolated",
    "Destination Net Prohibited",
    "Destination Host Prohibited",
    "Destination Net Unreachable for Type of Service",
    "Destination Host Unreachable for Type of Service",
    "Packet filtered",
    "Precedence Violation",
    "Precedence Cutoff",
];
const REDIRECT: [&str; 4] = ["Network", "Host", "Type of Service and Network", "Type of Service and Host"];
const UNREACHABLE_V6: [&str; 7] = [
    "No route",
    "Administratively prohibited",
    "Beyond scope of source address",
    "Address unreachable",
    "Port unreachable",
    "Source address failed ingress/egress policy",
    "Reject route to destination",
];
const PARAMETER_V6: [&str; 3] = ["Wrong header field", "Unknown header", "Unknown option"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_called_what_upstream_calls_them() {
        use Family::{V4, V6};
        #[rustfmt::skip]
        let cases = [
            (V4, 3,  0,  0,           "Destination Net Unreachable"),
            (V4, 3,  1,  0,           "Destination Host Unreachable"),
            (V4, 3,  4,  1400,        "Frag needed and DF set (mtu = 1400)"),
            (V4, 3,  13, 0,           "Packet filtered"),
            (V4, 3,  15, 0,           "Precedence Cutoff"),
            (V4, 3,  16, 0,           "Dest Unreachable, Bad Code: 16"),
            (V4, 4,  0,  0,           "Source Quench"),
            (V4, 5,  1,  0x0a09_0103, "Redirect Host(New nexthop: 10.9.1.3)"),
            (V4, 5,  9,  0x0a09_0103, "Redirect, Bad Code: 9(New nexthop: 10.9.1.3)"),
            (V4, 11, 0,  0,           "Time to live exceeded"),
            (V4, 11, 1,  0,           "Frag reassembly time exceeded"),
            (V4, 11, 2,  0,           "Time exceeded, Bad Code: 2"),
            (V4, 12, 0,  20,          "Parameter problem: pointer = 20"),
            (V6, 1,  0,  0,           "Destination unreachable: No route"),
            (V6, 1,  6,  0,           "Destination unreachable: Reject route to destination"),
            (V6, 1,  7,  0,           "Destination unreachable: Unknown code 7"),
            (V6, 2,  0,  1280,        "Packet too big: mtu=1280"),
            (V6, 2,  1,  1280,        "Packet too big: mtu=1280, code=1"),
            (V6, 3,  0,  0,           "Time exceeded: Hop limit"),
            (V6, 3,  7,  0,           "Time exceeded: code 7"),
            (V6, 4,  1,  40,          "Parameter problem: Unknown header at 40"),
            (V6, 4,  9,  40,          "Parameter problem: code 9 at 40"),
            (V6, 99, 0,  0,           "unknown icmp type: 99"),
        ];
        for (family, kind, code, info, expected) in cases {
            assert_eq!(describe(&IcmpError { family, kind, code, info }), expected);
        }
    }
}
