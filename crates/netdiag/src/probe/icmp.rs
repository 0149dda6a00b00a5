//! `icmp://HOST`: one echo request and its reply, by the engine behind `netdiag ping`.
//!
//! Only the calls that open the socket have privilege, on the thread that makes them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use netdiag_echo::{
    AskOptions, Error as EchoError, Family, PingEvent, Reply, RunControl, SocketOptions, UncountedReason,
    UncountedReply, ask,
};
use netdiag_probe::{
    Client, Error, Found, Host, HostPort, IcmpError, IcmpReason, LocalDelay, Phase, PhaseError, Report,
};
use netdiag_text::strerror;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::Instant;

/// Sends an echo request to each address of `host` in turn until one answers; the round trip is the phase of the first byte.
pub(crate) async fn echo(client: &Client, host: &Host, deadline: Instant) -> Report {
    let inet = HostPort { host: host.clone(), port: 0 };
    let mut each = match client.each_address(&inet, deadline).await {
        Ok(each) => each,
        Err(report) => return *report,
    };
    while let Some((to, until)) = each.next_one() {
        each.record(echo_one(client, &to.host, until).await);
    }
    each.report()
}

async fn echo_one(client: &Client, host: &Host, deadline: Instant) -> Report {
    let mut report = client.name(host, deadline).await;
    report.phases.resolve = None;
    let Found::Addresses(addresses) = &report.found else { return report };
    let Some(address) = addresses.first().copied() else { return report };
    let patience = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let (source, interface) = (client.connector.source, client.connector.interface.clone());
    let options = SocketOptions {
        source: source.map(|source| SocketAddr::new(source, 0)),
        device: interface,
        ..SocketOptions::default()
    };
    let echoed = spawn_blocking(move || round_trip(SocketAddr::new(address, 0), options, patience)).await;
    let lost = |lost: JoinError| PhaseError { phase: Phase::Open, error: os("thread", lost.into()) };
    let echoed = echoed.unwrap_or_else(|error| Err(lost(error)));
    match echoed {
        Ok(reply) => {
            report.phases.first_byte = Some(reply.rtt);
            report.local_delay = LocalDelay { queue: reply.delay.queue, neighbour: reply.delay.neighbour };
        }
        Err(failed) => report.result = Err(failed),
    }
    report
}

/// What came of one echo request; a refused socket is found out before it is sent.
fn round_trip(to: SocketAddr, options: SocketOptions, patience: Duration) -> Result<Reply, PhaseError> {
    let opening = |error| PhaseError { phase: Phase::Open, error };
    let how = AskOptions { options, ..AskOptions::new(patience) };
    let mut result = Err(Error::TimedOut(patience));
    let asked = ask(to, 1, &how, &RunControl::new(), |event| {
        if let Some(told) = told(to, event, patience) {
            result = told;
        }
    });
    asked.map_err(of_echo).map_err(opening)?;
    result.map_err(|error| PhaseError { phase: Phase::FirstByte, error })
}

fn told(to: SocketAddr, event: PingEvent, patience: Duration) -> Option<Result<Reply, Error>> {
    Some(match event {
        PingEvent::Reply(reply) => Ok(reply),
        PingEvent::Uncounted(UncountedReply { reason: UncountedReason::WrongChecksum, .. }) => {
            Err(Error::Unexpected("a damaged reply".into()))
        }
        PingEvent::Icmp { from, error, fatal: true, .. } => {
            let reason = match error.family {
                Family::V4 => IcmpReason::of_v4(error.kind, error.code),
                Family::V6 => IcmpReason::of_v6(error.kind, error.code),
            };
            Err(Error::of_icmp(IcmpError { reason, by: Some(from.ip()) }, to.ip()))
        }
        PingEvent::SendFailed(_, source) => Err(Error::of_call("sendmsg", source, patience)),
        _ => return None,
    })
}

fn of_echo(error: EchoError) -> Error {
    match error {
        EchoError::Os { call, source } => os(call, source),
        EchoError::NotPermitted(refusal) => {
            os("socket", io::Error::new(refusal.kind(), format!("{}; {REMEDY}", strerror(&refusal))))
        }
        EchoError::Unsupported(source) => os("socket", source),
        other => os("socket", io::Error::other(other)),
    }
}

const REMEDY: &str =
    "it takes a net.ipv4.ping_group_range that includes this group, or a user with cap_net_raw, as root is";

fn os(call: &'static str, source: io::Error) -> Error {
    Error::Os { call, source: Arc::new(source) }
}
