//! [`ask`]: a few echo requests to one host, from the opened socket to the last answer.
//!
//! A socket that is refused says nothing of the host; that is the error here, and what the host or the network says is an event.

use std::net::SocketAddr;
use std::time::Duration;

use crate::clock::now;
use crate::control::RunControl;
use crate::driver::run;
use crate::error::Error;
use crate::icmp_socket::IcmpSocket;
use crate::options::SocketOptions;
use crate::payload::Payload;
use crate::ping::{Ping, PingConfig, PingEvent, Statistics, StopWhen};
use crate::prepare::SocketConfig;
use crate::probe::Family;
use crate::socket::EchoSocket;

/// How to [`ask`].
#[derive(Clone, Debug)]
pub struct AskOptions {
    /// Bytes of data in each request.
    pub size: usize,
    /// From one request to the next.
    pub interval: Duration,
    /// How long a request may go unanswered before it is lost.
    pub wait: Duration,
    /// Whether the first reply or error is answer enough; there is `wait` for all of it then.
    pub once: bool,
    /// What else is asked of the socket.
    pub options: SocketOptions,
}

impl AskOptions {
    /// Requests as ping sends them, lost after so long.
    pub fn new(wait: Duration) -> Self {
        Self {
            size: 56,
            interval: Duration::from_secs(1),
            wait,
            once: false,
            options: SocketOptions::default(),
        }
    }
}

/// Sends `count` echo requests to `to`, whose port is zero, and tells `report` what comes of them, until all are answered or
/// lost or `control` ends it. The calls that open the socket have what privilege this thread is permitted.
///
/// # Errors
/// The socket could not be opened, prepared or waited for.
///
/// ```no_run
/// use std::time::Duration;
/// use netdiag_echo::{AskOptions, PingEvent, RunControl, ask};
///
/// # fn main() -> Result<(), netdiag_echo::Error> {
/// let how = AskOptions::new(Duration::from_secs(1));
/// let statistics = ask(([192, 0, 2, 1], 0).into(), 3, &how, &RunControl::new(), |event| {
///     if let PingEvent::Reply(reply) = event {
///         println!("{} answered in {:?}", reply.from, reply.rtt);
///     }
/// })?;
/// println!("{} of {} answered", statistics.received, statistics.transmitted);
/// # Ok(())
/// # }
/// ```
pub fn ask(
    to: SocketAddr,
    count: u64,
    how: &AskOptions,
    control: &RunControl,
    mut report: impl FnMut(PingEvent),
) -> Result<Statistics, Error> {
    let under_way = how.wait.as_nanos().checked_div(how.interval.as_nanos()).unwrap_or(u128::MAX);
    let window = usize::try_from(under_way.min(count.into())).unwrap_or(usize::MAX).saturating_add(1);
    let config = SocketConfig { window, options: how.options.clone(), ..SocketConfig::new(how.size) };
    let socket = EchoSocket::new(IcmpSocket::open(Family::of(to))?, &config)?;
    let config = PingConfig {
        count: Some(count),
        interval: how.interval,
        linger: Some(how.wait),
        timeout: Some(how.wait),
        deadline: how.once.then_some(how.wait),
        error_ends_deadline: how.once,
        stop_when: StopWhen { reply: how.once, loss: false },
        ..PingConfig::new(to, socket.ident(), Payload::new(how.size))
    };
    let mut ping = Ping::new(config, now());
    run(&mut ping, &mut socket.into(), control, |event| {
        report(event);
        Ok::<(), Error>(())
    })?;
    Ok(ping.statistics().clone())
}
