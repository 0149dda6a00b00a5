//! `netdiag serve`: a server for tests and diagnoses, from the command line to the end of its last connection.
//!
//! Where it listens is said on standard output, one line each, once all of it listens; what happens then, on standard error.

mod args;
mod json;
mod log;
mod ready;
mod text;
mod words;

use std::io;
use std::process::ExitCode;
use std::time::SystemTime;

use netdiag_probe::Endpoint;
use netdiag_probe::serve::{Identity, Listener, Server, Service, Site, Transport};
use netdiag_text::{Exit, strerror};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

pub(crate) use self::args::Args;
use self::args::Kind;
pub(crate) use self::json::schema;
use self::log::Log;
use self::ready::Readiness;
use self::words::Words;
use crate::claim::Claim;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::listening::no_listener;
use crate::probe::validity;

/// Serves until it is told to stop.
pub(crate) fn run(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    // Before anything of ours is opened, which could have the number.
    let readiness = Readiness::new(args.ready_fd, args.port_file.clone(), call)?;
    let words = Words::new(args.kind, &args.words, call)?;
    args.elsewhere.enter(call)?;
    let service = service(args, &words, call)?;
    check(args, &service, &words.endpoints, call)?;
    let identity = identity(args, &words.endpoints, call)?;
    let acceptor = identity
        .map(|identity| identity.acceptor(if args.kind == Kind::Http { &["http/1.1"] } else { &[] }))
        .transpose()
        .map_err(|error| call.failure(Exit::Misuse, format_args!("--cert: {error}")))?;
    raise_descriptors();
    let runtime = runtime()
        .map_err(|error| call.failure(Exit::CouldNot, format_args!("runtime: {}", strerror(&error))))?;
    let listeners = runtime.block_on(listen(args, &words.endpoints, call))?;
    let (log, tell) = Log::new(args, call)
        .map_err(|error| call.failure(Exit::CouldNot, format_args!("thread: {error}")))?;
    let server = Server {
        service,
        faults: args.faults.faults(),
        limits: args.limits(),
        tls: acceptor,
        tell_requests: args.verbose,
        tell,
    };
    let announced = readiness.announce(&listeners, args, call)?;
    let exit = runtime.block_on(until_stopped(server, listeners));
    let exit =
        exit.map_err(|error| call.failure(Exit::CouldNot, format_args!("sigaction: {}", strerror(&error))));
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
        Claim::of(path).and_then(|claim| claim.write(certificate)).map_err(|error| {
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
        listeners.extend(bound);
    }
    Ok(listeners)
}

/// Serves until the first signal, then lets connections end until they have, or the second.
async fn until_stopped(server: Server, listeners: Vec<Listener>) -> io::Result<Exit> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (stop, stopped) = oneshot::channel();
    let signals = async {
        either(&mut interrupt, &mut terminate).await;
        // The server waits for it, or has ended.
        let _ = stop.send(());
        either(&mut interrupt, &mut terminate).await
    };
    let served = server.run(listeners, async {
        // It is sent, or nobody is left to send it.
        let _ = stopped.await;
    });
    Ok(tokio::select! {
        () = served => Exit::Success,
        signal = signals => Exit::Signal(signal),
    })
}

/// Waits for one of them, and says which by its number.
async fn either(interrupt: &mut Signal, terminate: &mut Signal) -> u8 {
    tokio::select! {
        _ = interrupt.recv() => 2,
        _ = terminate.recv() => 15,
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}

/// Connections are descriptors: takes as many as the system lets us have.
fn raise_descriptors() {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // With as many as there were before, accepting pauses sooner, and says so.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}
