//! How a conversation ends, and how long it may be silent.
//!
//! Bytes in either direction count as something happening.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use netdiag_probe::Error;
use tokio::time::{Instant, sleep, sleep_until};

/// Why nothing is carried any more.
#[derive(Debug)]
pub(super) enum Ended {
    /// Both ends have ended.
    Whole,
    /// Nothing happened for that long.
    Idle(Duration),
    /// The connection broke.
    Peer(Error),
    /// Standard input cannot be read.
    Input(io::Error),
    /// Standard output cannot be written.
    Output(io::Error),
}

/// When something last happened.
#[derive(Debug)]
pub(super) struct Activity(Cell<Instant>);

impl Activity {
    pub(super) fn new() -> Self {
        Self(Cell::new(Instant::now()))
    }

    pub(super) fn note(&self) {
        self.0.set(Instant::now());
    }

    /// Returns once nothing has happened for so long; never, if there is no bound.
    pub(super) async fn lacking(&self, bound: Option<Duration>) -> Ended {
        let Some(bound) = bound else { return std::future::pending().await };
        loop {
            let until = self.0.get() + bound;
            if Instant::now() >= until {
                return Ended::Idle(bound);
            }
            sleep_until(until).await;
        }
    }
}

/// Returns once the peer has had so long to end after our own end; never, if it may take as long as it likes.
pub(super) async fn parting(bound: Option<Duration>) {
    match bound {
        Some(bound) => sleep(bound).await,
        None => std::future::pending().await,
    }
}

/// What is carried at a time, in each direction.
pub(super) const BUFFER: usize = 64 * 1024;
