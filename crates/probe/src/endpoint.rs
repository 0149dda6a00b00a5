//! Where a socket is: what is typed after `serve` and `connect`, and what every probe comes down to.
//!
//! A word without a scheme is a TCP port on a host, or a path if it begins like one: `/`, `./`, `../`. Schemes have no case.

use std::ffi::OsStr;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::str::FromStr;

use netdiag_text::terminal::acts;
use netdiag_text::{Bytes, Secrets};

use crate::{scheme, service};

/// A socket's address, its host not yet looked up.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Endpoint {
    /// `tcp://HOST:PORT`, or just `HOST:PORT`, `:PORT`, `PORT`.
    Tcp(HostPort),
    /// `tls://HOST:PORT`: TLS from the first byte on.
    Tls(HostPort),
    /// `udp://HOST:PORT`.
    Udp(HostPort),
    /// `unix:PATH`, `unix-dgram:PATH`, `unix-seqpacket:PATH`, with `@NAME` for an abstract name.
    Unix(UnixKind, UnixName),
}

/// A port of a host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HostPort {
    /// Which host.
    pub host: Host,
    /// The port, which a server may leave to the kernel with zero.
    pub port: u16,
}

/// A host as typed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Host {
    /// Every address of this host for a server; this host itself for a client.
    Any,
    /// An address; of a link-local IPv6 one, the interface it is on as typed after `%`.
    Ip(IpAddr, Option<String>),
    /// A name to look up.
    Name(String),
}

/// The kinds of unix sockets (`unix(7)`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UnixKind {
    /// `SOCK_STREAM`.
    Stream,
    /// `SOCK_DGRAM`.
    Dgram,
    /// `SOCK_SEQPACKET`.
    Seqpacket,
}

/// What a unix socket is bound to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum UnixName {
    /// A path in the file system.
    Path(PathBuf),
    /// A name in the abstract namespace, without the leading NUL byte or `@`.
    Abstract(Vec<u8>),
}

/// Why a word is no endpoint, and which part of it is wrong.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// The whole word.
    pub text: String,
    /// The bytes of it at fault; empty at its end where something is missing.
    pub at: Range<usize>,
    /// What is wrong there.
    pub message: String,
    /// What would be right, where that can be guessed.
    pub help: Option<String>,
}

impl ParseError {
    /// `message` about the bytes `at` of `text`.
    pub fn new(text: &str, at: Range<usize>, message: impl Into<String>) -> Self {
        Self { text: text.to_owned(), at, message: message.into(), help: None }
    }

    /// The same with a word that may have been meant.
    #[must_use]
    pub fn meant(self, word: Option<String>) -> Self {
        Self { help: word.map(|word| format!("did you mean {word}?")), ..self }
    }
}

impl FromStr for Endpoint {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        for (scheme, kind) in UnixKind::SCHEMES {
            if let Some((_, name)) =
                text.split_once(':').filter(|(word, _)| word.eq_ignore_ascii_case(scheme))
            {
                let name = name.strip_prefix("//").unwrap_or(name);
                return Ok(Self::Unix(kind, unix_name(text, name)?));
            }
        }
        let Some((scheme, _)) = text.split_once("://") else {
            return match text.find('/') {
                Some(_) if is_path(text) => Ok(Self::Unix(UnixKind::Stream, unix_name(text, text)?)),
                Some(slash) => Err(ParseError::new(
                    text,
                    slash..text.len(),
                    "a port has nothing behind it, and a path begins with / or ./",
                )),
                None => Ok(Self::Tcp(HostPort::within(text, 0..text.len(), "tcp")?)),
            };
        };
        let place = scheme.len() + 3..text.len();
        match scheme.to_ascii_lowercase().as_str() {
            "tcp" => Ok(Self::Tcp(HostPort::within(text, place, "tcp")?)),
            "tls" => Ok(Self::Tls(HostPort::within(text, place, "tcp")?)),
            "udp" => Ok(Self::Udp(HostPort::within(text, place, "udp")?)),
            _ => {
                let message = "unknown scheme; known are tcp, tls, udp, unix, unix-dgram, unix-seqpacket";
                let meant = scheme::suggestion(text).filter(|meant| meant.parse::<Self>().is_ok());
                Err(ParseError::new(text, 0..scheme.len(), message).meant(meant))
            }
        }
    }
}

/// Whether a word can be meant as nothing but a path.
pub(crate) fn is_path(word: &str) -> bool {
    ["/", "./", "../"].iter().any(|beginning| word.starts_with(beginning))
}

impl Endpoint {
    /// A unix socket by its name alone: a path, or `@NAME`.
    ///
    /// # Errors
    /// [`ParseError`] where no socket can have that name.
    pub fn unix(kind: UnixKind, name: &str) -> Result<Self, ParseError> {
        Ok(Self::Unix(kind, unix_name(name, name)?))
    }
}

impl From<SocketAddr> for HostPort {
    fn from(address: SocketAddr) -> Self {
        let scope = match address {
            SocketAddr::V6(v6) if v6.scope_id() != 0 => Some(v6.scope_id().to_string()),
            _ => None,
        };
        Self { host: Host::Ip(address.ip(), scope), port: address.port() }
    }
}

