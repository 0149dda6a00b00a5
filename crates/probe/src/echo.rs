//! A round trip of many bytes: what comes back must be what was sent, and how fast it came.
//!
//! Streams are written and read at the same time, so that no buffer in between can be too small.

use netdiag_text::message;
use tokio::io::{AsyncReadExt, AsyncWriteExt, split};
use tokio::time::{Instant, timeout_at};

use crate::channel::Channel;
use crate::counted::Counted;
use crate::error::{Error, PhaseError};
use crate::message_socket::MessageSocket;
use crate::phases::{Phase, Phases};
use crate::stream::Stream;

/// What came back.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct EchoOutcome {
    /// Bytes that came back as they were sent.
    pub bytes: u64,
}

/// Sends `length` bytes and has them back; phases are added to `phases`.
pub async fn echo(
    channel: &mut Channel,
    length: u64,
    phases: &mut Phases,
    deadline: Instant,
) -> (EchoOutcome, Result<(), PhaseError>) {
    let start = Instant::now();
    let mut trip = Trip { came: 0, first: None };
    let played = async {
        match channel {
            Channel::Stream(stream) => trip.stream(stream, length).await,
            Channel::Messages(packets) => trip.packets(packets, length).await,
        }
    };
    let result = timeout_at(deadline, played).await;
    let result = result.unwrap_or_else(|_| Err(Error::TimedOut(start.elapsed())));
    phases.first_byte = trip.first.map(|first| first - start);
    phases.transfer = trip.first.map(|first| first.elapsed());
    let phase = if trip.first.is_some() { Phase::Transfer } else { Phase::FirstByte };
    (EchoOutcome { bytes: trip.came }, result.map_err(|error| error.during(phase)))
}

struct Trip {
    came: u64,
    first: Option<Instant>,
}

impl Trip {
    async fn stream(&mut self, stream: &mut Stream, length: u64) -> Result<(), Error> {
        let (mut reading, mut writing) = split(stream);
        let there = async {
            let mut buffer = vec![0; CHUNK];
            let mut sent = 0;
            while sent < length {
                let chunk = &mut buffer[..CHUNK.min((length - sent) as usize)];
                fill(chunk, sent);
                writing.write_all(chunk).await.map_err(Error::of_stream)?;
                sent += chunk.len() as u64;
            }
            writing.flush().await.map_err(Error::of_stream)
        };
        let back = async {
            let mut buffer = vec![0; CHUNK];
            while self.came < length {
                let room = CHUNK.min((length - self.came) as usize);
                match reading.read(&mut buffer[..room]).await.map_err(Error::of_stream)? {
                    0 => {
                        return Err(Error::Closed(message!(
                            "after {} of {}",
                            self.came,
                            Counted(length, "byte")
                        )));
                    }
                    got => self.compare(&buffer[..got])?,
                }
            }
            Ok(())
        };
        tokio::try_join!(there, back).map(drop)
    }

    /// One message at a time: more could be too many for the peer, and what is lost is not sent again.
    async fn packets(&mut self, packets: &MessageSocket, length: u64) -> Result<(), Error> {
        let mut message = vec![0; MESSAGE];
        let mut answer = Vec::new();
        while self.came < length {
            let message = &mut message[..MESSAGE.min((length - self.came) as usize)];
            fill(message, self.came);
            packets.send(message).await?;
            if !packets.receive(&mut answer).await? {
                return Err(Error::Closed(message!("after {} of {}", self.came, Counted(length, "byte"))));
            }
            if answer.len() != message.len() {
                let (came, sent) = (Counted::len(answer.len(), "byte"), message.len());
                let lengths = message!("{} came back for {}", came, sent);
                return Err(Error::Unexpected(lengths));
            }
            self.compare(&answer)?;
        }
        Ok(())
    }

    fn compare(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.first.get_or_insert_with(Instant::now);
        match bytes.iter().enumerate().find(|(index, byte)| **byte != value(self.came + *index as u64)) {
            None => {
                self.came += bytes.len() as u64;
                Ok(())
            }
            Some((index, byte)) => {
                self.came += index as u64;
                let (at, sent) = (self.came, value(self.came));
                let hex = |byte: u8| format!("{byte:#04x}");
                Err(Error::Unexpected(message!(
                    "byte {} came back as {}, sent as {}",
                    at,
                    hex(*byte),
                    hex(sent)
                )))
            }
        }
    }
}

fn fill(bytes: &mut [u8], from: u64) {
    bytes.iter_mut().zip(from..).for_each(|(byte, at)| *byte = value(at));
}

/// The byte at a place: a hash of it, so that nothing moved, doubled or left out goes unnoticed.
fn value(at: u64) -> u8 {
    let mixed = (at ^ at >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 56) as u8
}

const CHUNK: usize = 64 * 1024;

/// Bytes of a message: fewer than any usual path's MTU.
const MESSAGE: usize = 1200;
