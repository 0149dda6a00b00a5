//! A JSON body, and what paths lead to in it, as far as it is worth to look.
//!
//! The body is somebody else's: what it may cost is known before anything is made of it.

use std::fmt::{self, Write as _};

use netdiag_text::{Message, message};
use serde_json::Value;
use serde_json_path::JsonPath;

use super::reach::{Extent, Reach, TooDeep};
use crate::source::{Complaint, Placed};

/// A path that a file has.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) path: JsonPath,
    pub(super) reach: Reach,
}

/// A body that was read.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) value: Value,
    pub(super) extent: Extent,
}

/// Values of a body; more are not looked at.
pub(super) const MOST_NODES: u64 = 1 << 20;
/// Nodes that one path may look at, those looked at several times counted as often.
pub(super) const MOST_VISITS: u64 = 16 << 20;
/// Bytes of what a path leads to that are compared.
pub(super) const MOST_TEXT: usize = 1 << 20;

impl Path {
    /// Reads a key of `expect.json`.
    pub(super) fn read(text: &Placed<String>) -> Result<Self, Complaint> {
        let too_deep = |TooDeep(at, what, most)| {
            Complaint::new(&text.part(&(at..at + 1)), message!("more than {} {} in each other", most, what))
        };
        let reach = Reach::of(&text.value).map_err(too_deep)?;
        let wrong = |error| Complaint::new(&text.span, message!("`{}`: {}", text.value, error));
        if ends_within_escape(&text.value) {
            return Err(wrong("it ends within `\\uXXXX`".to_owned()));
        }
        Ok(Self { path: JsonPath::parse(&text.value).map_err(|error| wrong(error.to_string()))?, reach })
    }

    /// The nodes it leads to.
    ///
    /// # Errors
    /// It would look at too many.
    pub(super) fn query<'d>(&self, document: &'d Document) -> Result<Vec<&'d Value>, Message> {
        let Extent { nodes, levels } = document.extent;
        if self.reach.visits(document.extent) > MOST_VISITS as f64 {
            return Err(message!(
                "{} values in {} levels, of which this path might look at more than {}",
                nodes,
                levels,
                MOST_VISITS
            ));
        }
        Ok(self.path.query(&document.value).all())
    }
}

/// Whether a text ends before the digits of a `\uXXXX` do. No path does, and the reader of paths panics there.
fn ends_within_escape(text: &str) -> bool {
    let escape = text.rsplit_once('\\').and_then(|(_, escape)| escape.strip_prefix('u'));
    escape.is_some_and(|digits| digits.len() < 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

impl Document {
    /// Reads a body.
    ///
    /// # Errors
    /// It is no JSON, or has too many values in it.
    pub(super) fn read(body: &[u8]) -> Result<Self, Message> {
        let extent = extent(body);
        if extent.nodes > MOST_NODES as f64 {
            return Err(message!("{} values, more than {} are not looked at", extent.nodes, MOST_NODES));
        }
        let value = serde_json::from_slice(body).map_err(|error| Message::foreign(&error))?;
        Ok(Self { value, extent })
    }
}

/// How large a document is that these bytes would be, without making it.
fn extent(body: &[u8]) -> Extent {
    let (mut nodes, mut level, mut deepest) = (1_u64, 1_u64, 1_u64);
    let mut bytes = body.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'\\' => _ = bytes.next(),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            b',' => nodes += 1,
            b'[' | b'{' => {
                nodes += 1;
                level += 1;
                deepest = deepest.max(level);
            }
            b']' | b'}' => level = level.saturating_sub(1),
            _ => {}
        }
    }
    Extent { nodes: nodes as f64, levels: deepest as f64 }
}

/// What nodes are as one text, with commas between them: texts as they are, everything else as JSON.
///
/// # Errors
/// The beginning, if it is too long.
pub(super) fn text_of(nodes: &[&Value]) -> Result<String, String> {
    let mut text = Limited { text: String::new(), most: MOST_TEXT };
    let written = nodes.iter().enumerate().try_for_each(|(number, node)| {
        text.write_str(if number > 0 { ", " } else { "" })?;
        match node {
            Value::String(words) => text.write_str(words),
            other => write!(text, "{other}"),
        }
    });
    if written.is_ok() { Ok(text.text) } else { Err(text.text) }
}

