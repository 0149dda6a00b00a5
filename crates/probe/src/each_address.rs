//! One probe after the other of the addresses a host has, where connecting shows nothing: UDP, DNS, ICMP.
//!
//! Each address has its share of the time that is left, so that one that hangs leaves the others theirs.

use std::net::SocketAddr;
use std::time::Duration;
use std::vec::IntoIter;

use tokio::time::Instant;

use crate::client::Client;
use crate::connect::{Attempt, share};
use crate::endpoint::HostPort;
use crate::error::Error;
use crate::phases::Phase;
use crate::report::Report;

/// The addresses still to be probed, and what became of the others.
#[derive(Debug)]
pub struct EachAddress {
    waiting: IntoIter<SocketAddr>,
    deadline: Instant,
    resolve: Option<Duration>,
    /// The one being probed, and since when.
    current: Option<(SocketAddr, Instant)>,
    attempts: Vec<Attempt>,
    /// The report that says most of the peer so far.
    best: Report,
}

impl Client {
    /// Looks the addresses of `inet` up; the report says why there are none.
    ///
    /// # Errors
    /// The report of a look-up that failed.
    pub async fn each_address(&self, inet: &HostPort, deadline: Instant) -> Result<EachAddress, Box<Report>> {
        let mut best = Report::new();
        let start = Instant::now();
        let found = self.connector.addresses(inet, deadline).await;
        let Some(addresses) = best.settled(found.map_err(|error| error.during(Phase::Resolve))) else {
            return Err(Box::new(best));
        };
        let resolve = inet.host.is_name().then(|| start.elapsed());
        let waiting = addresses.into_iter();
        Ok(EachAddress { waiting, deadline, resolve, current: None, attempts: Vec::new(), best })
    }
}

impl EachAddress {
    /// The next address to probe, and until when; none once one has answered or the time is over.
    pub fn next_one(&mut self) -> Option<(HostPort, Instant)> {
        let answered = self.attempts.last().is_some_and(|attempt| attempt.error.is_none());
        if answered || (!self.attempts.is_empty() && Instant::now() >= self.deadline) {
            return None;
        }
        let until = share(self.deadline, self.waiting.len());
        let to = self.waiting.next()?;
        self.current = Some((to, Instant::now()));
        Some((to.into(), until))
    }

    /// Notes what became of the address.
    pub fn record(&mut self, report: Report) {
        let Some((to, start)) = self.current.take() else { return };
        let error = report.result.as_ref().err().map(|failed| failed.error.clone());
        let known = self.best.result.as_ref().is_err_and(|failed| failed.error.is_of_the_peer());
        if self.attempts.is_empty() || !known || error.as_ref().is_none_or(Error::is_of_the_peer) {
            self.best = report;
        }
        self.attempts.push(Attempt { to, took: start.elapsed(), error });
    }

    /// What came of all: the answer, or the last failure that says something of the peer.
    pub fn report(self) -> Report {
        let mut report = self.best;
        report.phases.resolve = self.resolve;
        report.attempts = self.attempts;
        report
    }
}
