//! What upstream refuses of a command line, in the order it does.

use std::time::Duration;

use netdiag_echo::{Family, IcmpSocket, PathMtuDiscovery, SocketKind};
use netdiag_text::Exit;

use super::address;
use super::args::Args;
use super::letter;
use super::source::Source;
use super::superuser::{SHORTEST_FOR_USERS, is_root};
use super::target::Target;
use super::words::TimestampOption;
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;
use crate::shell;

/// What can be said of the options alone.
pub(super) fn options(args: &Args, call: &Invocation) -> Result<(), Failure> {
    if args.preload > MOST_PRELOAD && !is_root() {
        let message = format!("cannot set preload to value greater than {MOST_PRELOAD}: {}", args.preload);
        return Err(call.failure(Exit::Misuse, message));
    }
    if args.record_route && args.timestamps.is_some() {
        return Err(call.failure(Exit::Misuse, "only one of -T or -R may be used"));
    }
    if args.node_information.is_some() {
        let message = "node information queries (-N) are not supported: no current system answers them";
        return Err(call.failure(Exit::Misuse, message));
    }
    args.garbage().for_each(|garbage| letter::warn_of(garbage, call));
    Ok(())
}

/// The family the options and the program's name leave.
pub(super) fn family(args: &Args, call: &Invocation) -> Result<Option<Family>, Failure> {
    let v4 = args.ipv4 || call.family == Some(Family::V4);
    let v6 = args.ipv6 || call.family == Some(Family::V6);
    match (v4, v6) {
        (true, true) => Err(call.failure(Exit::Misuse, "only one -4 or -6 option may be specified")),
        (true, false) => Ok(Some(Family::V4)),
        (false, true) => Ok(Some(Family::V6)),
        (false, false) => Ok(None),
    }
}

/// The routers to pass, and the destination.
pub(super) fn destination<'a>(args: &'a Args, call: &Invocation) -> Result<(&'a [String], &'a str), Failure> {
    match args.words.split_last() {
        None => Err(call
            .failure(Exit::Misuse, "usage error: Destination address required")
            .hint("netdiag ping HOST")),
        Some((destination, hops)) if call.linked => Ok((hops, destination)),
        Some((destination, [])) => match other_tool(destination) {
            Some(why) => {
                let probe = ["netdiag", "probe"].map(str::to_owned).into_iter().chain(args.way());
                Err(call
                    .failure(Exit::Misuse, format_args!("{destination}: {why}"))
                    .hint(shell::line(probe.chain([destination.clone()]))))
            }
            None => Ok((&[], destination)),
        },
        Some(_) => Err(call
            .failure(
                Exit::Misuse,
                "several words: reserved for several destinations, which are not supported yet",
            )
            .hint("one `netdiag ping` for each; to pass routers on the way, call it as `ping`")),
    }
}

/// Why a word is for `netdiag probe`, if it is: no host has such a name.
fn other_tool(word: &str) -> Option<&'static str> {
    if word.contains("://") {
        return Some("a URL, of which ping takes the host alone");
    }
    let (host, port) = word.rsplit_once(':')?;
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_host = !host.is_empty() && (!host.contains(':') || host.starts_with('['));
    (is_port && is_host).then_some("a port, of which ICMP knows none: ping takes the host alone")
}

/// Packets on routes of the sender's choice are the superuser's, whatever the program was installed with.
pub(super) fn source_route(hops: &[String], call: &Invocation) -> Result<(), Failure> {
    if hops.is_empty() || is_root() {
        return Ok(());
    }
    Err(call.failure(Exit::CouldNot, "record route: Operation not permitted"))
}

/// Whether the data fit a packet of the family, as far as it is known before the name is looked up.
pub(super) fn size(
    args: &Args,
    word: &str,
    sockets: &[IcmpSocket],
    call: &Invocation,
) -> Result<(), Failure> {
    let all = |family| sockets.iter().all(|socket| socket.family() == family);
    let is_v4 = address::family(word).map_or_else(|| all(Family::V4), |family| family == Family::V4);
    let has_options = args.record_route || args.timestamps.is_some() || args.words.len() > 1;
    let most = match is_v4 && !all(Family::V6) {
        true if has_options => LARGEST_V4 - IP_OPTIONS,
        true => LARGEST_V4,
        false => LARGEST_V6,
    };
    if args.size() <= most {
        return Ok(());
    }
    let range = format!("invalid -s value: '{}': out of range: 0 <= value <= {most}", args.size());
    Err(call.failure(Exit::BadNumber, range))
}

