//! Clients that keep an echo server busy, and the barest servers there are.
//!
//! They are the same for every server, so what they cost takes from all differences alike.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

/// Round trips of a small message on many connections at once; gives how long all of them took.
///
/// One thread drives them all, so that it is the server that is waited for.
pub(super) fn round_trips(to: SocketAddr, connections: usize, trips: usize) -> Result<Duration> {
    let mut clients = (0..connections).map(|_| Client::connect(to, trips)).collect::<Result<Vec<_>>>()?;
    let poller = Epoll::new(EpollCreateFlags::empty())?;
    for (token, client) in clients.iter().enumerate() {
        poller.add(&client.stream, EpollEvent::new(EpollFlags::EPOLLIN, token as u64))?;
    }
    let start = Instant::now();
    clients.iter_mut().try_for_each(Client::send)?;
    let mut busy = connections;
    let mut events = vec![EpollEvent::empty(); connections];
    while busy > 0 {
        let ready = poller.wait(&mut events, PATIENCE)?;
        ensure!(ready > 0, "the server says nothing more");
        for event in &events[..ready] {
            busy -= usize::from(clients[event.data() as usize].turn()?);
        }
    }
    Ok(start.elapsed())
}

/// A connection on which a message goes to and fro.
struct Client {
    stream: TcpStream,
    /// Round trips still to make.
    left: usize,
    /// Bytes of the message that are back.
    back: usize,
}

impl Client {
    fn connect(to: SocketAddr, trips: usize) -> Result<Self> {
        Ok(Self { stream: connect(to)?, left: trips, back: 0 })
    }

    fn send(&mut self) -> Result<()> {
        // An empty socket takes all of so short a message.
        Ok(self.stream.write_all(&[7; MESSAGE])?)
    }

    /// Takes what has come, and sends the message again; gives whether this was the last of it.
    fn turn(&mut self) -> Result<bool> {
        let count = self.stream.read(&mut [0; MESSAGE])?;
        ensure!(count > 0, "the server hung up");
        self.back += count;
        if self.back < MESSAGE {
            return Ok(false);
        }
        self.back = 0;
        self.left -= 1;
        if self.left > 0 {
            self.send()?;
        }
        Ok(self.left == 0)
    }
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
///
/// It ends with this process, as [`bare_loop`] does; every client before it has hung up by then.
pub(super) fn bare_echo() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let mut piece = vec![0; PIECE];
                while copy(&mut stream, &mut piece).is_ok_and(|count| count > 0) {}
            });
        }
    });
    Ok(address)
}

/// A server of one thread for all connections that copies what it reads and does nothing else.
pub(super) fn bare_loop() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || wait_and_copy(&listener));
    Ok(address)
}

fn wait_and_copy(listener: &TcpListener) -> Result<()> {
    let poller = Epoll::new(EpollCreateFlags::empty())?;
    poller.add(listener, EpollEvent::new(EpollFlags::EPOLLIN, NEWCOMER))?;
    let mut streams = Vec::new();
    let mut events = [EpollEvent::empty(); 256];
    let mut piece = vec![0; PIECE];
    loop {
        let ready = poller.wait(&mut events, EpollTimeout::NONE)?;
        for event in &events[..ready] {
            if event.data() == NEWCOMER {
                let stream = listener.accept()?.0;
                poller.add(&stream, EpollEvent::new(EpollFlags::EPOLLIN, streams.len() as u64))?;
                streams.push(Some(stream));
                continue;
            }
            let stream = &mut streams[event.data() as usize];
            if let Some(open) = stream
                && copy(open, &mut piece)? == 0
            {
                *stream = None;
            }
        }
    }
}

/// Sends back what there is; gives how much that was, 0 at the end.
fn copy(stream: &mut TcpStream, piece: &mut [u8]) -> io::Result<usize> {
    let count = stream.read(piece)?;
    stream.write_all(&piece[..count])?;
    Ok(count)
}

pub(super) fn connect(to: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(to).with_context(|| format!("cannot connect to {to}"))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    Ok(stream)
}

/// Milliseconds to wait for the next answer.
const PATIENCE: u16 = 30_000;
/// The token of a listener.
const NEWCOMER: u64 = u64::MAX;
const MESSAGE: usize = 64;
const PIECE: usize = 64 * 1024;
