//! The form without options: the live view of `netdiag trace`, with the columns that were asked for.
//!
//! It is begun as a call of that tool, so that what it can do is done in one place. It shows all hosts at once.

use std::process::ExitCode;

use clap::{Command, FromArgMatches as _};
use netdiag_text::Exit;
use netdiag_text::duration::Short;

use super::args::Options;
use super::value::Bytes;
use super::{page, target};
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::trace;

/// Shows it until somebody ends it, or the rounds are over.
pub(super) fn run(options: &Options, call: &Invocation) -> Result<ExitCode, Failure> {
    let words = words(options, target::names(options, call)?);
    let command = <trace::Args as clap::Args>::augment_args(Command::new("trace")).no_binary_name(true);
    let found = command.try_get_matches_from(words).and_then(|found| trace::Args::from_arg_matches(&found));
    // What one of them takes the other may not: packets of 28 bytes.
    let args = found.map_err(|error| {
        let words = error.to_string();
        let first = words.trim_start_matches("error: ").lines().next().unwrap_or_default();
        call.failure(Exit::Misuse, format_args!("the live view: {first}"))
    })?;
    let code = trace::run(args, call)?;
    // Scripts take no other status for hosts that are not reached.
    Ok(if call.linked { ExitCode::SUCCESS } else { code })
}

/// The words of a call of `netdiag trace`.
fn words(options: &Options, hosts: Vec<String>) -> Vec<String> {
    let mut words = vec!["--live=always".to_owned(), "--no-confirm".to_owned()];
    let (first, last) = options.hop_limits();
    let (Bytes::Each(size) | Bytes::UpTo(size)) = options.psize;
    let told = |time| format!("{:#}", Short(time));
    let mut add = |option: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("{option}={value}")));
    };
    add("--first-ttl", Some(first.to_string()));
    add("--max-ttl", Some(last.to_string()));
    add("--interval", Some(told(options.round_interval())));
    add("--timeout", Some(told(options.patience())));
    add("--count", options.report_cycles.map(|cycles| cycles.to_string()));
    // Labels take packets of 128 bytes, which nobody has asked not to have.
    add("--size", (!options.tcp && size != USUAL_SIZE).then(|| size.to_string()));
    add("--port", options.port.filter(|_| options.udp || options.tcp).map(|port| port.to_string()));
    add("--source-port", options.localport.filter(|_| options.udp).map(|port| port.to_string()));
    add("--source", options.address.map(|source| source.to_string()));
    add("--interface", options.interface.clone());
    add("-Q", Some(page::tos(options)).filter(|tos| *tos > 0).map(|tos| tos.to_string()));
    add("--mark", options.mark.map(|mark| mark.to_string()));
    add("--columns", Some(columns(options)));
    #[rustfmt::skip]
    let flags = [
        (options.inet, "-4"), (options.inet6, "-6"), (options.udp, "--udp"), (options.tcp, "--tcp"), (options.no_dns, "--numeric"),
    ];
    words.extend(flags.into_iter().filter(|(given, _)| *given).map(|(_, word)| word.to_owned()));
    words.extend(options.elsewhere.words());
    words.push("--".to_owned());
    words.extend(hosts);
    words
}

/// Those that have the figures asked for, each once.
fn columns(options: &Options) -> String {
    let mut columns = vec!["hop", "host"];
    let asked = options.order.iter().filter_map(|field| field.column());
    for column in asked.chain((options.displaymode > 0).then_some("recent")).chain(["notes"]) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns.join(",")
}

/// What upstream sends that was told nothing.
const USUAL_SIZE: usize = 64;

#[cfg(test)]
mod tests {
    use super::super::args::Args;
    use super::*;

    #[test]
    fn what_is_asked_is_asked_of_trace() {
        let words = |line: &str| {
            let command = <Args as clap::Args>::augment_args(Command::new("mtr")).no_binary_name(true);
            let args =
                Args::from_arg_matches(&command.try_get_matches_from(line.split(' ')).unwrap()).unwrap();
            words(&args.options, args.options.hosts.clone()).join(" ")
        };
        assert_eq!(
            words("a b"),
            "--live=always --no-confirm --first-ttl=1 --max-ttl=30 --interval=1s --timeout=10s \
             --columns=hop,host,silent,sent,last,mean,min,max,deviation,notes -- a b"
        );
        let all =
            "-4un -f2 -m9 -i.5 -Z3 -c7 -s200 -P53 -L2000 -a 10.0.0.1 -I lo -Q16 -M3 -o JX --displaymode 1 h";
        assert_eq!(
            words(all),
            "--live=always --no-confirm --first-ttl=2 --max-ttl=9 --interval=500ms --timeout=3s --count=7 \
             --size=200 --port=53 --source-port=2000 --source=10.0.0.1 --interface=lo -Q=16 --mark=3 \
             --columns=hop,host,jitter,recent,notes -4 --udp --numeric -- h"
        );
        for line in ["a", all, "-T -P 443 h"] {
            let typed = words(line);
            let command =
                <trace::Args as clap::Args>::augment_args(Command::new("trace")).no_binary_name(true);
            let read = command.try_get_matches_from(typed.split(' '));
            assert!(read.is_ok(), "{typed}: {}", read.unwrap_err());
        }
    }
}
