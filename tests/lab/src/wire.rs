//! A wire: two TUN devices in two hosts, and a thread that carries packets between them.
//!
//! It has no addresses and no link layer: routes onto it name the interface, and there is no ARP. What
//! happens to packets is decided in `channel.rs`; here is only what cannot be done in invented time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::channel::Channel;
use crate::tun::{LARGEST, Tun};
use crate::worker::{Bell, Worker};
use crate::{Error, Host, Ledger, Plan, until};

/// A direction of a wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// From the first end to the second.
    There,
    /// From the second end to the first.
    Back,
}

/// A wire that works until it is dropped.
#[derive(Debug)]
pub struct Wire {
    /// By [`Way`].
    channels: Arc<[Mutex<Channel>; 2]>,
    _worker: Worker,
}

impl Wire {
    pub(crate) fn new(a: (&Host, &str), b: (&Host, &str), there: Plan, back: Plan) -> Result<Self, Error> {
        let devices = [Tun::new(a)?, Tun::new(b)?];
        let channels = Arc::new([there, back].map(|plan| Mutex::new(Channel::new(plan))));
        let name = format!("{}-{}", a.0.name(), b.0.name());
        let work = {
            let channels = Arc::clone(&channels);
            move |bell: Bell| carry(&devices, &channels, &bell)
        };
        Ok(Self { channels, _worker: Worker::new(name, work)? })
    }

    /// What happened so far in one direction. A packet is in it before the far host gets it.
    pub fn ledger(&self, way: Way) -> Ledger {
        self.channel(way).ledger()
    }

    /// Goes on with another plan. Its sequences and counts start anew, the ledger goes on, and what is on
    /// its way arrives as planned.
    pub fn replan(&self, way: Way, plan: Plan) {
        self.channel(way).replan(plan);
    }

    /// Waits until nothing is on its way in either direction.
    ///
    /// # Errors
    /// [`Error::TimedOut`] after `limit`.
    pub fn settle(&self, limit: Duration) -> Result<(), Error> {
        until("the wire to be empty", limit, || {
            [Way::There, Way::Back].iter().all(|way| self.channel(*way).due().is_none()).then_some(())
        })
    }

    fn channel(&self, way: Way) -> MutexGuard<'_, Channel> {
        locked(&self.channels[way as usize])
    }
}

fn carry(devices: &[Tun; 2], channels: &[Mutex<Channel>; 2], bell: &Bell) {
    let mut buffer = vec![0; LARGEST];
    loop {
        let due = channels.iter().filter_map(|channel| locked(channel).due()).min();
        if !bell.wait(&[&devices[0], &devices[1]], due) {
            return;
        }
        for (way, channel) in channels.iter().enumerate() {
            let (near, far) = (&devices[way], &devices[1 - way]);
            let mut channel = locked(channel);
            take_in(near, &mut channel, &mut buffer);
            hand_out(far, &mut channel);
        }
    }
}

fn take_in(near: &Tun, channel: &mut Channel, buffer: &mut [u8]) {
    for _ in 0..BATCH {
        let Some(packet) = near.receive(buffer) else {
            return;
        };
        if let Some(error) = channel.push(Instant::now(), packet) {
            // A sender whose interface went down meanwhile needs no answer.
            near.send(&error).ok();
        }
    }
}

fn hand_out(far: &Tun, channel: &mut Channel) {
    let now = Instant::now();
    while let Some(packet) = channel.pop(now) {
        if far.send(&packet).is_err() {
            channel.refused(&packet);
        }
    }
}

/// A panic elsewhere leaves a channel whole: its methods do not panic midway.
fn locked(channel: &Mutex<Channel>) -> MutexGuard<'_, Channel> {
    channel.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many packets are read before those due are handed out, so that a flood does not delay them.
const BATCH: usize = 64;
