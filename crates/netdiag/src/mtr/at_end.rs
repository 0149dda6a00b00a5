//! Forms that are written once, when all is known: [`AtEnd`].

use std::io::{self, Write};

use netdiag_echo::TraceEvent;

use super::page::{Page, Traced};
use super::statistics::Statistics;
use crate::render::Renderer;

/// What the run comes to, in one of the forms that have one place for it.
pub(super) type Text = fn(&mut Page, &Statistics) -> io::Result<String>;

/// One of these forms on `out`.
pub(super) struct AtEnd<'a, W> {
    out: W,
    page: &'a mut Page,
    start: fn() -> String,
    text: Text,
}

impl<'a, W: Write> AtEnd<'a, W> {
    /// A form that begins with `start` and goes on with `text`.
    pub(super) const fn new(out: W, page: &'a mut Page, start: fn() -> String, text: Text) -> Self {
        Self { out, page, start, text }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

impl<W: Write> Renderer<Traced> for AtEnd<'_, W> {
    fn header(&mut self) -> io::Result<()> {
        self.write(&(self.start)())
    }

    fn item(&mut self, (event, _): (&TraceEvent, &Statistics)) -> io::Result<()> {
        if let TraceEvent::Answer(answer) = event {
            self.page.who.prepare(answer.from.ip());
        }
        Ok(())
    }

    fn end(&mut self, statistics: &Statistics) -> io::Result<()> {
        let text = (self.text)(self.page, statistics)?;
        self.write(&text)
    }
}
