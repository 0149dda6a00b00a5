//! Reads a [`Node`] into a type, so that whatever serde finds wrong is complained about at its place.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::complaint::Complaint;
use super::node::{Key, Node, Value};
use super::wrong::Wrong;

/// Reads a value of type `T`, and finds everything that is wrong with it: what is, is told and left out, and the rest read again.
/// Of the keys in `told` it is known already why they are missing.
pub(crate) fn read<T: DeserializeOwned>(node: &Node, told: &[&str]) -> Result<T, Vec<Complaint>> {
    let mut left = Cow::Borrowed(node);
    let mut told: Vec<String> = told.iter().map(|key| (*key).to_owned()).collect();
    let mut complaints = Vec::new();
    loop {
        let wrong = match T::deserialize(Reader(&left)) {
            Ok(value) if complaints.is_empty() => return Ok(value),
            Ok(_) => return Err(complaints),
            Err(wrong) => wrong,
        };
        let is_told = wrong.missing().is_some_and(|key| told.iter().any(|known| known == key));
        told.extend(wrong.meant().map(str::to_owned));
        let complaint = wrong.complaint(&node.span);
        let left_out = left.to_mut().without(&complaint.span);
        if !is_told {
            complaints.push(complaint);
        }
        match left_out {
            Some(left_out) if complaints.len() < MOST => told.extend(left_out.key),
            // There is nothing but what is wrong.
            _ => return Err(complaints),
        }
    }
}

/// How many mistakes are looked for in one table: it is read again for each.
const MOST: usize = 20;

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
            Value::Table(entries) => visitor.visit_map(Entries { rest: entries.iter(), entry: None }),
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
            other => Err(Wrong::no_word(other)),
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
            .map(|item| seed.deserialize(Reader(item)).map_err(|wrong| wrong.at(&item.span).in_list()))
            .transpose()
    }
}

struct Entries<'de> {
    rest: std::slice::Iter<'de, (Key, Node)>,
    entry: Option<(&'de Key, &'de Node)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.entry = Some((key, value));
        seed.deserialize(KeyReader(key)).map(Some).map_err(|wrong: Wrong| wrong.at(&key.span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let (key, value) = self.entry.take().ok_or_else(|| de::Error::custom("a value before its key"))?;
        seed.deserialize(Reader(value)).map_err(|wrong| wrong.at(&value.span).under(key))
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

    use netdiag_text::Message;

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
        #[serde(default)]
        list: Vec<String>,
    }

    #[derive(Debug, Deserialize, Eq, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        Tcp,
        NotListen,
    }

    #[test]
    fn values_come_with_their_places() {
        let text = "name = \"x\"\nkind = \"not-listen\"\ninner = { a = 7 }\n";
        let node = notation::toml(text).unwrap();
        let sample: Sample = read(&node, &[]).unwrap();
        assert_eq!(
            (sample.name.value.as_str(), sample.kind, sample.count),
            ("x", Some(Word::NotListen), None)
        );
        assert!(sample.list.is_empty());
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
            let sample: Sample = read(&node, &[]).unwrap();
            assert_eq!(&text[sample.name.part(&(2..4))], expected, "{text}");
        }
    }

    /// Each complaint: the place, what is said, and the help.
    fn told(text: &str, of: &[&str]) -> Vec<(String, String, String)> {
        let node = notation::toml(text).unwrap();
        let complaints = read::<Sample>(&node, of).expect_err(text);
        let told = |complaint: &Complaint| {
            let help = complaint.help.as_ref().map(Message::unshown).unwrap_or_default();
            (text[complaint.span.clone()].to_owned(), complaint.message.unshown().to_owned(), help.to_owned())
        };
        complaints.iter().map(told).collect()
    }

    #[test]
    fn a_complaint_is_about_the_smallest_part_that_is_wrong() {
        #[rustfmt::skip]
        let cases = [
            ("name = \"x\"\ncuont = 1\n",           "cuont",        "unknown key `cuont`", "did you mean `count`?"),
            ("name = \"x\"\nzzzzzzzzz = 1\n",       "zzzzzzzzz",    "unknown key `zzzzzzzzz`", "known are name, count, kind, inner, list"),
            ("name = 5\n",                          "5",            "`name` is the number 5; wanted is text in quotes", "write name = \"5\" in quotes"),
            ("name = true\n",                       "true",         "`name` is true; wanted is text in quotes", "write name = \"true\" in quotes"),
            ("name = \"x\"\ncount = -1\n",          "-1",           "`count` is the number -1; wanted is a whole number from 0 to 4294967295", ""),
            ("name = \"x\"\ncount = \"5\"\n",       "\"5\"",        "`count` is the text \"5\"; wanted is a whole number from 0 to 4294967295", "write count = 5 without quotes"),
            ("name = \"x\"\nkind = \"tpc\"\n",      "\"tpc\"",      "`kind`: unknown word `tpc`", "did you mean `tcp`?"),
            ("name = \"x\"\nkind = 3\n",            "3",            "`kind` is the number 3; wanted is a word in quotes", "write kind = \"3\" in quotes"),
            ("name = \"x\"\ninner = { b = true }\n", "true",        "`b` is true; wanted is a whole number from 0 to 65535", ""),
            ("name = \"x\"\ninner = 5\n",           "5",            "`inner` is the number 5; wanted is a table such as { NAME = VALUE }", ""),
            ("name = \"x\"\nlist = \"a\"\n",        "\"a\"",        "`list` is the text \"a\"; wanted is a list", "write list = [\"a\"] in brackets"),
            ("name = \"x\"\nlist = [\"a\", 5]\n",   "5",            "an item of `list` is the number 5; wanted is text in quotes", "write \"5\" in quotes"),
            ("",                                     "",             "the key `name` is missing", ""),
        ];
        for (text, place, message, help) in cases {
            let expected = (place.to_owned(), message.to_owned(), help.to_owned());
            assert_eq!(told(text, &[]), [expected], "{text}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_found_and_nothing_that_follows_from_it() {
        let text = "nmae = 1\ncount = \"5\"\nkind = \"tpc\"\ninner = { a = 1, b = true, c = [] }\nlist = [1, \"a\", 2]\n";
        let places = |of: &[&str]| told(text, of).into_iter().map(|(place, ..)| place).collect::<Vec<_>>();
        let expected = ["nmae", "\"5\"", "\"tpc\"", "true", "[]", "1", "2"];
        assert_eq!(places(&[]), expected, "what is meant by a key that is none is not missing");
        let missing = "count = \"5\"\n";
        assert_eq!(told(missing, &[]).len(), 2);
        assert_eq!(told(missing, &["name"]).len(), 1);
        let many = format!("name = \"x\"\nlist = [{}]\n", "1, ".repeat(10_000));
        assert_eq!(told(&many, &[]).len(), MOST);
    }
}
