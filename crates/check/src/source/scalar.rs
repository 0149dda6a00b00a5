//! Values that may be written in more than one way: a port as a number or as text with ranges in it.
//!
//! Serde's own enums without tags would say only that nothing matched; here it is said what was found and what is wanted.

use std::fmt;
use std::marker::PhantomData;

use netdiag_text::Message;
use serde::de::{self, Deserializer, SeqAccess, Unexpected, Visitor};

/// What a time is called where something else stands.
pub(crate) const TIME: &str = "a time with its unit, such as \"500ms\", \"2s\" or \"1m30s\"";

/// A value as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Flag(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    Texts(Vec<String>),
}

/// A type with several ways to write it.
pub(crate) trait Several: Sized {
    /// What may be written, as a complaint says it.
    const WANTED: &'static str;

    /// Reads a value; `None` if it is written in no such way.
    fn of(written: Scalar) -> Option<Result<Self, Message>>;
}

/// Reads a value of such a type.
pub(crate) fn several<'de, D: Deserializer<'de>, T: Several>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Any(PhantomData))
}

struct Any<T>(PhantomData<T>);

impl<T: Several> Any<T> {
    fn read<E: de::Error>(&self, written: Scalar, found: Unexpected<'_>) -> Result<T, E> {
        let read = T::of(written).ok_or_else(|| E::invalid_type(found, self))?;
        read.map_err(|wrong| E::custom(wrong.unshown()))
    }
}

impl<'de, T: Several> Visitor<'de> for Any<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WANTED)
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<T, E> {
        self.read(Scalar::Flag(flag), Unexpected::Bool(flag))
    }

    fn visit_i64<E: de::Error>(self, integer: i64) -> Result<T, E> {
        self.read(Scalar::Integer(integer), Unexpected::Signed(integer))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        self.read(Scalar::Number(number), Unexpected::Float(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        self.read(Scalar::Text(text.to_owned()), Unexpected::Str(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<T, A::Error> {
        if T::of(Scalar::Texts(Vec::new())).is_none() {
            return Err(de::Error::invalid_type(Unexpected::Seq, &self));
        }
        let mut texts = Vec::new();
        while let Some(text) = items.next_element()? {
            texts.push(text);
        }
        self.read(Scalar::Texts(texts), Unexpected::Seq)
    }
}
