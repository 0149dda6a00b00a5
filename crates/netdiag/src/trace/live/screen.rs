//! The terminal while the live view has it: [`Screen`].
//!
//! Whoever leaves it, by the end, an error, a panic or Ctrl-Z, leaves the terminal as it was. Only what was begun is ended, so that
//! leaving twice does no harm.

use std::io::{self, Stdout, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use signal_hook::consts::SIGTSTP;

use super::draw::{Page, draw};
use super::view::View;

/// The terminal, in our hands.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

/// Whether it is in our hands: a panic may come on any thread.
static IS_OURS: AtomicBool = AtomicBool::new(false);

impl Screen {
    /// Takes the terminal over.
    pub(super) fn enter() -> io::Result<Self> {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |what| {
            // Nobody is left to tell.
            let _ = leave();
            before(what);
        }));
        take()?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()));
        terminal.map(|terminal| Self { terminal }).inspect_err(|_| {
            let _ = leave();
        })
    }

    /// Draws what has changed.
    pub(super) fn draw(&mut self, view: &View) -> io::Result<Page> {
        let mut page = Page::default();
        self.terminal.draw(|frame| {
            let area = frame.area();
            page = draw(frame.buffer_mut(), area, view);
        })?;
        Ok(page)
    }

    /// Has all of it drawn anew.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize((ratatui::layout::Position::ORIGIN, size).into())
    }

    /// Gives the terminal to the shell until somebody continues us.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        leave()?;
        signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
        self.resume()
    }

    /// Takes the terminal over again after somebody else had it.
    pub(super) fn resume(&mut self) -> io::Result<()> {
        take()?;
        self.forget()
    }

    /// Gives it back.
    pub(super) fn leave(&mut self) -> io::Result<()> {
        leave()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = leave();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    IS_OURS.store(true, Ordering::Relaxed);
    execute!(io::stdout(), EnterAlternateScreen, Hide)
}

fn leave() -> io::Result<()> {
    if !IS_OURS.swap(false, Ordering::Relaxed) {
        return Ok(());
    }
    let left = execute!(io::stdout(), LeaveAlternateScreen, Show);
    disable_raw_mode()?;
    left?;
    io::stdout().flush()
}
