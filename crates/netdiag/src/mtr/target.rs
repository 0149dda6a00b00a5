//! The hosts, one after another, and the address of each.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;

use netdiag_echo::{Error, Family, SocketOptions, source_address};
use netdiag_text::{Exit, strerror};

use super::args::Options;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ping::address::unmapped;
use crate::ping::look_up;

/// Where probes go.
#[derive(Debug)]
pub(super) struct Target {
    /// As it was given.
    pub(super) name: String,
    /// Its address, without a port.
    pub(super) to: SocketAddr,
}

/// All names: those of files first, this host if there are none.
pub(super) fn names(options: &Options, call: &Invocation) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for file in &options.filename {
        let read = lines(file).map_err(|error| {
            call.failure(Exit::CouldNot, format_args!("open {}: {}", file.display(), strerror(&error)))
        });
        names.extend(read?);
    }
    names.extend(options.hosts.iter().cloned());
    if names.is_empty() {
        names.push("localhost".to_owned());
    }
    Ok(names)
}

fn lines(file: &Path) -> io::Result<Vec<String>> {
    let read = |from: &mut dyn BufRead| {
        let lines = from.lines().map(|line| Ok(line?.trim().to_owned()));
        lines.filter(|line| line.as_ref().map_or(true, |line| !line.is_empty())).collect()
    };
    if file == Path::new("-") {
        return read(&mut io::stdin().lock());
    }
    read(&mut BufReader::new(File::open(file)?))
}

/// The first address of a name that is of the family asked for, if there is a way to it.
pub(super) fn resolve(name: &str, options: &Options, call: &Invocation) -> Result<Target, Failure> {
    let failed =
        |why: &str| call.failure(Exit::CouldNot, format_args!("Failed to resolve host: {name}: {why}"));
    let found = look_up(name, call).map_err(|failure| {
        let (words, prefix) = (failure.words(), format!("{}: {name}: ", call.program));
        failed(words.strip_prefix(&prefix).unwrap_or(words))
    })?;
    let wanted = match (options.inet, options.inet6) {
        (true, _) => Some(Family::V4),
        (_, true) => Some(Family::V6),
        _ => None,
    };
    let mut addresses = found.iter().map(|info| unmapped(info.sockaddr));
    let to = addresses.find(|to| wanted.is_none_or(|family| family == Family::of(*to)));
    let mut to = to.ok_or_else(|| failed("Address family for hostname not supported"))?;
    to.set_port(0);
    if options.address.is_some_and(|source| source.is_ipv4() != to.is_ipv4()) {
        return Err(call.failure(Exit::CouldNot, "invalid local address"));
    }
    Ok(Target { name: name.to_owned(), to })
}

/// Whether there is a way to an address; a host that cannot be reached now may be later.
pub(super) fn way(to: SocketAddr, options: &Options, call: &Invocation) -> Result<(), Failure> {
    match source_address(to, &socket_options(options), options.mark) {
        Ok(_) => Ok(()),
        Err(Error::Os { call: "connect", source }) if source.kind() == io::ErrorKind::HostUnreachable => {
            Ok(())
        }
        Err(Error::Os { call: "connect", source }) => {
            let words = format!("udp socket connect failed: {}", strerror(&source));
            Err(call.failure(Exit::CouldNot, words))
        }
        Err(Error::Os { call: "setsockopt(SO_BINDTODEVICE)", source })
            if source.raw_os_error() == Some(nix::libc::ENODEV) =>
        {
            Err(call.failure(Exit::CouldNot, "no such interface"))
        }
        Err(Error::Os { call: refused, source }) => {
            Err(call.failure(Exit::CouldNot, format_args!("{refused}: {}", strerror(&source))))
        }
        Err(error) => Err(call.failure(Exit::CouldNot, error)),
    }
}

/// What is asked of sockets.
pub(super) fn socket_options(options: &Options) -> SocketOptions {
    let tos = super::page::tos(options);
    SocketOptions {
        source: options.address.map(|source| SocketAddr::new(source, 0)),
        device: options.interface.clone(),
        tos: (tos > 0).then(|| tos.into()),
        ..SocketOptions::default()
    }
}
