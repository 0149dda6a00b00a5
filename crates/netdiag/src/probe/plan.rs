//! What to do with each URL, decided before anything is done: a mistake in the last is found before the first is probed.

use netdiag_probe::http::{HttpCheck, HttpRequest};
use netdiag_probe::talk::Step;
use netdiag_probe::{Client, Connector, DnsQuestion, Endpoint, Exchange, Host, Target};
use netdiag_text::Exit;

use super::args::Args;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::place;

/// One URL and what to do with it.
#[derive(Debug)]
pub(super) struct Job {
    /// As typed.
    pub(super) url: String,
    pub(super) task: Task,
}

#[derive(Debug)]
pub(super) enum Task {
    Socket(Endpoint, Exchange),
    Http(Box<HttpRequest>, HttpCheck),
    Dns(DnsQuestion),
    Name(Host),
    Icmp(Host),
}

/// All of them, and the one client for all.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) client: Client,
    pub(super) jobs: Vec<Job>,
}

impl Plan {
    pub(super) fn new(args: &Args, call: &Invocation) -> Result<Self, Failure> {
        let jobs: Vec<Job> = args.urls.iter().map(|url| job(url, args, call)).collect::<Result<_, _>>()?;
        checks(&jobs, args, call)?;
        let secure = jobs.iter().any(|job| job.task.may_speak_tls(args.http.follows()));
        let tls = secure.then(|| args.tls.client(call)).transpose()?;
        let connector = Connector {
            family: args.family.family(),
            source: args.source,
            source_port: 0,
            interface: args.interface.clone(),
            race: args.race,
        };
        Ok(Self { client: Client { connector, tls, patience: None }, jobs })
    }
}

fn job(url: &str, args: &Args, call: &Invocation) -> Result<Job, Failure> {
    let misplaced = |wrong| place::misplaced(&wrong, call);
    let task = match url.parse().map_err(misplaced)? {
        Target::Socket(endpoint) => Task::Socket(endpoint, exchange(args, call)?),
        Target::Http(url) => {
            let request = args.http.request(&url).map_err(misplaced)?;
            Task::Http(Box::new(request), args.http.check().map_err(misplaced)?)
        }
        Target::Dns(question) => Task::Dns(question),
        Target::Name(host) => Task::Name(host),
        Target::Icmp(host) => Task::Icmp(host),
        _ => return Err(call.failure(Exit::Misuse, format_args!("{url}: cannot be probed"))),
    };
    Ok(Job { url: url.to_owned(), task })
}

fn exchange(args: &Args, call: &Invocation) -> Result<Exchange, Failure> {
    let (script, framing) = args.script.read(call)?;
    Ok(match args.echo {
        Some(bytes) => Exchange::Echo(bytes),
        None if script.steps.is_empty() => Exchange::Nothing,
        None => Exchange::Script(script, framing),
    })
}

/// An option that no URL has a use for is a mistake.
fn checks(jobs: &[Job], args: &Args, call: &Invocation) -> Result<(), Failure> {
    let sockets = jobs.iter().any(|job| matches!(job.task, Task::Socket(..)));
    let http = jobs.iter().any(|job| matches!(job.task, Task::Http(..)));
    let talks = args.echo.is_some() || !args.script.is_empty();
    if talks && !sockets {
        return Err(call.failure(Exit::Misuse, "a conversation takes a tcp, tls, udp or unix URL"));
    }
    if !http && !args.http.is_empty() {
        return Err(call.failure(Exit::Misuse, "options of HTTP take an http or https URL"));
    }
    Ok(())
}

impl Task {
    /// Certificates are read only where TLS can come up: that takes longer than most probes.
    fn may_speak_tls(&self, follows: bool) -> bool {
        match self {
            Self::Socket(Endpoint::Tls(_), _) => true,
            Self::Socket(_, Exchange::Script(script, _)) => {
                script.steps.iter().any(|step| matches!(step, Step::StartTls))
            }
            Self::Http(request, _) => request.url.is_secure() || follows,
            _ => false,
        }
    }
}
