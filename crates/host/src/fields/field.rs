//! What a field is, and a group of them.
//!
//! A word is unique within its group only: TCP's `rtt` and Vegas's are two fields.

use netdiag_text::Dimension;

use super::facts::Facts;
use super::value::{Kind, Value};
use crate::sockets::{SocketDetails, Tables};

/// One thing to know of a socket.
#[derive(Debug)]
pub struct Field {
    /// What it is called.
    pub word: &'static str,
    /// What machine formats call it: its word and its unit.
    pub key: &'static str,
    /// What its numbers count.
    pub unit: Unit,
    /// What values it has.
    pub kind: Kind,
    /// What it means, where the kernel has it, and what its absence means.
    pub doc: &'static str,
    /// Sockets of which tables can have it.
    pub tables: Tables,
    /// What must be asked for to know it.
    pub needs: SocketDetails,
    pub(super) read: for<'a> fn(&Facts<'a>) -> Option<Value<'a>>,
}

/// Fields that are known together.
#[derive(Debug)]
pub struct Group {
    /// What it is called.
    pub word: &'static str,
    /// What it is about.
    pub doc: &'static str,
    /// How many of the fields, from the first, are always there if the group is.
    pub always: usize,
    /// In order.
    pub fields: &'static [Field],
    pub(super) is_told: fn(&Facts<'_>) -> bool,
}

/// What a field's numbers count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Unit {
    /// Things, or nothing: a bare number.
    None,
    /// Time.
    Microseconds,
    /// Data.
    Bytes,
    /// Data per time.
    BytesPerSecond,
}

impl Field {
    /// Its value of a socket; `None` where the socket has none, the kernel did not tell, or nothing has been measured yet.
    #[inline]
    pub fn read<'a>(&self, facts: &Facts<'a>) -> Option<Value<'a>> {
        (self.read)(facts)
    }

    /// Its value in the base unit of its dimension, if it is a number.
    pub fn measure(&self, facts: &Facts<'_>) -> Option<f64> {
        Some(self.read(facts)?.number()? / self.unit.per_base())
    }
}

impl Group {
    /// Whether a socket has it.
    #[inline]
    pub fn is_told(&self, facts: &Facts<'_>) -> bool {
        (self.is_told)(facts) && self.fields.iter().take(self.always).all(|field| field.read(facts).is_some())
    }

    /// The field that is called so.
    pub fn field(&self, word: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.word == word)
    }
}

impl Unit {
    /// What its values measure.
    pub fn dimension(self) -> Dimension {
        match self {
            Self::None => Dimension::Count,
            Self::Microseconds => Dimension::Time,
            Self::Bytes => Dimension::Bytes,
            Self::BytesPerSecond => Dimension::Rate,
        }
    }

    /// How many of it make the base unit of its dimension.
    fn per_base(self) -> f64 {
        match self {
            Self::Microseconds => 1e6,
            Self::None | Self::Bytes | Self::BytesPerSecond => 1.0,
        }
    }
}
