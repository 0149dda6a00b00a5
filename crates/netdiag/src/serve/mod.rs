//! `netdiag serve`: a server for tests and diagnoses, from the command line to the end of its last connection.
//!
//! Where it listens is said on standard output, one line each, once all of it listens; what happens then, on standard error. JSON is
//! all on standard output.

mod args;
mod json;
mod log;
mod ready;
mod record;
mod render;
mod text;
mod words;

use std::io;
use std::process::ExitCode;
use std::time::SystemTime;

use netdiag_probe::serve::{Identity, Listener, Server, Service, Site, Transport};
use netdiag_probe::{Endpoint, Host};
use netdiag_text::{Exit, strerror};
use nix::sys::signal::Signal;
use tokio::sync::oneshot;

pub(crate) use self::args::Args;
use self::args::Kind;
pub(crate) use self::json::schema;
use self::log::Log;
use self::ready::Readiness;
use self::words::Words;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::listening::no_listener;
use crate::probe::validity;
use crate::runtime;
use crate::scarcity::raise_descriptors;
use crate::scarcity::{FailedCall, no_loop};
use crate::signals::{Arriving, Signals};
use crate::written_file::WrittenFile;

/// Serves until it is told to stop.
pub(crate) fn run(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    // Before anything of ours is opened, which could have the number.
    let readiness = Readiness::new(args.ready_fd, args.port_file.clone(), call)?;
    let words = Words::new(args.kind, &args.words, call)?;
    args.elsewhere.enter(call)?;
    let service = service(args, &words, call)?;
    check(args, &service, &words.endpoints, call)?;
    let broken = no_loop(call);
    // Before there is another thread, and before anybody is told that there is a server to be stopped.
    let signals = Signals::block([Signal::SIGINT, Signal::SIGTERM]);
    let signals = signals.map_err(FailedCall::of("pthread_sigmask")).map_err(&broken)?;
    log::begin(args, call);
    let identity = identity(args, &words.endpoints, call)?;
    let acceptor = identity
        .map(|identity| identity.acceptor(if args.kind == Kind::Http { &["http/1.1"] } else { &[] }))
        .transpose()
        .map_err(|error| call.failure(Exit::Misuse, format_args!("--cert: {error}")))?;
    raise_descriptors();
    let runtime = runtime::of_many().map_err(&broken)?;
    let (signals, listeners) = runtime.block_on(async {
        let signals = signals.arriving().map_err(&broken)?;
        tokio::select! {
            listeners = listen(args, &words.endpoints, call) => Ok((signals, listeners?)),
            // A name can take long to be found.
            signal = signals.next() => Err(Failure::silent(Exit::Signal(signal.map_err(&broken)? as u8))),
        }
    })?;
    let (log, tell) = Log::new(args, call)
        .map_err(FailedCall::of("clone"))
        .map_err(|error| call.failure(Exit::CouldNot, error))?;
    let server = Server {
        service,
        faults: args.faults.faults(),
        limits: args.limits(),
        client_ports: netdiag_host::Host::here().local_port_range().ok(),
        tls: acceptor,
        tell_requests: args.verbose,
        tell,
    };
    let announced = readiness.announce(&listeners, args, call)?;
    let exit = runtime.block_on(until_stopped(server, listeners, &signals)).map_err(&broken);
    runtime.shutdown_background();
    drop(announced);
    log.finish();
    exit.map(|exit| call.code(exit))
}

fn service(args: &Args, words: &Words, call: &Invocation) -> Result<Service, Failure> {
    Ok(match args.kind {
        Kind::Echo => Service::Echo,
        Kind::Discard => Service::Discard,
        Kind::Chargen => Service::Chargen,
        Kind::Http => {
            let site = Site::new(words.directory.as_deref(), args.trials).map_err(|error| {
                let directory = words.directory.clone().unwrap_or_default().display().to_string();
                let failure = call.failure(Exit::Misuse, format_args!("{directory}: {}", strerror(&error)));
                match error.kind() {
                    io::ErrorKind::NotFound => {
                        failure.hint("the first word is a directory; a unix socket is unix:PATH")
                    }
                    _ => failure,
                }
            })?;
            Service::Http(site.into())
        }
    })
}

