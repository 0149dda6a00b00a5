//! How many packets a second a wire carries: UDP from one host to another, a window of them under way.
//!
//! The figure is of wire and both stacks together, on whatever else the machine does; compare it only
//! with itself. Run it in a release build.

use std::io::{self, Write};
use std::net::UdpSocket;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use netdiag_lab::{Hop, Lab, Plan, Way, packet};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lab = Lab::new()?;
    let (a, b) = (lab.host("a")?, lab.host("b")?);
    let plan = Plan { only: packet::any, ..Plan::default() };
    let wire = lab.wire((&a, "tun0"), (&b, "tun0"), plan.clone(), plan)?;
    for (host, address) in [(&a, "10.0.0.1/32"), (&b, "10.0.0.2/32")] {
        host.address("tun0", address)?;
        host.route("10.0.0.0/24", Hop::Through("tun0"))?;
    }
    let (sender, receiver) =
        (a.run(|| UdpSocket::bind("10.0.0.1:0"))?, b.run(|| UdpSocket::bind("10.0.0.2:9"))?);
    sender.connect("10.0.0.2:9")?;
    receiver.set_read_timeout(Some(Duration::from_secs(5)))?;

    let start = Instant::now();
    let (take, give) = sync_channel(WINDOW);
    let sending = thread::spawn(move || {
        (0..PACKETS).try_for_each(|_| {
            take.send(()).map_err(io::Error::other)?;
            sender.send(&[0; 56]).map(drop)
        })
    });
    for _ in 0..PACKETS {
        receiver.recv(&mut [0; 56])?;
        give.recv()?;
    }
    let elapsed = start.elapsed();
    sending.join().expect("the sender does not panic")?;
    let rate = f64::from(PACKETS) / elapsed.as_secs_f64();
    writeln!(io::stdout(), "{rate:.0} packets/s, {:?}", wire.ledger(Way::There))?;
    Ok(())
}

const PACKETS: u32 = 300_000;

/// How many packets are under way at most: fewer than a socket's receive buffer holds.
const WINDOW: usize = 128;
