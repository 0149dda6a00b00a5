//! Lines for people, made of `key=value` so that scripts can pick from them.
//!
//! Where it listens is told as it can be typed.

use std::io::{self, Write};

use netdiag_probe::Counted;
use netdiag_probe::serve::{Connection, ConnectionEnd, Datagrams, Event, Request};
use netdiag_text::duration::Short;
use netdiag_text::{Secrets, strerror};

use super::args::Kind;
use super::render::{Ending, News, Serving};
use crate::render::Renderer;

/// Lines on a stream.
pub(super) struct Text<'a, W> {
    out: W,
    program: &'a str,
}

impl<'a, W> Text<'a, W> {
    pub(super) fn new(out: W, program: &'a str) -> Self {
        Self { out, program }
    }
}

impl<W: Write> Renderer<Serving> for Text<'_, W> {
    fn item(&mut self, news: News<'_>) -> io::Result<()> {
        let Self { out, program } = self;
        match news {
            News::Begin(_) => Ok(()),
            News::Listening { kind, endpoint, .. } => writeln!(out, "{} {endpoint}", kind.word()),
            News::Event(event) => out.write_all(of_event(event, program).unwrap_or_default().as_bytes()),
            News::Warning(message) => writeln!(out, "{program}: {message}"),
            News::Lost(lines) => {
                let (lines, were) = (Counted(lines, "line"), if lines == 1 { "it" } else { "they" });
                writeln!(out, "... {lines} left out: {were} could not be written fast enough")
            }
        }
    }

    fn end(&mut self, _: Ending) -> io::Result<()> {
        self.out.flush()
    }
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Discard => "discard",
            Self::Chargen => "chargen",
            Self::Http => "http",
        }
    }
}

/// The line for an event, if it has one.
fn of_event(event: &Event<'_>, program: &str) -> Option<String> {
    Some(match event {
        Event::Connection(connection) => of_connection(connection),
        Event::Request(request) => of_request(request),
        Event::Datagrams(datagrams) => of_datagrams(datagrams),
        Event::AcceptPaused { listener, error } => {
            format!("{program}: {listener}: accept: {}; connections wait\n", strerror(error))
        }
        Event::AcceptResumed { listener, after } => {
            format!("{program}: {listener}: accepting again after {}\n", Short(*after))
        }
        Event::Full { listener, connections } => {
            let most = Counted::len(*connections, "connection");
            format!("{program}: {listener}: {most}, the most there may be; more wait\n")
        }
        Event::Draining { listener, connections } if *connections > 0 => {
            let left = Counted::len(*connections, "connection");
            format!("{program}: {listener}: stopping; {left} left\n")
        }
        _ => return None,
    })
}

fn of_connection(connection: &Connection<'_>) -> String {
    let Connection { listener, peer, received, sent, requests, took, end } = connection;
    let requests = if *requests > 0 { format!(" requests={requests}") } else { String::new() };
    let why = match end {
        ConnectionEnd::Failed(why) => format!(" ({})", Secrets::NONE.show(&why.message())),
        _ => String::new(),
    };
    let (time, end) = (Short(*took), end.word());
    format!("{peer} {listener} received={received} sent={sent}{requests} time={time:#} end={end}{why}\n")
}

fn of_request(request: &Request<'_>) -> String {
    let Request { listener, peer, method, target, status } = request;
    format!("{peer} {listener} {status} {method} {}\n", Secrets::NONE.show(target))
}

fn of_datagrams(datagrams: &Datagrams<'_>) -> String {
    let Datagrams { listener, arrived, received, answered, sent, dropped, unanswered } = datagrams;
    format!(
        "* {listener} datagrams={arrived} received={received} answered={answered} sent={sent} dropped={dropped} unanswered={unanswered}\n"
    )
}
