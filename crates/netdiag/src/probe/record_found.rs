//! What was found behind a connection, as objects of `netdiag.probe/1`: one key for each kind.

use netdiag_probe::http::{HeaderName, HeaderValue};
use netdiag_probe::talk::escape;
use netdiag_probe::{DnsRecord, Found};

use crate::json::Address;
use crate::json::record::record;

record! {
    /// How far a script came.
    Talk {
        /// Steps that were done.
        steps_done: usize,
        /// Bytes sent.
        sent_bytes: u64,
        /// Bytes received.
        received_bytes: u64,
    } maybe {
        /// What the peer said beyond what was asked for, or that did not match: the first of it, escaped.
        heard: String,
    }
}

record! {
    /// What came back of what was sent.
    Echo {
        /// Bytes that came back as they were sent.
        echoed_bytes: u64,
    }
}

record! {
    /// An HTTP answer.
    Http {
        /// The URL that was asked for at last.
        asked_url: String,
        /// The status of the answer.
        status: u16,
        /// The version of HTTP: `1.0` or `1.1`.
        http_version: &'static str,
        /// In the order they came; what is not UTF-8 is replaced.
        headers: Vec<Header>,
        /// Bytes of the body that came.
        body_bytes: usize,
    }
}

record! {
    /// One header.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        content: String,
    }
}

record! {
    /// A DNS answer.
    Dns {
        /// `NOERROR`, `NXDOMAIN` and so on.
        rcode: String,
        /// Whether the server is an authority for the name (AA).
        authoritative: bool,
        /// Whether the server would ask others (RA).
        recursion_available: bool,
        /// Whether the server has checked signatures (AD).
        authentic_data: bool,
        /// What carried it.
        #[schemars(extend("enum" = ["udp", "tcp"]))]
        transport: &'static str,
        /// How often it was asked for: more than once where datagrams were lost, or the server was slow.
        asked: u32,
        /// Length of the message.
        message_bytes: usize,
        /// The records in it.
        records: Vec<Record>,
    }
}

record! {
    /// A resource record.
    Record {
        /// Its name.
        name: String,
        /// For how long it may be kept.
        ttl_us: u64,
        /// `A`, `CNAME` and so on.
        r#type: String,
        /// As in a zone file.
        data: String,
        /// Whether it is of the type and the name asked about, or of one that aliases lead to.
        answers: bool,
    }
}

impl Talk {
    pub(super) fn new(found: &Found) -> Option<Self> {
        let Found::Script(talked) = found else { return None };
        Some(Self {
            steps_done: talked.done,
            sent_bytes: talked.sent,
            received_bytes: talked.received,
            heard: Some(escape(&talked.heard, usize::MAX)).filter(|heard| !heard.is_empty()),
        })
    }
}

impl Echo {
    pub(super) fn new(found: &Found) -> Option<Self> {
        let Found::Echo(echoed) = found else { return None };
        Some(Self { echoed_bytes: echoed.bytes })
    }
}

impl Http {
    pub(super) fn new(found: &Found) -> Option<Self> {
        let Found::Http(answer) = found else { return None };
        let header = |(name, value): (&HeaderName, &HeaderValue)| Header {
            name: name.to_string(),
            content: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        };
        Some(Self {
            asked_url: answer.url.clone(),
            status: answer.status.as_u16(),
            http_version: answer.version.trim_start_matches("HTTP/"),
            headers: answer.headers.iter().map(header).collect(),
            body_bytes: answer.body.len(),
        })
    }
}

impl Dns {
    pub(super) fn new(found: &Found) -> Option<Self> {
        let Found::Dns(answer) = found else { return None };
        let record = |record: &DnsRecord| Record {
            name: record.name.clone(),
            ttl_us: u64::from(record.ttl) * 1_000_000,
            r#type: record.kind.clone(),
            data: record.data.clone(),
            answers: record.answers,
        };
        Some(Self {
            rcode: answer.code.clone(),
            authoritative: answer.authoritative,
            recursion_available: answer.recursion,
            authentic_data: answer.authenticated,
            asked: answer.asked,
            transport: if answer.tcp { "tcp" } else { "udp" },
            message_bytes: answer.bytes,
            records: answer.records.iter().map(record).collect(),
        })
    }
}

/// The addresses of a name, if those were asked for.
pub(super) fn addresses(found: &Found) -> Option<Vec<Address>> {
    let Found::Addresses(addresses) = found else { return None };
    Some(addresses.iter().map(|address| Address::of_host(*address)).collect())
}
