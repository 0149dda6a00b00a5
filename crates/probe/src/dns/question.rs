//! What is asked of a DNS server, and how it is typed: `dns://SERVER[:PORT]/NAME?type=TYPE&tcp&norecurse`.

use std::str::FromStr;

use hickory_proto::op::{Edns, Message, Query};
use hickory_proto::rr::{Name, RecordType};

use crate::endpoint::{Host, HostPort, ParseError};
use crate::error::Error;

/// A question.
#[derive(Clone, Debug)]
pub struct DnsQuestion {
    /// Whom to ask.
    pub server: HostPort,
    /// What about.
    pub(super) name: Name,
    pub(super) kind: RecordType,
    /// Not over UDP at all.
    pub tcp: bool,
    /// Over TLS (RFC 7858), and so over TCP.
    pub tls: bool,
    /// Have the server ask others (the RD bit).
    pub recurse: bool,
}

/// What of a question is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QuestionError {
    /// The name.
    #[error("no domain name: labels have 1 to 63 bytes, names 253")]
    Name,
    /// The type.
    #[error("no record type: A, AAAA, MX, TXT, TYPE39, and so on")]
    Type,
}

impl DnsQuestion {
    /// Asks `server` for the records of type `kind` that `name` has; a type without a name is `TYPE` and its number (RFC 3597).
    ///
    /// # Errors
    /// Which of the two is none: the name or the type.
    pub fn new(server: HostPort, name: &str, kind: &str) -> Result<Self, QuestionError> {
        let ascii = if name.is_ascii() { Ok(name.to_owned()) } else { idna::domain_to_ascii(name) };
        let ascii = ascii.map_err(|_| QuestionError::Name)?;
        let mut qualified = Name::from_ascii(ascii).map_err(|_| QuestionError::Name)?;
        qualified.set_fqdn(true);
        let kind = kind.to_ascii_uppercase();
        let number = kind.strip_prefix("TYPE").and_then(|number| number.parse::<u16>().ok());
        let kind = number.map_or_else(|| RecordType::from_str(&kind), |number| Ok(RecordType::from(number)));
        let kind = kind.map_err(|_| QuestionError::Type)?;
        Ok(Self { server, name: qualified, kind, tcp: false, tls: false, recurse: true })
    }

    /// Reads a URL of DNS.
    ///
    /// # Errors
    /// [`ParseError`] where that is none.
    pub(crate) fn parse(text: &str) -> Result<Self, ParseError> {
        let start = "dns://".len();
        let slash = start + text[start..].find(['/', '?']).unwrap_or(text.len() - start);
        let server = match &text[start..slash] {
            "" => {
                let missing = "a server is missing; dns:NAME asks the system's resolver";
                return Err(ParseError::new(text, start..start, missing));
            }
            word if word.ends_with(']') || !word.contains(':') => {
                HostPort { host: Host::within(text, start..slash)?, port: 53 }
            }
            _ => HostPort::within(text, start..slash, "udp")?,
        };
        let query = text[slash..].find('?').map_or(text.len(), |at| slash + at);
        let name = text.len().min(slash + 1).min(query)..query;
        let mut kind = ("A", name.end..name.end);
        let (mut tcp, mut recurse) = (false, true);
        let mut at = query + 1;
        for option in text.get(at..).unwrap_or_default().split('&') {
            let place = at..at + option.len();
            match option.split_once('=').unwrap_or((option, "")) {
                ("type", value) => kind = (value, place.end - value.len()..place.end),
                ("tcp", "") => tcp = true,
                ("norecurse", "") => recurse = false,
                ("", "") if option.is_empty() => {}
                _ => return Err(ParseError::new(text, place, "known are type=TYPE, tcp, norecurse")),
            }
            at = place.end + 1;
        }
        let question = Self::new(server, &text[name.clone()], kind.0).map_err(|wrong| match wrong {
            QuestionError::Name => ParseError::new(text, name.clone(), wrong.to_string()),
            QuestionError::Type => ParseError::new(text, kind.1, wrong.to_string()),
        })?;
        match name.is_empty() {
            true => Err(ParseError::new(text, name, "a name is missing: dns://SERVER/NAME")),
            false => Ok(Self { tcp, recurse, ..question }),
        }
    }

    /// The question as it is sent.
    pub(crate) fn message(&self) -> Result<(Message, Vec<u8>), Error> {
        let mut message = Message::query();
        message.metadata.recursion_desired = self.recurse;
        message.add_query(Query::query(self.name.clone(), self.kind));
        let mut edns = Edns::new();
        edns.set_max_payload(PAYLOAD);
        message.set_edns(edns);
        let bytes = message.to_vec().map_err(|error| Error::Protocol(error.to_string().into()))?;
        Ok((message, bytes))
    }
}

/// What fits every path without fragments (RFC 9715).
const PAYLOAD: u16 = 1232;
