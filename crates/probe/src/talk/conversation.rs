//! A script being played with a peer.
//!
//! Between messages (datagrams, frames) nothing is searched: the next one has to match.

use netdiag_text::{Bytes, Cropped, Message, Trusted, message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::script::{Pattern, QUOTED, Script, Step};
use crate::channel::{Channel, secure};
use crate::endpoint::Host;
use crate::error::{Error, PhaseError};
use crate::framing::{Framing, LONGEST};
use crate::phases::{Phase, Phases};
use crate::stream::Stream;
use crate::tls::{TlsClient, TlsReport};

/// What to say to a peer, and how.
#[derive(Debug)]
pub struct ScriptRun<'a> {
    /// The steps.
    pub script: &'a Script,
    /// How messages are told apart in a stream.
    pub framing: Option<&'a Framing>,
    /// For `starttls`: how to speak it, and whom with.
    pub tls: Option<(&'a TlsClient, &'a Host)>,
}

/// How far a conversation came.
#[derive(Clone, Debug, Default)]
pub struct ScriptOutcome {
    /// Steps that were done.
    pub done: usize,
    /// Bytes said.
    pub sent: u64,
    /// Bytes heard.
    pub received: u64,
    /// What the peer said and nobody asked for yet, or the message that did not match; the first of it.
    pub heard: Vec<u8>,
    /// What `starttls` showed.
    pub tls: Option<TlsReport>,
    /// The step that could not be done, with its number from one on: `step 3 (expect "+OK")`.
    pub failed: Option<Message>,
}

impl ScriptRun<'_> {
    /// Plays the script. The connection comes back if it still can be used; phases are added to `phases`.
    pub async fn play(
        &self,
        channel: Channel,
        phases: &mut Phases,
        deadline: Instant,
    ) -> (ScriptOutcome, Result<Channel, PhaseError>) {
        let mut player = Player {
            channel: Some(channel),
            pending: Vec::new(),
            talked: ScriptOutcome::default(),
            asked: Instant::now(),
            first: None,
        };
        let mut result = Ok(());
        for step in &self.script.steps {
            result = self.step(step, &mut player, phases, deadline).await;
            player.talked.done += usize::from(result.is_ok());
            if result.is_err() {
                let number = (player.talked.done + 1).to_string();
                player.talked.failed = Some(message!("step {} ({})", Trusted(&number), named(step)));
                break;
            }
        }
        if let Some(first) = player.first {
            phases.first_byte = Some(first - player.asked);
            phases.transfer = Some(first.elapsed());
        }
        player.pending.truncate(SHOWN);
        player.talked.heard = player.pending;
        let channel = player.channel.ok_or_else(|| lost().during(Phase::Tls));
        (player.talked, result.and(channel))
    }

    async fn step(
        &self,
        step: &Step,
        player: &mut Player,
        phases: &mut Phases,
        deadline: Instant,
    ) -> Result<(), PhaseError> {
        let start = Instant::now();
        let played = async {
            match step {
                Step::Send(bytes) => player.send(bytes, self.framing).await,
                Step::Expect(pattern) => player.expect(pattern, self.framing).await,
                Step::End => player.end().await,
                Step::ExpectEnd => player.expect_end().await,
                Step::StartTls => Ok(()),
            }
        };
        let played = timeout_at(deadline, played).await;
        let phase = if player.first.is_some() { Phase::Transfer } else { Phase::FirstByte };
        played
            .unwrap_or_else(|_| Err(Error::TimedOut(start.elapsed())))
            .map_err(|error| error.during(phase))?;
        match step {
            Step::StartTls => self.start_tls(player, phases, deadline).await,
            _ => Ok(()),
        }
    }

    async fn start_tls(
        &self,
        player: &mut Player,
        phases: &mut Phases,
        deadline: Instant,
    ) -> Result<(), PhaseError> {
        let (Some((tls, host)), Some(Channel::Stream(Stream::Plain(plain)))) =
            (self.tls, player.channel.take())
        else {
            return Err(Error::Tls("TLS begins on a stream, and once".into()).during(Phase::Tls));
        };
        // Whoever is in between could have put words in before TLS, to be taken for the peer's.
        if !player.pending.is_empty() {
            let early =
                message!("the peer spoke on before TLS: \"{}\"", Bytes::unfinished(&player.pending, QUOTED));
            return Err(Error::Protocol(early).during(Phase::Tls));
        }
        let secured = secure(tls, plain, host, deadline).await;
        phases.tls = secured.result.is_ok().then_some(secured.took);
        player.talked.tls = secured.report;
        player.channel = Some(Channel::Stream(secured.result?));
        // What took place before is no measure of the peer's first byte after it.
        player.asked += secured.took;
        Ok(())
    }
}

