//! Reads a [`Node`] into a type, so that whatever serde finds wrong is complained about at its place.

use std::fmt;
use std::ops::Range;

use netdiag_text::{Message, Trusted, message, nearest};
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::complaint::Complaint;
use super::node::{Key, Node, Value};

/// Reads a value of type `T`.
pub(crate) fn read<'de, T: Deserialize<'de>>(node: &'de Node) -> Result<T, Complaint> {
    T::deserialize(Reader(node)).map_err(|Wrong { mut complaint, placed }| {
        if !placed {
            complaint.span = node.span.clone();
        }
        complaint
    })
}

/// A value that knows where it was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Placed<T> {
    /// The bytes of the file.
    pub(crate) span: Range<usize>,
    /// The value.
    pub(crate) value: T,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Placed<T> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pair<T> {
            type Value = Placed<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of a check file")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Placed<T>, A::Error> {
                let mut next = || parts.next_element::<usize>()?.ok_or_else(|| de::Error::custom("no place"));
                let span = next()?..next()?;
                let value = parts.next_element()?.ok_or_else(|| de::Error::custom("no value"))?;
                Ok(Placed { span, value })
            }
        }
        deserializer.deserialize_newtype_struct(PLACED, Pair(std::marker::PhantomData))
    }
}

impl Placed<String> {
    /// Where a part of the text stands in the file: exactly where it was written plainly, else the whole text.
    pub(crate) fn part(&self, part: &Range<usize>) -> Range<usize> {
        let quotes = match self.span.len().checked_sub(self.value.len()) {
            Some(0) => 0,
            Some(2) => 1,
            Some(6) => 3,
            // Escapes, or the value of a variable: what stands there has other places.
            _ => return self.span.clone(),
        };
        let start = self.span.start + quotes;
        start + part.start..start + part.end.max(part.start)
    }
}

/// In the order of the file, so that a map keyed by it keeps that order.
impl<T: Ord> Ord for Placed<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.span.start, &self.value).cmp(&(other.span.start, &other.value))
    }
}

impl<T: Ord> PartialOrd for Placed<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What [`Placed`] asks for by name; no other type is called that.
const PLACED: &str = "netdiag-check Placed";

impl<T: schemars::JsonSchema> schemars::JsonSchema for Placed<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

/// An error of serde's, and whether its place is known yet.
#[derive(Debug)]
struct Wrong {
    complaint: Complaint,
    placed: bool,
}

impl Wrong {
    fn unplaced(message: Message) -> Self {
        Self { complaint: Complaint::new(&(0..0), message), placed: false }
    }

    fn at(mut self, span: &Range<usize>) -> Self {
        if !self.placed {
            self.complaint.span = span.clone();
            self.placed = true;
        }
        self
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // serde asks for it; nobody else does.
        fmt::Debug::fmt(&self.complaint.message, f)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::unplaced(Message::foreign(&message))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self { complaint: unknown(field, expected.iter().copied(), "key"), placed: false }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self { complaint: unknown(variant, expected.iter().copied(), "word"), placed: false }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::unplaced(message!("the key `{}` is missing", Trusted(field)))
    }

    fn invalid_value(found: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::other(found, wanted)
    }

    fn invalid_type(found: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::other(found, wanted)
    }

    fn invalid_length(found: usize, wanted: &dyn de::Expected) -> Self {
        Self::unplaced(message!("these are {}; wanted is {}", found, plain(wanted)))
    }
}

impl Wrong {
    fn other(found: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        let found = match found {
            de::Unexpected::Str(text) => message!("text \"{}\"", text),
            de::Unexpected::Seq => "a list".into(),
            de::Unexpected::Map => "a table".into(),
            de::Unexpected::Unit | de::Unexpected::Option => "null".into(),
            other => Message::foreign(&other),
        };
        Self::unplaced(message!("this is {}; wanted is {}", found, plain(wanted)))
    }
}

