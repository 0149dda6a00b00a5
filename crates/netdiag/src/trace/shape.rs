//! The shapes that traces are written in: those of other tools, and drawings.

use clap::{Arg, ValueEnum};

use crate::format::typed_format;

/// The shape of results.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(super) enum Format {
    /// Lines as hops settle, for people.
    #[default]
    Text,
    /// A table that fits the terminal, for people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object per line.
    Jsonl,
    /// A graph for Graphviz.
    Dot,
    /// A drawing.
    Svg,
}

typed_format!(Format);

/// `--format` with what only traces have.
pub(super) fn with_drawings(format: Arg) -> Arg {
    format.value_name("text|table|json|jsonl|dot|svg").help(
        "Write results as text, a table, one JSON document, JSON lines, a graph for Graphviz, or a drawing",
    )
}
