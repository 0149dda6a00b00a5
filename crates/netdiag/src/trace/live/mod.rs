//! The live view of traces: a table of the hops on the whole terminal, which keys steer; the plain report stands where it was when it
//! ends.
//!
//! [`Live`] is told of events like any format, and draws when the engine says how things stand. `view.rs` is what is shown, `draw.rs`
//! how, `input.rs` what asks for it.

mod columns;
mod draw;
mod hop_view;
mod input;
mod keys;
mod recent;
mod screen;
mod view;
mod widths;

use std::io::{self, IsTerminal as _};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use netdiag_echo::{RunControl, TraceEvent};
use rustix::process::getpgrp;
use rustix::termios::tcgetpgrp;

pub(crate) use self::columns::Column;
use self::input::Input;
use self::screen::Screen;
use self::view::{Order, PathView, Show, View};
use super::names::Who;
use super::render::{Item, Outcome, Traced};
use super::target::Target;
use crate::format::{can_draw, charset};
use crate::render::Renderer;

/// What a live view is to show.
pub(crate) struct Settings {
    /// Which columns, in which order.
    pub(crate) columns: Vec<Column>,
    /// Names beside addresses.
    pub(crate) names: bool,
    /// AS numbers.
    pub(crate) systems: bool,
    /// MPLS labels.
    pub(crate) labels: bool,
    /// Whether it may be coloured.
    pub(crate) has_color: bool,
    /// What is sent and how often, in words.
    pub(crate) what: String,
    /// Why the protocol stays as it is.
    pub(crate) protocol: &'static str,
}

/// The view, on the terminal as long as this lives.
pub(crate) struct Live {
    view: View,
    who: Who,
    screen: Screen,
    input: Input,
    drawn: Option<Instant>,
}

impl Live {
    /// Takes the terminal over; a run of engines for these targets, in their order, under this control is then to be begun.
    ///
    /// # Errors
    /// Of the terminal, and where there is no thread or descriptor to be had.
    pub(crate) fn begin(
        settings: Settings,
        targets: impl IntoIterator<Item = Target>,
        who: Who,
        control: &RunControl,
    ) -> io::Result<Self> {
        let Settings { columns, names, systems, labels, has_color, what, protocol } = settings;
        let mut view = View {
            columns,
            what,
            paths: targets.into_iter().map(PathView::new).collect(),
            selected: 0,
            scroll: 0,
            page: 0,
            sort: None,
            show: Show { names, systems, labels, help: false },
            is_paused: false,
            message: None,
            has_color,
            charset: charset(),
            protocol,
        };
        let input = Input::listen(control)?;
        let mut screen = Screen::enter()?;
        view.page = screen.draw(&view)?.lines;
        Ok(Self { view, who, screen, input, drawn: None })
    }

    /// Takes in what happened on the way to one of the targets.
    ///
    /// # Errors
    /// Of the terminal.
    pub(crate) fn note(&mut self, index: usize, event: &TraceEvent) -> io::Result<()> {
        self.view.note(index, event, &mut self.who);
        match event {
            TraceEvent::Answer(answer) => self.who.prepare(answer.from),
            TraceEvent::Status(_) => return self.refresh(),
            _ => {}
        }
        self.input.has_changed.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Does what was pressed, and draws.
    fn refresh(&mut self) -> io::Result<()> {
        let keys: Vec<_> = self.input.keys().collect();
        let orders: Vec<Order> = keys.iter().filter_map(|key| self.view.press(*key)).collect();
        for order in orders {
            self.obey(order)?;
        }
        if self.input.to_suspend.swap(false, Ordering::Relaxed) {
            self.obey(Order::Suspend)?;
        }
        if self.input.to_resume.swap(false, Ordering::Relaxed) {
            self.screen.resume()?;
            self.drawn = None;
        }
        // Each of several targets tells how it stands.
        if keys.is_empty() && self.drawn.is_some_and(|drawn| drawn.elapsed() < A_GLANCE) {
            self.input.has_changed.store(true, Ordering::Relaxed);
            return Ok(());
        }
        let page = self.screen.draw(&self.view)?;
        (self.view.page, self.view.scroll) = (page.lines, page.scroll);
        self.drawn = Some(Instant::now());
        Ok(())
    }

    fn obey(&mut self, order: Order) -> io::Result<()> {
        match order {
            Order::Stop => self.input.stop(),
            Order::Pause(pause) => self.input.pause(pause),
            Order::Reset => self.input.reset(),
            Order::Suspend => {
                self.screen.suspend()?;
                self.input.to_resume.store(false, Ordering::Relaxed);
            }
            Order::Redraw => self.screen.forget()?,
        }
        Ok(())
    }

    /// Gives the terminal back.
    ///
    /// # Errors
    /// Of the terminal.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.screen.leave()
    }
}

/// Whether the terminal is there to be taken over: standard input and output are one that can be drawn on, and it is our turn.
pub(crate) fn can_begin() -> bool {
    let (stdin, stdout) = (io::stdin(), io::stdout());
    stdin.is_terminal()
        && can_draw(&stdout)
        // In the background, setting a terminal up would stop the process.
        && tcgetpgrp(&stdin).is_ok_and(|foreground| foreground == getpgrp())
}

/// A format that is written when the view has ended.
pub(super) struct LiveThen<R> {
    live: Live,
    then: R,
}

impl<R> LiveThen<R> {
    pub(super) const fn new(live: Live, then: R) -> Self {
        Self { live, then }
    }
}

impl<R: Renderer<Traced>> Renderer<Traced> for LiveThen<R> {
    fn item(&mut self, item: Item<'_>) -> io::Result<()> {
        self.live.note(item.index, item.event)
    }

    fn end(&mut self, outcomes: &[Outcome]) -> io::Result<()> {
        self.live.end()?;
        self.then.header()?;
        for (index, outcome) in outcomes.iter().enumerate() {
            for report in &outcome.hops {
                let event = TraceEvent::Settled(Box::new(report.clone()));
                self.then.item(Item { index, event: &event, figures: &outcome.figures })?;
            }
        }
        self.then.end(outcomes)
    }
}

/// What was drawn is not drawn anew before it can have been seen, unless somebody pressed a key.
const A_GLANCE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests;
