//! The columns of the live view: [`Column`].
//!
//! A cell says what the same figure says in a table; what there is none of is left blank.

use std::time::Duration;

use netdiag_echo::{Hop, HopReport};
use netdiag_text::duration::Millis;

use super::hop_view::HopView;
use crate::trace::verdict_word::word;

/// What a hop can be told by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Column {
    /// How far away it is.
    Hop,
    /// Who answers.
    Host,
    /// What is thought of it.
    Verdict,
    /// The share of what came to something that was not answered.
    Silent,
    /// How many were answered of those that came to something.
    Answered,
    /// Probes sent.
    Sent,
    /// Probes answered.
    Received,
    /// Probes that were not answered in their time.
    Dropped,
    /// The latest round trip.
    Last,
    /// The shortest.
    Min,
    /// Their mean.
    Mean,
    /// The middle.
    Median,
    /// What 95 of 100 do not exceed.
    P95,
    /// The longest.
    Max,
    /// Their standard deviation.
    Deviation,
    /// How much one differs from the one before.
    Jitter,
    /// What the last rounds came to.
    Recent,
    /// What is to be noted.
    Notes,
}

impl Column {
    /// Those that are shown where nobody chooses.
    pub(crate) const USUAL: [Self; 10] = [
        Self::Hop,
        Self::Host,
        Self::Verdict,
        Self::Answered,
        Self::Last,
        Self::Median,
        Self::P95,
        Self::Jitter,
        Self::Recent,
        Self::Notes,
    ];

    /// The column of a word as it is typed; `None` if there is none.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        COLUMNS.iter().find(|(_, known, _)| *known == word).map(|(column, ..)| *column)
    }

    /// The words for all of them.
    pub(crate) fn words() -> impl Iterator<Item = &'static str> {
        COLUMNS.iter().map(|(_, word, _)| *word)
    }

    /// What stands above it.
    pub(super) fn heading(self) -> &'static str {
        COLUMNS.iter().find(|(column, ..)| *column == self).map_or("", |(.., heading)| heading)
    }

    /// Whether its cells are figures, which stand at the right.
    pub(super) const fn is_figure(self) -> bool {
        !matches!(self, Self::Host | Self::Verdict | Self::Recent | Self::Notes)
    }

    /// What a hop says here, but for who it is, its bars and its notes, which take as much room as there is.
    pub(super) fn cell(self, hop: &HopView, report: &HopReport) -> String {
        let Hop { distance, asked, .. } = &report.hop;
        match self {
            Self::Hop => distance.to_string(),
            Self::Verdict if asked.decided() == 0 => String::new(),
            Self::Verdict => word(&report.verdict).to_owned(),
            Self::Silent => {
                self.figure(hop, report).map(|percent| format!("{percent:.1}%")).unwrap_or_default()
            }
            Self::Answered => format!("{}/{}", asked.answered, asked.decided()),
            Self::Sent => asked.sent.to_string(),
            Self::Received => asked.answered.to_string(),
            Self::Dropped => asked.silent.to_string(),
            Self::Host | Self::Recent | Self::Notes => String::new(),
            _ => self.time(hop, report).map(|time| Millis(time).to_string()).unwrap_or_default(),
        }
    }

    fn time(self, hop: &HopView, report: &HopReport) -> Option<Duration> {
        let rtts = &report.hop.rtts;
        match self {
            Self::Last => rtts.last(),
            Self::Min => rtts.min(),
            Self::Mean => rtts.mean(),
            Self::Median => hop.median,
            Self::P95 => hop.p95,
            Self::Max => rtts.max(),
            Self::Deviation => rtts.deviation(),
            Self::Jitter => rtts.jitter(),
            _ => None,
        }
    }

    /// What hops are put in order by; `None` of those that have nothing, which come last.
    pub(super) fn figure(self, hop: &HopView, report: &HopReport) -> Option<f64> {
        let Hop { distance, asked, .. } = &report.hop;
        match self {
            Self::Hop => Some(f64::from(*distance)),
            Self::Silent | Self::Answered => asked.answered_ratio().map(|answered| (1.0 - answered) * 100.0),
            Self::Sent => Some(asked.sent as f64),
            Self::Received => Some(asked.answered as f64),
            Self::Dropped => Some(asked.silent as f64),
            _ => self.time(hop, report).map(|time| time.as_secs_f64()),
        }
    }
}

#[rustfmt::skip]
const COLUMNS: [(Column, &str, &str); 18] = [
    (Column::Hop,       "hop",       "Hop"),
    (Column::Host,      "host",      "Host"),
    (Column::Verdict,   "verdict",   "Verdict"),
    (Column::Silent,    "silent",    "Silent"),
    (Column::Answered,  "answered",  "Answered"),
    (Column::Sent,      "sent",      "Sent"),
    (Column::Received,  "received",  "Rcvd"),
    (Column::Dropped,   "dropped",   "Drop"),
    (Column::Last,      "last",      "Last ms"),
    (Column::Min,       "min",       "Min"),
    (Column::Mean,      "mean",      "Mean"),
    (Column::Median,    "median",    "Median"),
    (Column::P95,       "p95",       "p95"),
    (Column::Max,       "max",       "Max"),
    (Column::Deviation, "deviation", "Dev"),
    (Column::Jitter,    "jitter",    "Jitter"),
    (Column::Recent,    "recent",    "Last rounds"),
    (Column::Notes,     "notes",     "Notes"),
];