/// A step, as messages name it: of what is said only that it was, as that may be long, and is known.
fn named(step: &Step) -> Message {
    match step {
        Step::Send(_) => "send".into(),
        Step::Expect(pattern @ Pattern::Text(_)) => message!("expect-text \"{}\"", Cropped(pattern, QUOTED)),
        Step::Expect(pattern @ Pattern::Regex(_)) => message!("expect \"{}\"", Cropped(pattern, QUOTED)),
        Step::StartTls => "starttls".into(),
        Step::End => "end".into(),
        Step::ExpectEnd => "expect-end".into(),
    }
}

/// The state of a conversation.
struct Player {
    /// Gone only while, or because, TLS could not begin.
    channel: Option<Channel>,
    /// What came and is not matched yet.
    pending: Vec<u8>,
    talked: ScriptOutcome,
    asked: Instant,
    first: Option<Instant>,
}

impl Player {
    fn channel(&mut self) -> Result<&mut Channel, Error> {
        self.channel.as_mut().ok_or_else(lost)
    }

    async fn send(&mut self, bytes: &[u8], framing: Option<&Framing>) -> Result<(), Error> {
        let framed = framing.map(|framing| framing.frame(bytes)).transpose();
        let framed = framed.map_err(|wrong| Error::Protocol(wrong.to_string().into()))?;
        let bytes = framed.as_deref().unwrap_or(bytes);
        if self.first.is_none() {
            self.asked = Instant::now();
        }
        match self.channel()? {
            Channel::Messages(packets) => packets.send(bytes).await?,
            Channel::Stream(stream) => {
                stream.write_all(bytes).await.map_err(Error::of_stream)?;
                stream.flush().await.map_err(Error::of_stream)?;
            }
        }
        self.talked.sent += bytes.len() as u64;
        Ok(())
    }

    async fn expect(&mut self, pattern: &Pattern, framing: Option<&Framing>) -> Result<(), Error> {
        loop {
            let packets = matches!(self.channel()?, Channel::Messages(_));
            let matched = match framing {
                None if packets => None,
                None => pattern.end_in(&self.pending),
                Some(framing) => {
                    let first = framing.first(&self.pending);
                    let first = first.map_err(|wrong| Error::Protocol(wrong.to_string().into()))?;
                    first.map(|(message, length)| matches(pattern, message).map(|()| length)).transpose()?
                }
            };
            if let Some(end) = matched {
                self.pending.drain(..end);
                return Ok(());
            }
            if self.pending.len() > LONGEST {
                return Err(Error::Unexpected(message!(
                    "{} bytes, and no match for \"{}\"",
                    LONGEST,
                    Cropped(pattern, QUOTED)
                )));
            }
            if !self.receive().await? {
                return Err(Error::Closed(message!("before \"{}\" came", Cropped(pattern, QUOTED))));
            }
            if packets {
                matches(pattern, &self.pending)?;
                self.pending.clear();
                return Ok(());
            }
        }
    }

    /// Takes in what comes next, a whole message where there are such; `false` at the end.
    async fn receive(&mut self) -> Result<bool, Error> {
        let before = self.pending.len();
        let Self { channel, pending, .. } = self;
        let more = match channel.as_mut().ok_or_else(lost)? {
            Channel::Messages(packets) => packets.receive(pending).await?,
            Channel::Stream(stream) => {
                pending.reserve(CHUNK);
                stream.read_buf(pending).await.map_err(Error::of_stream)? > 0
            }
        };
        let now = Instant::now();
        self.talked.received += (self.pending.len().saturating_sub(before)) as u64;
        if more {
            self.first.get_or_insert(now);
        }
        Ok(more)
    }

    async fn end(&mut self) -> Result<(), Error> {
        match self.channel()? {
            Channel::Messages(packets) => packets.end(),
            Channel::Stream(stream) => stream.shutdown().await.map_err(Error::of_stream),
        }
    }

    async fn expect_end(&mut self) -> Result<(), Error> {
        if self.pending.is_empty() && !self.receive().await? {
            return Ok(());
        }
        let heard = Bytes::unfinished(&self.pending, QUOTED);
        Err(Error::Unexpected(message!("\"{}\" where the end was expected", heard)))
    }
}

fn matches(pattern: &Pattern, message: &[u8]) -> Result<(), Error> {
    match pattern.end_in(message) {
        Some(_) => Ok(()),
        None => {
            let (heard, pattern) = (Bytes::unfinished(message, QUOTED), Cropped(pattern, QUOTED));
            Err(Error::Unexpected(message!("\"{}\" does not match \"{}\"", heard, pattern)))
        }
    }
}

fn lost() -> Error {
    Error::Closed("during the TLS handshake".into())
}

const CHUNK: usize = 16 * 1024;

/// Bytes of what was heard that are kept for a report.
const SHOWN: usize = 512;
