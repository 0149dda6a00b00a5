//! `kind = "icmp"`: a host answers echo requests, how many of them, and how soon.
//!
//! The engine of `netdiag ping` does it, on a thread of its own. A socket that is refused says nothing of the host.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_echo::{
    AskOptions, Error as EchoError, Family, IcmpError, LocalDelay, PingEvent, RunControl, Statistics, ask,
};
use netdiag_probe::{Client, Connector, Error, Found, Host, IcmpReason};
use netdiag_text::{Dimension, Distribution, Message, MessagePart, Quantity, Trusted, message};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use crate::expect::{Bounds, Expectations};
use crate::finding::{Finding, Unmeasured};
use crate::parts::command::command;
use crate::parts::destination;
use crate::parts::echo;
use crate::parts::probed;
use crate::parts::socket::connector;
use crate::settings::{Settings, Time};
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned, Work};
use crate::world::World;

/// Echo requests to a host.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Icmp {
    /// The host, by name or address.
    target: Placed<String>,
    /// How many requests; 5 if absent.
    count: Option<Placed<u32>>,
    /// From one request to the next, at least 2ms; 200ms if absent.
    interval: Option<Placed<Time>>,
    /// Bytes of data in each; 56 if absent. In fewer than 16 there is no room for what a forged reply cannot have.
    size: Option<Placed<u16>>,
    /// How long a request may go unanswered before it is lost; 1s if absent, and never beyond the check's timeout.
    wait: Option<Time>,
    /// Conditions on `loss`, `rtt_min`, `rtt_avg`, `rtt_p50`, `rtt_p90`, `rtt_p95`, `rtt_p99`, `rtt_max`, `rtt_mdev`, `jitter`
    /// (RFC 3550), `own_queue` and `neighbour` (what of `rtt_avg` was spent in this host's own queue and waiting for a neighbour's address,
    /// where the kernel tells), `dup`, `reorder`, `corrupt` (other data than was sent; a wrong checksum, where sockets are raw), `ttl` (the
    /// least that arrived), `sent`, `received`, `outcome` (`ok` unless stated: at least one request is answered).
    #[serde(default)]
    expect: Expectations,
}

const MEASURES: [(&str, Dimension); 19] = [
    ("outcome", Dimension::Text),
    ("sent", Dimension::Count),
    ("received", Dimension::Count),
    ("loss", Dimension::Ratio),
    ("rtt_min", Dimension::Time),
    ("rtt_avg", Dimension::Time),
    ("rtt_p50", Dimension::Time),
    ("rtt_p90", Dimension::Time),
    ("rtt_p95", Dimension::Time),
    ("rtt_p99", Dimension::Time),
    ("rtt_max", Dimension::Time),
    ("rtt_mdev", Dimension::Time),
    ("jitter", Dimension::Time),
    ("own_queue", Dimension::Time),
    ("neighbour", Dimension::Time),
    ("dup", Dimension::Count),
    ("reorder", Dimension::Count),
    ("corrupt", Dimension::Count),
    ("ttl", Dimension::Count),
];

#[derive(Debug)]
struct Echo {
    host: Host,
    connector: Connector,
    requests: Requests,
    bounds: Bounds,
}

#[derive(Clone, Copy, Debug)]
struct Requests {
    count: u32,
    interval: Duration,
    size: u16,
    wait: Duration,
}

impl Config for Icmp {
    const WORD: &'static str = "icmp";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        let host = destination::host(&self.target)?;
        let requests = self.requests(settings)?;
        let bounds = Bounds::read(&self.expect, &[&MEASURES])?;
        Ok(Box::new(Echo { host, connector: connector(settings), requests, bounds }))
    }
}

impl Icmp {
    fn requests(&self, settings: &Settings<'_>) -> Result<Requests, Complaint> {
        let count = self.count.as_ref().map_or(5, |count| count.value);
        let interval = self.interval.as_ref().map_or(INTERVAL, |interval| interval.value.0);
        let size = self.size.as_ref().map_or(SIZE, |size| size.value);
        let span = [
            self.interval.as_ref().map(|placed| &placed.span),
            self.count.as_ref().map(|placed| &placed.span),
        ];
        let span = span.into_iter().flatten().next().unwrap_or(&self.target.span);
        let sending = interval.saturating_mul(count.saturating_sub(1));
        match (&self.count, &self.interval, &self.size) {
            (Some(count), ..) if count.value == 0 => {
                Err(Complaint::new(&count.span, "no request gets no answer"))
            }
            (_, Some(interval), _) if interval.value.0 < SHORTEST => {
                Err(Complaint::new(&interval.span, "less than 2ms apart is a flood"))
            }
            (.., Some(size)) if size.value > LARGEST => {
                Err(Complaint::new(&size.span, message!("at most {} bytes fit a packet", LARGEST)))
            }
            _ if sending >= settings.timeout => {
                let (sending, timeout) = (Quantity::Time(sending), Quantity::Time(settings.timeout));
                Err(Complaint::new(
                    span,
                    message!("{} requests take {}, an attempt at most {}", count, sending, timeout),
                )
                .help("raise `timeout`"))
            }
            _ => Ok(Requests { count, interval, size, wait: self.wait.map_or(WAIT, |Time(wait)| wait) }),
        }
    }
}

