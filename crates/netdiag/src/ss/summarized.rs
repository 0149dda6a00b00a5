//! `-s`: how many sockets there are, in every format: from the kernel's counters, and counted by state.
//!
//! As `ss` it is what upstream prints and nothing else. Text and tables are shown before a list that was asked for besides, JSON has it
//! at the end of the list.

use std::io::{self, Write};
use std::process::ExitCode;

use netdiag_host::Host;
use netdiag_text::table::Look;

use super::args::Args;
use super::by_state::ByState;
use super::details::Details;
use super::json::{Json, Totals};
use super::messages;
use super::names::Names;
use super::summary::Summary;
use crate::failure::Failure;
use crate::format::{Format, charset, screen};
use crate::invocation::Invocation;
use crate::json::{Notice, Shape};
use crate::render::Renderer as _;

/// What has not been shown yet, and whether something is missing.
#[derive(Debug, Default)]
pub(crate) struct Summarized {
    totals: Option<Totals>,
    notices: Vec<Notice>,
    /// Whether sockets could not be counted for a reason that is no property of this kernel.
    pub(crate) failed: bool,
}

impl Summarized {
    /// Counts, and shows what is shown at once.
    pub(crate) fn read(args: &Args, call: &Invocation) -> Result<Self, Failure> {
        let summary = Summary::read(&Host::here(), call);
        summary.complain(call)?;
        let mut out = io::stdout();
        let output = args.options.output;
        if call.linked && output.format == Format::Text {
            let shown = summary.write(&mut out).map(|()| ExitCode::SUCCESS);
            return messages::written(shown, call).map(|_| Self::default());
        }
        let states = ByState::read(&Host::here(), call)?;
        let failed = states.failed;
        let shown = match output.format {
            Format::Json | Format::Jsonl => {
                let totals = Totals { states: Some(states.counts()), ..summary.totals() };
                return Ok(Self { totals: Some(totals), notices: states.notices, failed });
            }
            Format::Text => summary.write(&mut out).and_then(|()| states.write(&mut out)),
            Format::Table => {
                let look = Look { header: true, color: output.color.on(&out), charset: charset() };
                let tables = summary.table(screen(), look) + &states.table(screen(), look);
                out.write_all(tables.as_bytes())
            }
        };
        let shown = shown.map(|()| ExitCode::SUCCESS);
        messages::written(shown, call).map(|_| Self { failed, ..Self::default() })
    }

    /// The same list with what is to stand at its end.
    pub(crate) fn told<W: Write>(self, json: Json<W>) -> Json<W> {
        json.with_summary(self.totals).with_notices(self.notices)
    }

    /// Writes what JSON says of no sockets but how many there are.
    pub(crate) fn write_alone(self, args: &Args) -> io::Result<ExitCode> {
        let shape = if args.options.output.format == Format::Json { Shape::Document } else { Shape::Lines };
        if self.totals.is_some() {
            let json = Json::new(io::stdout(), shape, Names::default(), Details::new(&args.options));
            let mut json = self.told(json);
            json.header()?;
            json.end(())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
