//! Streams, both ways at once.
//!
//! A peer that takes no more may still have something to say: its answer is read before a broken connection is reported.

use std::io;

use netdiag_probe::{Error, Stream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split, stdin, stdout};
use tokio::sync::Notify;

use super::args::Args;
use super::traffic::{Activity, BUFFER, Ended, parting};

/// Carries standard input to the stream and the stream to standard output, until both have ended.
pub(super) async fn relay(stream: Stream, args: &Args) -> Ended {
    let activity = Activity::new();
    let said = Notify::new();
    let (from_peer, to_peer) = split(stream);
    let up = async {
        // Who says nothing does not say so either: the peer goes on.
        if args.detach {
            return Ok(Ok(()));
        }
        let carried = carry(stdin(), to_peer, &activity).await;
        said.notify_one();
        match carried {
            Err(Broken::From(error)) => Err(Ended::Input(error)),
            Err(Broken::To(error)) => Ok(Err(Error::of_stream(error))),
            Ok(()) => Ok(Ok(())),
        }
    };
    let down = async {
        match carry(from_peer, stdout(), &activity).await {
            Err(Broken::From(error)) => Err(Ended::Peer(Error::of_stream(error))),
            Err(Broken::To(error)) => Err(Ended::Output(error)),
            Ok(()) => Ok(()),
        }
    };
    tokio::select! {
        both = async { tokio::try_join!(up, down) } => match both {
            Ok((Ok(()), ())) => Ended::Whole,
            Ok((Err(error), ())) => Ended::Peer(error),
            Err(ended) => ended,
        },
        ended = activity.lacking(args.timeout()) => ended,
        () = async { said.notified().await; parting(args.quit_after()).await } => Ended::Whole,
    }
}

/// Which side failed.
enum Broken {
    From(io::Error),
    To(io::Error),
}

/// Carries bytes to their end, and says that it has come.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    activity: &Activity,
) -> Result<(), Broken> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let length = from.read(&mut buffer).await.map_err(Broken::From)?;
        let mut rest = &buffer[..length];
        while !rest.is_empty() {
            let written = to.write(rest).await.map_err(Broken::To)?;
            activity.note();
            rest = &rest[written..];
        }
        // TLS, and standard output, hold back what they were given until they are told.
        to.flush().await.map_err(Broken::To)?;
        if length == 0 {
            return to.shutdown().await.map_err(Broken::To);
        }
    }
}
