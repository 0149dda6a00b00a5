//! What holds the sender of a TCP connection back, as one word.
//!
//! The kernel tells sums over the life of the connection, not what happens at the moment: a connection that was held up for long and
//! flows again keeps its word until it has been busy for long.

use crate::tcp_info::TcpInfo;

/// What holds a sender back.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SendLimit {
    /// Nothing in the two hosts: the network sets the pace.
    None,
    /// The window of the peer, which does not read as fast as we write.
    Rwnd,
    /// Our send buffer, which does not hold what is on its way.
    Sndbuf,
    /// Our own program, which writes less than could be sent.
    App,
}

impl SendLimit {
    /// All there are, by number.
    pub const ALL: [Self; 4] = [Self::None, Self::Rwnd, Self::Sndbuf, Self::App];

    /// Its word; [`words::SEND_LIMITS`](crate::words::SEND_LIMITS) has all of them.
    pub fn name(self) -> &'static str {
        crate::words::SEND_LIMITS.name(self as u8).unwrap_or_default()
    }

    /// The one of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limit| limit.name() == word)
    }
}

impl TcpInfo<'_> {
    /// What holds the sender back: the peer's window or the send buffer if that took a tenth of the time there was something to send,
    /// else the program if it left room unused when last measured or never wrote anything. `None` where there is no connection, and
    /// before Linux 4.9.
    pub fn send_limit(&self) -> Option<SendLimit> {
        let (busy, rwnd, sndbuf) = (self.busy_time()?, self.rwnd_limited()?, self.sndbuf_limited()?);
        if !self.was_connected() {
            return None;
        }
        let longest = rwnd.max(sndbuf);
        Some(if longest > 0 && longest.saturating_mul(NOTABLE) >= busy {
            if rwnd >= sndbuf { SendLimit::Rwnd } else { SendLimit::Sndbuf }
        } else if busy == 0 || self.app_limited() == Some(true) {
            SendLimit::App
        } else {
            SendLimit::None
        })
    }
}

/// What part of the busy time is worth a word: a tenth, for without it a tenth more would have been sent.
const NOTABLE: u64 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_a_tenth_of_the_time_holds_back() {
        use SendLimit::{App, None as Network, Rwnd, Sndbuf};
        #[rustfmt::skip]
        let cases = [
            // state, app-limited, busy,  rwnd, sndbuf
            (1,  0,  1000, 0,    0,    Some(Network)),
            (1,  0,  1000, 99,   0,    Some(Network)),
            (1,  0,  5,    0,    0,    Some(Network)),
            (1,  0,  1000, 100,  0,    Some(Rwnd)),
            (1,  1,  1000, 100,  100,  Some(Rwnd)),
            (1,  0,  1000, 100,  101,  Some(Sndbuf)),
            (8,  1,  1000, 0,    0,    Some(App)),
            (1,  0,  0,    0,    0,    Some(App)),
            // No connection: listening, asking for one, bound only.
            (10, 0,  1000, 1000, 0,    None),
            (2,  0,  1000, 1000, 0,    None),
            (7,  0,  0,    0,    0,    None),
        ];
        for (state, app, busy, rwnd, sndbuf, expected) in cases {
            let mut info = [0; 192];
            (info[0], info[7]) = (state, if cfg!(target_endian = "little") { app } else { app << 7 });
            for (at, time) in [(168, busy), (176, rwnd), (184, sndbuf)] {
                info[at..at + 8].copy_from_slice(&u64::to_ne_bytes(time));
            }
            assert_eq!(TcpInfo::new(&info).send_limit(), expected, "{state} {app} {busy} {rwnd} {sndbuf}");
            assert_eq!(TcpInfo::new(&info[..190]).send_limit(), None);
        }
    }

    #[test]
    fn every_limit_has_a_word() {
        for limit in SendLimit::ALL {
            assert_eq!(SendLimit::named(limit.name()), Some(limit));
        }
        assert_eq!(SendLimit::named(""), None);
    }
}
