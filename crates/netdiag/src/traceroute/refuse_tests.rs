//! What upstream says of a command line, and ours under its name.

use proptest::prelude::*;

use super::*;
use crate::{fuzzed_call, tools};

fn said(line: &str) -> String {
    let words = line.split(' ').map(Into::into).collect();
    let call = Invocation::new(words, tools::linked);
    match tools::run(tools::called(&call), &call) {
        Err(failure) => failure.told(&call),
        Ok(_) => panic!("{line} is taken"),
    }
}

#[test]
fn a_mistake_is_told_with_its_place() {
    #[rustfmt::skip]
    let cases = [
        ("traceroute -m x h",           "Cannot handle `-m' option with arg `x' (argc 2)"),
        ("traceroute -mx h",            "Cannot handle `-m' option with arg `x' (argc 1)"),
        ("traceroute --max-hops=x h",   "Cannot handle `--max-hops' option with arg `x' (argc 1)"),
        ("traceroute -n -m",            "Option `-m' (argc 2) requires an argument: `-m max_ttl'"),
        ("traceroute --bogus h",        "Bad option `--bogus' (argc 1)"),
        ("traceroute -nZ h",            "Bad option `-Z' (argc 1)"),
        ("traceroute --mtu=3 h",        "Bad option `--mtu=3' (with arg `3') (argc 1)"),
        ("traceroute 127.0.0.1 60 x",   "Extra arg `x' (position 3, argc 3)"),
        ("traceroute 127.0.0.1 x",      "Cannot handle \"packetlen\" cmdline arg `x' on position 2 (argc 2)"),
        ("traceroute -n",               "Specify \"host\" missing argument."),
        ("traceroute -q 11 h",          "no more than 10 probes per hop"),
        ("netdiag traceroute -q 11 h",  "netdiag: invalid value '11' for '--queries <N>': a whole number from 1 to 10 is wanted\n\n\
            hint: see 'netdiag traceroute --help'"),
    ];
    for (line, expected) in cases {
        assert_eq!(said(line), expected, "{line}");
    }
}

proptest! {
    #[test]
    fn any_words_are_taken_or_refused_in_words(lines in "([-a-zA-Z0-9=,./`'\u{1b}é ]{0,6}\n){1,5}") {
        for program in [&["traceroute"][..], &["netdiag", "traceroute"], &["tracepath"], &["netdiag", "tracepath"]] {
            let call = fuzzed_call::call(program, lines.as_bytes());
            let Err(error) = tools::parse(tools::called(&call), &call) else { continue };
            if !error.use_stderr() {
                continue;
            }
            let refused = match program.last() {
                Some(&"traceroute") => {
                    refuse(&error, &<Args as clap::Args>::augment_args(Command::new("traceroute")), &call)
                }
                _ => {
                    let grammar = <crate::tracepath::Args as clap::Args>::augment_args(Command::new("tracepath"));
                    crate::tracepath::refuse(&error, &grammar, &call)
                }
            };
            fuzzed_call::judge(&refused.expect_err("it is refused"), &call);
        }
    }
}
