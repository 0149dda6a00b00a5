//! `MTR_OPTIONS`: options that stand before those of the command line.
//!
//! Words in it that are no options are ignored, as upstream ignores them.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use clap::{Command, FromArgMatches as _};

use super::args::Args;
use crate::invocation::Invocation;

/// The command line with these options before it; nothing if there are none.
pub(super) fn with_options(
    options: Option<OsString>,
    call: &Invocation,
) -> Option<Result<Args, clap::Error>> {
    let options: Vec<OsString> = (options?.as_bytes())
        .split(|byte| matches!(byte, b' ' | b'\t'))
        .filter(|word| !word.is_empty())
        .map(|word| OsString::from_vec(word.to_vec()))
        // Behind it there are no options, of the command line neither.
        .take_while(|word| word != "--")
        .collect();
    (!options.is_empty()).then(|| {
        let surplus = read(&options)?.options.hosts.len();
        let typed = call.words.iter().skip(2).cloned();
        let mut args = read(&options.into_iter().chain(typed).collect::<Vec<_>>())?;
        args.options.hosts.drain(..surplus.min(args.options.hosts.len()));
        Ok(args)
    })
}

fn read(words: &[OsString]) -> Result<Args, clap::Error> {
    let command = <Args as clap::Args>::augment_args(Command::new("mtr"));
    let command = command.infer_long_args(true).args_override_self(true).no_binary_name(true);
    Args::from_arg_matches(&command.try_get_matches_from(words)?)
}

#[cfg(test)]
mod tests {
    use super::super::args::Form;
    use super::*;
    use crate::tools;

    #[test]
    fn the_command_line_overrides_the_environment() {
        let call = |line: &str| Invocation::new(line.split(' ').map(Into::into).collect(), tools::linked);
        let read = |options: &str, line: &str| {
            with_options(Some(options.into()), &call(line))
                .map(|read| read.map_err(|error| error.to_string()))
        };
        let args = read(" -r\t-c 3  stray", "mtr -c 5 host").unwrap().unwrap();
        assert_eq!((args.form, args.options.report_cycles), (Some(Form::Report), Some(5)));
        assert_eq!(args.options.hosts, ["host"]);
        let args = read("-x", "mtr -j a b").unwrap().unwrap();
        assert_eq!((args.form, args.options.hosts.len()), (Some(Form::Json), 2));
        assert!(read("  ", "mtr h").is_none() && with_options(None, &call("mtr h")).is_none());
        assert!(read("--nosuch", "mtr h").unwrap().is_err());
        assert!(read("-r --", "mtr -n h").unwrap().unwrap().options.no_dns);
    }
}
