//! Lines for programs, schema `netdiag.serve/1`, on standard output. docs/json-serve.md says what the keys mean.
//!
//! There is no document: what a server has to tell has no end, until it is told to stop.

use std::io::{self, Write};
use std::time::SystemTime;

use netdiag_probe::serve::Event;
use schemars::Schema;
use serde::Serialize;

use super::record::{
    AcceptPaused, AcceptResumed, Connection, Datagrams, Listener, Listening, Open, Overrun, Request, Run,
    SCHEMA, Warning,
};
use super::render::{Ending, News, Serving};
use crate::json::schema::Outline;
use crate::json::{Frame, Nothing, Notice, Shape};
use crate::render::Renderer;

/// Lines on a stream.
pub(super) struct Json<W>(Frame<W>);

impl<W: Write> Json<W> {
    pub(super) fn new(out: W) -> Self {
        Self(Frame::new(out, Shape::Lines, 0))
    }

    fn put(&mut self, record: &str, value: &impl Serialize) -> io::Result<()> {
        self.0.event_among_others(record, SystemTime::now(), value)
    }

    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Connection(ended) => self.put("connection", &Connection::new(ended)),
            Event::Request(request) => self.put("request", &Request::new(request)),
            Event::Datagrams(datagrams) => self.put("datagrams", &Datagrams::new(datagrams)),
            Event::AcceptPaused { listener, error } => {
                self.put("accept-paused", &AcceptPaused::new(listener, error))
            }
            Event::AcceptResumed { listener, after } => {
                self.put("accept-resumed", &AcceptResumed::new(listener, *after))
            }
            Event::Full { listener, connections } => self.put("full", &Open::new(listener, *connections)),
            Event::Draining { listener, connections } => {
                self.put("draining", &Open::new(listener, *connections))
            }
            // The schema has a record for each of those above, and for nothing else.
            _ => Ok(()),
        }
    }
}

impl<W: Write> Renderer<Serving> for Json<W> {
    fn item(&mut self, news: News<'_>) -> io::Result<()> {
        match news {
            News::Begin(kind) => self.0.begin(SCHEMA, SystemTime::now(), &Run::new(kind))?,
            News::Listening { endpoint, .. } => {
                self.put("listening", &Listening { listener: Listener::new(endpoint) })?;
            }
            News::Event(event) => self.event(event)?,
            News::Warning(message) => self.put("warning", &Warning { message: message.to_string() })?,
            News::Lost(missing) => self.put("overrun", &Overrun { missing })?,
        }
        self.0.write()
    }

    fn end(&mut self, ending: Ending) -> io::Result<()> {
        let notice = |missing: u64, kind, message: &str| {
            (missing > 0).then(|| Notice { missing: Some(missing), ..Notice::new(kind, message) })
        };
        let notices = [
            notice(ending.lost, "overrun", "lines were left out: they could not be written fast enough"),
            notice(ending.cut, "cut", "connections were still open when the server ended"),
        ];
        let notices: Vec<Notice> = notices.into_iter().flatten().collect();
        self.0.end(SystemTime::now(), &notices, &Nothing {})
    }
}

