//! Whether what looks like a reply to a probe is one: [`Standing`].
//!
//! Addresses and numbers can be guessed, all of them within seconds; the secret cannot. What has no room for it proves nothing,
//! however well the rest of it fits.

use std::net::SocketAddr;

use super::config::PingConfig;
use super::reply::UncountedReason;
use crate::probe::Seq;

/// What a reply that names a probe of this run is taken for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    /// An answer to it.
    Counts,
    /// Perhaps one; it is told, and does not count.
    Uncounted(UncountedReason),
    /// Somebody else's, or nobody's.
    Foreign,
}

impl PingConfig {
    /// Judges a reply that names probe `seq` by what it carries and who it is from.
    pub(super) fn standing(&self, seq: Seq, from: SocketAddr, data: &[u8], intact: bool) -> Standing {
        let (payload, is_other) = (&self.payload, self.is_other(from));
        if !intact {
            return Standing::Uncounted(UncountedReason::WrongChecksum);
        }
        if payload.proves(seq, data) {
            return Standing::Counts;
        }
        // Where there is no secret in what was sent, all else has to be as it was.
        let is_short = data.len() < if payload.is_secret() { crate::payload::MARK_LEN } else { payload.size };
        match (payload.is_secret(), is_other) {
            (_, true) => Standing::Foreign,
            (true, false) if is_short && payload.begins(seq, data) => {
                Standing::Uncounted(UncountedReason::TooShort)
            }
            (false, false) if data.len() == payload.size => Standing::Counts,
            (false, false) if is_short => Standing::Uncounted(UncountedReason::TooShort),
            _ => Standing::Foreign,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::{MARK_LEN, Payload};
    use crate::probe::Ident;

    const SEQ: Seq = Seq(70_000);
    const SHORT: Standing = Standing::Uncounted(UncountedReason::TooShort);
    const CORRUPTED: Standing = Standing::Uncounted(UncountedReason::WrongChecksum);

    fn config(to: &str, payload: Payload) -> PingConfig {
        PingConfig::new(to.parse().unwrap(), Ident(1), payload)
    }

    fn sent(payload: &Payload) -> Vec<u8> {
        let mut data = vec![0; payload.size];
        payload.write(SEQ, &mut data);
        data
    }

    #[test]
    fn nothing_counts_without_all_of_the_secret_that_was_sent() {
        use Standing::{Counts, Foreign};
        let payload = Payload { size: 56, secret: Some(0x0123_4567_89ab_cdef), pattern: Vec::new() };
        let data = sent(&payload);
        let mut wrong = data.clone();
        wrong[MARK_LEN - 1] ^= 1;
        let longer = [&data[..], &[0; 9]].concat();
        let config = config("192.0.2.1:0", payload);
        let (target, other) = ("192.0.2.1:0".parse().unwrap(), "192.0.2.9:0".parse().unwrap());
        #[rustfmt::skip]
        let cases = [
            // from,  data,                    checksum, standing
            (target,  &data[..],               true,     Counts),
            (other,   &data[..],               true,     Counts),
            (target,  &data[..MARK_LEN],       true,     Counts),
            (target,  &longer[..],             true,     Counts),
            (target,  &wrong[..],              true,     Foreign),
            (target,  &data[..MARK_LEN - 1],   true,     SHORT),
            (target,  &data[..0],              true,     SHORT),
            (other,   &data[..MARK_LEN - 1],   true,     Foreign),
            (target,  &wrong[1..MARK_LEN - 1], true,     Foreign),
            (target,  &[][..],                 true,     SHORT),
            (target,  &data[..],               false,    CORRUPTED),
            (target,  &wrong[..],              false,    CORRUPTED),
        ];
        for (from, data, intact, standing) in cases {
            assert_eq!(config.standing(SEQ, from, data, intact), standing, "{from} {data:?} {intact}");
        }
        let another = Seq(SEQ.0 - 65_536);
        assert_eq!(
            config.standing(another, target, &data, true),
            Foreign,
            "same number on the wire, another probe"
        );
    }

    #[test]
    fn where_no_secret_could_be_sent_all_else_must_match() {
        use Standing::{Counts, Foreign};
        let pattern = Payload { size: 56, secret: None, pattern: vec![0xab] };
        let small = Payload { size: 8, secret: Some(7), pattern: Vec::new() };
        let empty = Payload { size: 0, ..small.clone() };
        for payload in [pattern, small, empty] {
            let (size, data) = (payload.size, sent(&payload));
            let longer = [&data[..], &[0]].concat();
            let config = config("192.0.2.1:0", payload);
            let (target, other) = ("192.0.2.1:0".parse().unwrap(), "192.0.2.9:0".parse().unwrap());
            assert_eq!(config.standing(SEQ, target, &data, true), Counts, "{size}");
            assert_eq!(config.standing(SEQ, other, &data, true), Foreign, "{size}");
            assert_eq!(config.standing(SEQ, target, &longer, true), Foreign, "{size}");
            assert_eq!(config.standing(SEQ, target, &data, false), CORRUPTED, "{size}");
            if size > 0 {
                assert_eq!(config.standing(SEQ, target, &data[1..], true), SHORT, "{size}");
            }
        }
    }

    #[test]
    fn anybody_of_a_group_may_answer() {
        let payload = Payload { size: 8, secret: None, pattern: Vec::new() };
        let (data, group) = (sent(&payload), config("[ff02::1%1]:0", payload));
        let member = "[fe80::1%1]:0".parse().unwrap();
        assert_eq!(group.standing(SEQ, member, &data, true), Standing::Counts);
    }
}
