//! `-p` and `-q`, whose order counts: upstream shows a pattern as it reads it, unless told before to be quiet.
//!
//! clap's derivation forgets the order, so it is asked here.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, FromArgMatches};

use super::words::{self, Pattern};

/// What fills probes, and whether the run is quiet.
#[derive(Debug)]
pub(super) struct Filler {
    pub(super) pattern: Option<Pattern>,
    pub(super) quiet: bool,
    /// Whether the pattern is shown before everything else.
    pub(super) shown: bool,
}

#[derive(clap::Args)]
struct Options {
    /// Fill probes with these bytes, up to 16 in hexadecimal
    #[arg(short = 'p', long = "pattern", value_name = "HEX", value_parser = words::pattern, allow_hyphen_values = true)]
    pattern: Option<Pattern>,

    /// Print only the header and the summary
    #[arg(short = 'q', long = "quiet")]
    quiet: bool,
}

impl clap::Args for Filler {
    fn augment_args(command: Command) -> Command {
        Options::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Options::augment_args_for_update(command)
    }
}

impl FromArgMatches for Filler {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let Options { pattern, quiet } = Options::from_arg_matches(matches)?;
        let place = |option| {
            let is_typed = matches.value_source(option) == Some(ValueSource::CommandLine);
            matches.index_of(option).filter(|_| is_typed)
        };
        let shown = place("pattern").is_some_and(|at| place("quiet").is_none_or(|quiet| at < quiet));
        Ok(Self { pattern, quiet, shown })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_shown_unless_quiet_comes_first() {
        #[rustfmt::skip]
        let cases = [
            (&[][..],                 false),
            (&["-p", "ff"],           true),
            (&["-p", "ff", "-q"],     true),
            (&["-pff", "-q"],         true),
            (&["-q", "-p", "ff"],     false),
            (&["-qpff"],              false),
            (&["-q"],                 false),
        ];
        for (words, shown) in cases {
            let command = <Filler as clap::Args>::augment_args(Command::new("ping").no_binary_name(true));
            let filler = Filler::from_arg_matches(&command.get_matches_from(words)).unwrap();
            assert_eq!(filler.shown, shown, "{words:?}");
            assert_eq!(filler.quiet, words.concat().contains('q'), "{words:?}");
        }
    }
}
