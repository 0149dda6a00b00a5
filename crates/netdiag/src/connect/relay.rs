//! A conversation over a channel that is open, and how its end is told.
//!
//! A reader of our output that has gone has had what it wanted: that is no failure.

use std::io;
use std::process::ExitCode;

use netdiag_probe::{Channel, Endpoint, Error};
use netdiag_text::{Exit, strerror};

use super::args::Args;
use super::broken::failure;
use super::other_addresses::OtherAddresses;
use super::traffic::Ended;
use super::{packets, stream};
use crate::failure::Failure;
use crate::invocation::Invocation;

/// Carries everything both ways until both ends have ended.
pub(super) async fn relay(
    args: &Args,
    endpoint: &Endpoint,
    channel: Channel,
    call: &Invocation,
) -> Result<ExitCode, Failure> {
    let ended = match channel {
        Channel::Stream(stream) => stream::relay(stream, args).await,
        Channel::Messages(packets) => {
            packets::relay(packets, OtherAddresses::new(args, endpoint, call), args).await
        }
    };
    match ended {
        Ended::Whole => Ok(ExitCode::SUCCESS),
        Ended::Idle(time) => Err(failure(endpoint, &Error::TimedOut(time), call)
            .hint("-w bounds silence, too; leave it out to wait")),
        Ended::Peer(error) => Err(failure(endpoint, &error, call)),
        Ended::Input(error) => {
            Err(call.failure(Exit::CouldNot, format_args!("standard input: {}", strerror(&error))))
        }
        Ended::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Ended::Output(error) => {
            Err(call.failure(Exit::Unwritten, format_args!("write error: {}", strerror(&error))))
        }
    }
}