/// What holds for the family the name turned out to be of.
pub(super) fn target(
    args: &Args,
    hops: &[String],
    target: &Target,
    call: &Invocation,
) -> Result<(), Failure> {
    let is_v4 = target.address.is_ipv4();
    if let [hop, ..] = hops {
        let reason = if !is_v4 {
            Some(format!(
                "{hop}: routers on the way are for IPv4, and {} is not",
                address::number(target.address)
            ))
        } else if args.record_route {
            Some(format!("{hop}: routers on the way leave no room to record the route (-R)"))
        } else {
            no_room(hops, args.timestamps)
        };
        if let Some(reason) = reason {
            return Err(call.failure(Exit::Misuse, reason));
        }
    }
    if args.find_mtu && is_group(args, target) {
        let message =
            format!("--find-mtu: {}: the path to one host can be measured", address::number(target.address));
        return Err(call.failure(Exit::Misuse, message));
    }
    if !is_group(args, target) || is_root() {
        return Ok(());
    }
    let kind = if is_v4 { "broadcast" } else { "multicast" };
    if args.pace() < Duration::from_secs(1) {
        let message =
            format!("minimal interval for {kind} ping for user must be >= 1000 ms, use -i 1 (or higher)");
        return Err(call.failure(Exit::Misuse, message));
    }
    if args.path_mtu.is_some_and(|discovery| discovery != PathMtuDiscovery::Do) {
        return Err(call.failure(Exit::Misuse, format_args!("{kind} ping does not fragment")));
    }
    Ok(())
}

/// Why an option has no room for all these routers.
fn no_room(hops: &[String], timestamps: Option<TimestampOption>) -> Option<String> {
    let most = match timestamps {
        None => MOST_HOPS,
        Some(TimestampOption::Prespecified) => MOST_STAMPED,
        Some(TimestampOption::Only | TimestampOption::WithAddresses) => {
            let hop = hops.first()?;
            return Some(format!(
                "{hop}: routers are named for -T tsprespec or for a route, not for other time stamps"
            ));
        }
    };
    (hops.len() > most).then(|| format!("{} routers on the way, of which {most} have room", hops.len()))
}

/// Whether more than one host may answer.
pub(super) fn is_group(args: &Args, target: &Target) -> bool {
    target.address.ip().is_multicast() || (args.broadcast && target.is_broadcast)
}

/// Ordinary users may not flood. Upstream finds out after the header.
pub(super) fn pace(args: &Args, call: &Invocation) -> Result<(), Failure> {
    if args.adaptive || args.pace() >= SHORTEST_FOR_USERS || is_root() {
        return Ok(());
    }
    let message = "cannot flood, minimal interval for user must be >= 2 ms, use -i 0.002 (or higher)";
    Err(call.failure(Exit::Misuse, message))
}

/// Says where the answer to a probe may not be what is expected: from whoever hears a broadcast, or from nobody because nothing
/// names the link that probes are to leave by and a socket of that kind needs to know.
pub(super) fn caution(target: &Target, source: &Source, kind: SocketKind, call: &Invocation) {
    if kind == SocketKind::Datagram && source.device.is_none() && target.is_on_any_link() {
        warn(call, NO_LINK);
    }
    // Who names the source has not asked which way it is.
    if target.is_broadcast && source.of(Family::of(target.address)).is_none() {
        // Upstream leaves the name out here.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), b"WARNING: pinging broadcast address\n");
    }
}

const NO_LINK: &str = "Warning: IPv6 link-local address on ICMP datagram socket may require ifname or scope-id => \
     use: address%<ifname|scope-id>";
const MOST_PRELOAD: u32 = 3;
/// Addresses that a source route has room for.
const MOST_HOPS: usize = 9;
/// Addresses that have room with their time stamps.
const MOST_STAMPED: usize = 4;
/// Largest data an IPv4 packet holds beside both headers.
const LARGEST_V4: usize = 65_535 - 20 - 8;
/// Largest data an IPv6 payload holds beside the ICMP header.
const LARGEST_V6: usize = 65_535 - 8;
/// Bytes of IPv4 options.
pub(super) const IP_OPTIONS: usize = 40;
