//! Messages, both ways at once: what is read from standard input in one go is one message.
//!
//! Datagrams have no end: after that of standard input the peer is listened to for as long as `-w` says.

use std::cell::Cell;
use std::io;

use netdiag_probe::MessageSocket;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Stdin, stdin, stdout};

use super::args::Args;
use super::other_addresses::OtherAddresses;
use super::traffic::{Activity, Ended, parting};

/// Carries standard input to the peer and what it sends to standard output. Where nobody is, the next of `others` is the peer.
pub(super) async fn relay(mut packets: MessageSocket, mut others: OtherAddresses<'_>, args: &Args) -> Ended {
    let mut said = Said { input: stdin(), kept: Some(Vec::new()), is_all: args.detach };
    loop {
        let heard = Cell::new(false);
        let ended = carry(&packets, &mut said, &heard, args).await;
        let Ended::Peer(error) = &ended else { return ended };
        if heard.get() || said.kept.is_none() || !error.means_nobody_there() {
            return ended;
        }
        match others.next(&packets, error).await {
            Some(next) => packets = next,
            None => return ended,
        }
    }
}

/// What there is to say.
struct Said {
    input: Stdin,
    /// What was said so far, to be said again to somebody else; `None` once it has become too much.
    kept: Option<Vec<Vec<u8>>>,
    /// Whether that is all.
    is_all: bool,
}

impl Said {
    fn keep(&mut self, message: &[u8]) {
        let room = KEPT.checked_sub(message.len() + self.kept.iter().flatten().map(Vec::len).sum::<usize>());
        match (room, &mut self.kept) {
            (Some(_), Some(kept)) => kept.push(message.to_vec()),
            _ => self.kept = None,
        }
    }
}

async fn carry(packets: &MessageSocket, said: &mut Said, heard: &Cell<bool>, args: &Args) -> Ended {
    let activity = Activity::new();
    let mut sent = args.detach;
    let up = up(packets, said, &activity);
    let down = down(packets, heard, &activity);
    tokio::pin!(up, down);
    loop {
        tokio::select! {
            done = &mut up, if !sent => match done {
                Ok(()) => sent = true,
                Err(ended) => return ended,
            },
            ended = &mut down => match ended {
                Ended::Whole if !sent => return up.await.err().unwrap_or(Ended::Whole),
                ended => return ended,
            },
            () = parting(args.quit_after()), if sent => return Ended::Whole,
            ended = activity.lacking(args.timeout()) => {
                // Silence after all was said is the only end there is.
                return if sent && !packets.has_end() { Ended::Whole } else { ended };
            }
        }
    }
}

async fn up(packets: &MessageSocket, said: &mut Said, activity: &Activity) -> Result<(), Ended> {
    for message in said.kept.iter().flatten() {
        packets.send(message).await.map_err(Ended::Peer)?;
        activity.note();
    }
    let mut buffer = vec![0; MESSAGE];
    while !said.is_all {
        match said.input.read(&mut buffer).await.map_err(Ended::Input)? {
            0 => said.is_all = true,
            length => {
                // Before it is sent: of what was sent before, this may be the call that fails.
                said.keep(&buffer[..length]);
                packets.send(&buffer[..length]).await.map_err(Ended::Peer)?;
            }
        }
        activity.note();
    }
    packets.end().map_err(Ended::Peer)
}

async fn down(packets: &MessageSocket, heard: &Cell<bool>, activity: &Activity) -> Ended {
    let mut message = Vec::new();
    let mut output = stdout();
    loop {
        match packets.receive(&mut message).await {
            Ok(true) => heard.set(true),
            Ok(false) => return Ended::Whole,
            Err(error) => return Ended::Peer(error),
        }
        activity.note();
        if let Err(error) = written(&mut output, &message).await {
            return Ended::Output(error);
        }
    }
}

async fn written(output: &mut tokio::io::Stdout, message: &[u8]) -> io::Result<()> {
    output.write_all(message).await?;
    output.flush().await
}

/// The longest message made of input: what every kind of socket takes, and most peers have a buffer for.
const MESSAGE: usize = 16 * 1024;

/// Bytes that are kept to be said to another address.
const KEPT: usize = 1 << 20;
