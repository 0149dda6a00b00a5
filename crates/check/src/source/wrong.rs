//! What serde finds wrong with a value, in the words of those who write check files.
//!
//! Serde knows what it wanted, but neither where the value stands nor under which key: both are added on the way out.

use std::fmt;
use std::ops::Range;

use netdiag_text::{Cropped, Message, Trusted, message, nearest};
use serde::de;

use super::complaint::Complaint;
use super::node::{Key, Value};
use super::scalar::TIME;
use super::unknown::unknown;

/// An error of serde's on its way to where its place and its key are known.
#[derive(Debug)]
pub(super) struct Wrong(Box<Mistake>);

#[derive(Debug)]
struct Mistake {
    what: What,
    /// Where it is, once that is known.
    span: Option<Range<usize>>,
    /// The innermost key it stands under, once that is known.
    key: Option<Key>,
    /// Whether it stands in a list under that key.
    in_list: bool,
}

#[derive(Debug)]
enum What {
    /// A value of another type, and how the right one may be written.
    Value { found: Message, wanted: Message, instead: Option<Instead> },
    /// A key that is none.
    Key(Complaint, Option<&'static str>),
    /// A word that is none of those that may stand there.
    Word(Complaint),
    /// A key that has to be there.
    Missing(&'static str),
    /// What a type says itself.
    Said(Message),
}

/// A value as it would be right, and what makes the difference.
#[derive(Debug)]
struct Instead {
    value: Message,
    how: &'static str,
}

impl Wrong {
    fn new(what: What) -> Self {
        Self(Box::new(Mistake { what, span: None, key: None, in_list: false }))
    }

    /// A value that is none of the words that may stand there.
    pub(super) fn no_word(value: &Value) -> Self {
        let (found, instead) = match value {
            Value::Integer(number) => (message!("the number {}", number), Instead::quoted(number)),
            Value::Float(number) => (message!("the number {}", number), Instead::quoted(number)),
            other => (Trusted(other.noun()).into(), None),
        };
        Self::new(What::Value { found, wanted: "a word in quotes".into(), instead })
    }

    /// What was found here, unless the place is known already.
    pub(super) fn at(mut self, span: &Range<usize>) -> Self {
        self.0.span.get_or_insert_with(|| span.clone());
        self
    }

    /// What was found under this key, unless an inner one is known already.
    pub(super) fn under(mut self, key: &Key) -> Self {
        self.0.key.get_or_insert_with(|| key.clone());
        self
    }

    /// What was found in a list.
    pub(super) fn in_list(mut self) -> Self {
        self.0.in_list |= self.0.key.is_none();
        self
    }

    /// The key that is missing, if that is what is wrong.
    pub(super) fn missing(&self) -> Option<&'static str> {
        if let What::Missing(key) = self.0.what { Some(key) } else { None }
    }

    /// The key that was meant by one that is none.
    pub(super) fn meant(&self) -> Option<&'static str> {
        if let What::Key(_, meant) = self.0.what { meant } else { None }
    }

    /// Everything that is known of it; `whole` is where the value stands that was to be read.
    pub(super) fn complaint(self, whole: &Range<usize>) -> Complaint {
        let Mistake { what, span, key, in_list } = *self.0;
        let span = span.unwrap_or_else(|| whole.clone());
        let name = key.as_ref().map(|key| key.name.as_str());
        let (message, help) = match what {
            What::Value { found, wanted, instead } => {
                let subject = match name {
                    Some(name) if in_list => message!("an item of `{}` is {}", name, found),
                    Some(name) => message!("`{}` is {}", name, found),
                    None => message!("this is {}", found),
                };
                let key = key.as_ref().filter(|_| !in_list);
                let help = instead.map(|Instead { value, how }| {
                    let written = key.map_or_else(|| value.clone(), |key| key.assigned(&value));
                    message!("write {} {}", written, Trusted(how))
                });
                (message!("{}; wanted is {}", subject, wanted), help)
            }
            What::Key(complaint, _) => {
                let message = match name {
                    Some(name) => message!("{} in `{}`", complaint.message, name),
                    None => complaint.message,
                };
                (message, complaint.help)
            }
            What::Word(complaint) => (said(name, complaint.message), complaint.help),
            What::Missing(key) => {
                let message = match name {
                    Some(name) => message!("the key `{}` is missing in `{}`", Trusted(key), name),
                    None => message!("the key `{}` is missing", Trusted(key)),
                };
                (message, None)
            }
            What::Said(words) => (said(name, words), None),
        };
        Complaint { span, message, help }
    }

