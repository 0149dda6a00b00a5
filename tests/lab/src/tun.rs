//! A TUN device: whole IP packets, one per read and write.
//!
//! The device belongs to the host it was made in, its descriptor works from everywhere. It is gone when
//! the descriptor is closed.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use tun_rs::DeviceBuilder;

use crate::{Error, Host};

/// A device that is up, and the host it keeps alive.
#[derive(Debug)]
pub(crate) struct Tun {
    device: File,
    _host: Host,
}

impl Tun {
    pub(crate) fn new((host, interface): (&Host, &str)) -> Result<Self, Error> {
        let builder = DeviceBuilder::new().name(interface);
        let device: OwnedFd =
            host.run(|| builder.build_sync()?.as_fd().try_clone_to_owned()).map_err(|error| {
                match error.kind() {
                    io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound => Error::NoTun(error),
                    _ => Error::os(format!("{}: making TUN device {interface}", host.name()))(error),
                }
            })?;
        let flags = fcntl(&device, FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
        flags.map_err(|errno| Error::os("fcntl(O_NONBLOCK) of a TUN device")(errno.into()))?;
        host.queue_length(interface, QUEUE)?;
        host.up(interface)?;
        Ok(Self { device: device.into(), _host: host.clone() })
    }

    /// The next packet the host sent into the device, if there is one.
    pub(crate) fn receive<'a>(&self, buffer: &'a mut [u8]) -> Option<&'a [u8]> {
        let length = (&self.device).read(buffer).ok().filter(|length| *length > 0)?;
        Some(&buffer[..length])
    }

    /// Hands the host a packet.
    ///
    /// # Errors
    /// What the kernel says, above all `EIO` while the interface is down.
    pub(crate) fn send(&self, packet: &[u8]) -> io::Result<()> {
        (&self.device).write(packet).map(drop)
    }
}

impl AsFd for Tun {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.device.as_fd()
    }
}

/// Room for the largest IP packet.
pub(crate) const LARGEST: usize = 65536;

/// How many packets wait in the device: enough that no burst is lost where the ledger cannot see it.
const QUEUE: u32 = 50_000;
