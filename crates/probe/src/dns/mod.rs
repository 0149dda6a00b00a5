//! One question to one DNS server, over our own socket, and the answer as it is.
//!
//! UDP is asked first; an answer that did not fit is asked for again over TCP, as every resolver does, and that is said.

mod answer;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod question;

use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::op::{Message, MessageType};
use netdiag_text::message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

pub use self::answer::{DnsAnswer, DnsRecord};
pub use self::question::{DnsQuestion, QuestionError};
use crate::channel::Channel;
use crate::client::{Client, Observer};
use crate::connect::share;
use crate::error::Error;
use crate::message_socket::MessageSocket;
use crate::phases::Phase;
use crate::report::{Found, Report};
use crate::stream::Stream;

impl Client {
    /// Asks a question, of each address of the server in turn until one answers.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netdiag_probe::{Client, DnsQuestion, Found, Host, HostPort};
    /// use tokio::time::Instant;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = HostPort { host: Host::Ip([192, 0, 2, 53].into(), None), port: 53 };
    /// let question = DnsQuestion::new(server, "example.com", "MX")?;
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// let report = runtime.block_on(async {
    ///     let deadline = Instant::now() + Duration::from_secs(5);
    ///     Client::default().dns(&question, deadline, &mut |_, _| {}).await
    /// });
    /// if let Found::Dns(answer) = &report.found {
    ///     println!("{} records", answer.records.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn dns(&self, question: &DnsQuestion, deadline: Instant, look: Observer<'_>) -> Report {
        if question.tcp || question.tls {
            return self.dns_of_one(question, deadline, look).await;
        }
        let mut each = match self.each_address(&question.server, deadline).await {
            Ok(each) => each,
            Err(report) => return *report,
        };
        while let Some((server, until)) = each.next_one() {
            let question = DnsQuestion { server, ..question.clone() };
            each.record(self.dns_of_one(&question, until, look).await);
        }
        each.report()
    }

    async fn dns_of_one(&self, question: &DnsQuestion, deadline: Instant, look: Observer<'_>) -> Report {
        let mut report = Report::new();
        let (asked, bytes) = match question.message() {
            Ok(message) => message,
            Err(error) => {
                report.result = Err(error.during(Phase::FirstByte));
                return report;
            }
        };
        if !question.tcp && !question.tls {
            let Some(answer) = self.over_udp(question, &asked, &bytes, deadline, &mut report).await else {
                return report;
            };
            if !answer.metadata.truncation {
                report.result = question.judge(&answer);
                return report;
            }
        }
        if let Some(answer) = self.over_tcp(question, &asked, &bytes, deadline, &mut report, look).await {
            report.result = question.judge(&answer);
        }
        report
    }

    async fn over_udp(
        &self,
        question: &DnsQuestion,
        asked: &Message,
        bytes: &[u8],
        deadline: Instant,
        report: &mut Report,
    ) -> Option<Message> {
        let packets = report.opened(self.connector.udp(&question.server, deadline).await)?;
        report.addresses = packets.addresses();
        packets.hear_routers();
        let start = Instant::now();
        let mut times = 0;
        let heard = timeout_at(deadline, ask(&packets, asked, bytes, deadline, &mut times)).await;
        let heard = heard.unwrap_or_else(|_| Err(Error::TimedOut(start.elapsed())));
        let (answer, length) = report.settled(heard.map_err(|error| error.during(Phase::FirstByte)))?;
        report.phases.first_byte = Some(start.elapsed());
        report.found = Found::Dns(question.answer(&answer, false, times, length));
        Some(answer)
    }

    async fn over_tcp(
        &self,
        question: &DnsQuestion,
        asked: &Message,
        bytes: &[u8],
        deadline: Instant,
        report: &mut Report,
        look: Observer<'_>,
    ) -> Option<Message> {
        let stream = report.opened(self.connector.tcp(&question.server, deadline).await)?;
        report.addresses = ends(&stream);
        let channel = Channel::Stream(stream.into());
        let channel = match question.tls {
            true => self.secure(channel, &question.server.host, deadline, report).await?,
            false => channel,
        };
        let Channel::Stream(mut stream) = channel else { return None };
        let start = Instant::now();
        let heard = timeout_at(deadline, ask_stream(&mut stream, asked, bytes)).await;
        let heard = heard.unwrap_or_else(|_| Err(Error::TimedOut(start.elapsed())));
        let (answer, length) = report.settled(heard.map_err(|error| error.during(Phase::FirstByte)))?;
        report.phases.first_byte = Some(start.elapsed());
        report.found = Found::Dns(question.answer(&answer, true, 1, length));
        if let Some((local, peer)) = report.addresses {
            look(local, peer);
        }
        Some(answer)
    }
}

fn ends(stream: &TcpStream) -> Option<(SocketAddr, SocketAddr)> {
    Some((stream.local_addr().ok()?, stream.peer_addr().ok()?))
}

/// Asks until an answer comes, as a datagram may have been lost; `times` says how often.
async fn ask(
    packets: &MessageSocket,
    asked: &Message,
    bytes: &[u8],
    deadline: Instant,
    times: &mut u32,
) -> Result<(Message, usize), Error> {
    // Three times at least, each time for twice as long as before, even where there is little time.
    let mut patience = (share(deadline, 1 + 2 + 4) - Instant::now()).min(PATIENCE);
    loop {
        packets.send(bytes).await?;
        *times += 1;
        if let Ok(heard) = timeout_at(Instant::now() + patience, hear(packets, asked, bytes)).await {
            return heard;
        }
        patience *= 2;
    }
}

/// How long the first answer is waited for; a resolver that has to ask others is seldom slower.
const PATIENCE: Duration = Duration::from_secs(1);

/// Waits for the answer; whatever else arrives is somebody's guess.
async fn hear(packets: &MessageSocket, asked: &Message, bytes: &[u8]) -> Result<(Message, usize), Error> {
    let mut answer = Vec::new();
    loop {
        packets.receive(&mut answer).await?;
        match Message::from_vec(&answer) {
            Ok(message) if answers(&message, asked) => return Ok((message, answer.len())),
            // One with our number that cannot be read will not be followed by a better one.
            Err(error) if answer.starts_with(&bytes[..2]) => return Err(unreadable(&error)),
            _ => {}
        }
    }
}

async fn ask_stream(stream: &mut Stream, asked: &Message, bytes: &[u8]) -> Result<(Message, usize), Error> {
    let length = u16::try_from(bytes.len()).expect("a question is shorter than 64 KiB");
    stream.write_all(&[&length.to_be_bytes(), bytes].concat()).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut length = [0; 2];
    stream.read_exact(&mut length).await.map_err(broken)?;
    let mut answer = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut answer).await.map_err(broken)?;
    let message = Message::from_vec(&answer).map_err(|error| unreadable(&error))?;
    match answers(&message, asked) {
        true => Ok((message, answer.len())),
        false => Err(Error::Protocol("an answer to another question".into())),
    }
}

fn answers(message: &Message, asked: &Message) -> bool {
    message.metadata.message_type == MessageType::Response
        && message.metadata.id == asked.metadata.id
        // A server that cannot read the question need not repeat it.
        && (message.queries == asked.queries || message.queries.is_empty())
}

fn broken(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => Error::Closed("before the answer was complete".into()),
        _ => Error::of_stream(error),
    }
}

fn unreadable(error: &dyn std::fmt::Display) -> Error {
    Error::Protocol(message!("unreadable answer: {}", error))
}
