//! `talk` and `echo`: what is done with a socket once it is connected.
//!
//! A conversation is written as a list of steps, or as the text that `--talk` of `netdiag probe` reads.

use std::borrow::Cow;
use std::fmt;

use netdiag_probe::talk::{Script, Step};
use netdiag_probe::{Exchange, Framing, ParseError};
use netdiag_text::quantity::BadQuantity;
use netdiag_text::{Message, Trusted, message, size};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::source::{Complaint, Placed, Scalar, Several, several};

/// A conversation as written.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Talk {
    /// One step a line: `send TEXT`, `expect REGEX`, `expect-text TEXT`, `starttls`, `end`, `expect-end`.
    Script(String),
    /// The steps.
    Steps(Vec<Placed<TalkStep>>),
}

/// One step; exactly one of these.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a step such as { send = \"PING\" }")]
pub(crate) struct TalkStep {
    /// Says this; `\r`, `\n`, `\t`, `\0`, `\\` and `\xNN` are known.
    send: Option<Placed<String>>,
    /// Waits for a match in what the peer says.
    expect: Option<Placed<String>>,
    /// Waits for this very text.
    expect_text: Option<Placed<String>>,
    /// Begins TLS.
    starttls: Option<Placed<bool>>,
    /// Says that nothing more will be said.
    end: Option<Placed<bool>>,
    /// Waits until the peer says so.
    expect_end: Option<Placed<bool>>,
}

impl TalkStep {
    /// The step as an option of the command; `None` if it is none.
    fn word(&self) -> Option<Message> {
        let text = |option, text: &Placed<String>| message!("--{}={}", Trusted(option), text.value);
        let Self { send, expect, expect_text, starttls, end, expect_end } = self;
        let texts = [("send", send), ("expect", expect), ("expect-text", expect_text)];
        let flags = [("starttls", starttls), ("end", end), ("expect-end", expect_end)];
        let mut texts = texts.into_iter().filter_map(|(option, it)| Some(text(option, it.as_ref()?)));
        let mut flags = flags.into_iter().filter(|(_, flag)| flag.is_some());
        texts.next().or_else(|| Some(message!("--{}", Trusted(flags.next()?.0))))
    }
}

impl<'de> Deserialize<'de> for Talk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Talk;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of steps, or their text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Talk, E> {
                Ok(Talk::Script(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, steps: A) -> Result<Talk, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(steps)).map(Talk::Steps)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// An amount of data: bytes, or a number with its unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Bytes(pub(crate) u64);

impl Several for Bytes {
    const WANTED: &'static str = "an amount of data: a number of bytes, or text such as \"64KiB\"";

    fn of(written: Scalar) -> Option<Result<Self, Message>> {
        let read = match written {
            Scalar::Integer(number) => {
                let bytes = u64::try_from(number).ok()?;
                size::bounded(bytes).map_err(|wrong| BadQuantity::bytes(&bytes.to_string(), wrong))
            }
            Scalar::Text(text) => size::with_unit(&text).map_err(|wrong| BadQuantity::bytes(&text, wrong)),
            _ => return None,
        };
        Some(read.map(Self).map_err(|wrong| wrong.message()))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        several(deserializer)
    }
}

impl JsonSchema for Bytes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Bytes".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "format": "uint64", "minimum": 0, "description": "Bytes." },
                { "type": "string", "description": "`64KiB`" },
            ],
            "description": "An amount of data: bytes, or a number with its unit.",
        })
    }
}

/// What is to be done, of the three keys that say it.
///
/// It stays as it was written until it is done: compiled expressions of all checks of a file together may be large.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) talk: Option<Placed<Talk>>,
    pub(crate) frame: Option<Placed<String>>,
    pub(crate) echo: Option<Placed<Bytes>>,
}

impl Conversation {
    /// What the keys come to.
    pub(crate) fn exchange(&self) -> Result<Exchange, Complaint> {
        exchange(self.talk.as_ref(), self.frame.as_ref(), self.echo.as_ref())
    }

    /// The same as options of the command, one for each step.
    pub(crate) fn words(&self) -> Vec<Message> {
        let frame = self.frame.as_ref().map(|frame| message!("--frame={}", frame.value));
        let echo = self.echo.as_ref().map(|echo| message!("--echo={}", echo.value.0));
        let steps = match self.talk.as_ref().map(|talk| &talk.value) {
            None => Vec::new(),
            Some(Talk::Script(text)) => {
                let lines =
                    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
                let step = |line: &str| match line.split_once([' ', '\t']) {
                    Some((word, text)) => message!("--{}={}", word, text.trim_start()),
                    None => message!("--{}", line),
                };
                lines.map(step).collect()
            }
            Some(Talk::Steps(steps)) => steps.iter().filter_map(|step| step.value.word()).collect(),
        };
        frame.into_iter().chain(echo).chain(steps).collect()
    }
}

