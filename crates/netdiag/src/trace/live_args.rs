//! The options of the live view.

use clap::ValueEnum;

use super::live::Column;

/// What is shown while it runs.
#[derive(clap::Args)]
pub(super) struct LiveArgs {
    /// When to show the hops as they are measured, on the whole terminal and without end unless --count is given
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, value_name = "auto|always|never")]
    pub(super) live: When,

    /// The columns of that view and their order: hop, host, verdict, silent, answered, sent, received, dropped, last, min, mean, median,
    /// p95, max, deviation, jitter, recent, notes
    #[arg(long, value_name = "COLUMN[,COLUMN]", value_parser = columns)]
    columns: Option<Columns>,
}

impl LiveArgs {
    /// The columns, in their order.
    pub(super) fn columns(&self) -> Vec<Column> {
        self.columns.as_ref().map_or_else(|| Column::USUAL.to_vec(), |columns| columns.0.clone())
    }
}

/// When there is a live view.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(super) enum When {
    /// On a terminal that can, where the format is text.
    #[default]
    Auto,
    /// Or else it is an error.
    Always,
    Never,
}

/// A list of columns, each once.
#[derive(Clone, Debug)]
struct Columns(Vec<Column>);

fn columns(text: &str) -> Result<Columns, String> {
    let mut columns = Vec::new();
    for word in text.split(',').map(str::trim) {
        let column = Column::of_word(word).ok_or_else(|| {
            let known: Vec<&str> = Column::words().collect();
            format!("no column '{word}': {} are known", known.join(", "))
        })?;
        if columns.contains(&column) {
            return Err(format!("'{word}' twice"));
        }
        columns.push(column);
    }
    Ok(Columns(columns))
}
