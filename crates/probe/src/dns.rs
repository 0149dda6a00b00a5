//! One question to one DNS server, over our own socket, and the answer as it is.
//!
//! UDP is asked first; an answer that did not fit is asked for again over TCP, as every resolver does, and that is said.

use std::net::SocketAddr;
use std::str::FromStr;

use hickory_proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use netdiag_text::{Ours, message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::channel::Channel;
use crate::client::{Client, Look};
use crate::endpoint::Inet;
use crate::error::{Error, Failed};
use crate::packets::Packets;
use crate::phases::Phase;
use crate::report::{Found, Report};
use crate::stream::Stream;

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    /// Whom to ask.
    pub server: Inet,
    /// What about.
    name: Name,
    kind: RecordType,
    /// Not over UDP at all.
    pub tcp: bool,
    /// Over TLS (RFC 7858), and so over TCP.
    pub tls: bool,
    /// Have the server ask others (the RD bit).
    pub recurse: bool,
}

/// An answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DnsAnswer {
    /// The response code by its name in the registry: `NOERROR`, `NXDOMAIN`; `RCODE` and a number for one without a name.
    pub code: String,
    /// The server answers for the zone itself.
    pub authoritative: bool,
    /// The server would ask others.
    pub recursion: bool,
    /// The server has checked signatures.
    pub authenticated: bool,
    /// It came over TCP.
    pub tcp: bool,
    /// Bytes of it.
    pub bytes: usize,
    /// What answers the question, aliases on the way there included.
    pub records: Vec<DnsRecord>,
}

/// A resource record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DnsRecord {
    /// Its owner, fully qualified.
    pub name: String,
    /// Seconds it may be kept.
    pub ttl: u32,
    /// Its type: `A`, `CNAME`.
    pub kind: String,
    /// Its data as in a zone file.
    pub data: String,
}

impl Question {
    /// Asks `server` for the records of type `kind` that `name` has.
    ///
    /// # Errors
    /// Which of the two is none: the name or the type.
    pub fn new(server: Inet, name: &str, kind: &str) -> Result<Self, NoQuestion> {
        let mut qualified = Name::from_utf8(name).map_err(|_| NoQuestion::Name)?;
        qualified.set_fqdn(true);
        let kind = RecordType::from_str(&kind.to_ascii_uppercase()).map_err(|_| NoQuestion::Type)?;
        Ok(Self { server, name: qualified, kind, tcp: false, tls: false, recurse: true })
    }

    fn message(&self) -> Result<(Message, Vec<u8>), Error> {
        let mut message = Message::query();
        message.metadata.recursion_desired = self.recurse;
        message.add_query(Query::query(self.name.clone(), self.kind));
        let mut edns = Edns::new();
        edns.set_max_payload(PAYLOAD);
        message.set_edns(edns);
        let bytes = message.to_vec().map_err(|error| Error::Protocol(error.to_string().into()))?;
        Ok((message, bytes))
    }

    fn answer(&self, message: &Message, tcp: bool, bytes: usize) -> DnsAnswer {
        let record = |record: &hickory_proto::rr::Record| DnsRecord {
            name: record.name.to_string(),
            ttl: record.ttl,
            kind: record.record_type().to_string(),
            data: record.data.to_string(),
        };
        DnsAnswer {
            code: code(message.metadata.response_code),
            authoritative: message.metadata.authoritative,
            recursion: message.metadata.recursion_available,
            authenticated: message.metadata.authentic_data,
            tcp,
            bytes,
            records: message.answers.iter().map(record).collect(),
        }
    }

    /// Whether it was answered: no error, and a record of the type asked for.
    fn judge(&self, message: &Message) -> Result<(), Failed> {
        let code = message.metadata.response_code;
        let wanted = |kind| self.kind == RecordType::ANY || kind == self.kind;
        let what = match code {
            ResponseCode::NoError if message.answers.iter().any(|record| wanted(record.record_type())) => {
                return Ok(());
            }
            ResponseCode::NoError => message!("no {} record", Ours(&self.kind.to_string())),
            code => Ours(&self::code(code)).into(),
        };
        Err(Error::Unexpected(message!("{}: {}", self.name, what)).during(Phase::Transfer))
    }
}

/// What of a question is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoQuestion {
    /// The name.
    #[error("no domain name: labels have 1 to 63 bytes, names 253")]
    Name,
    /// The type.
    #[error("no record type: A, AAAA, MX, TXT, and so on")]
    Type,
}

fn code(code: ResponseCode) -> String {
    match code {
        ResponseCode::Unknown(number) => format!("RCODE{number}"),
        known => format!("{known:?}").to_ascii_uppercase(),
    }
}

impl Client {
    /// Asks a question.
    pub async fn dns(&self, question: &Question, deadline: Instant, look: Look<'_>) -> Report {
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
        question: &Question,
        asked: &Message,
        bytes: &[u8],
        deadline: Instant,
        report: &mut Report,
    ) -> Option<Message> {
        let packets = report.opened(self.connector.udp(&question.server, deadline).await)?;
        report.addresses = packets.addresses();
        let start = Instant::now();
        let heard = timeout_at(deadline, ask(&packets, asked, bytes)).await;
        let heard = heard.unwrap_or_else(|_| Err(Error::TimedOut(start.elapsed())));
        let (answer, length) = report.settled(heard.map_err(|error| error.during(Phase::FirstByte)))?;
        report.phases.first_byte = Some(start.elapsed());
        report.found = Found::Dns(question.answer(&answer, false, length));
        Some(answer)
    }

    async fn over_tcp(
        &self,
        question: &Question,
        asked: &Message,
        bytes: &[u8],
        deadline: Instant,
        report: &mut Report,
        look: Look<'_>,
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
        report.found = Found::Dns(question.answer(&answer, true, length));
        if let Some((local, peer)) = report.addresses {
            look(local, peer);
        }
        Some(answer)
    }
}

fn ends(stream: &TcpStream) -> Option<(SocketAddr, SocketAddr)> {
    Some((stream.local_addr().ok()?, stream.peer_addr().ok()?))
}

/// Waits for the answer; whatever else arrives is somebody's guess.
async fn ask(packets: &Packets, asked: &Message, bytes: &[u8]) -> Result<(Message, usize), Error> {
    packets.send(bytes).await?;
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

/// What fits every path without fragments (RFC 9715).
const PAYLOAD: u16 = 1232;
