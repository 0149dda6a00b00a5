//! `icmp://HOST`: one echo request and its reply, by the engine behind `netdiag ping`.
//!
//! Only the `socket` call has privilege, on the thread that makes it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use netdiag_echo::{
    Control, EchoSocket, Error as EchoError, Family, IcmpSocket, Options, Payload, Ping, PingConfig,
    PingEvent, SocketConfig, Stamps,
};
use netdiag_probe::{Client, Error, Failed, Found, Host, Phase, Report};
use netdiag_text::{message, strerror};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::Instant;

use crate::ping::icmp_text;
use crate::ping::privilege::Privilege;

/// Sends an echo request to the first address of `host`; the round trip is the phase of the first byte.
pub(crate) async fn echo(client: &Client, host: &Host, deadline: Instant) -> Report {
    let mut report = client.name(host, deadline).await;
    if !host.is_name() {
        report.phases.resolve = None;
    }
    let Found::Addresses(addresses) = &report.found else { return report };
    let Some(address) = addresses.first().copied() else { return report };
    let patience = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let (source, interface) = (client.connector.source, client.connector.interface.clone());
    let options = Options {
        source: source.map(|source| SocketAddr::new(source, 0)),
        device: interface,
        ..Options::default()
    };
    let echoed = spawn_blocking(move || round_trip(SocketAddr::new(address, 0), options, patience)).await;
    let lost = |lost: JoinError| Failed { phase: Phase::Open, error: os("thread", lost.into()) };
    let echoed = echoed.unwrap_or_else(|error| Err(lost(error)));
    match echoed {
        Ok(rtt) => report.phases.first_byte = Some(rtt),
        Err(failed) => report.result = Err(failed),
    }
    report
}

fn round_trip(to: SocketAddr, options: Options, patience: Duration) -> Result<Duration, Failed> {
    let payload = Payload::new(56);
    let socket = open(to, &payload, options).map_err(|error| Failed { phase: Phase::Open, error })?;
    ask(to, socket, payload, patience).map_err(|error| Failed { phase: Phase::FirstByte, error })
}

fn open(to: SocketAddr, payload: &Payload, options: Options) -> Result<EchoSocket, Error> {
    let privilege = Privilege::take().map_err(|source| os("capset", source))?;
    let socket = privilege.raised(|| IcmpSocket::open(Family::of(to))).map_err(of_echo)?;
    let config =
        SocketConfig { payload: payload.clone(), stamps: Stamps::Both, ident: None, window: 1, options };
    privilege.raised(|| EchoSocket::new(socket, &config)).map_err(of_echo)
}

fn ask(
    to: SocketAddr,
    mut socket: EchoSocket,
    payload: Payload,
    patience: Duration,
) -> Result<Duration, Error> {
    let config = PingConfig {
        count: Some(1),
        linger: Some(patience),
        timeout: Some(patience),
        ..PingConfig::new(to, payload)
    };
    let mut ping = Ping::new(config, netdiag_echo::now());
    let control = Control::new().map_err(|source| os("pipe", source))?;
    let mut result = Err(Error::TimedOut(patience));
    netdiag_echo::run(&mut ping, &mut socket, &control, |event| {
        match event {
            PingEvent::Reply(reply) if reply.intact => result = Ok(reply.rtt),
            PingEvent::Reply(_) => result = Err(Error::Unexpected("a damaged reply".into())),
            PingEvent::Icmp { from, error, fatal: true, .. } => {
                let words = icmp_text::describe(&error);
                result = Err(Error::Unexpected(message!("{} says: {}", from.ip(), words)));
            }
            PingEvent::SendFailed(_, source) => result = Err(Error::of_call("sendmsg", source, patience)),
            _ => {}
        }
        Ok::<(), EchoError>(())
    })
    .map_err(of_echo)?;
    result
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

const REMEDY: &str = "it takes a net.ipv4.ping_group_range that includes this group, or cap_net_raw";

fn os(call: &'static str, source: io::Error) -> Error {
    Error::Os { call, source: Arc::new(source) }
}
