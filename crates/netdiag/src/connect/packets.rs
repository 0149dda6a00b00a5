//! Messages, both ways at once: what is read from standard input in one go is one message.
//!
//! Datagrams have no end: after that of standard input the peer is listened to for as long as `-w` says.

use std::io;

use netdiag_probe::MessageSocket;
use tokio::io::{AsyncReadExt, AsyncWriteExt, stdin, stdout};

use super::args::Args;
use super::traffic::{Activity, Ended, parting};

/// Carries standard input to the peer and what it sends to standard output.
pub(super) async fn relay(packets: &MessageSocket, args: &Args) -> Ended {
    let activity = Activity::new();
    let up = up(packets, &activity);
    let down = down(packets, &activity);
    tokio::pin!(up, down);
    let mut sent = args.detach;
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

async fn up(packets: &MessageSocket, activity: &Activity) -> Result<(), Ended> {
    let mut buffer = vec![0; MESSAGE];
    let mut input = stdin();
    loop {
        match input.read(&mut buffer).await.map_err(Ended::Input)? {
            0 => return packets.end().map_err(Ended::Peer),
            length => packets.send(&buffer[..length]).await.map_err(Ended::Peer)?,
        }
        activity.note();
    }
}

async fn down(packets: &MessageSocket, activity: &Activity) -> Ended {
    let mut message = Vec::new();
    let mut output = stdout();
    loop {
        match packets.receive(&mut message).await {
            Ok(true) => {}
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
