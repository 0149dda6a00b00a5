//! The options that make a script, in the order they are typed: clap sorts them by name, so their places are asked for.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use netdiag_probe::talk::{Script, Step};
use netdiag_probe::{Framing, ParseError};
use netdiag_text::{Exit, strerror};

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::place::{self, of_option};

/// A conversation as typed.
#[derive(Clone, Debug, Default)]
pub(super) struct ScriptArgs {
    /// Options with their arguments, in order.
    words: Vec<(String, String)>,
    file: Option<PathBuf>,
    framing: Option<String>,
}

/// An option of a step: its name, what its argument is called, and its help.
const STEPS: [(&str, Option<&str>, &str); 6] = [
    (
        "send",
        Some("TEXT"),
        "Send this; \\r \\n \\t \\0 \\\\ \\xNN are escapes. Steps run in the order they are typed",
    ),
    (
        "expect",
        Some("REGEX"),
        "Wait until the peer has sent a match; ^ and $ are the ends of a line, . matches no line end",
    ),
    ("expect-text", Some("TEXT"), "Wait until the peer has sent exactly this"),
    ("starttls", None, "Start TLS"),
    ("end", None, "Shut down sending: the peer reads an end"),
    ("expect-end", None, "Wait until the peer has shut down sending"),
];

impl clap::Args for ScriptArgs {
    fn augment_args(command: Command) -> Command {
        let heading = "Conversation";
        let steps = STEPS.map(|(name, value, help)| {
            let arg = Arg::new(name).long(name).help(help).help_heading(heading).action(ArgAction::Append);
            match value {
                Some(value) => arg.value_name(value).allow_hyphen_values(true),
                None => arg.num_args(0).default_missing_value(""),
            }
        });
        let talk = Arg::new("talk").long("talk").value_name("FILE").value_parser(value_parser!(PathBuf));
        let talk = talk.help(
            "Read the steps from a file, one per line: `send TEXT`, `expect REGEX` (see netdiag help talk)",
        );
        let talk = talk.conflicts_with_all(STEPS.map(|(name, ..)| name)).help_heading(heading);
        let frame = Arg::new("frame").long("frame").value_name("FRAMING").help_heading(heading);
        let frame = frame.help(
            "Split the stream into messages: fixed:N, delimiter:TEXT, u8, u16be, u16le, u32be, …, u64le",
        );
        command.args(steps).arg(talk).arg(frame)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for ScriptArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut words = Vec::new();
        for (name, ..) in STEPS {
            let values = matches.get_many::<String>(name).into_iter().flatten();
            let places = matches.indices_of(name).into_iter().flatten();
            words.extend(places.zip(values).map(|(place, value)| (place, (name.to_owned(), value.clone()))));
        }
        words.sort_by_key(|(place, _)| *place);
        Ok(Self {
            words: words.into_iter().map(|(_, word)| word).collect(),
            file: matches.get_one::<PathBuf>("talk").cloned(),
            framing: matches.get_one::<String>("frame").cloned(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl ScriptArgs {
    /// Whether there is anything to say.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.file.is_none() && self.framing.is_none()
    }

    /// The script and its framing.
    pub(super) fn read(&self, call: &Invocation) -> Result<(Script, Option<Framing>), Failure> {
        let misplaced = |wrong: &ParseError| place::misplaced(wrong, call);
        let framing = self.framing.as_deref().map(str::parse).transpose();
        let framing = framing.map_err(|wrong| misplaced(&of_option("frame")(wrong)))?;
        let script = match &self.file {
            Some(path) => script_in(path, call)?,
            None => {
                let steps =
                    self.words.iter().map(|(name, value)| Step::new(name, value).map_err(of_option(name)));
                let steps = steps.collect::<Result<_, _>>().map_err(|wrong| misplaced(&wrong))?;
                Script { steps }
            }
        };
        Ok((script, framing))
    }
}

fn script_in(path: &std::path::Path, call: &Invocation) -> Result<Script, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| call.failure(Exit::Misuse, format_args!("--talk {shown}: {}", strerror(&error))))?;
    let script = Script::parse(&text).map_err(|(line, wrong)| {
        let message = format!("{shown}:{line}: {}", wrong.message);
        place::misplaced(&ParseError { message, ..wrong }, call)
    })?;
    match script.steps.is_empty() {
        true => Err(call.failure(Exit::Misuse, format_args!("--talk {shown}: no step in it"))),
        false => Ok(script),
    }
}