fn exchange(
    talk: Option<&Placed<Talk>>,
    frame: Option<&Placed<String>>,
    echo: Option<&Placed<Bytes>>,
) -> Result<Exchange, Complaint> {
    match (talk, frame, echo) {
        (Some(_), _, Some(echo)) => Err(Complaint::new(&echo.span, "a check either talks or has an echo")),
        (None, Some(frame), _) => Err(Complaint::new(&frame.span, "`frame` has no meaning without `talk`")),
        (None, None, Some(echo)) => match echo.value {
            Bytes(0) => Err(Complaint::new(&echo.span, "nothing comes back of nothing")),
            Bytes(bytes) => Ok(Exchange::Echo(bytes)),
        },
        (None, None, None) => Ok(Exchange::Nothing),
        (Some(talk), frame, None) => {
            let framing = frame
                .map(|frame| frame.value.parse::<Framing>().map_err(|wrong| misplaced(&frame.span, &wrong)));
            Ok(Exchange::Script(script(talk)?, framing.transpose()?))
        }
    }
}

/// Of a script only so much is read that what it expects is not too much to be held.
fn script(talk: &Placed<Talk>) -> Result<Script, Complaint> {
    let expected = match &talk.value {
        Talk::Script(text) => text.lines().filter(|line| line.trim_start().starts_with("expect ")).count(),
        Talk::Steps(steps) => steps.iter().filter(|step| step.value.expect.is_some()).count(),
    };
    if expected > MOST_EXPECTED {
        let message = message!("{} expressions are expected, at most {} can be", expected, MOST_EXPECTED);
        return Err(Complaint::new(&talk.span, message));
    }
    match &talk.value {
        Talk::Script(text) => Script::parse(text).map_err(|(line, wrong)| {
            Complaint::new(&talk.span, message!("line {}: {}", Trusted(&line.to_string()), wrong))
        }),
        Talk::Steps(steps) => Ok(Script { steps: steps.iter().map(step).collect::<Result<_, _>>()? }),
    }
}

/// Regular expressions in one conversation; each may take a megabyte.
const MOST_EXPECTED: usize = 64;

fn step(step: &Placed<TalkStep>) -> Result<Step, Complaint> {
    let TalkStep { send, expect, expect_text, starttls, end, expect_end } = &step.value;
    let texts = [("send", send), ("expect", expect), ("expect-text", expect_text)];
    let flags = [("starttls", starttls), ("end", end), ("expect-end", expect_end)];
    let texts = texts.into_iter().filter_map(|(word, text)| Some((word, text.as_ref()?)));
    let flags = flags.into_iter().filter_map(|(word, flag)| Some((word, flag.as_ref()?)));
    let names = texts.clone().map(|(word, _)| word).chain(flags.clone().map(|(word, _)| word));
    let names: Vec<_> = names.map(|word| message!("`{}`", Trusted(word))).collect();
    let mut made = texts
        .map(|(word, text)| Step::new(word, &text.value).map_err(|wrong| misplaced(&text.span, &wrong)))
        .chain(flags.map(|(word, flag)| match flag.value {
            true => Step::new(word, "").map_err(|wrong| misplaced(&flag.span, &wrong)),
            false => Err(Complaint::new(&flag.span, "a step that is not done is left out")),
        }));
    match (made.next(), made.next()) {
        (Some(only), None) => only,
        (None, _) => {
            let words = "a step is one of `send`, `expect`, `expect-text`, `starttls`, `end`, `expect-end`";
            Err(Complaint::new(&step.span, words))
        }
        _ => {
            let names = Message::join(names, " and ");
            let complaint = Complaint::new(&step.span, message!("{} are steps of their own", names));
            Err(complaint.help("write each in braces: [{ send = … }, { expect = … }]"))
        }
    }
}

/// What is wrong with a word, at the place it was written.
pub(crate) fn misplaced(span: &std::ops::Range<usize>, wrong: &ParseError) -> Complaint {
    Complaint::new(span, message!("`{}`: {}", wrong.text, wrong))
}
