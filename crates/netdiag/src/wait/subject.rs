//! One of the things waited for, and one look at it.

use std::path::Path;
use std::time::Duration;

use netdiag_probe::http::{HeaderMap, HttpCheck, HttpRequest, Method};
use netdiag_probe::{Client, Endpoint, Error, Exchange, Report, Target, UnixName};
use netdiag_text::Secrets;
use tokio::time::Instant;

use super::local::Local;
use super::pause::Pauses;
use super::seen::Seen;
use crate::json::{ErrorRecord, of_peer};
use crate::probe;

/// What is waited for.
#[derive(Debug)]
pub(super) struct Subject {
    /// As typed.
    pub(super) typed: String,
    target: Target,
    local: Option<Local>,
}

impl Subject {
    pub(super) fn new(typed: &str, target: Target, family: Option<netdiag_probe::Family>) -> Self {
        let local = match &target {
            Target::Socket(endpoint) => Local::of(endpoint, family),
            _ => None,
        };
        Self { typed: typed.to_owned(), target, local }
    }

    pub(super) fn speaks_tls(&self) -> bool {
        match &self.target {
            Target::Socket(endpoint) => matches!(endpoint, Endpoint::Tls(_)),
            Target::Http(url) => url.is_secure(),
            _ => false,
        }
    }

    /// Where it comes into being, if that is a place of the file system.
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.local {
            Some(Local::Unix(_, UnixName::Path(path))) => Some(path),
            _ => None,
        }
    }

    /// How long to wait between two looks: watching costs next to nothing.
    pub(super) fn pauses(&self, fixed: Option<Duration>) -> Pauses {
        let ms = Duration::from_millis;
        match self.local {
            Some(_) => Pauses::new(fixed, ms(10), ms(100)),
            None => Pauses::new(fixed, ms(100), ms(1000)),
        }
    }

    /// Looks for no longer than `timeout`, and until `deadline` at the latest.
    pub(super) async fn look(&self, client: &Client, timeout: Duration, deadline: Instant) -> Seen {
        let listed = self.local.as_ref().and_then(Local::is_listed);
        if listed == Some(true) {
            return Seen::Up;
        }
        let mut report = self.probe(client, deadline.min(Instant::now() + timeout)).await;
        let is_over = Instant::now() >= deadline;
        match (report.pop().as_ref().map(|report| seen(report, is_over)), &self.local) {
            // Two that agree: it is not refused by something on the way.
            (Some(Seen::Down(_)), Some(Local::Port(..))) if listed == Some(false) => {
                Seen::Down(ErrorRecord::new("refused", "nobody listens there"))
            }
            (Some(seen), _) => seen,
            (None, _) => Seen::Neither(ErrorRecord::new("not-measured", "nothing was asked")),
        }
    }

    async fn probe(&self, client: &Client, deadline: Instant) -> Vec<Report> {
        let look = &mut |_, _| {};
        match &self.target {
            Target::Socket(endpoint) => {
                vec![client.socket(endpoint, &Exchange::Nothing, deadline, look).await]
            }
            Target::Dns(question) => vec![client.dns(question, deadline, look).await],
            Target::Name(host) => vec![client.name(host, deadline).await],
            Target::Icmp(host) => vec![probe::echo(client, host, deadline).await],
            Target::Http(url) => {
                let request = HttpRequest {
                    url: url.clone(),
                    method: Method::GET,
                    headers: HeaderMap::new(),
                    body: Vec::new(),
                    sensitive_body: false,
                    most_redirects: MOST_REDIRECTS,
                    // Elsewhere is another server, whose state was not asked for.
                    same_origin: true,
                    longest_body: LONGEST_BODY,
                };
                client.http(&request, &HttpCheck::default(), deadline, look).await
            }
            _ => Vec::new(),
        }
    }
}

/// What a look showed that `is_over` may have cut short.
fn seen(report: &Report, is_over: bool) -> Seen {
    match &report.result {
        Ok(()) => Seen::Up,
        Err(failed) => {
            let message = Secrets::NONE.redact(&report.failure().unwrap_or_default()).exact();
            let said = ErrorRecord { message, ..of_peer(&failed.error) };
            let mut attempts = report.attempts.iter().filter_map(|attempt| attempt.error.as_ref());
            match &failed.error {
                error if is_down(error) && attempts.all(is_down) => Seen::Down(said),
                Error::TimedOut(_) | Error::Silence(_) if is_over => Seen::Unfinished(said),
                _ => Seen::Neither(said),
            }
        }
    }
}

/// Whether an address is surely down; a name is if all of its addresses are.
fn is_down(error: &Error) -> bool {
    matches!(error.kind(), "refused" | "host-unreachable" | "net-unreachable" | "no-route" | "no-such-socket")
}

/// More of them lead round in circles.
const MOST_REDIRECTS: usize = 20;
const LONGEST_BODY: u64 = 10 << 20;
