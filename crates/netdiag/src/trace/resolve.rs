//! The hosts to trace to, as addresses there is a way to.

use std::net::SocketAddr;

use netdiag_echo::{Error, Family, PathMtuDiscovery, SocketOptions, source_address};
use netdiag_text::{Exit, strerror};

use super::args::Args;
use super::target::Target;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ping::address::{self, unmapped};
use crate::ping::look_up;

/// The first address of each host that there is a way to.
pub(super) fn resolve(args: &Args, call: &Invocation) -> Result<Vec<Target>, Failure> {
    let mut targets: Vec<Target> = Vec::new();
    for name in &args.hosts {
        let target = resolve_one(name, args, call)?;
        if let Some(same) = targets.iter().find(|other| other.to == target.to) {
            let words = format!("{name}: the same host as {}", same.name);
            return Err(call.failure(Exit::Misuse, words));
        }
        targets.push(target);
    }
    Ok(targets)
}

fn resolve_one(name: &str, args: &Args, call: &Invocation) -> Result<Target, Failure> {
    let wanted = family(args);
    let found = look_up(name, call)?;
    let addresses = found.iter().map(|info| unmapped(info.sockaddr));
    let addresses = addresses.filter(|to| wanted.is_none_or(|family| family == Family::of(*to)));
    let mut refused = None;
    for mut to in addresses {
        to.set_port(0);
        match source_address(to, &options(args), args.sending.mark) {
            Ok(from) => {
                to.set_port(args.sending.port());
                return Ok(Target { name: name.to_owned(), to, from });
            }
            Err(error) => refused = refused.or(Some((to, error))),
        }
    }
    Err(match refused {
        Some((to, Error::Os { call: refused, source })) => {
            let words = format!("{}: {refused}: {}", address::number(to), strerror(&source));
            let failure = call.failure(Exit::CouldNot, words);
            match refused {
                "connect" => failure.hint("`ip route get ADDRESS` shows what the routing table says"),
                _ => failure,
            }
        }
        Some((_, error)) => call.failure(Exit::CouldNot, error),
        None => call.failure(Exit::CouldNot, format_args!("{name}: no address of the family asked for")),
    })
}

/// The family asked for, or the only one there is a source for.
fn family(args: &Args) -> Option<Family> {
    let asked = args.family.family().map(|family| match family {
        netdiag_probe::Family::V4 => Family::V4,
        netdiag_probe::Family::V6 => Family::V6,
    });
    asked.or_else(|| args.source.map(|source| Family::of(SocketAddr::new(source, 0))))
}

/// What is asked of sockets.
pub(super) fn options(args: &Args) -> SocketOptions {
    SocketOptions {
        source: args.source.map(|source| SocketAddr::new(source, 0)),
        device: args.interface.clone(),
        tos: args.sending.tos.map(i32::from),
        // What the kernel has been told does not count.
        path_mtu: args.mtu.mtu.then_some(PathMtuDiscovery::Probe),
        ..SocketOptions::default()
    }
}
