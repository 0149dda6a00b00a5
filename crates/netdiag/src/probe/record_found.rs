//! What was found behind a connection, as objects of `netdiag.probe/1`: one key for each kind.

use netdiag_probe::http::HttpAnswer;
use netdiag_probe::talk::{ScriptOutcome, escape};
use netdiag_probe::{DnsAnswer, Found};
use schemars::JsonSchema;
use serde::Serialize;

/// What was found; all missing where nothing was asked.
#[derive(Default, JsonSchema, Serialize)]
pub(super) struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    talk: Option<Talk>,
    #[serde(skip_serializing_if = "Option::is_none")]
    echo: Option<Echo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<Http>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dns: Option<Dns>,
    /// Addresses of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    addresses: Option<Vec<String>>,
}

/// How far a script came.
#[derive(JsonSchema, Serialize)]
struct Talk {
    /// Steps that were done.
    steps_done: usize,
    sent_bytes: u64,
    received_bytes: u64,
    /// What the peer said beyond what was asked for, or that did not match: the first of it, escaped.
    #[serde(skip_serializing_if = "String::is_empty")]
    heard: String,
}

/// What came back.
#[derive(JsonSchema, Serialize)]
struct Echo {
    /// Bytes that came back as they were sent.
    bytes: u64,
}

/// An HTTP answer.
#[derive(JsonSchema, Serialize)]
struct Http {
    /// What was asked for.
    url: String,
    status: u16,
    /// `HTTP/1.0` or `HTTP/1.1`.
    version: &'static str,
    /// In the order they came; what is not UTF-8 is replaced.
    headers: Vec<Header>,
    /// Bytes of the body that came.
    body_bytes: usize,
}

/// One header.
#[derive(JsonSchema, Serialize)]
struct Header {
    name: String,
    value: String,
}

/// A DNS answer.
#[derive(JsonSchema, Serialize)]
struct Dns {
    /// `NOERROR`, `NXDOMAIN` and so on.
    code: String,
    authoritative: bool,
    /// The server would ask others.
    recursion: bool,
    /// The server has checked signatures.
    authenticated: bool,
    /// `udp` or `tcp`.
    transport: &'static str,
    /// How often it was asked for: more than once where datagrams were lost, or the server was slow.
    asked: u32,
    bytes: usize,
    records: Vec<Record>,
}

/// A resource record.
#[derive(JsonSchema, Serialize)]
struct Record {
    name: String,
    ttl_s: u32,
    /// `A`, `CNAME` and so on.
    r#type: String,
    /// As in a zone file.
    data: String,
    /// Whether it is of the type and the name asked about, or of one that aliases lead to.
    answers: bool,
}

impl Answer {
    pub(super) fn new(found: &Found) -> Self {
        let none = Self::default();
        match found {
            Found::Script(talked) => Self { talk: Some(Talk::new(talked)), ..none },
            Found::Echo(echoed) => Self { echo: Some(Echo { bytes: echoed.bytes }), ..none },
            Found::Http(answer) => Self { http: Some(Http::new(answer)), ..none },
            Found::Dns(answer) => Self { dns: Some(Dns::new(answer)), ..none },
            Found::Addresses(addresses) => {
                Self { addresses: Some(addresses.iter().map(ToString::to_string).collect()), ..none }
            }
            _ => none,
        }
    }
}

impl Talk {
    fn new(talked: &ScriptOutcome) -> Self {
        Self {
            steps_done: talked.done,
            sent_bytes: talked.sent,
            received_bytes: talked.received,
            heard: escape(&talked.heard, usize::MAX),
        }
    }
}

impl Http {
    fn new(answer: &HttpAnswer) -> Self {
        let header =
            |(name, value): (&netdiag_probe::http::HeaderName, &netdiag_probe::http::HeaderValue)| Header {
                name: name.to_string(),
                value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
            };
        Self {
            url: answer.url.clone(),
            status: answer.status.as_u16(),
            version: answer.version,
            headers: answer.headers.iter().map(header).collect(),
            body_bytes: answer.body.len(),
        }
    }
}

impl Dns {
    fn new(answer: &DnsAnswer) -> Self {
        let record = |record: &netdiag_probe::DnsRecord| Record {
            name: record.name.clone(),
            ttl_s: record.ttl,
            r#type: record.kind.clone(),
            data: record.data.clone(),
            answers: record.answers,
        };
        Self {
            code: answer.code.clone(),
            authoritative: answer.authoritative,
            recursion: answer.recursion,
            authenticated: answer.authenticated,
            asked: answer.asked,
            transport: if answer.tcp { "tcp" } else { "udp" },
            bytes: answer.bytes,
            records: answer.records.iter().map(record).collect(),
        }
    }
}
