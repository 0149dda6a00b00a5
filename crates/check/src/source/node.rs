//! A check file as a tree in which every key and value knows its place, whichever notation it was written in.

use std::ops::Range;

use netdiag_text::{Message, message};

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
    pub(crate) writing: Writing,
}

/// How a key is given its value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Writing {
    /// `count = 5`
    Toml,
    /// `"count": 5`
    Json,
    /// `count=5`
    Word,
}

impl Key {
    /// The key with this value, as it would be written where it stands.
    pub(crate) fn assigned(&self, value: &Message) -> Message {
        match self.writing {
            Writing::Toml => message!("{} = {}", self.name, value),
            Writing::Json => message!("\"{}\": {}", self.name, value),
            Writing::Word => message!("{}={}", self.name, value),
        }
    }
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

    /// Leaves out the key or item that stands at this place, or whose key does, if there is one.
    pub(crate) fn without(&mut self, place: &Range<usize>) -> Option<LeftOut> {
        match &mut self.value {
            Value::Table(entries) => {
                match entries.iter().position(|(key, node)| key.span == *place || node.span == *place) {
                    Some(at) => Some(LeftOut { key: Some(entries.remove(at).0.name) }),
                    None => entries.iter_mut().find_map(|(_, node)| node.without(place)),
                }
            }
            Value::List(items) => match items.iter().position(|item| item.span == *place) {
                Some(at) => {
                    items.remove(at);
                    Some(LeftOut { key: None })
                }
                None => items.iter_mut().find_map(|item| item.without(place)),
            },
            Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Float(_) | Value::Text(_) => None,
        }
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

/// What was left out of a tree.
#[derive(Debug)]
pub(crate) struct LeftOut {
    /// The key, if it was no item of a list.
    pub(crate) key: Option<String>,
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
