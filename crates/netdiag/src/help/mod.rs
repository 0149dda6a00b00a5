//! `netdiag help`: the help of a tool with its page, a page about a topic, or what there is help on.
//!
//! Nothing of it is made unless help is asked for: examples are added to what clap has rendered, pages are laid out when they are read.

mod block;
mod examples;
mod inline;
mod page;
mod topics;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::Style;
use clap::builder::{StyledStr, Styles};
use netdiag_text::{Exit, nearest, strerror};

use self::page::Look;
use self::topics::TOPICS;
use crate::failure::Failure;
use crate::format::{Color, screen};
use crate::invocation::Invocation;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A tool or a topic; without it, all of them are listed
    topic: Option<String>,
}

/// A tool, as its help is found.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
}

/// Shows what was asked for; `rendered` has clap's help of a tool.
pub(crate) fn run(
    args: &Args,
    tools: &[Subject],
    rendered: fn(&str) -> Option<StyledStr>,
    call: &Invocation,
) -> Result<ExitCode, Failure> {
    let Some(word) = args.topic.as_deref() else { return say(&index(tools), call) };
    let help = rendered(word).map(|help| styled(&help, Some(word)));
    let page = TOPICS.iter().find(|topic| topic.name == word).map(|topic| page::render(topic.text, look()));
    match (help, page) {
        (Some(help), Some(page)) => say(&format!("{help}\n{page}"), call),
        (Some(text), None) | (None, Some(text)) => say(&text, call),
        (None, None) => Err(unknown(word, tools, call)),
    }
}

/// Shows the help that clap has rendered of a tool, or of `netdiag` itself, with its examples.
pub(crate) fn show(rendered: &StyledStr, tool: Option<&str>, call: &Invocation) -> Result<ExitCode, Failure> {
    say(&styled(rendered, tool), call)
}

fn styled(rendered: &StyledStr, tool: Option<&str>) -> String {
    complete(&rendered.ansi().to_string(), *Styles::styled().get_header(), tool)
}

/// clap's help of a tool, or of `netdiag` itself, with its examples, below headings of this style.
pub(crate) fn complete(rendered: &str, heading: Style, tool: Option<&str>) -> String {
    let mut text = rendered.trim_end().to_owned();
    text.push('\n');
    examples::add(&mut text, heading, tool);
    text
}

/// The command lines that the help of a tool ends with.
#[cfg(test)]
pub(crate) fn examples(tool: &str) -> Vec<&'static str> {
    let endings = examples::ENDINGS.iter().filter(|ending| ending.tool == tool);
    endings.flat_map(|ending| ending.examples.iter().map(|(_, line)| *line)).collect()
}

/// How pages look on standard output.
fn look() -> Look {
    let width = screen().unwrap_or(WIDTH).clamp(NARROWEST, WIDEST);
    Look { width, color: Color::Auto.on(&io::stdout()) }
}

/// What there is help on.
fn index(tools: &[Subject]) -> String {
    let mut text =
        String::from("netdiag help TOPIC\n\nTools, with their options and what there is to know of them:\n");
    let mut line = |name: &str, about: &str| {
        writeln!(text, "  {name:<14} {about}").expect("a string takes everything");
    };
    tools.iter().for_each(|tool| line(tool.name, tool.about));
    let is_tool = |name: &str| tools.iter().any(|tool| tool.name == name);
    let mut pages = String::from("\nTopics:\n");
    for topic in TOPICS.iter().filter(|topic| !is_tool(topic.name)) {
        writeln!(pages, "  {:<14} {}", topic.name, topic.about).expect("a string takes everything");
    }
    text + &pages
}

fn unknown(word: &str, tools: &[Subject], call: &Invocation) -> Failure {
    let failure = call.failure(Exit::Misuse, format_args!("there is no help on \"{word}\""));
    let known = tools.iter().map(|tool| tool.name).chain(TOPICS.iter().map(|topic| topic.name));
    failure.hint(match nearest(word, known) {
        Some(meant) => format!("did you mean `netdiag help {meant}`? `netdiag help` lists the topics"),
        None => "`netdiag help` lists the topics".to_owned(),
    })
}

/// Writes to standard output, in colour where it can be shown; that nobody reads on is no failure.
fn say(text: &str, call: &Invocation) -> Result<ExitCode, Failure> {
    let mut out = anstream::AutoStream::auto(io::stdout()).lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(call.failure(Exit::Unwritten, format_args!("write error: {}", strerror(&error))))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Columns where nobody says how many there are.
const WIDTH: usize = 80;
/// Lines that are longer are tiring to read.
const WIDEST: usize = 100;
/// In less there is no room for a word.
const NARROWEST: usize = 20;