/// Refuses what cannot be done together.
fn check(args: &Args, service: &Service, endpoints: &[Endpoint], call: &Invocation) -> Result<(), Failure> {
    let transports: Vec<Transport> = endpoints.iter().map(Transport::of).collect();
    let unfit =
        |unfit: fn(&Transport) -> bool| endpoints.iter().find(|endpoint| unfit(&Transport::of(endpoint)));
    let without_bytes =
        |transport: &Transport| matches!(transport, Transport::Datagrams | Transport::Messages);
    if let Some(endpoint) = unfit(without_bytes).filter(|_| args.kind == Kind::Http) {
        return Err(call.failure(
            Exit::Misuse,
            format_args!("{endpoint}: HTTP needs a stream of bytes: tcp, tls or unix"),
        ));
    }
    if let Some(endpoint) = unfit(without_bytes).filter(|_| args.wants_tls()) {
        return Err(
            call.failure(Exit::Misuse, format_args!("{endpoint}: TLS needs a stream of bytes: tcp or unix"))
        );
    }
    let faults = args.faults.faults();
    faults.check(service, &transports).map_err(|contradiction| call.failure(Exit::Misuse, contradiction))
}

/// Who to be in TLS, if any listener carries it.
fn identity(args: &Args, endpoints: &[Endpoint], call: &Invocation) -> Result<Option<Identity>, Failure> {
    let wanted = args.wants_tls() || endpoints.iter().any(|endpoint| matches!(endpoint, Endpoint::Tls(_)));
    let identity = match (&args.cert, &args.key) {
        (Some(certificate), Some(key)) => Identity::from_files(certificate, key),
        _ if wanted => Identity::generate(endpoints),
        _ if args.cert_out.is_some() => {
            return Err(call.failure(Exit::Misuse, "--cert-out: no certificate is made without --tls"));
        }
        _ => return Ok(None),
    };
    let identity = identity.map_err(|error| call.failure(Exit::Misuse, strerror(&error)))?;
    let now = SystemTime::now();
    if let (Some(path), Some(about)) = (&args.cert, &identity.about)
        && (about.not_before > now || about.expires_in(now).is_none())
    {
        // Who wants to see what clients make of it may have just that.
        let words = format_args!("{}: {}; it is served all the same", path.display(), validity(about, now));
        log::warn(args, call, words);
    }
    if let (Some(path), Some(certificate)) = (&args.cert_out, &identity.made) {
        let written = WrittenFile::at(path).and_then(|file| file.write_whole(certificate.as_bytes()));
        written.map_err(|error| {
            call.failure(Exit::Misuse, format_args!("--cert-out {}: {}", path.display(), strerror(&error)))
        })?;
    }
    Ok(Some(identity))
}

async fn listen(args: &Args, endpoints: &[Endpoint], call: &Invocation) -> Result<Vec<Listener>, Failure> {
    let mut listeners = Vec::new();
    for endpoint in endpoints {
        let bound = Listener::bind(endpoint, args.family(), args.backlog, args.wants_tls()).await;
        let bound = bound.map_err(|error| no_listener(endpoint, &error, call))?;
        for listener in bound.iter().filter(|listener| listener.lacks_ipv6) {
            let endpoint = listener.endpoint();
            log::warn(args, call, format_args!("{endpoint}: this system has no IPv6, so it is IPv4 alone"));
        }
        let reachable =
            bound.iter().map(Listener::endpoint).filter(|endpoint| answers_anybody(args.kind, endpoint));
        for endpoint in reachable {
            let words = "whoever reaches it can have it answer others, by a forged sender; 127.0.0.1 is for this host alone";
            log::warn(args, call, format_args!("{endpoint}: {words}"));
        }
        listeners.extend(bound);
    }
    Ok(listeners)
}

/// Whether datagrams that come from beyond this host are answered.
fn answers_anybody(kind: Kind, endpoint: &Endpoint) -> bool {
    let Endpoint::Udp(inet) = endpoint else { return false };
    let loopback = matches!(&inet.host, Host::Ip(address, _) if address.is_loopback());
    matches!(kind, Kind::Echo | Kind::Chargen) && !loopback
}

/// Serves until the first signal, then lets connections end until they have, or the second.
async fn until_stopped(
    server: Server,
    listeners: Vec<Listener>,
    signals: &Arriving,
) -> Result<Exit, FailedCall> {
    let (stop, stopped) = oneshot::channel();
    let stopping = async {
        signals.next().await?;
        // The server waits for it, or has ended.
        let _ = stop.send(());
        signals.next().await
    };
    let served = server.run(listeners, async {
        // It is sent, or nobody is left to send it.
        let _ = stopped.await;
    });
    tokio::select! {
        () = served => Ok(Exit::Success),
        signal = stopping => Ok(Exit::Signal(signal? as u8)),
    }
}
