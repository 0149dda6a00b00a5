//! Any words as the command line of `ping`, up to the sockets, which are not opened: what fuzz targets call, and nobody else.
//!
//! Names are not looked up, so only addresses are destinations here.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use clap::{Command, FromArgMatches};
use netdiag_echo::{Engine, Ident, Ping, PingConfig, Step};

use super::address::is_ipv4;
use super::args::Args;
use super::plan::Plan;
use super::source::Source;
use super::target::Target;
use super::{checks, usage};
use crate::failure::Failure;
use crate::fuzzed_call;
use crate::invocation::Invocation;

/// Reads lines as words of a command line; the first byte says whether the call is through a link.
///
/// # Panics
/// If a refusal does something on a terminal, or what is not refused is no run.
pub fn ping(input: &[u8]) {
    let Some((pick, words)) = input.split_first() else { return };
    let program: &[&str] = [&["ping"][..], &["netdiag", "ping"], &["ping6"]][usize::from(pick % 3)];
    let call = fuzzed_call::call(program, words);
    match plan(&call) {
        Ok(Some((plan, size))) => runs(&plan, size),
        Ok(None) => {}
        Err(failure) => fuzzed_call::judge(&failure, &call),
    }
}

/// The plan of a call and the size of its probes; nothing where it asks for help, or for names.
fn plan(call: &Invocation) -> Result<Option<(Plan, usize)>, Failure> {
    thread_local! {
        static GRAMMAR: RefCell<Command> = fuzzed_call::grammar::<Args>("ping");
    }
    let found = GRAMMAR.with(|grammar| fuzzed_call::read(grammar, call));
    let args = match found.and_then(|found| Args::from_arg_matches(&found)) {
        Ok(args) => args.settled(call)?,
        // The help behind a refusal takes longer to write than all the rest.
        Err(error) if error.use_stderr() && is_worth_it(call) => {
            return usage::refuse(&error, &<Args as clap::Args>::augment_args(Command::new("ping")), call)
                .map(|_| None);
        }
        Err(_) => return Ok(None),
    };
    checks::family(&args, call)?;
    // Upstream says something of it, and goes on.
    if args.garbage().next().is_none() {
        checks::options(&args, call)?;
    }
    let (hops, word) = checks::destination(&args, call)?;
    checks::size(&args, word, &[], call)?;
    let source = Source::new(&args, call)?;
    let Some(address) = address(word).filter(|_| hops.iter().all(|hop| is_ipv4(hop))) else {
        return Ok(None);
    };
    let nowhere: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let target = Target {
        name: word.to_owned(),
        address: SocketAddr::new(address, 0),
        is_number: true,
        is_broadcast: address == IpAddr::V4(Ipv4Addr::BROADCAST),
        source: SocketAddr::new(nowhere, 0),
    };
    checks::target(&args, hops, &target, call)?;
    Ok(Some((Plan::new(&args, hops, &source, &target, call)?, args.size())))
}

/// One call of some, which the fuzzer chooses.
fn is_worth_it(call: &Invocation) -> bool {
    call.words.iter().map(|word| word.len()).sum::<usize>().is_multiple_of(32)
}

fn address(word: &str) -> Option<IpAddr> {
    word.parse().ok()
}

/// What was not refused can be begun: options fit their header, and a first probe is to be sent that is as long as was said.
fn runs(plan: &Plan, size: usize) {
    let socket = &plan.socket;
    assert!(socket.size == size && socket.window >= 1);
    if let Some(option) = &socket.options.ip_option {
        let encoded = option.encode().unwrap_or_else(|| panic!("{option:?}"));
        assert!(encoded.len() <= checks::IP_OPTIONS && encoded.len() % 4 == 0, "{option:?}: {encoded:?}");
    }
    let start = netdiag_echo::now();
    let mut engine = Ping::new(PingConfig { ident: Ident(7), ..plan.engine.clone() }, start);
    let Step::Send(probe) = engine.poll(start) else { panic!("nothing to send: {:?}", plan.engine) };
    assert_eq!(probe.size, size, "{:?}", plan.engine);
    let mut data = vec![0; size];
    engine.fill(&probe, &mut data);
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::tools;

    fn planned(words: &[&str]) -> Option<(Plan, usize)> {
        let call = Invocation::new(words.iter().map(OsString::from).collect(), tools::linked);
        plan(&call).unwrap()
    }

    #[test]
    fn seeds_are_lived_through() {
        let seeds = std::fs::read_dir("../../tests/data/pings").unwrap();
        let seeds: Vec<_> = seeds.map(|seed| std::fs::read(seed.unwrap().path()).unwrap()).collect();
        assert!(!seeds.is_empty());
        seeds.iter().for_each(|seed| ping(seed));
    }

    #[test]
    fn routers_have_slots_and_the_destination_has_none() {
        let hops = |count| vec!["192.0.2.1"; count];
        let words =
            |options: &[&'static str], count| [&["ping"], options, &hops(count), &["192.0.2.9"]].concat();
        #[rustfmt::skip]
        let cases: [(&[&str], usize, Option<usize>); 7] = [
            (&[],                  1,  Some(8)),
            (&[],                  9,  Some(40)),
            (&[],                  10, None),
            (&["-T", "tsprespec"], 4,  Some(36)),
            (&["-T", "tsprespec"], 5,  None),
            (&["-T", "tsonly"],    1,  None),
            (&["-R"],              1,  None),
        ];
        for (options, count, length) in cases {
            let words = words(options, count);
            let call = Invocation::new(words.iter().map(OsString::from).collect(), tools::linked);
            let planned = plan(&call).ok().flatten().map(|(plan, _)| plan.socket.options.ip_option.unwrap());
            assert_eq!(planned.map(|option| option.encode().unwrap().len()), length, "{words:?}");
        }
    }

    #[test]
    fn an_address_is_planned_for_and_a_name_is_not() {
        assert!(planned(&["ping", "-s", "100", "127.0.0.1"]).is_some_and(|(_, size)| size == 100));
        assert!(planned(&["ping", "localhost"]).is_none());
    }
}
