//! What was meant by a scheme that is not ours: `redis://db` is TCP to port 6379 of db.
//!
//! Only the connection is meant: nothing here speaks those protocols.

use netdiag_text::nearest;

/// A word in place of one whose scheme is unknown: the same host by a scheme we know, or one that is nearly the same; `None` where
/// nothing comes to mind.
pub(crate) fn suggestion(word: &str) -> Option<String> {
    let (scheme, rest) = word.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if let Some((_, ours, port)) = FOREIGN.iter().find(|(foreign, ..)| *foreign == scheme) {
        let rest = if *port == 0 { rest } else { without_path(rest) };
        let host = if *ours == "icmp" { without_port(rest) } else { rest };
        let port = if *port == 0 || has_port(host) { String::new() } else { format!(":{port}") };
        return (!host.is_empty()).then(|| format!("{ours}://{host}{port}"));
    }
    nearest(&scheme, OURS.iter().copied())
        .filter(|ours| *ours != scheme)
        .map(|ours| format!("{ours}://{rest}"))
}

/// The host, perhaps with a port, of what stands behind `scheme://`: neither who asks nor what for.
fn without_path(rest: &str) -> &str {
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    place.rsplit_once('@').map_or(place, |(_, host)| host)
}

fn without_port(place: &str) -> &str {
    let place = without_path(place);
    match place.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => place,
    }
}

fn has_port(place: &str) -> bool {
    place.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && !port.contains(']'))
}

/// The schemes that are known everywhere; `http` and the like are known where they are.
const OURS: [&str; 6] = ["tcp", "tls", "udp", "http", "https", "icmp"];

/// Schemes of others, ours for the same place, and the port that is theirs unless another is named; 0 where none has to be.
#[rustfmt::skip]
const FOREIGN: [(&str, &str, u16); 34] = [
    ("amqp",       "tcp",   5672),  ("amqps",      "tls",   5671),  ("cassandra",  "tcp",   9042),  ("ftp",        "tcp",   21),
    ("git",        "tcp",   9418),  ("grpc",       "tcp",   443),   ("imap",       "tcp",   143),   ("imaps",      "tls",   993),
    ("kafka",      "tcp",   9092),  ("ldap",       "tcp",   389),   ("ldaps",      "tls",   636),   ("memcached",  "tcp",   11211),
    ("mongodb",    "tcp",   27017), ("mqtt",       "tcp",   1883),  ("mqtts",      "tls",   8883),  ("mysql",      "tcp",   3306),
    ("nats",       "tcp",   4222),  ("ping",       "icmp",  0),     ("ping4",      "icmp",  0),     ("ping6",      "icmp",  0),
    ("pop3",       "tcp",   110),   ("pop3s",      "tls",   995),   ("postgres",   "tcp",   5432),  ("postgresql", "tcp",   5432),
    ("redis",      "tcp",   6379),  ("rediss",     "tls",   6379),  ("rtsp",       "tcp",   554),   ("sftp",       "tcp",   22),
    ("smtp",       "tcp",   25),    ("smtps",      "tls",   465),   ("ssh",        "tcp",   22),    ("ssl",        "tls",   443),
    ("ws",         "http",  0),     ("wss",        "https", 0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_kept_and_a_port_is_added() {
        #[rustfmt::skip]
        let cases = [
            ("redis://h",                     Some("tcp://h:6379")),
            ("REDIS://h:7000/0",              Some("tcp://h:7000")),
            ("postgres://me:secret@db/shop",  Some("tcp://db:5432")),
            ("amqps://[::1]/",                Some("tls://[::1]:5671")),
            ("ping://h",                      Some("icmp://h")),
            ("ping://h:80/",                  Some("icmp://h")),
            ("ping6://::1",                   Some("icmp://::1")),
            ("wss://h/chat",                  Some("https://h/chat")),
            ("tpc://h:1",                     Some("tcp://h:1")),
            ("htps://h/x",                    Some("https://h/x")),
            ("redis://",                      None),
            ("gopherology://h",               None),
            ("redis:h",                       None),
        ];
        for (word, meant) in cases {
            assert_eq!(suggestion(word).as_deref(), meant, "{word}");
        }
    }

    #[test]
    fn the_schemes_of_others_are_not_ours() {
        assert!(FOREIGN.iter().all(|(foreign, ..)| !OURS.contains(foreign)));
        assert!(FOREIGN.iter().all(|(_, ours, _)| OURS.contains(ours)));
    }
}