/// A text that takes so much and no more.
struct Limited {
    text: String,
    most: usize,
}

impl fmt::Write for Limited {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = self.most - self.text.len();
        let fits = (0..=room.min(part.len())).rev().find(|end| part.is_char_boundary(*end));
        self.text.push_str(&part[..fits.unwrap_or_default()]);
        if part.len() > room { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::read(&Placed { span: 0..0, value: text.to_owned() }).unwrap()
    }

    /// Objects in each other around an array of so many elements, each of which has an `id`.
    fn nested(objects: usize, elements: usize) -> String {
        let array = vec!["{\"id\":1}"; elements].join(",");
        format!("{}[{array}]{}", "{\"items\":".repeat(objects), "}".repeat(objects))
    }

    #[test]
    fn a_path_that_ends_within_an_escape_is_refused() {
        for text in
            ["$[\"\\u", "$['\\ud", "$[\"\\u00e", "$['\\ud83d\\u", "$['\\ud83d\\ud", "$[\"\\u00e9", "$\\u"]
        {
            let read = Path::read(&Placed { span: 0..text.len(), value: text.to_owned() });
            assert!(read.is_err(), "{text}");
        }
        path("$[\"\\u00e9\"]['\\\\u']");
    }

    #[test]
    fn a_document_is_not_made_of_more_values_than_its_bound() {
        let large = nested(110, 1_100_000);
        let why = Document::read(large.as_bytes()).unwrap_err();
        assert_eq!(why.unshown(), "2200111 values, more than 1048576 are not looked at");
        let many = format!("[{}]", vec!["0"; 1 << 20].join(","));
        assert!(Document::read(many.as_bytes()).is_err());
        // What stands in texts is no value.
        let text = format!("[\"{}\\\"{}\"]", "[,".repeat(1 << 20), ",".repeat(1 << 20));
        assert_eq!(Document::read(text.as_bytes()).unwrap().extent.nodes, 2.0);
    }

    #[test]
    fn the_extent_of_bytes_is_that_of_the_document() {
        #[rustfmt::skip]
        let cases = [
            ("1",                             1.0, 1.0),
            ("[1,2,[3]]",                     5.0, 3.0),
            ("{\"a\":{\"b\":[1,\"x,[\\\"\"]}}", 5.0, 4.0),
            ("\"unfinished \\",               1.0, 1.0),
        ];
        for (text, nodes, levels) in cases {
            let extent = extent(text.as_bytes());
            assert_eq!((extent.nodes, extent.levels), (nodes, levels), "{text}");
        }
    }

    #[test]
    fn a_path_does_not_look_at_more_nodes_than_its_bound() {
        let document = Document::read(nested(110, 250_000).as_bytes()).unwrap();
        let why = path("$..items..id").query(&document).unwrap_err();
        assert_eq!(
            why.unshown(),
            "500111 values in 113 levels, of which this path might look at more than 16777216"
        );
        assert_eq!(path("$..id").query(&document).unwrap().len(), 250_000);
        let flat = Document::read(nested(1, 250_000).as_bytes()).unwrap();
        assert_eq!(path("$..items..id").query(&flat).unwrap().len(), 250_000);
        // So large an answer is one for every element.
        assert!(path("$.items[?$.items[*]]").query(&flat).is_err());
    }

    #[test]
    fn no_more_is_told_of_nodes_than_the_bound() {
        let values: Vec<Value> = vec![Value::from("é".repeat(100_000)); 10];
        let nodes: Vec<&Value> = values.iter().collect();
        let cut = text_of(&nodes).unwrap_err();
        assert!(cut.len() <= 1 << 20 && cut.len() > (1 << 20) - 4, "{}", cut.len());
        assert_eq!(text_of(&nodes[..5]).unwrap().len(), 5 * 200_000 + 4 * 2);
        let values = [Value::from("a"), Value::from(1), serde_json::json!({"b": ["c"]})];
        assert_eq!(text_of(&values.each_ref()).unwrap(), "a, 1, {\"b\":[\"c\"]}");
    }
}
