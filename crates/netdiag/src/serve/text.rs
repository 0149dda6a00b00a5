//! Lines for people, made of `key=value` so that scripts can pick from them.

use netdiag_probe::serve::{Connection, Datagrams, End, Event, Request};
use netdiag_probe::{Counted, Endpoint};
use netdiag_text::{Secrets, strerror};

use super::args::Kind;

/// Where it listens: the kind, and the address as it can be typed.
pub(super) fn listening(kind: Kind, endpoint: &Endpoint) -> String {
    format!("{} {endpoint}\n", kind.word())
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
pub(super) fn event(event: &Event<'_>, program: &str) -> Option<String> {
    Some(match event {
        Event::Connection(connection) => of_connection(connection),
        Event::Request(request) => of_request(request),
        Event::Datagrams(datagrams) => of_datagrams(datagrams),
        Event::AcceptPaused { listener, error } => {
            format!("{program}: {listener}: accept: {}; connections wait\n", strerror(error))
        }
        Event::AcceptResumed { listener, after } => {
            format!("{program}: {listener}: accepting again after {:.3}s\n", after.as_secs_f64())
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

pub(super) fn lost(lines: u64) -> String {
    let (lines, were) = (Counted(lines, "line"), if lines == 1 { "it" } else { "they" });
    format!("… {lines} left out: {were} could not be written fast enough\n")
}

fn of_connection(connection: &Connection<'_>) -> String {
    let Connection { listener, peer, received, sent, requests, took, end } = connection;
    let requests = if *requests > 0 { format!(" requests={requests}") } else { String::new() };
    let why = match end {
        End::Failed(why) => format!(" ({})", Secrets::NONE.show(why)),
        _ => String::new(),
    };
    let (time, end) = (took.as_secs_f64(), end.word());
    format!("{peer} {listener} received={received} sent={sent}{requests} time={time:.6}s end={end}{why}\n")
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
