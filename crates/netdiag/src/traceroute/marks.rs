//! What an ICMP error is as a mark behind a time: `!H`, `!N`, `!<13>`.

use netdiag_echo::{Family, IcmpError, WalkWords};

/// The mark of an answer that is more than one of a router on the way, or of the target.
pub(super) fn mark(words: WalkWords) -> Option<String> {
    match words {
        WalkWords::TooLong(mtu) => Some(format!("!F-{mtu}")),
        WalkWords::Icmp(_) if words.is_passing() => None,
        WalkWords::Icmp(error) if error.is_port_unreachable() => None,
        WalkWords::Icmp(error) if error.is_too_big() => Some(format!("!F-{}", error.info)),
        WalkWords::Icmp(error) => Some(mark_of(error)),
        _ => None,
    }
}

/// The mark of an ICMP error.
pub(crate) fn mark_of(error: IcmpError) -> String {
    let IcmpError { family, kind, code, .. } = error;
    let mark = match (family, kind, code) {
        (Family::V4, 3, 0 | 6 | 8 | 11) | (Family::V6, 1, 0) => "!N",
        (Family::V4, 3, 1 | 7 | 12) | (Family::V6, 1, 2 | 3) => "!H",
        (Family::V4, 3, 9 | 10 | 13) | (Family::V6, 1, 1) => "!X",
        (Family::V4, 3, 2) => "!P",
        (Family::V4, 3, 5) => "!S",
        (Family::V4, 3, 14) => "!V",
        (Family::V4, 3, 15) => "!C",
        (Family::V4, 3, _) | (Family::V6, 1, _) => return format!("!<{code}>"),
        _ => return format!("!<{kind}-{code}>"),
    };
    mark.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_mark() {
        let error = |family, kind, code| IcmpError { family, kind, code, info: 1400 };
        #[rustfmt::skip]
        let cases = [
            (Family::V4, 11, 0, None), (Family::V4, 3, 3, None), (Family::V6, 3, 0, None), (Family::V6, 1, 4, None),
            (Family::V4, 3, 0, Some("!N")), (Family::V4, 3, 1, Some("!H")), (Family::V4, 3, 2, Some("!P")),
            (Family::V4, 3, 4, Some("!F-1400")), (Family::V6, 2, 0, Some("!F-1400")), (Family::V4, 3, 5, Some("!S")),
            (Family::V4, 3, 13, Some("!X")), (Family::V4, 3, 14, Some("!V")), (Family::V4, 3, 15, Some("!C")),
            (Family::V4, 3, 99, Some("!<99>")), (Family::V4, 12, 3, Some("!<12-3>")), (Family::V4, 11, 1, Some("!<11-1>")),
            (Family::V6, 1, 0, Some("!N")), (Family::V6, 1, 1, Some("!X")), (Family::V6, 1, 3, Some("!H")),
            (Family::V6, 1, 6, Some("!<6>")), (Family::V6, 4, 1, Some("!<4-1>")),
        ];
        for (family, kind, code, expected) in cases {
            let words = WalkWords::Icmp(error(family, kind, code));
            assert_eq!(mark(words).as_deref(), expected, "{family:?} {kind} {code}");
        }
    }
}
