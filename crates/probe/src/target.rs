//! What a probe is of, as it is typed.
//!
//! `HOST:PORT/PATH` is what a browser takes it for, `http://HOST:PORT/PATH`. `dns:NAME` (RFC 4501 without a server) asks the system's resolver, as every other program does; `dns://SERVER/NAME` asks that server.

#[cfg(feature = "dns")]
use crate::dns::DnsQuestion;
use crate::endpoint::{Endpoint, Host, ParseError};
#[cfg(feature = "http")]
use crate::http::HttpUrl;
use crate::scheme;

/// What to probe.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Target {
    /// A socket.
    Socket(Endpoint),
    /// An HTTP server.
    #[cfg(feature = "http")]
    Http(HttpUrl),
    /// A DNS server.
    #[cfg(feature = "dns")]
    Dns(DnsQuestion),
    /// A name, by the system's resolver.
    Name(Host),
    /// A host, by ICMP echo.
    Icmp(Host),
}

impl std::str::FromStr for Target {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let scheme = text.split(':').next().unwrap_or_default();
        let rest = scheme.len() + 1..text.len();
        let with_slashes = text[scheme.len()..].starts_with("://");
        match scheme.to_ascii_lowercase().as_str() {
            #[cfg(feature = "http")]
            "http" | "https" | "http+unix" | "https+unix" if text.contains("://") => {
                HttpUrl::parse(text).map(Self::Http)
            }
            #[cfg(feature = "http")]
            _ if is_location(text) => located(text).map(Self::Http),
            #[cfg(feature = "dns")]
            "dns" if with_slashes => DnsQuestion::parse(text).map(Self::Dns),
            "dns" | "resolve" if text.contains(':') => named(text, rest).map(Self::Name),
            "icmp" if with_slashes => named(text, rest.start + 2..rest.end).map(Self::Icmp),
            _ => text.parse().map(Self::Socket).map_err(|wrong: ParseError| {
                match wrong.message.starts_with("unknown scheme") {
                    true => ParseError { message: schemes(), ..wrong }.meant(scheme::suggestion(text)),
                    false => wrong,
                }
            }),
        }
    }
}

/// Whether a word without a scheme is a port of a host with a path behind it.
#[cfg(feature = "http")]
fn is_location(word: &str) -> bool {
    let before = word.split('/').next().unwrap_or_default();
    let port = before.rsplit_once(':').map(|(_, port)| port).unwrap_or_default();
    before.len() < word.len()
        && !word.contains("://")
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// The same as a URL; what is wrong with it is wrong with the word.
#[cfg(feature = "http")]
fn located(word: &str) -> Result<HttpUrl, ParseError> {
    const SCHEME: &str = "http://";
    HttpUrl::parse(&format!("{SCHEME}{word}")).map_err(|wrong| {
        let [start, end] = [wrong.at.start, wrong.at.end].map(|at| at.saturating_sub(SCHEME.len()));
        ParseError::new(word, start..end, wrong.message)
    })
}

fn named(text: &str, place: std::ops::Range<usize>) -> Result<Host, ParseError> {
    // Queries are for servers: the system's resolver knows addresses only.
    if let Some(at) = text[place.clone()].find('?') {
        let at = place.start + at..place.end;
        return Err(ParseError::new(text, at, "only a server can be asked so: dns://SERVER/NAME?type=TYPE"));
    }
    match Host::within(text, place.clone())? {
        Host::Any => Err(ParseError::new(text, place, "a name is missing")),
        host => Ok(host),
    }
}

/// The schemes of this build: those of HTTP are known only with the feature `http`.
fn schemes() -> String {
    let http = if cfg!(feature = "http") { "http, https, http+unix, " } else { "" };
    format!(
        "unknown scheme; known are tcp, tls, udp, unix, unix-dgram, unix-seqpacket, {http}dns, resolve, icmp"
    )
}

#[cfg(all(test, feature = "dns", feature = "http"))]
mod tests {
    use super::*;

    fn kind(text: &str) -> &'static str {
        match text.parse::<Target>().unwrap_or_else(|error| panic!("{text}: {error}")) {
            Target::Socket(_) => "socket",
            Target::Http(_) => "http",
            Target::Dns(_) => "dns",
            Target::Name(_) => "name",
            Target::Icmp(_) => "icmp",
        }
    }

    #[test]
    fn a_scheme_says_what_to_do() {
        #[rustfmt::skip]
        let cases = [
            ("tcp://db:1",                    "socket"),
            ("db:1",                          "socket"),
            ("/run/s",                        "socket"),
            ("unix:@a",                       "socket"),
            ("http://h/",                     "http"),
            ("https+unix://%2Fs/",            "http"),
            ("dns:example.com",               "name"),
            ("resolve:::1",                   "name"),
            ("dns://9.9.9.9/example.com",     "dns"),
            ("dns://[::1]:5353/x?type=aaaa&tcp", "dns"),
            ("icmp://127.0.0.1",              "icmp"),
            ("icmp://::1",                    "icmp"),
            ("dns:53",                        "name"),
            ("HTTPS://h/",                    "http"),
            ("db:80/health",                  "http"),
            ("[::1]:80/?a=b:1/c",             "http"),
            ("./db:80/health",                "socket"),
            ("Dns://9.9.9.9/x?type=MX",       "dns"),
            ("ICMP://::1",                    "icmp"),
        ];
        for (text, expected) in cases {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn what_was_meant_is_suggested() {
        #[rustfmt::skip]
        let cases = [
            ("redis://h",      Some("did you mean tcp://h:6379?")),
            ("ping://h",       Some("did you mean icmp://h?")),
            ("gopherology://h", None),
        ];
        for (text, help) in cases {
            assert_eq!(text.parse::<Target>().expect_err(text).help.as_deref(), help, "{text}");
        }
        let to_connect = "ping://h".parse::<Endpoint>().expect_err("nothing to connect to");
        assert_eq!(to_connect.help, None);
    }

    #[test]
    fn mistakes_are_pointed_at() {
        #[rustfmt::skip]
        let cases = [
            ("gopher://h:1",               0..6,   "unknown scheme"),
            ("dns:///x",                   6..6,   "server is missing"),
            ("dns://s",                    7..7,   "name is missing"),
            ("dns://s/x?type=QQ",          15..17, "record type"),
            ("dns://s/x?tpye=A",           10..16, "known are"),
            ("dns://s:99999/x",            8..13,  "out of range"),
            ("dns:x?type=MX",              5..13,  "only a server"),
            ("dns://s/a..b",               8..12,  "labels"),
            ("icmp://",                    7..7,   "name is missing"),
            ("icmp://h:80",                7..11,  "IPv6"),
            ("http://",                    7..7,   "host"),
            ("h:99999/x",                  0..7,   "port"),
            ("h/x",                        1..3,   "a path begins with"),
            ("dns:/ü://x",                 4..11,  "no IPv6 address"),
            ("icmp:ü://x",                 0..7,   "unknown scheme"),
        ];
        for (text, at, words) in cases {
            let wrong = text.parse::<Target>().expect_err(text);
            assert_eq!(wrong.at, at, "{text}: {wrong}");
            assert!(wrong.message.contains(words), "{text}: {wrong}");
        }
    }
}
