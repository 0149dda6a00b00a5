//! Traces as drawings, once all is over: for Graphviz, and for whoever shows pictures.
//!
//! `picture.rs` says what is drawn; the others are a language each.

mod dot;
mod picture;
mod svg;

use std::io::{self, Write};

use netdiag_echo::TraceEvent;

use self::picture::Drawing;
use super::names::Who;
use super::render::{Item, Outcome, Traced};
use crate::render::Renderer;

/// What a kind of drawing makes of all paths.
type Draw = fn(&[Drawing]) -> String;

/// Drawings on `out`, once all is over.
pub(super) struct Drawn<W> {
    out: W,
    who: Who,
    draw: Draw,
}

impl<W: Write> Drawn<W> {
    /// For Graphviz.
    pub(super) const fn dot(out: W, who: Who) -> Self {
        Self { out, who, draw: dot::draw }
    }

    /// For whoever shows pictures.
    pub(super) const fn svg(out: W, who: Who) -> Self {
        Self { out, who, draw: svg::draw }
    }
}

impl<W: Write> Renderer<Traced> for Drawn<W> {
    fn item(&mut self, item: Item<'_>) -> io::Result<()> {
        if let TraceEvent::Answer(answer) = item.event {
            self.who.prepare(answer.from);
        }
        Ok(())
    }

    fn end(&mut self, outcomes: &[Outcome]) -> io::Result<()> {
        let drawings: Vec<Drawing> =
            outcomes.iter().map(|outcome| Drawing::of(outcome, &mut self.who)).collect();
        self.out.write_all((self.draw)(&drawings).as_bytes())?;
        self.out.flush()
    }
}
