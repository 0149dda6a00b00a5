//! What is typed after `connect`: one word with everything in it, or a host and a port as `nc` has them.
//!
//! Only `-z` takes several ports; everywhere else a list of them is a mistake.

use netdiag_probe::{Endpoint, Host, HostPort, ParseError, Ports, UnixKind};

use super::args::Args;

/// Where to connect or listen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Destination {
    /// One socket.
    Socket(Endpoint),
    /// Ports of one host, to be tested.
    Ports { host: Host, ports: Ports, udp: bool },
}

impl Destination {
    /// The name that has to be looked up, if there is one.
    pub(super) fn name(&self) -> Option<&str> {
        let host = match self {
            Self::Socket(Endpoint::Tcp(inet) | Endpoint::Tls(inet) | Endpoint::Udp(inet)) => &inet.host,
            Self::Socket(Endpoint::Unix(..)) => return None,
            Self::Ports { host, .. } => host,
        };
        match host {
            Host::Name(name) => Some(name),
            Host::Any | Host::Ip(..) => None,
        }
    }

    /// Each socket that is meant.
    pub(super) fn endpoints(&self) -> Vec<Endpoint> {
        match self {
            Self::Socket(endpoint) => vec![endpoint.clone()],
            Self::Ports { host, ports, udp } => {
                let inet = |port| HostPort { host: host.clone(), port };
                let endpoint =
                    |port| if *udp { Endpoint::Udp(inet(port)) } else { Endpoint::Tcp(inet(port)) };
                ports.iter().map(endpoint).collect()
            }
        }
    }
}

/// Reads the words.
pub(super) fn destination(args: &Args) -> Result<Destination, ParseError> {
    match (&args.words[..], args.source_port) {
        ([], Some(port)) if args.listen => Ok(socket(HostPort { host: Host::Any, port }, args.udp)),
        ([], _) => Err(ParseError::new("", 0..0, "an address is missing")),
        ([host], Some(port)) if args.listen && !args.unix && !host.contains([':', '/']) => {
            Ok(socket(HostPort { host: Host::within(host, 0..host.len())?, port }, args.udp))
        }
        ([word], _) => one(word, args),
        ([host, port], _) if !args.unix => two(host, port, args),
        ([first, ..], _) => {
            Err(ParseError::new(first, 0..first.len(), "a unix socket has one name, and no port"))
        }
    }
}

fn socket(inet: HostPort, udp: bool) -> Destination {
    Destination::Socket(if udp { Endpoint::Udp(inet) } else { Endpoint::Tcp(inet) })
}

fn one(word: &str, args: &Args) -> Result<Destination, ParseError> {
    if args.unix {
        let kind = if args.udp { UnixKind::Dgram } else { UnixKind::Stream };
        return Endpoint::unix(kind, word).map(Destination::Socket);
    }
    match word.parse() {
        Ok(Endpoint::Tcp(_) | Endpoint::Udp(_)) | Err(_) if args.test => ports(word, args.udp),
        Ok(Endpoint::Tcp(inet)) if !word.contains("://") => Ok(socket(inet, args.udp)),
        endpoint => endpoint.map(Destination::Socket),
    }
}

fn ports(word: &str, udp: bool) -> Result<Destination, ParseError> {
    let (start, udp) = match word.split_once("://") {
        Some(("tcp", _)) => (6, false),
        Some(("udp", _)) => (6, true),
        Some(_) => return word.parse().map(Destination::Socket),
        None => (0, udp),
    };
    let Some(colon) = word.rfind(':').filter(|colon| *colon >= start && !word[*colon..].contains(']')) else {
        return Err(ParseError::new(word, word.len()..word.len(), "a port is missing: HOST:PORT"));
    };
    let host = Host::within(word, start..colon)?;
    let ports = Ports::within(word, colon + 1..word.len(), if udp { "udp" } else { "tcp" })?;
    Ok(Destination::Ports { host, ports, udp })
}

fn two(host: &str, port: &str, args: &Args) -> Result<Destination, ParseError> {
    let udp = args.udp;
    let ports = Ports::within(port, 0..port.len(), if udp { "udp" } else { "tcp" })?;
    let host = Host::within(host, 0..host.len())?;
    match ports.only() {
        Some(port) if !args.test => Ok(socket(HostPort { host, port }, udp)),
        None if !args.test => {
            Err(ParseError::new(port, 0..port.len(), "one port can be connected to; -z tests several"))
        }
        _ => Ok(Destination::Ports { host, ports, udp }),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn read(line: &str) -> Result<Destination, ParseError> {
        let words = ["connect"].into_iter().chain(line.split(' '));
        destination(&Line::try_parse_from(words).unwrap_or_else(|error| panic!("{error}")).args)
    }

    #[test]
    fn a_socket_is_named_in_one_word_or_two() {
        #[rustfmt::skip]
        let cases = [
            ("db:80",              "tcp://db:80"),
            ("db 80",              "tcp://db:80"),
            ("::1 80",             "tcp://[::1]:80"),
            ("-u db 53",           "udp://db:53"),
            ("-u db:53",           "udp://db:53"),
            ("-u tcp://db:53",     "tcp://db:53"),
            ("tls://db:443",       "tls://db:443"),
            ("-U name",            "unix:name"),
            ("-uU @name",          "unix-dgram:@name"),
            ("unix-seqpacket:/s",  "unix-seqpacket:/s"),
            ("/run/s",             "unix:/run/s"),
            ("-l 8080",            "tcp://*:8080"),
            ("-l -p 8080",         "tcp://*:8080"),
            ("-lp 8080 127.0.0.1", "tcp://127.0.0.1:8080"),
            ("-lu :53",            "udp://*:53"),
            ("-z /run/s",          "unix:/run/s"),
            ("-z tls://db:1",      "tls://db:1"),
        ];
        for (line, shown) in cases {
            let Ok(Destination::Socket(endpoint)) = read(line) else { panic!("{line}: {:?}", read(line)) };
            assert_eq!(endpoint.to_string(), shown, "{line}");
        }
    }

    #[test]
    fn a_test_takes_many_ports() {
        #[rustfmt::skip]
        let cases = [
            ("-z db 20-22,80",       "db",    &[20, 21, 22, 80][..], false),
            ("-z db:20-22",          "db",    &[20, 21, 22],         false),
            ("-z udp://[::1]:53,54", "[::1]", &[53, 54],             true),
            ("-zu db 53",            "db",    &[53],                 true),
        ];
        for (line, name, numbers, datagrams) in cases {
            let Ok(Destination::Ports { host, ports, udp }) = read(line) else {
                panic!("{line}: {:?}", read(line))
            };
            assert_eq!((host.to_string().as_str(), udp), (name, datagrams), "{line}");
            assert_eq!(ports.iter().collect::<Vec<_>>(), numbers, "{line}");
        }
    }

    #[test]
    fn mistakes_are_pointed_at() {
        #[rustfmt::skip]
        let cases = [
            ("db 20-25",       0..5, "-z tests several"),
            ("-z db",          2..2, "a port is missing"),
            ("-z db 20-70000", 3..8, "out of range"),
            ("-z sctp://h:1",  0..4, "unknown scheme"),
            ("-U a b",         0..1, "no port"),
            ("-p 80",          0..0, "an address is missing"),
            ("d/b 80",         1..2, "host name"),
        ];
        for (line, at, words) in cases {
            let wrong = read(line).expect_err(line);
            assert_eq!(wrong.at, at, "{line}: {wrong}");
            assert!(wrong.message.contains(words), "{line}: {wrong}");
        }
    }
}
