//! The shape results are written in, and whether in colour: options all tools share.
//!
//! Text is what the upstream tools print, so it is never coloured; colour is for tables, which are for people.

use std::io;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use rustix::termios::tcgetwinsize;

/// How to write results.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Output {
    /// Write results as text, as a table for people, as one JSON document, or as JSON lines
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "text|table|json|jsonl"
    )]
    pub(crate) format: Format,

    /// Colour tables
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, value_name = "auto|always|never")]
    pub(crate) color: Color,
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

/// How many characters a line of the terminal has, or of what `COLUMNS` pretends there is.
pub(crate) fn screen() -> Option<usize> {
    let terminal = tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col.into());
    let pretended = || std::env::var("COLUMNS").ok()?.trim().parse().ok();
    terminal.filter(|&columns: &usize| columns > 0).or_else(pretended).filter(|&columns| columns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_terminal_is_coloured_only_when_told_to() {
        let file = tempfile::tempfile().unwrap();
        let cases = [(Color::Auto, false), (Color::Always, true), (Color::Never, false)];
        for (color, expected) in cases {
            assert_eq!(color.on(&file), expected, "{color:?}");
        }
    }
}