/// As ping has it.
const SIZE: u16 = 56;
const INTERVAL: Duration = Duration::from_millis(200);
const SHORTEST: Duration = Duration::from_millis(2);
const WAIT: Duration = Duration::from_secs(1);
/// What 65535 bytes of IPv4 packet leave beside the headers.
const LARGEST: u16 = 65_507;

impl Work for Echo {
    fn target(&self) -> Message {
        Message::foreign(&self.host)
    }

    fn attempt<'a>(&'a self, _: &'a World, deadline: Instant) -> BoxFuture<'a, Finding> {
        self.echo(deadline).boxed()
    }

    fn hint(&self, finding: &Finding) -> Option<Message> {
        let lost = |value: &Quantity| matches!(value, Quantity::Ratio(lost) if *lost > 0.0);
        if probed::is_lost_on_the_way(finding) || finding.value("loss").is_some_and(lost) {
            let host = destination::argument(&self.host);
            return Some(command("netdiag trace", self.connector.family, &[&host]));
        }
        let count = self.requests.count.to_string();
        let host = destination::argument(&self.host);
        let (size, interval) =
            (self.requests.size.to_string(), self.requests.interval.as_secs_f64().to_string());
        let mut words: Vec<&dyn MessagePart> = vec![&"-c", &count, &"-i", &interval];
        if self.requests.size != SIZE {
            words.extend([&"-s" as &dyn MessagePart, &size]);
        }
        words.push(&host);
        Some(command("netdiag ping", self.connector.family, &words))
    }

    fn is_sensitive(&self) -> bool {
        true
    }
}

impl Echo {
    async fn echo(&self, deadline: Instant) -> Finding {
        let client = Client { connector: self.connector.clone(), ..Client::default() };
        let report = client.name(&self.host, deadline).await;
        let mut finding = Finding::default();
        let addresses = match &report.found {
            Found::Addresses(addresses) if !addresses.is_empty() => addresses,
            _ => {
                probed::outcome(&mut finding, &report, &self.bounds);
                self.bounds.judge(&mut finding);
                return finding;
            }
        };
        match self.each(addresses, deadline, &mut finding).await {
            Ok(run) => {
                run.found(&mut finding, self.requests.count, &self.bounds);
                finding
            }
            Err(error) => echo::unmeasured(&error),
        }
    }

    /// Asks each address in turn until one answers; of several silent ones gives the last that says something of its host.
    async fn each(
        &self,
        addresses: &[IpAddr],
        deadline: Instant,
        finding: &mut Finding,
    ) -> Result<Run, EchoError> {
        let mut best = None;
        for (address, many) in addresses.iter().zip((1..=addresses.len()).rev()) {
            let left = deadline.saturating_duration_since(Instant::now());
            let share = match self.requests.share(left, many) {
                Some(share) => share,
                None if best.is_none() => left,
                None => break,
            };
            let run = Run::new(SocketAddr::new(*address, 0), self.requests, share);
            let run = echo::apart(deadline, move |control| run.ping(control)).await;
            let failure = run.as_ref().ok().and_then(Run::failure);
            if let Some(error) = failure.as_ref().filter(|_| addresses.len() > 1) {
                finding.told(message!("address({})", address), error.message());
            }
            match &run {
                Ok(_) if failure.is_none() => return run,
                Ok(_) if failure.is_some_and(|error| !error.is_ours()) => best = Some(run),
                _ => best = best.or(Some(run)),
            }
        }
        best.unwrap_or_else(|| Err(EchoError::Unsupported(io::ErrorKind::AddrNotAvailable.into())))
    }
}

impl Requests {
    /// How long the first of so many addresses may take for the others to have as long; all the time that is left if the requests
    /// take longer to send than that, and `None` where even that is too short.
    fn share(&self, left: Duration, many: usize) -> Option<Duration> {
        let sending = self.interval.saturating_mul(self.count.saturating_sub(1));
        let share = left / u32::try_from(many).unwrap_or(u32::MAX).max(1);
        [share, left].into_iter().find(|time| *time > sending)
    }
}