impl HostPort {
    /// Reads `HOST:PORT` from the bytes `place` of `text`; `protocol` is what service names are looked up for.
    ///
    /// # Errors
    /// [`ParseError`] where there is no such host or port.
    pub fn within(text: &str, place: Range<usize>, protocol: &str) -> Result<Self, ParseError> {
        let word = text.get(place.clone()).unwrap_or_default();
        let colon = match word.rfind(':') {
            Some(colon) if !word[colon..].contains(']') => Some(colon),
            Some(_) => {
                return Err(ParseError::new(text, place.end..place.end, "a port is missing: HOST:PORT"));
            }
            None => None,
        };
        let (host, port) = match colon {
            Some(colon) => (&word[..colon], &word[colon + 1..]),
            None if word.bytes().all(|byte| byte.is_ascii_digit()) => ("", word),
            None => return Err(ParseError::new(text, place.end..place.end, "a port is missing: HOST:PORT")),
        };
        let host_place = place.start..place.start + host.len();
        if host.contains(':') && !host.starts_with('[') {
            return Err(ParseError::new(text, host_place, "an IPv6 address goes in brackets: [::1]:PORT"));
        }
        let host = Host::within(text, host_place)?;
        let port = service::port(port, protocol)
            .map_err(|message| ParseError::new(text, place.end - port.len()..place.end, message))?;
        Ok(Self { host, port })
    }
}

impl Host {
    /// Reads a host from the bytes `place` of `text`: nothing or `*` for any, an address, in brackets if it has colons, or a name.
    ///
    /// # Errors
    /// [`ParseError`] where it can be none of those.
    pub fn within(text: &str, place: Range<usize>) -> Result<Self, ParseError> {
        let word = text.get(place.clone()).unwrap_or_default();
        if let Some(inner) = word.strip_prefix('[') {
            let Some(inner) = inner.strip_suffix(']') else {
                return Err(ParseError::new(text, place.end..place.end, "`]` is missing"));
            };
            return ipv6(inner)
                .ok_or_else(|| ParseError::new(text, place.start + 1..place.end - 1, "no IPv6 address"));
        }
        match word {
            "" | "*" => Ok(Self::Any),
            _ if word.contains(':') => {
                ipv6(word).ok_or_else(|| ParseError::new(text, place, "no IPv6 address"))
            }
            _ => match word.parse() {
                Ok(address) => Ok(Self::Ip(IpAddr::V4(address), None)),
                Err(_) => name(text, word, place.start),
            },
        }
    }
}

impl Host {
    /// Whether it has to be looked up.
    pub fn is_name(&self) -> bool {
        matches!(self, Self::Name(_))
    }
}

fn ipv6(word: &str) -> Option<Host> {
    let (address, scope) = match word.split_once('%') {
        Some((_, "")) => return None,
        Some((address, scope)) => (address, Some(scope.to_owned())),
        None => (word, None),
    };
    Some(Host::Ip(IpAddr::V6(address.parse::<Ipv6Addr>().ok()?), scope))
}

/// A name may have any character a resolver could know of, but none that is surely a slip.
fn name(text: &str, word: &str, start: usize) -> Result<Host, ParseError> {
    let wrong =
        |character: char| character.is_whitespace() || acts(character) || "/?#@\\\"<>[]%".contains(character);
    match word.char_indices().find(|(_, character)| wrong(*character)) {
        None if word.is_ascii() => Ok(Host::Name(word.to_owned())),
        // What every resolver, certificate and server knows it by (RFC 5890).
        None => match idna::domain_to_ascii(word) {
            // What it is mapped to may have what was not typed: ¸ becomes a blank and a mark.
            Ok(name) if !name.contains(wrong) => Ok(Host::Name(name)),
            Ok(_) | Err(_) => {
                Err(ParseError::new(text, start..start + word.len(), "no internationalised name (RFC 5891)"))
            }
        },
        Some((offset, character)) => {
            let at = start + offset;
            Err(ParseError::new(text, at..at + character.len_utf8(), "no character of a host name"))
        }
    }
}

fn unix_name(text: &str, name: &str) -> Result<UnixName, ParseError> {
    let place = text.len() - name.len()..text.len();
    let (name, longest) = match name.strip_prefix('@') {
        Some(name) => (UnixName::Abstract(name.as_bytes().to_vec()), UNIX_MAX),
        // A path ends with a NUL byte.
        None => (UnixName::Path(OsStr::from_bytes(name.as_bytes()).into()), UNIX_MAX - 1),
    };
    let message = match place.len() {
        0 => "a path or @NAME is missing".to_owned(),
        length if length > longest => {
            format!("too long: {length} bytes, a unix socket's name has at most {longest}")
        }
        _ if matches!(&name, UnixName::Path(path) if path.as_os_str().as_bytes().contains(&0)) => {
            "a path has no NUL byte".to_owned()
        }
        _ => return Ok(name),
    };
    Err(ParseError::new(text, place, message))
}

/// `sizeof(sun_path)`.
const UNIX_MAX: usize = 108;

