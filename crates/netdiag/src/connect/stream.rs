//! Streams, both ways at once.
//!
//! A peer that takes no more may still have something to say: its answer is read before a broken connection is reported.

use std::io;
use std::time::Duration;

use netdiag_probe::{Error, Stream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split, stdin, stdout};

use super::traffic::{Activity, BUFFER, Ended};

/// Carries standard input to the stream and the stream to standard output, until both have ended.
pub(super) async fn relay(stream: Stream, idle: Option<Duration>) -> Ended {
    let activity = Activity::new();
    let (from_peer, to_peer) = split(stream);
    let up = async {
        match carry(stdin(), to_peer, &activity).await {
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
        ended = activity.lacking(idle) => ended,
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