/// One run of the engine, and what it told.
struct Run {
    to: SocketAddr,
    requests: Requests,
    rtts: Distribution,
    /// The least that arrived.
    hop_limit: Option<u8>,
    /// Replies whose checksum was right, but not their data.
    changed: u64,
    error: Option<Error>,
    tally: Statistics,
}

impl Run {
    /// A run that is over when `left` has passed.
    fn new(to: SocketAddr, requests: Requests, left: Duration) -> Self {
        let sending = requests.interval * (requests.count - 1);
        let wait = requests.wait.min(left.saturating_sub(sending).mul_f64(0.9));
        let requests = Requests { wait: wait.max(Duration::from_millis(1)), ..requests };
        Self {
            to,
            requests,
            rtts: Distribution::default(),
            hop_limit: None,
            changed: 0,
            error: None,
            tally: Statistics::default(),
        }
    }

    fn ping(mut self, control: &RunControl) -> Result<Self, EchoError> {
        let Requests { count, interval, size, wait } = self.requests;
        let how = AskOptions { size: size.into(), interval, ..AskOptions::new(wait) };
        self.tally = ask(self.to, count.into(), &how, control, |event| self.told(event))?;
        Ok(self)
    }

    fn told(&mut self, event: PingEvent) {
        match event {
            PingEvent::Reply(reply) => {
                self.changed += u64::from(reply.damage.is_some() || reply.truncated);
                // Like shortest, mean and longest.
                self.rtts.record(reply.rtt);
                if !reply.duplicate {
                    self.hop_limit = self.hop_limit.into_iter().chain(reply.hop_limit).min();
                }
            }
            PingEvent::Icmp { from, error, fatal: true, .. } => {
                self.error = Some(told(error, from.ip(), self.to.ip()));
            }
            PingEvent::SendFailed(_, source) => {
                self.error = Some(Error::of_call("sendmsg", source, self.requests.wait));
            }
            _ => {}
        }
    }

    /// Why nothing was answered; `None` if anything was.
    fn failure(&self) -> Option<Error> {
        let silent = || Error::TimedOut(self.requests.wait);
        (self.tally.received == 0).then(|| self.error.clone().unwrap_or_else(silent))
    }

    fn found(self, finding: &mut Finding, count: u32, bounds: &Bounds) {
        let Statistics { transmitted, received, .. } = self.tally;
        let error = self.failure();
        if let Some(error @ Error::Os { .. }) = &error {
            finding.unmeasured = Some(Unmeasured { reason: error.message(), remedy: None });
            return;
        }
        let outcome = error.as_ref().map_or("ok", Error::kind);
        finding.told("outcome", outcome);
        if !bounds.mentions("outcome") {
            let seen = error
                .map_or_else(|| "ok".into(), |error| message!("{}: {}", Trusted(outcome), error.message()));
            finding.asserted("outcome", "ok", seen, received > 0);
        }
        if transmitted < u64::from(count) {
            let seen = message!("{} sent, {} answered when time was up", transmitted, received);
            finding.asserted("requests", count.to_string(), seen, false);
        }
        self.measure(finding);
        bounds.judge(finding);
    }

    fn measure(&self, finding: &mut Finding) {
        let Statistics { transmitted, received, duplicates, reordered, corrupted, rtts, .. } = &self.tally;
        let of = |percent| self.rtts.percentile(percent).map(Quantity::Time);
        let count = |count: u64| Some(Quantity::Count(count as f64));
        let loss = self.tally.loss().map(Quantity::Ratio);
        let LocalDelay { queue, neighbour } = self.tally.mean_delay();
        let values = [
            ("sent", count(*transmitted)),
            ("received", count(*received)),
            ("loss", loss),
            ("rtt_min", rtts.min().map(Quantity::Time)),
            ("rtt_avg", rtts.mean().map(Quantity::Time)),
            ("rtt_p50", of(50.0)),
            ("rtt_p90", of(90.0)),
            ("rtt_p95", of(95.0)),
            ("rtt_p99", of(99.0)),
            ("rtt_max", rtts.max().map(Quantity::Time)),
            ("rtt_mdev", rtts.deviation().map(Quantity::Time)),
            ("jitter", rtts.jitter().map(Quantity::Time)),
            ("own_queue", queue.map(Quantity::Time)),
            ("neighbour", neighbour.map(Quantity::Time)),
            ("dup", count(*duplicates)),
            ("reorder", count(*reordered)),
            ("corrupt", count(corrupted + self.changed)),
            ("ttl", self.hop_limit.and_then(|limit| count(limit.into()))),
        ];
        values.into_iter().for_each(|(name, value)| finding.measured(name, value));
    }
}

