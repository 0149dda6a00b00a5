//! The shape results are written in, whether in colour, and what the reader's terminal and locale can show: the same in all tools.
//!
//! Text is what the upstream tools print, so it is never coloured; colour is for tables, which are for people.

use std::io::{self, Write};

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Arg, ValueEnum};
use netdiag_text::Charset;
use rustix::termios::tcgetwinsize;

/// How to write results, in one of the shapes that a tool has.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Output<F: clap::Args = Format> {
    #[command(flatten)]
    pub(crate) format: F,

    /// When to use colour
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, value_name = "auto|always|never")]
    pub(crate) color: Color,
}

/// The format as typed, one of those that a tool has.
#[derive(clap::Args)]
pub(crate) struct Typed<F: ValueEnum + Default + Send + Sync + 'static> {
    /// Write results as text, as a table for people, as one JSON document, or as JSON lines
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "text|table|json|jsonl",
        overrides_with = "json"
    )]
    pub(crate) format: F,

    /// Short for --format json
    #[arg(long, overrides_with = "format")]
    pub(crate) json: bool,
}

/// Makes a list of shapes, with a `Json` among them, what `--format` takes.
macro_rules! typed_format {
    ($format:ty) => {
        impl clap::Args for $format {
            fn augment_args(command: clap::Command) -> clap::Command {
                $crate::format::Typed::<Self>::augment_args(command)
            }

            fn augment_args_for_update(command: clap::Command) -> clap::Command {
                $crate::format::Typed::<Self>::augment_args_for_update(command)
            }
        }

        impl clap::FromArgMatches for $format {
            fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
                let typed = $crate::format::Typed::<Self>::from_arg_matches(matches)?;
                Ok(if typed.json { Self::Json } else { typed.format })
            }

            fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }
    };
}
pub(crate) use typed_format;

/// `--format` of a tool whose results make no table.
pub(crate) fn without_table(format: Arg) -> Arg {
    let words = [Format::Text, Format::Json, Format::Jsonl]
        .into_iter()
        .filter_map(|format| format.to_possible_value());
    let parser = PossibleValuesParser::new(words)
        .map(|word| Format::from_str(&word, false).expect("it is one of them"));
    format
        .value_name("text|json|jsonl")
        .help("Write results as text, as one JSON document, or as JSON lines")
        .value_parser(parser)
}

/// The shape of results.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// What the upstream tool prints, for people and for the scripts that parse it.
    #[default]
    Text,
    /// A table that fits the terminal, for people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object per line.
    Jsonl,
}

typed_format!(Format);

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal that can, unless `NO_COLOR` is set.
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether to use colour on `stream`.
    pub(crate) fn on(self, stream: &impl RawStream) -> bool {
        match self {
            // What is no terminal is coloured where CLICOLOR_FORCE says so.
            Self::Auto => {
                AutoStream::choice(stream) != ColorChoice::Never
                    && (!stream.is_terminal() || can_draw(stream))
            }
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// Whether lines on `stream` can be drawn over: it is a terminal, and not one whose cursor only goes on (`TERM=dumb`, or none).
pub(crate) fn can_draw(stream: &impl RawStream) -> bool {
    stream.is_terminal() && std::env::var_os("TERM").is_some_and(|kind| !kind.is_empty() && kind != "dumb")
}

/// What stands behind `2 of 3 done` on a line of progress: `, waiting for: db, cache`; nothing if there is nothing to wait for.
pub(crate) fn waiting_for(names: impl IntoIterator<Item = String>) -> String {
    let charset = charset();
    let mut names = names.into_iter().map(|name| charset.spelled(&name).into_owned());
    let shown: Vec<String> = names.by_ref().take(WAITED_FOR).collect();
    match (shown.is_empty(), names.count()) {
        (true, _) => String::new(),
        (false, 0) => format!(", waiting for: {}", shown.join(", ")),
        (false, more) => format!(", waiting for: {} and {more} more", shown.join(", ")),
    }
}

/// How many names a line has room for.
const WAITED_FOR: usize = 5;

/// How many characters a line of the terminal has, or of what `COLUMNS` pretends there is.
pub(crate) fn screen() -> Option<usize> {
    let terminal = tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col.into());
    let pretended = || std::env::var("COLUMNS").ok()?.trim().parse().ok();
    terminal.filter(|&columns: &usize| columns > 0).or_else(pretended).filter(|&columns| columns > 0)
}

/// The characters that whoever reads us can be shown, as the locale says.
pub(crate) fn charset() -> Charset {
    let values = ["LC_ALL", "LC_CTYPE", "LANG"].map(|name| std::env::var(name).ok());
    Charset::of_locale(values.each_ref().map(Option::as_deref))
}

/// Text of ours on its way to somebody, [spelled](Charset::spelled) in the characters there are.
pub(crate) struct Spelled<W> {
    out: W,
    charset: Charset,
}

impl<W> Spelled<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, charset: charset() }
    }
}

impl<W: Write> Write for Spelled<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match (self.charset, str::from_utf8(bytes)) {
            (Charset::Ascii, Ok(text)) => {
                self.out.write_all(self.charset.spelled(text).as_bytes())?;
                Ok(bytes.len())
            }
            _ => self.out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, FromArgMatches};

    use super::*;

    #[test]
    fn json_is_short_for_a_format_and_the_last_word_holds() {
        #[rustfmt::skip]
        let cases = [
            (&[][..],                        Format::Text),
            (&["--json"],                    Format::Json),
            (&["--format", "jsonl"],         Format::Jsonl),
            (&["--json", "--format=table"],  Format::Table),
            (&["--format=jsonl", "--json"],  Format::Json),
        ];
        for (words, expected) in cases {
            let command = <Output as clap::Args>::augment_args(Command::new("tool").no_binary_name(true));
            let output = <Output>::from_arg_matches(&command.get_matches_from(words)).unwrap();
            assert_eq!(output.format, expected, "{words:?}");
        }
    }

    #[test]
    fn a_line_of_progress_names_what_is_waited_for() {
        let told = |count: usize| waiting_for((0..count).map(|number| format!("n{number}")));
        assert_eq!(told(0), "");
        assert_eq!(told(2), ", waiting for: n0, n1");
        assert_eq!(told(7), ", waiting for: n0, n1, n2, n3, n4 and 2 more");
    }

    #[test]
    fn what_is_written_is_spelled_in_the_characters_there_are() {
        for (charset, expected) in [(Charset::Unicode, "é ± 1…"), (Charset::Ascii, "\\u{e9} +- 1...")] {
            let mut out = Vec::new();
            let value = "é";
            write!(Spelled { out: &mut out, charset }, "{value} ± 1…").unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_no_terminal_is_coloured_only_when_told_to() {
        let file = tempfile::tempfile().unwrap();
        let cases = [(Color::Auto, false), (Color::Always, true), (Color::Never, false)];
        for (color, expected) in cases {
            assert_eq!(color.on(&file), expected, "{color:?}");
        }
    }
}
