//! Values that JSON has no type for, as strings: addresses, names from outside, words for kernel numbers.
//!
//! They are written without a copy on the heap. Names are bytes to the kernel and text to JSON: what is not UTF-8 is
//! replaced, so whoever needs it exactly gets it a second time, as [`Hex`].

use std::borrow::Cow;
use std::fmt;

use netdiag_host::{UNKNOWN_NETID, fields};
use netdiag_sockdiag::words::{self, Words};
use netdiag_sockdiag::{State, inet};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::super::address;

/// An IP address as the C library writes it, without scope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ip<'a> {
    pub(crate) family: inet::Family,
    /// An IPv4 address is the first four.
    pub(crate) bytes: &'a [u8; 16],
}

impl Ip<'_> {
    /// Whether it means something on one link only (RFC 4291, 2.5.6 and 2.7).
    pub(crate) fn is_link_local(&self) -> bool {
        let &[first, second, ..] = self.bytes;
        let is_local = first == 0xfe && second & 0xc0 == 0x80 || first == 0xff && second & 0x0f == 2;
        is_local && self.family == inet::Family::V6
    }

    /// Whether it stands for no address, or for all.
    pub(crate) fn is_unspecified(&self) -> bool {
        match self.family {
            inet::Family::V4 => self.bytes.starts_with(&[0; 4]),
            inet::Family::V6 => *self.bytes == [0; 16],
        }
    }
}

impl Serialize for Ip<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.family {
            inet::Family::V4 => {
                let &[a, b, c, d, ..] = self.bytes;
                let mut room = [0; address::V4 + 1];
                let len = address::write_v4([a, b, c, d], &mut room);
                Text(&room[..len]).serialize(serializer)
            }
            inet::Family::V6 => {
                let mut room = [0; address::V6];
                let len = address::write_v6(self.bytes, &mut room);
                Text(&room[..len]).serialize(serializer)
            }
        }
    }
}

/// Which socket it is, by the word of the Netid column, where that has one.
pub(crate) fn netid(shown: &'static str) -> &'static str {
    if shown == UNKNOWN_NETID { words::UNKNOWN } else { shown }
}

/// Text from outside; what is not UTF-8 becomes U+FFFD.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a>(pub(crate) &'a [u8]);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match str::from_utf8(self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.collect_str(self),
        }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.utf8_chunks().try_for_each(|chunk| {
            f.write_str(chunk.valid())?;
            if chunk.invalid().is_empty() { Ok(()) } else { f.write_str("\u{fffd}") }
        })
    }
}

/// Bytes as pairs of hexadecimal digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A state by the word that `ss state WORD` takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StateWord(pub(crate) State);

impl Serialize for StateWord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(words::STATES.name(self.0.0).unwrap_or(words::UNKNOWN))
    }
}

/// Which of a row of bits are set, by name; bits without a name are left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flags(fields::Flags);

impl Flags {
    pub(crate) fn new(bits: impl Into<u64>, words: Words) -> Self {
        Self(fields::Flags { bits: bits.into(), words })
    }
}

impl Serialize for Flags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.names())
    }
}

macro_rules! schema {
    ($($kind:ty => { $($json:tt)* };)*) => { $(
        impl JsonSchema for $kind {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($kind).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ $($json)* })
            }
        }
    )* };
}

schema! {
    Ip<'_> => { "type": "string" };
    Text<'_> => { "type": "string" };
    Hex<'_> => { "type": "string", "pattern": "^([0-9a-f]{2})*$" };
    StateWord => { "type": "string", "enum": words::STATES.names().collect::<Vec<_>>() };
    Flags => { "type": "array", "items": { "type": "string" } };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: impl Serialize) -> String {
        netdiag_text::json::to_string(&value).unwrap()
    }

    #[test]
    fn values_are_written_as_strings() {
        let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4];
        #[rustfmt::skip]
        let cases = [
            (json(Ip { family: inet::Family::V4, bytes: &[1; 16] }), r#""1.1.1.1""#),
            (json(Ip { family: inet::Family::V6, bytes: &[0; 16] }), r#""::""#),
            (json(Ip { family: inet::Family::V6, bytes: &mapped }),  r#""::ffff:1.2.3.4""#),
            (json(Text(b"a\"b\\c\n\x1b\x7f\xc3\xa4")),               "\"a\\\"b\\\\c\\n\\u001b\\u007fä\""),
            (json(Text(b"a\xff\"\xfe")),                             "\"a\u{fffd}\\\"\u{fffd}\""),
            (json(Hex(b"a\xff\x00")),                                r#""61ff00""#),
            (json(StateWord(State::CLOSE)),                          r#""unconnected""#),
            (json(StateWord(State(200))),                            r#""unknown""#),
            (json(Flags::new(0b1111_u32, words::TCP_OPTIONS)),        r#"["ts","sack","ecn"]"#),
            (json(Flags::new(0_u8, words::TCP_OPTIONS)),              "[]"),
        ];
        for (written, expected) in cases {
            assert_eq!(written, expected);
        }
    }
}