impl UnixKind {
    const SCHEMES: [(&'static str, Self); 3] =
        [("unix", Self::Stream), ("unix-dgram", Self::Dgram), ("unix-seqpacket", Self::Seqpacket)];

    fn scheme(self) -> &'static str {
        match self {
            Self::Stream => "unix",
            Self::Dgram => "unix-dgram",
            Self::Seqpacket => "unix-seqpacket",
        }
    }
}

/// As it can be typed again.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(inet) => write!(f, "tcp://{inet}"),
            Self::Tls(inet) => write!(f, "tls://{inet}"),
            Self::Udp(inet) => write!(f, "udp://{inet}"),
            // Two slashes behind the scheme are no part of the name.
            Self::Unix(kind, UnixName::Path(path)) if path.as_os_str().as_bytes().starts_with(b"//") => {
                write!(f, "{}://{}", kind.scheme(), UnixName::Path(path.clone()))
            }
            Self::Unix(kind, name) => write!(f, "{}:{name}", kind.scheme()),
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Ip(IpAddr::V4(address), _) => write!(f, "{address}"),
            Self::Ip(IpAddr::V6(address), None) => write!(f, "[{address}]"),
            Self::Ip(IpAddr::V6(address), Some(scope)) => write!(f, "[{address}%{scope}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// Bytes that are no text, or would steer a terminal, are escaped.
impl fmt::Display for UnixName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = match self {
            Self::Path(path) => path.as_os_str().as_bytes(),
            Self::Abstract(name) => {
                f.write_str("@")?;
                name
            }
        };
        write!(f, "{}", Secrets::NONE.show(&Bytes(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_shows_as_it_can_be_typed() {
        #[rustfmt::skip]
        let cases = [
            ("tcp://db:5432",              "tcp://db:5432"),
            ("db:5432",                    "tcp://db:5432"),
            ("bücher.example:80",         "tcp://xn--bcher-kva.example:80"),
            ("tls://日本.test:1",            "tls://xn--wgv71a.test:1"),
            ("127.0.0.1:80",               "tcp://127.0.0.1:80"),
            ("[::1]:80",                   "tcp://[::1]:80"),
            ("udp://[fe80::1%eth0]:53",    "udp://[fe80::1%eth0]:53"),
            ("tls://example.com:https",    "tls://example.com:443"),
            (":8080",                      "tcp://*:8080"),
            ("8080",                       "tcp://*:8080"),
            ("*:0",                        "tcp://*:0"),
            ("unix:/run/x.sock",           "unix:/run/x.sock"),
            ("unix:///run/x.sock",         "unix:/run/x.sock"),
            ("/run/x.sock",                "unix:/run/x.sock"),
            ("./x.sock",                   "unix:./x.sock"),
            ("../x.sock",                  "unix:../x.sock"),
            ("TCP://db:1",                 "tcp://db:1"),
            ("Unix:/run/X",                "unix:/run/X"),
            ("UNIX-DGRAM:@a",              "unix-dgram:@a"),
            ("unix:x.sock",                "unix:x.sock"),
            ("unix:@name",                 "unix:@name"),
            ("unix-dgram:@a\nb",           "unix-dgram:@a\\nb"),
            ("unix-seqpacket:/s",          "unix-seqpacket:/s"),
            ("//run/x",                    "unix:////run/x"),
            ("unix:////run/x",             "unix:////run/x"),
        ];
        for (text, shown) in cases {
            assert_eq!(
                text.parse::<Endpoint>().map(|endpoint| endpoint.to_string()),
                Ok(shown.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let long = format!("unix:/{}", "x".repeat(107));
        #[rustfmt::skip]
        let cases = [
            ("",                     0..0,   "port"),
            ("db",                   2..2,   "a port is missing"),
            ("tcp://db",             8..8,   "a port is missing"),
            ("tcp://[::1]",          11..11, "a port is missing"),
            ("tcp://[::1:80",        10..10, "`]` is missing"),
            ("tcp://[::g]:80",       7..10,  "no IPv6 address"),
            ("::1:80",               0..3,   "brackets"),
            ("tcp://db:65536",       9..14,  "65535"),
            ("tcp://db:",            9..9,   "port"),
            ("tcp://db:no-such-svc", 9..20,  "no port"),
            ("tcp://d b:80",         7..8,   "host name"),
            ("tcp://́aä․:80",   6..14,  "internationalised"),
            ("pl¸s:1",               0..5,   "internationalised"),
            ("sctp://db:1",          0..4,   "unknown scheme"),
            ("db:80/path",           5..10,  "nothing behind it"),
            ("run/x.sock",           3..10,  "a path begins with"),
            ("unix:",                5..5,   "missing"),
            ("unix:a\0b",            5..8,   "NUL"),
            (long.as_str(),          5..113, "too long"),
        ];
        for (text, at, words) in cases {
            let wrong = text.parse::<Endpoint>().expect_err(text);
            assert_eq!(wrong.at, at, "{text}: {wrong}");
            assert!(wrong.message.contains(words), "{text}: {wrong}");
        }
    }
}