/// What serde calls a type, as one says it who writes a file.
fn plain(wanted: &dyn de::Expected) -> Message {
    let wanted = wanted.to_string();
    let words = match wanted.as_str() {
        "a string" | "string" | "path string" | "a borrowed string" => "text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        "f64" => "a number",
        "i64" => "a whole number",
        "u8" => "0 to 255",
        "u16" => "0 to 65535",
        "u32" => "0 to 4294967295",
        "u64" => "a whole number from 0 on",
        other if other.starts_with("struct ") => "a table",
        other => other,
    };
    Trusted(words).into()
}

/// A word nobody knows, and the one of ours that may have been meant; the place is the caller's to say.
pub(crate) fn unknown<'w>(word: &str, known: impl Iterator<Item = &'w str>, noun: &'static str) -> Complaint {
    unknown_of(word, known, noun, |word| Trusted(word).into())
}

/// The same of words that a file knows, not we: `tell` says how they are told.
pub(crate) fn unknown_of<'w>(
    word: &str,
    known: impl Iterator<Item = &'w str>,
    noun: &'static str,
    tell: fn(&str) -> Message,
) -> Complaint {
    let known: Vec<&str> = known.collect();
    let complaint = Complaint::new(&(0..0), message!("unknown {} `{}`", Trusted(noun), word));
    if let Some(candidate) = nearest(word, known.iter().copied()) {
        return complaint.help(message!("did you mean `{}`?", tell(candidate)));
    }
    if known.is_empty() {
        return complaint;
    }
    let offered = Message::join(known.iter().take(MOST_KNOWN).map(|word| tell(word)), ", ");
    complaint.help(message!(
        "known are {}{}",
        offered,
        Trusted(if known.len() > MOST_KNOWN { ", …" } else { "" })
    ))
}

/// How many words are offered: a kind has fewer keys, a file may have more checks.
const MOST_KNOWN: usize = 60;

#[derive(Clone, Copy)]
struct Reader<'de>(&'de Node);

impl<'de> de::Deserializer<'de> for Reader<'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let result = match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Boolean(flag) => visitor.visit_bool(*flag),
            Value::Integer(integer) => visitor.visit_i64(*integer),
            Value::Float(float) => visitor.visit_f64(*float),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::List(items) => visitor.visit_seq(Items(items.iter())),
            Value::Table(entries) => visitor.visit_map(Entries { rest: entries.iter(), value: None }),
        };
        result.map_err(|wrong| wrong.at(&self.0.span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        newtype(self, &self.0.span, name, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match &self.0.value {
            Value::Text(word) => visitor.visit_enum(word.as_str().into_deserializer()),
            other => Err(Wrong::unplaced(message!("this is {}; wanted is a word", Trusted(other.noun())))),
        }
        .map_err(|wrong: Wrong| wrong.at(&self.0.span))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct Items<'de>(std::slice::Iter<'de, Node>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        self.0
            .next()
            .map(|item| seed.deserialize(Reader(item)).map_err(|wrong| wrong.at(&item.span)))
            .transpose()
    }
}

struct Entries<'de> {
    rest: std::slice::Iter<'de, (Key, Node)>,
    value: Option<&'de Node>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(KeyReader(key)).map(Some).map_err(|wrong: Wrong| wrong.at(&key.span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let value = self.value.take().ok_or_else(|| de::Error::custom("a value before its key"))?;
        seed.deserialize(Reader(value)).map_err(|wrong| wrong.at(&value.span))
    }
}

/// A key on its way into a type.
#[derive(Clone, Copy)]
struct KeyReader<'de>(&'de Key);

impl<'de> de::Deserializer<'de> for KeyReader<'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_borrowed_str(&self.0.name)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        newtype(self, &self.0.span, name, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// Gives a [`Placed`] its place, and every other type its value alone.
fn newtype<'de, D: de::Deserializer<'de, Error = Wrong>, V: Visitor<'de>>(
    value: D,
    span: &'de Range<usize>,
    name: &str,
    visitor: V,
) -> Result<V::Value, Wrong> {
    match name {
        PLACED => visitor.visit_seq(Parts { span, value: Some(value), part: 0 }),
        _ => visitor.visit_newtype_struct(value),
    }
}

/// The start, the end and the value of a [`Placed`].
struct Parts<'de, D> {
    span: &'de Range<usize>,
    value: Option<D>,
    part: u8,
}

