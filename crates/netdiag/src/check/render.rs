//! What the formats of a run of checks are told of, and the one that says everything when it is over.
//!
//! How a report reads is for crates/check to say; here is where it goes and when.

use std::io::{self, Write};

use netdiag_check::plan::Plan;
use netdiag_check::report::{Format, RenderOptions};
use netdiag_check::run::{Progress, Report};

use crate::format::{Color, charset, screen};
use crate::render::{Renderer, Results};
use crate::written_file::WrittenFile;

/// What checks find out.
pub(super) enum Checking {}

impl Results for Checking {
    /// What happened to a check of a plan.
    type Item<'a> = (&'a Plan, &'a Progress<'a>);
    type End<'a> = &'a Report<'a>;
}

/// A report that is written when all checks have ended.
pub(super) struct Whole {
    pub(super) format: Format,
    /// The name of this host, where it is known.
    pub(super) host: Option<String>,
    pub(super) to: To,
}

/// Where a report goes.
pub(super) enum To {
    /// A file, until it is written.
    File(Option<WrittenFile>),
    /// Standard output, which may be a person's, and whether they want to see only what is wrong.
    Stdout { color: Color, quiet: bool },
}

impl Renderer<Checking> for Whole {
    fn item(&mut self, _: (&Plan, &Progress<'_>)) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self, report: &Report<'_>) -> io::Result<()> {
        let plain = RenderOptions { host: self.host.as_deref(), ..RenderOptions::default() };
        match &mut self.to {
            To::File(file) => match file.take() {
                Some(file) => file.write_whole(self.format.render(report, plain).as_bytes()).map(drop),
                None => Ok(()),
            },
            To::Stdout { color, quiet } => {
                let setting = RenderOptions {
                    color: color.on(&io::stdout()),
                    quiet: *quiet,
                    width: screen(),
                    charset: charset(),
                    ..plain
                };
                say(&self.format.render(report, setting))
            }
        }
    }
}

/// Writes to standard output; that nobody reads it any more is no error.
pub(super) fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
