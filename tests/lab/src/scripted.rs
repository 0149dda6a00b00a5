//! A scripted host: the far side of a TUN device is a closure from a packet to packets.
//!
//! It sees everything the host sends into the device, router solicitations and the like included, and
//! answers only what it wants to. It has no address but those it answers for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::queue::Queue;
use crate::tun::{LARGEST, Tun};
use crate::worker::{Bell, Worker};
use crate::{Error, Host};

/// A packet to hand to the host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply {
    /// How long after the packet it answers.
    pub after: Duration,
    /// A whole IP packet.
    pub packet: Vec<u8>,
}

impl From<Vec<u8>> for Reply {
    fn from(packet: Vec<u8>) -> Self {
        Self { after: Duration::ZERO, packet }
    }
}

/// A scripted host that answers until it is dropped. A panic in the script is passed on by the drop.
#[derive(Debug)]
pub struct Scripted {
    device: Arc<Tun>,
    _worker: Worker,
}

impl Scripted {
    pub(crate) fn new<S>(end: (&Host, &str), script: S) -> Result<Self, Error>
    where
        S: FnMut(&[u8]) -> Vec<Reply> + Send + 'static,
    {
        let device = Arc::new(Tun::new(end)?);
        let work = {
            let device = Arc::clone(&device);
            move |bell: Bell| answer(&device, script, &bell)
        };
        Ok(Self { device, _worker: Worker::new(format!("{}-script", end.0.name()), work)? })
    }

    /// Hands the host a packet nobody asked for.
    ///
    /// # Errors
    /// [`Error::Os`] while the interface is down.
    pub fn send(&self, packet: &[u8]) -> Result<(), Error> {
        self.device.send(packet).map_err(Error::os("writing to a TUN device"))
    }
}

fn answer<S>(device: &Tun, mut script: S, bell: &Bell)
where
    S: FnMut(&[u8]) -> Vec<Reply>,
{
    let (mut buffer, mut queue) = (vec![0; LARGEST], Queue::default());
    while bell.wait(&[device], queue.due()) {
        if let Some(packet) = device.receive(&mut buffer) {
            let now = Instant::now();
            for reply in script(packet) {
                queue.push(now + reply.after, reply.packet);
            }
        }
        while let Some(packet) = queue.pop(Instant::now()) {
            // A host whose interface went down does not get it, like any host.
            device.send(&packet).ok();
        }
    }
}
