//! A crowd of established TCP sockets on loopback, held by processes of this program.
//!
//! Both ends of a connection are here, so a connection is two sockets. A holder ends when its standard input closes, which
//! happens at the latest when the bench itself ends, in whichever way.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::SockRef;

use crate::namespace::this_program;

/// Sockets per holder, where the limit on open files allows it; a busy server has as many.
const MOST_PER_HOLDER: u64 = 8_000;

/// Files a holder has open besides its connections: the standard ones, the listener, and room for the runtime.
const OTHER_FILES: u64 = 16;

/// What one holder holds.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where it listens.
    address: Ipv4Addr,
    /// How many connections it makes to itself.
    connections: u32,
}

/// Processes that hold sockets for as long as this lives.
pub(super) struct Crowd(Vec<Child>);

impl Crowd {
    /// At least `sockets` established IPv4 TCP sockets.
    pub(super) fn of(sockets: u32) -> Result<Self> {
        let (_, most_files) = getrlimit(Resource::RLIMIT_NOFILE)?;
        let each = u32::try_from(most_files.saturating_sub(OTHER_FILES).min(MOST_PER_HOLDER) / 2)?;
        ensure!(each > 0, "the limit on open files is too low: {most_files}");
        let mut missing = sockets.div_ceil(2);
        let mut crowd = Self(Vec::new());
        // One address per holder: ephemeral ports repeat as long as the other end differs.
        for address in Ipv4Addr::new(127, 1, 0, 1).to_bits().. {
            let connections = missing.min(each);
            crowd.0.push(holder(Ipv4Addr::from_bits(address), connections)?);
            missing -= connections;
            if missing == 0 {
                break;
            }
        }
        for holder in &mut crowd.0 {
            let output = holder.stdout.as_mut().expect("a holder's output is piped");
            let mut ready = String::new();
            BufReader::new(output).read_line(&mut ready)?;
            ensure!(ready == "ready\n", "a holder of sockets ended early");
        }
        Ok(crowd)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for holder in &mut self.0 {
            drop(holder.stdin.take());
        }
        for holder in &mut self.0 {
            // Nothing depends on how it ended.
            let _ = holder.wait();
        }
    }
}

fn holder(address: Ipv4Addr, connections: u32) -> Result<Child> {
    this_program()
        .args(["hold-sockets", &address.to_string(), &connections.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start a holder of sockets")
}

/// Connects to itself, says `ready`, and holds on until standard input closes.
pub(crate) fn hold(args: &Args) -> Result<()> {
    let (_, most_files) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most_files, most_files)?;
    let listener =
        TcpListener::bind((args.address, 0)).with_context(|| format!("cannot listen on {}", args.address))?;
    // What it accepts inherits this: to close is to reset, and nothing lingers in TIME-WAIT among the next crowd.
    SockRef::from(&listener).set_linger(Some(Duration::ZERO))?;
    let to = listener.local_addr()?;
    let connections = (0..args.connections).map(|_| connection(&listener, to)).collect::<Result<Vec<_>>>()?;
    let mut output = std::io::stdout();
    output.write_all(b"ready\n")?;
    output.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    drop(connections);
    Ok(())
}

/// Both ends of one connection, which is complete before it is accepted; the accepted one comes first, to be closed first.
fn connection(listener: &TcpListener, to: SocketAddr) -> Result<(TcpStream, TcpStream)> {
    let near = TcpStream::connect(to).with_context(|| format!("cannot connect to {to}"))?;
    let (far, _) = listener.accept().with_context(|| format!("cannot accept on {to}"))?;
    Ok((far, near))
}