/// What a router or the host itself says is wrong.
fn told(error: IcmpError, from: IpAddr, to: IpAddr) -> Error {
    let reason = match error.family {
        Family::V4 => IcmpReason::of_v4(error.kind, error.code),
        Family::V6 => IcmpReason::of_v6(error.kind, error.code),
    };
    Error::of_icmp(netdiag_probe::IcmpError { reason, by: Some(from) }, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::trial::{complaint, find, judged, plan, run};

    #[test]
    fn mistakes_are_pointed_at() {
        #[rustfmt::skip]
        let cases = [
            ("target = \"\"",                                         "host is missing"),
            ("target = \"h:80\"",                                     "IPv6"),
            ("target = \"h\"\ncount = 0",                             "no request"),
            ("target = \"h\"\ninterval = \"1ms\"",                    "flood"),
            ("target = \"h\"\ncount = 20\ninterval = \"1s\"",         "20 requests take 19 s, an attempt at most 5 s"),
            ("target = \"h\"\nsize = 65508",                          "at most 65507"),
            ("target = \"h\"\nexpect = { loss = \"<= 1\" }",          "a % is missing: 1%"),
            ("target = \"h\"\nexpect = { loss = 0.01 }",             "a % is missing: 0.01% or 1%"),
        ];
        for (text, words) in cases {
            let complaint = complaint("icmp", text);
            assert!(complaint.contains(words), "{text}: {complaint}");
        }
        assert!(plan("icmp", "target = \"h\"").unwrap().checks[0].exclusive);
    }

    #[test]
    fn each_address_has_its_share_of_the_time_unless_sending_takes_longer() {
        let requests = Requests { count: 5, interval: INTERVAL, size: 56, wait: WAIT };
        let [long, short] = [Duration::from_secs(5), Duration::from_millis(800)];
        for (left, many, expected) in [
            (long, 1, Some(long)),
            (long, 2, Some(long / 2)),
            (long, 9, Some(long)),
            (short, 2, None),
            (short * 2, 2, Some(short * 2)),
        ] {
            assert_eq!(requests.share(left, many), expected, "{left:?} {many}");
        }
    }

    fn found(run: Run, count: u32) -> Finding {
        let mut finding = Finding::default();
        run.found(&mut finding, count, &Bounds::default());
        finding
    }

    #[test]
    fn a_run_comes_to_figures() {
        let requests = Requests { count: 4, interval: INTERVAL, size: 56, wait: WAIT };
        let run = || Run::new("127.0.0.1:0".parse().unwrap(), requests, Duration::from_secs(5));
        let tally = |transmitted, received| Statistics { transmitted, received, ..Statistics::default() };
        let some = found(Run { tally: tally(4, 3), ..run() }, 4);
        assert_eq!((some.holds(), some.value("loss")), (true, Some(&Quantity::Ratio(0.25))));
        let silent = found(Run { tally: tally(4, 0), ..run() }, 4);
        assert_eq!(silent.value("outcome"), Some(&Quantity::Text("timeout".to_owned())));
        assert!(!silent.holds() && silent.value("rtt_avg").is_none());
        let far = Run { error: Some(Error::HostUnreachable), tally: tally(4, 0), ..run() };
        assert_eq!(found(far, 4).value("outcome"), Some(&Quantity::Text("host-unreachable".to_owned())));
        assert_eq!(
            judged(&found(Run { tally: tally(2, 2), ..run() }, 4)),
            "outcome ok: true, requests 4: false"
        );
    }

    #[test]
    fn loopback_answers_or_we_may_not_ask() {
        run(async {
            let lines = "target = \"127.0.0.1\"\ncount = 3\ninterval = \"2ms\"\nexpect = { loss = 0.0, ttl = \"> 0\", rtt_p99 = \"< 5s\" }";
            let finding = find("icmp", lines).await;
            match &finding.unmeasured {
                None => assert_eq!(
                    judged(&finding),
                    "outcome ok: true, loss 0: true, ttl > 0: true, rtt_p99 < 5s: true"
                ),
                Some(unmeasured) => assert!(
                    unmeasured
                        .remedy
                        .as_ref()
                        .is_some_and(|remedy| remedy.unshown().contains("ping_group_range"))
                ),
            }
        });
    }
}
