//! clap's complaints in the words of GNU getopt, which scripts and people know from the upstream tools.

use std::ffi::OsString;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The getopt message for a misused option, without program prefix; `None` for what getopt itself never complains about.
///
/// `grammar` is the tool's own command, asked which long options an ambiguous prefix could have meant. `words` is the
/// command line: clap names an option by its long name whichever way it was typed, getopt as it was typed.
pub(crate) fn complaint(error: &clap::Error, grammar: &Command, words: &[OsString]) -> Option<String> {
    let option = text(error, ContextKind::InvalidArg)?;
    let spelled = option.split([' ', '=']).next().unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => Some(match spelled.strip_prefix("--") {
            Some(prefix) => unknown_long(prefix, grammar, words),
            None => format!("invalid option -- '{}'", spelled.trim_start_matches('-')),
        }),
        ErrorKind::InvalidValue if text(error, ContextKind::InvalidValue) == Some("") => {
            // Only the last word can lack its argument.
            let typed = words.last()?.to_string_lossy();
            Some(if typed.starts_with("--") {
                format!("option '{spelled}' requires an argument")
            } else {
                format!("option requires an argument -- '{}'", typed.chars().next_back()?)
            })
        }
        ErrorKind::TooManyValues => Some(format!("option '{spelled}' doesn't allow an argument")),
        _ => None,
    }
}

fn unknown_long(prefix: &str, grammar: &Command, words: &[OsString]) -> String {
    // clap leaves out the value.
    let mut typed = words.iter().filter_map(|word| word.to_str()?.strip_prefix("--"));
    let typed = typed.find(|typed| typed.split('=').next() == Some(prefix)).unwrap_or(prefix);
    let candidates: Vec<String> = grammar
        .get_arguments()
        .filter_map(clap::Arg::get_long)
        .filter(|long| long.starts_with(prefix))
        .map(|long| format!(" '--{long}'"))
        .collect();
    if candidates.len() > 1 {
        format!("option '--{typed}' is ambiguous; possibilities:{}", candidates.concat())
    } else {
        format!("unrecognized option '--{typed}'")
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction};

    use super::*;

    fn grammar() -> Command {
        Command::new("tool").infer_long_args(true).args([
            Arg::new("all").short('a').long("all").action(ArgAction::SetTrue),
            Arg::new("info").short('i').long("info").action(ArgAction::SetTrue),
            Arg::new("ipv4").short('4').long("ipv4").action(ArgAction::SetTrue),
            Arg::new("family").short('f').long("family").allow_hyphen_values(true),
        ])
    }

    #[test]
    fn complaints_read_like_getopt() {
        #[rustfmt::skip]
        let cases = [
            (&["-z"][..],    "invalid option -- 'z'"),
            (&["-az"],       "invalid option -- 'z'"),
            (&["--bogus"],   "unrecognized option '--bogus'"),
            (&["--bogus=3"], "unrecognized option '--bogus=3'"),
            (&["--i"],       "option '--i' is ambiguous; possibilities: '--info' '--ipv4'"),
            (&["--i=3"],     "option '--i=3' is ambiguous; possibilities: '--info' '--ipv4'"),
            (&["-f"],        "option requires an argument -- 'f'"),
            (&["-a4f"],      "option requires an argument -- 'f'"),
            (&["--family"],  "option '--family' requires an argument"),
            (&["--all=yes"], "option '--all' doesn't allow an argument"),
        ];
        for (words, expected) in cases {
            let words: Vec<OsString> = [&["tool"], words].concat().into_iter().map(Into::into).collect();
            let error = grammar().try_get_matches_from(&words).unwrap_err();
            assert_eq!(
                complaint(&error, &grammar(), &words).as_deref(),
                Some(expected),
                "{words:?} {error:?}"
            );
        }
    }
}
