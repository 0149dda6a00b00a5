//! JSON as everything here writes it: no character in it does anything to a terminal, and none is lost.
//!
//! JSON itself lets most of them stand as they are (RFC 8259 §7 only escapes C0); here they become `\uXXXX`, which every reader
//! reads back.

#[cfg(feature = "records")]
pub mod address;
#[cfg(feature = "records")]
pub mod error;
#[cfg(feature = "records")]
pub mod frame;
#[cfg(feature = "records")]
pub mod record;
#[cfg(feature = "records")]
pub mod schema;
#[cfg(feature = "records")]
pub mod time;

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::terminal::{Piece, is_plain_ascii, pieces};

/// Writes a value on one line, without a newline behind it.
///
/// # Errors
/// What the writer says, or a value that JSON cannot hold.
pub fn to_writer(out: impl io::Write, value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Harmless(CompactFormatter)))
}

/// A value on one line.
///
/// # Errors
/// A value that JSON cannot hold.
pub fn to_string(value: &(impl Serialize + ?Sized)) -> serde_json::Result<String> {
    let mut text = Vec::new();
    to_writer(&mut text, value)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A value as people read it, a line for each key, without a newline behind it.
///
/// # Errors
/// A value that JSON cannot hold.
pub fn to_string_pretty(value: &(impl Serialize + ?Sized)) -> serde_json::Result<String> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Harmless(PrettyFormatter::new())))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A formatter that escapes in strings what the one within it does not.
struct Harmless<F>(F);

/// Calls the formatter within.
macro_rules! as_within {
    ($($method:ident $(($first:ident: bool))?;)*) => { $(
        fn $method<W: ?Sized + io::Write>(&mut self, out: &mut W $(, $first: bool)?) -> io::Result<()> {
            self.0.$method(out $(, $first)?)
        }
    )* };
}

impl<F: Formatter> Formatter for Harmless<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if is_plain_ascii(fragment.as_bytes()) {
            return self.0.write_string_fragment(out, fragment);
        }
        for piece in pieces(fragment.as_bytes()) {
            match piece {
                Piece::Plain(plain) => self.0.write_string_fragment(out, plain)?,
                Piece::Acting(acting) => {
                    let units = acting.encode_utf16(&mut [0; 2]).to_vec();
                    units.into_iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))?;
                }
                // A str is text throughout.
                Piece::Stray(_) => {}
            }
        }
        Ok(())
    }

    as_within! {
        begin_array;
        end_array;
        begin_array_value(first: bool);
        end_array_value;
        begin_object;
        end_object;
        begin_object_key(first: bool);
        end_object_key;
        begin_object_value;
        end_object_value;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::terminal::acts;

    #[test]
    fn nothing_acts_and_nothing_is_lost() {
        let hostile = "a\"\\\n\x1b\x7f\u{9b}2J\u{202e}\u{2028}\u{feff}\u{e0041}é日";
        let value = json!({ "list": [hostile, 1], "key\u{85}": null, "empty": {} });
        let expected = r#"{"list":["a\"\\\n\u001b\u007f\u009b2J\u202e\u2028\ufeff\udb40\udc41é日",1],"key\u0085":null,"empty":{}}"#;
        let [line, page] = [to_string(&value).unwrap(), to_string_pretty(&value).unwrap()];
        assert_eq!(line, expected);
        assert!(!page.contains(|character: char| acts(character) && character != '\n'), "{page}");
        for text in [&line, &page] {
            assert_eq!(serde_json::from_str::<Value>(text).unwrap(), value);
        }
        let plain = json!({ "a": [1, { "b": [] }], "c": "d" });
        assert_eq!(to_string(&plain).unwrap(), serde_json::to_string(&plain).unwrap());
        assert_eq!(to_string_pretty(&plain).unwrap(), serde_json::to_string_pretty(&plain).unwrap());
    }
}
