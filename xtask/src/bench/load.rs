//! Clients that keep an echo server busy, and the barest server there is.
//!
//! They are the same for every server, so what they cost takes from all differences alike.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

/// Round trips of a small message on many connections at once; gives how long all of them took.
pub(super) fn round_trips(to: SocketAddr, connections: usize, trips: usize) -> Result<Duration> {
    let streams = (0..connections).map(|_| connect(to)).collect::<Result<Vec<_>>>()?;
    let start = Instant::now();
    thread::scope(|scope| {
        let clients: Vec<_> =
            streams.into_iter().map(|stream| scope.spawn(move || trip(stream, trips))).collect();
        clients.into_iter().try_for_each(|client| client.join().map_err(|_| anyhow!("a client panicked"))?)
    })?;
    Ok(start.elapsed())
}

fn trip(mut stream: TcpStream, trips: usize) -> Result<()> {
    let mut message = [7; MESSAGE];
    for _ in 0..trips {
        stream.write_all(&message)?;
        stream.read_exact(&mut message).context("the server answered short")?;
    }
    Ok(())
}

/// Sends so many bytes and receives them back on one connection; gives how long that took.
pub(super) fn bulk(to: SocketAddr, bytes: usize) -> Result<Duration> {
    let mut sending = connect(to)?;
    let mut receiving = sending.try_clone()?;
    let start = Instant::now();
    thread::scope(|scope| {
        let sender = scope.spawn(move || (0..bytes / PIECE).try_for_each(|_| sending.write_all(&[7; PIECE])));
        let mut piece = vec![0; PIECE];
        (0..bytes / PIECE).try_for_each(|_| receiving.read_exact(&mut piece))?;
        sender.join().map_err(|_| anyhow!("the sender panicked"))??;
        Ok::<_, anyhow::Error>(())
    })?;
    Ok(start.elapsed())
}

/// A server of one thread per connection that copies what it reads and does nothing else.
pub(super) fn bare_echo() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    // It ends with this process; every client before it has hung up by then.
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || copy(stream));
        }
    });
    Ok(address)
}

fn copy(mut stream: TcpStream) -> std::io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            count => stream.write_all(&piece[..count])?,
        }
    }
}

pub(super) fn connect(to: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(to).with_context(|| format!("cannot connect to {to}"))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    Ok(stream)
}

const MESSAGE: usize = 64;
const PIECE: usize = 64 * 1024;