    fn other(found: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        let wanted = wanted.to_string();
        let instead = instead(&found, &wanted);
        let found = match found {
            de::Unexpected::Str(text) => message!("the text \"{}\"", Cropped(text, QUOTED)),
            de::Unexpected::Bool(flag) => Trusted(if flag { "true" } else { "false" }).into(),
            de::Unexpected::Signed(number) => message!("the number {}", number),
            de::Unexpected::Unsigned(number) => message!("the number {}", number),
            de::Unexpected::Float(number) => message!("the number {}", number),
            de::Unexpected::Seq => "a list".into(),
            de::Unexpected::Map => "a table".into(),
            _ => "null".into(),
        };
        Self::new(What::Value { found, wanted: Trusted(plain(&wanted)).into(), instead })
    }
}

fn said(name: Option<&str>, words: Message) -> Message {
    match name {
        Some(name) => message!("`{}`: {}", name, words),
        None => words,
    }
}

/// Columns of a text that is quoted.
const QUOTED: usize = 40;

impl Instead {
    fn quoted(value: &impl fmt::Display) -> Option<Self> {
        Some(Self { value: message!("\"{}\"", value), how: "in quotes" })
    }
}

/// How what was found may have been meant.
fn instead(found: &de::Unexpected<'_>, wanted: &str) -> Option<Instead> {
    use de::Unexpected::{Bool, Float, Signed, Str, Unsigned};
    let is_number = matches!(wanted, "u8" | "u16" | "u32" | "u64" | "i64" | "usize" | "f64");
    match (found, wanted) {
        (Str(text), _) if is_number && text.parse::<f64>().is_ok_and(f64::is_finite) => {
            Some(Instead { value: Message::foreign(text), how: "without quotes" })
        }
        (Str(text @ ("true" | "false")), "a boolean") => {
            Some(Instead { value: Message::foreign(text), how: "without quotes" })
        }
        (Str(text), "a sequence") => {
            Some(Instead { value: message!("[\"{}\"]", Cropped(text, QUOTED)), how: "in brackets" })
        }
        (Signed(number), TIME) => {
            Some(Instead { value: message!("\"{}{}\"", number, Trusted("s")), how: "for seconds" })
        }
        (Float(number), TIME) => {
            Some(Instead { value: message!("\"{}{}\"", number, Trusted("s")), how: "for seconds" })
        }
        (Signed(number), _) if is_text(wanted) => Instead::quoted(number),
        (Unsigned(number), _) if is_text(wanted) => Instead::quoted(number),
        (Float(number), _) if is_text(wanted) => Instead::quoted(number),
        (Bool(flag), _) if is_text(wanted) => Instead::quoted(flag),
        _ => None,
    }
}

fn is_text(wanted: &str) -> bool {
    matches!(wanted, "a string" | "string" | "path string" | "a borrowed string")
}

/// What serde calls a type, as one says it who writes a file.
fn plain(wanted: &str) -> &str {
    match wanted {
        wanted if is_text(wanted) => "text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table such as { NAME = VALUE }",
        "f64" => "a number",
        "i64" => "a whole number",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0 on",
        other if other.starts_with("struct ") => "a table",
        other => other,
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // serde asks for it; nobody else does.
        fmt::Debug::fmt(&self.0.what, f)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(What::Said(Message::foreign(&message)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let meant = nearest(field, expected.iter().copied());
        Self::new(What::Key(unknown(field, expected.iter().copied(), "key"), meant))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(What::Word(unknown(variant, expected.iter().copied(), "word")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(What::Missing(field))
    }

    fn invalid_value(found: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::other(found, wanted)
    }

    fn invalid_type(found: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::other(found, wanted)
    }

    fn invalid_length(found: usize, wanted: &dyn de::Expected) -> Self {
        let (found, wanted) = (message!("a list of {}", found), wanted.to_string());
        Self::new(What::Value { found, wanted: Trusted(plain(&wanted)).into(), instead: None })
    }
}
