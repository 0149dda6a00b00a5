//! Any words as the command line of `mtr`, up to the sockets, which are not opened: what fuzz targets call, and nobody else.
//!
//! Names are not looked up, and no file is opened.

use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};

use clap::{Command, FromArgMatches as _};
use netdiag_echo::{Engine as _, Ident, Step, Trace, TraceConfig};

use super::args::{Args, Form};
use super::{check, config, usage};
use crate::failure::Failure;
use crate::fuzzed_call;
use crate::invocation::Invocation;

/// Reads lines as words of a command line; the first byte says whether the call is through a link.
///
/// # Panics
/// If a refusal does something on a terminal, or what is not refused is no run.
pub fn mtr(input: &[u8]) {
    let Some((pick, words)) = input.split_first() else { return };
    let program: &[&str] = [&["mtr"][..], &["netdiag", "mtr"]][usize::from(pick % 2)];
    let call = fuzzed_call::call(program, words);
    match planned(&call) {
        Ok(configs) => configs.into_iter().for_each(runs),
        Err(failure) => fuzzed_call::judge(&failure, &call),
    }
}

/// What is asked of each host that is an address.
fn planned(call: &Invocation) -> Result<Vec<TraceConfig>, Failure> {
    thread_local! {
        static GRAMMAR: RefCell<Command> = fuzzed_call::grammar::<Args>("mtr");
    }
    let found = GRAMMAR.with(|grammar| fuzzed_call::read(grammar, call));
    let args = match found.and_then(|found| Args::from_arg_matches(&found)) {
        Ok(args) => args,
        // The help behind a refusal takes longer to write than all the rest.
        Err(error) if error.use_stderr() && call.words.len().is_multiple_of(8) => {
            let grammar = <Args as clap::Args>::augment_args(Command::new("mtr"));
            return usage::refuse(&error, &grammar, call).map(|_| Vec::new());
        }
        Err(_) => return Ok(Vec::new()),
    };
    check(&args.options, call)?;
    let addresses = args.options.hosts.iter().filter_map(|host| host.parse::<IpAddr>().ok());
    let form = args.form.unwrap_or(Form::Report);
    let config = |address| config(SocketAddr::new(address, 0), Ident(7), form, &args.options);
    Ok(addresses.map(config).collect())
}

/// What was not refused can be begun: the first probe is as long as was said, and fits.
fn runs(config: TraceConfig) {
    let start = netdiag_echo::now();
    let (first, longest) = (config.first, config.payload.size);
    let mut engine = Trace::new(config, start);
    match engine.poll(start) {
        Step::Send(probe) => {
            assert!(probe.hop_limit == Some(first) && probe.size <= longest, "{probe:?}");
            engine.fill(&probe, &mut vec![0; probe.size]);
        }
        // No rounds at all.
        step => assert!(matches!(step, Step::Done), "{step:?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::tools;

    #[test]
    fn seeds_are_lived_through() {
        let seeds = std::fs::read_dir("../../tests/data/mtrs").unwrap();
        let seeds: Vec<_> = seeds.map(|seed| std::fs::read(seed.unwrap().path()).unwrap()).collect();
        assert!(!seeds.is_empty());
        seeds.iter().for_each(|seed| mtr(seed));
    }

    #[test]
    fn options_make_the_run() {
        let planned = |line: &str| {
            let words = line.split(' ').map(OsString::from).collect();
            planned(&Invocation::new(words, tools::linked)).unwrap()
        };
        let one = |line: &str| planned(line).remove(0);
        assert_eq!(
            (one("mtr -s 100 10.0.0.1").payload.size, one("mtr -s 100 fd00::1").payload.size),
            (72, 52)
        );
        assert_eq!(one("mtr -s 28 fd00::1").payload.size, 0);
        assert_eq!(one("mtr -s -100 10.0.0.1").least_size, Some(18));
        assert_eq!(
            (one("mtr -u 10.0.0.1").to.port(), one("mtr -T -P 443 10.0.0.1").to.port()),
            (33_434, 443)
        );
        assert_eq!((one("mtr -r 10.0.0.1").rounds, one("mtr -p 10.0.0.1").rounds), (Some(10), None));
        assert_eq!(one("mtr -p -c 3 10.0.0.1").rounds, Some(3));
        assert_eq!((one("mtr -f 0 -m 999 10.0.0.1").first, one("mtr -f 0 -m 999 10.0.0.1").last), (1, 255));
        assert_eq!(planned("mtr 10.0.0.1 name.test fd00::1").len(), 2);
    }
}
