//! A check file as a tree in which every key and value knows its place, whichever notation it was written in.

use std::ops::Range;

/// A value and the bytes of the file it was read from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// In the order written.
    Table(Vec<(Key, Node)>),
}

/// A key of a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Key {
    pub(crate) span: Range<usize>,
    pub(crate) name: String,
}

impl Node {
    /// The table's entries; none where it is no table.
    pub(crate) fn entries(&self) -> &[(Key, Self)] {
        if let Value::Table(entries) = &self.value { entries } else { &[] }
    }

    /// The value under a key.
    pub(crate) fn entry(&self, name: &str) -> Option<&Self> {
        self.entries().iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// Shows every text in it to `change`, which may replace it, with its place and the key it stands under.
    pub(crate) fn each_text(&mut self, change: &mut impl FnMut(&mut String, &Range<usize>, &str)) {
        self.each_text_under("", change);
    }

    fn each_text_under(&mut self, key: &str, change: &mut impl FnMut(&mut String, &Range<usize>, &str)) {
        match &mut self.value {
            Value::Text(text) => change(text, &self.span, key),
            Value::List(items) => items.iter_mut().for_each(|item| item.each_text_under(key, change)),
            Value::Table(entries) => {
                entries.iter_mut().for_each(|(key, node)| node.each_text_under(&key.name, change));
            }
            Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Float(_) => {}
        }
    }
}

impl Value {
    /// What it is called in complaints.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a fractional number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}