/// The schema of a line.
pub(crate) fn schema() -> Schema {
    let mut outline = Outline::new::<Run>(SCHEMA);
    let lines = [
        outline.event_among_others::<Listening>(&["listening"]),
        outline.event_among_others::<Connection>(&["connection"]),
        outline.event_among_others::<Request>(&["request"]),
        outline.event_among_others::<Datagrams>(&["datagrams"]),
        outline.event_among_others::<AcceptPaused>(&["accept-paused"]),
        outline.event_among_others::<AcceptResumed>(&["accept-resumed"]),
        outline.event_among_others::<Open>(&["full", "draining"]),
        outline.event_among_others::<Warning>(&["warning"]),
        outline.event_among_others::<Overrun>(&["overrun"]),
    ];
    lines.iter().for_each(|line| outline.line_of(line));
    outline.end_of_lines::<Nothing>()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use netdiag_probe::serve::{self, ConnectionEnd, Peer};
    use netdiag_probe::{Endpoint, Error};
    use serde_json::{Value, json};

    use super::*;
    use crate::json::conformance::Conformance;
    use crate::json::reference;
    use crate::serve::args::Kind;

    fn line(write: impl FnOnce(&mut Json<&mut Vec<u8>>) -> io::Result<()>) -> Value {
        let mut out = Vec::new();
        write(&mut Json::new(&mut out)).unwrap();
        let line: Value = serde_json::from_slice(&out).unwrap();
        let conforms = Conformance::new(schema().to_value()).definition("Line", &line);
        conforms.unwrap();
        line
    }

    #[test]
    fn the_reference_is_up_to_date() {
        reference::matches("json-serve.md", schema().as_value());
    }

    #[test]
    fn every_line_is_what_the_schema_says() {
        let endpoint: Endpoint = "tcp://[fe80::1%lo]:80".parse().unwrap();
        let listener = &endpoint;
        let failed = ConnectionEnd::Failed(Error::Tls("no".into()));
        let connection = |peer, end, requests| {
            let took = Duration::from_millis(1);
            Event::Connection(serve::Connection { listener, peer, received: 1, sent: 2, requests, took, end })
        };
        let peer = Peer::from(std::net::SocketAddr::from(([192, 0, 2, 1], 7)));
        let error = &io::Error::from_raw_os_error(24);
        let events = [
            ("connection", connection(peer, &ConnectionEnd::Closed, 3)),
            ("connection", connection(Peer::Unix { pid: Some(7), uid: 0 }, &failed, 0)),
            ("connection", connection(Peer::Unknown, &ConnectionEnd::Cut, 0)),
            (
                "request",
                Event::Request(serve::Request { listener, peer, method: "GET", target: "/", status: 200 }),
            ),
            (
                "datagrams",
                Event::Datagrams(serve::Datagrams {
                    listener,
                    arrived: 1,
                    received: 2,
                    answered: 3,
                    sent: 4,
                    dropped: 5,
                    unanswered: 6,
                }),
            ),
            ("accept-paused", Event::AcceptPaused { listener, error }),
            ("accept-resumed", Event::AcceptResumed { listener, after: Duration::from_secs(1) }),
            ("full", Event::Full { listener, connections: 1 }),
            ("draining", Event::Draining { listener, connections: 1 }),
        ];
        let expected =
            json!({ "url": "tcp://[fe80::1%lo]:80", "address": "fe80::1", "port": 80, "scope": "lo" });
        for (record, event) in &events {
            let line = line(|json| json.item(News::Event(event)));
            assert_eq!((&line["record"], &line["listener"]), (&json!(record), &expected));
        }
        let begin = line(|json| json.item(News::Begin(Kind::Echo)));
        assert_eq!((&begin["schema"], &begin["serves"]), (&json!(SCHEMA), &json!("echo")));
        line(|json| json.item(News::Warning(&"so")));
        line(|json| json.item(News::Lost(3)));
        for (text, at) in [("unix:/run/s", json!("/run/s")), ("[::]:1", Value::Null)] {
            let endpoint: Endpoint = text.parse().unwrap();
            let line = line(|json| json.item(News::Listening { kind: Kind::Echo, endpoint: &endpoint }));
            assert_eq!(line["listener"].get("path").cloned().unwrap_or_default(), at);
        }
    }

    #[test]
    fn the_end_says_what_is_missing() {
        let whole = line(|json| json.end(Ending { lost: 0, cut: 0 }));
        assert_eq!((&whole["complete"], &whole["notices"]), (&json!(true), &json!([])));
        let cut = line(|json| json.end(Ending { lost: 5, cut: 2 }));
        let told: Vec<_> =
            cut["notices"].as_array().unwrap().iter().map(|it| (&it["kind"], &it["missing"])).collect();
        assert_eq!(cut["complete"], false);
        assert_eq!(told, [(&json!("overrun"), &json!(5)), (&json!("cut"), &json!(2))]);
    }
}