impl<'de, D: de::Deserializer<'de, Error = Wrong>> SeqAccess<'de> for Parts<'de, D> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        self.part += 1;
        match self.part {
            1 => seed.deserialize(self.span.start.into_deserializer()).map(Some),
            2 => seed.deserialize(self.span.end.into_deserializer()).map(Some),
            _ => self.value.take().map(|value| seed.deserialize(value)).transpose(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::source::notation;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        name: Placed<String>,
        #[serde(default)]
        count: Option<u32>,
        #[serde(default)]
        kind: Option<Word>,
        #[serde(default)]
        inner: BTreeMap<String, Placed<u16>>,
    }

    #[derive(Debug, Deserialize, Eq, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        Tcp,
        NotListen,
    }

    #[test]
    fn no_more_is_offered_than_anybody_reads() {
        let help = |complaint: Complaint| complaint.help.unwrap().unshown().to_owned();
        assert_eq!(help(unknown("zzzzzzzz", ["name", "count"].into_iter(), "key")), "known are name, count");
        let names: Vec<String> = (0..100).map(|n| format!("check {n}")).collect();
        assert!(help(unknown("other", names.iter().map(String::as_str), "check")).ends_with("check 59, …"));
    }

    #[test]
    fn values_come_with_their_places() {
        let text = "name = \"x\"\nkind = \"not-listen\"\ninner = { a = 7 }\n";
        let node = notation::toml(text).unwrap();
        let sample: Sample = read(&node).unwrap();
        assert_eq!(
            (sample.name.value.as_str(), sample.kind, sample.count),
            ("x", Some(Word::NotListen), None)
        );
        assert_eq!(&text[sample.name.span], "\"x\"");
        assert_eq!(&text[sample.inner["a"].span.clone()], "7");
    }

    #[test]
    fn a_part_of_a_text_has_its_place_if_it_was_written_plainly() {
        #[rustfmt::skip]
        let cases = [
            ("name = \"a bc d\"\n",          "bc"),
            ("name = 'a bc d'\n",            "bc"),
            ("name = \"\"\"a bc d\"\"\"\n",  "bc"),
            ("name = \"a bc\\u0020d\"\n",    "\"a bc\\u0020d\""),
        ];
        for (text, expected) in cases {
            let node = notation::toml(text).unwrap();
            let sample: Sample = read(&node).unwrap();
            assert_eq!(&text[sample.name.part(&(2..4))], expected, "{text}");
        }
    }

    #[test]
    fn a_complaint_is_about_the_smallest_part_that_is_wrong() {
        #[rustfmt::skip]
        let cases = [
            ("name = \"x\"\ncuont = 1\n",           "cuont",        "unknown key `cuont`",        Some("did you mean `count`?")),
            ("name = \"x\"\nzzzzzzzzz = 1\n",       "zzzzzzzzz",    "unknown key `zzzzzzzzz`",    Some("known are name, count, kind, inner")),
            ("name = 5\n",                          "5",            "wanted is text",             None),
            ("name = \"x\"\ncount = -1\n",          "-1",           "-1",                         None),
            ("name = \"x\"\nkind = \"tpc\"\n",      "\"tpc\"",      "unknown word `tpc`",         Some("did you mean `tcp`?")),
            ("name = \"x\"\nkind = 3\n",            "3",            "wanted is a word",           None),
            ("name = \"x\"\ninner = { b = true }\n","true",         "this is boolean `true`; wanted is 0 to 65535", None),
        ];
        for (text, place, message, help) in cases {
            let node = notation::toml(text).unwrap();
            let complaint = read::<Sample>(&node).expect_err(text);
            assert_eq!(&text[complaint.span.clone()], place, "{complaint:?}");
            assert!(complaint.message.unshown().contains(message), "{complaint:?}");
            assert_eq!(complaint.help.as_ref().map(Message::unshown), help, "{complaint:?}");
        }
        let empty = notation::toml("").unwrap();
        assert!(read::<Sample>(&empty).unwrap_err().message.unshown().contains("`name` is missing"));
    }
}
