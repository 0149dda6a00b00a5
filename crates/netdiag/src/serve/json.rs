//! Lines for programs, schema `netdiag.serve/1`.
//!
//! Where it listens goes to standard output, the rest to standard error; each line is an object told apart by `event`.

use std::io::{self, Write};

use netdiag_probe::serve::{self, ConnectionEnd};
use netdiag_text::{Secrets, strerror};
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use super::render::{News, Serving};
use crate::json::{Frame, Shape, Style};
use crate::render::Renderer;

/// The identity of the format; a change that breaks readers changes the number.
const SCHEMA: &str = "netdiag.serve/1";

/// One line.
#[derive(JsonSchema, Serialize)]
#[schemars(title = "netdiag.serve/1")]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    /// A listener, once all of them listen; on standard output.
    Listening {
        /// `netdiag.serve/1`.
        schema: &'static str,
        /// The version of the program.
        netdiag: &'static str,
        /// `echo`, `discard`, `chargen` or `http`.
        kind: &'static str,
        /// Where it listens, as it can be typed.
        listener: String,
        /// The port, which the kernel may have chosen; absent for unix sockets.
        #[serde(skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
    },
    /// A connection has ended.
    Connection {
        /// The listener it came to.
        listener: String,
        /// Who it was with: `ADDRESS:PORT`, or `pid:N,uid:N` for unix sockets.
        peer: String,
        /// Bytes that came, without those of TLS itself.
        received_bytes: u64,
        /// Bytes that went, likewise.
        sent_bytes: u64,
        /// HTTP requests; absent for other services.
        #[serde(skip_serializing_if = "Option::is_none")]
        requests: Option<u64>,
        /// From the acceptance to the end.
        duration_us: u64,
        /// `closed`, `reset` by the peer, `timeout`, `fault` as asked for, `cut` at the end of the drain, or `failed`.
        end: &'static str,
        /// Why it failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// An HTTP request was answered; with `-v`.
    Request {
        /// The listener it came to.
        listener: String,
        /// Who it was from.
        peer: String,
        /// Its method.
        method: String,
        /// Its path and query.
        target: String,
        /// The status it was answered with.
        status: u16,
    },
    /// A socket for datagrams was closed.
    Datagrams {
        /// The listener.
        listener: String,
        /// Datagrams that came.
        arrived: u64,
        /// Bytes in them.
        received_bytes: u64,
        /// Datagrams that were answered.
        answered: u64,
        /// Bytes in the answers.
        sent_bytes: u64,
        /// Datagrams lost on purpose.
        dropped: u64,
        /// Datagrams that were to be answered, but there was nobody, or no room, to answer to.
        unanswered: u64,
    },
    /// Connections are not accepted for now, for want of descriptors or memory.
    AcceptPaused {
        /// The listener.
        listener: String,
        /// What `accept` said.
        error: String,
    },
    /// Connections are accepted again.
    AcceptResumed {
        /// The listener.
        listener: String,
        /// How long they were not.
        after_us: u64,
    },
    /// There are as many connections as there may be; more wait.
    Full {
        /// The listener.
        listener: String,
        /// How many there may be.
        connections: u64,
    },
    /// The server was told to stop, and this listener is closed.
    Draining {
        /// The listener.
        listener: String,
        /// Connections that are still open.
        connections: u64,
    },
    /// Something to know of before anything is served: a certificate that is out of date, a system without IPv6.
    Warning {
        /// In words.
        message: String,
    },
    /// Lines were left out before this one, because they could not be written fast enough.
    Lost {
        /// How many.
        lines: u64,
    },
}

/// The schema of a line.
pub(crate) fn schema() -> Schema {
    schema_for!(Line)
}

/// Lines on a stream.
pub(super) struct Json<W>(Frame<W>);

impl<W: Write> Json<W> {
    pub(super) fn new(out: W) -> Self {
        Self(Frame::new(out, Shape::Lines, Style { tag: "event", indent: "" }, 0))
    }
}

impl<W: Write> Renderer<Serving> for Json<W> {
    fn item(&mut self, news: News<'_>) -> io::Result<()> {
        let line = match news {
            News::Listening { kind, endpoint, port } => Some(Line::Listening {
                schema: SCHEMA,
                netdiag: env!("CARGO_PKG_VERSION"),
                kind: kind.word(),
                listener: endpoint.to_string(),
                port,
            }),
            News::Event(event) => of_event(event),
            News::Warning(message) => Some(Line::Warning { message: message.to_string() }),
            News::Lost(lines) => Some(Line::Lost { lines }),
        };
        line.iter().try_for_each(|line| self.0.named_item(line))?;
        self.0.write()
    }

    fn end(&mut self, (): ()) -> io::Result<()> {
        self.0.finish()
    }
}

/// The line for an event, if it has one.
fn of_event(event: &serve::Event<'_>) -> Option<Line> {
    Some(match event {
        serve::Event::Connection(connection) => of_connection(connection),
        serve::Event::Request(request) => Line::Request {
            listener: request.listener.to_string(),
            peer: request.peer.to_string(),
            method: request.method.to_owned(),
            target: request.target.to_owned(),
            status: request.status,
        },
        serve::Event::Datagrams(datagrams) => Line::Datagrams {
            listener: datagrams.listener.to_string(),
            arrived: datagrams.arrived,
            received_bytes: datagrams.received,
            answered: datagrams.answered,
            sent_bytes: datagrams.sent,
            dropped: datagrams.dropped,
            unanswered: datagrams.unanswered,
        },
        serve::Event::AcceptPaused { listener, error } => {
            Line::AcceptPaused { listener: listener.to_string(), error: strerror(error) }
        }
        serve::Event::AcceptResumed { listener, after } => {
            Line::AcceptResumed { listener: listener.to_string(), after_us: micros(*after) }
        }
        serve::Event::Full { listener, connections } => {
            Line::Full { listener: listener.to_string(), connections: *connections as u64 }
        }
        serve::Event::Draining { listener, connections } => {
            Line::Draining { listener: listener.to_string(), connections: *connections as u64 }
        }
        _ => return None,
    })
}

fn of_connection(connection: &serve::Connection<'_>) -> Line {
    Line::Connection {
        listener: connection.listener.to_string(),
        peer: connection.peer.to_string(),
        received_bytes: connection.received,
        sent_bytes: connection.sent,
        requests: Some(connection.requests).filter(|requests| *requests > 0),
        duration_us: micros(connection.took),
        end: connection.end.word(),
        error: match connection.end {
            ConnectionEnd::Failed(why) => Some(Secrets::NONE.redact(why).exact()),
            _ => None,
        },
    }
}

fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_every_event_and_every_key() {
        let reference = include_str!("../../../../docs/json-serve.md");
        let schema = schema().to_value();
        let lines = schema["oneOf"].as_array().unwrap();
        assert_eq!(lines.len(), 10);
        for line in lines {
            let event = line["properties"]["event"]["const"].as_str().unwrap();
            let row = reference.lines().find(|row| row.starts_with(&format!("| `{event}` ")));
            let row = row.unwrap_or_else(|| panic!("no row for {event}"));
            for key in line["properties"].as_object().unwrap().keys().filter(|key| *key != "event") {
                assert!(row.contains(&format!("`{key}`")), "{event}: {key}");
            }
        }
    }
}
