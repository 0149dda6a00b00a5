//! Has the kernel stamp packets from the first one on.
//!
//! It turns stamping on beside its other work, some time after the first socket of the whole machine asked for it, and leaves it
//! on while there is one.

use std::time::Duration;

use netdiag_echo::{
    AskOptions, ClockSource, EchoSocket, Family, IcmpSocket, PingEvent, RunControl, SocketConfig, ask,
};

/// Stamping is on until this is dropped.
pub(crate) struct Stamping {
    _asks_for_it: EchoSocket,
}

impl Stamping {
    /// Waits until packets are stamped.
    pub(crate) fn on() -> Self {
        let opened = IcmpSocket::open(Family::V4).unwrap();
        let socket = EchoSocket::new(opened, &SocketConfig::new(56)).unwrap();
        let to = "127.0.0.1:0".parse().unwrap();
        while !is_stamped(to) {}
        Self { _asks_for_it: socket }
    }
}

fn is_stamped(to: std::net::SocketAddr) -> bool {
    let mut clock = None;
    let how = AskOptions::new(Duration::from_secs(10));
    ask(to, 1, &how, &RunControl::new(), |event| {
        if let PingEvent::Reply(reply) = event {
            clock = Some(reply.clock);
        }
    })
    .unwrap();
    clock == Some(ClockSource::Kernel)
}
