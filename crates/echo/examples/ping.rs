//! Pings a host three times and prints each answer, in thirty lines of `ping`.
//!
//! Usage: `ping ADDRESS [COUNT]`, by default 127.0.0.1 and 3. It needs what ping needs: a `net.ipv4.ping_group_range` that
//! includes this group, or `cap_net_raw`.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use netdiag_echo::{
    EchoSocket, Family, IcmpSocket, Payload, Ping, PingConfig, PingEvent, RunControl, SocketConfig,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let address: IpAddr = words.next().as_deref().unwrap_or("127.0.0.1").parse()?;
    let count: u64 = words.next().as_deref().unwrap_or("3").parse()?;
    let to = SocketAddr::new(address, 0);

    let payload = Payload::new(56);
    let socket = EchoSocket::new(IcmpSocket::open(Family::of(to))?, &SocketConfig::new(payload.size))?;
    let config = PingConfig::new(to, socket.ident(), payload);
    let config = PingConfig { count: Some(count), interval: Duration::from_millis(200), ..config };
    let mut ping = Ping::new(config, netdiag_echo::now());

    let mut out = io::stdout().lock();
    netdiag_echo::run(&mut ping, &mut socket.into(), &RunControl::new(), |event| {
        match event {
            PingEvent::Reply(reply) => {
                writeln!(out, "{}: {:?} by {:?}", reply.from.ip(), reply.rtt, reply.clock)?;
            }
            PingEvent::Icmp { from, error, .. } => writeln!(out, "{}: {error:?}", from.ip())?,
            PingEvent::Lost { seq, .. } => writeln!(out, "no answer to number {}", seq.0)?,
            _ => {}
        }
        Ok::<(), Box<dyn std::error::Error>>(())
    })?;
    writeln!(out, "{} of {} answered", ping.statistics().received, ping.statistics().transmitted)?;
    Ok(())
}
