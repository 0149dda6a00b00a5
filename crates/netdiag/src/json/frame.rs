//! The frame of all JSON: one document with everything in it, or one object per line.
//!
//! A document is written as it comes, so it is no valid JSON before its end; a reader that stops early sees that.

use std::io::{self, Sink, Write};
use std::mem;

use serde::Serialize;

/// What objects are put into.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shape {
    /// One object with everything in it.
    Document,
    /// Lines, told apart by a key.
    Lines,
}

/// How the JSON of one tool looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// The key that tells lines apart, which comes first.
    pub(crate) tag: &'static str,
    /// What an item of a document's list is preceded by on its line.
    pub(crate) indent: &'static str,
}

/// JSON on its way out. A document is its keys, lists among them; as lines, every key and every item of a list is one.
pub(crate) struct Frame<W> {
    out: W,
    shape: Shape,
    style: Style,
    /// What has not been written yet; ends with a whole record.
    page: Vec<u8>,
    /// Items of the list at hand.
    items: u64,
    /// Whether the document has a key already.
    begun: bool,
}

/// A point between items to come back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    page: usize,
    items: u64,
}

impl<W: Write> Frame<W> {
    /// Nothing is written before [`write`](Self::write); `room` is for how many bytes.
    pub(crate) fn new(out: W, shape: Shape, style: Style, room: usize) -> Self {
        Self { out, shape, style, page: Vec::with_capacity(room), items: 0, begun: false }
    }

    pub(crate) fn is_document(&self) -> bool {
        self.shape == Shape::Document
    }

    /// Adds the keys of `value`, an object, to the document; as lines, a line called `name`.
    pub(crate) fn keys(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        if self.shape == Shape::Lines {
            return self.line(name, value);
        }
        let brace = self.page.len();
        self.value(value)?;
        self.page[brace] = self.separator();
        // The object goes on.
        self.page.pop();
        Ok(())
    }

    /// Adds the key `name` to the document; as lines, a line called so.
    pub(crate) fn key(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        if self.shape == Shape::Lines {
            return self.line(name, value);
        }
        self.name(name);
        self.value(value)
    }

    /// Begins a list under the key `name`; lines just go on.
    pub(crate) fn begin_list(&mut self, name: &str) {
        self.items = 0;
        if self.is_document() {
            self.name(name);
            self.page.push(b'[');
        }
    }

    /// Adds an item to the list; as lines, a line called `name`.
    #[inline]
    pub(crate) fn item(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        if self.shape == Shape::Lines {
            self.items += 1;
            return self.line(name, value);
        }
        self.named_item(value)
    }

    /// The same where the item has the key that tells lines apart itself.
    #[inline]
    pub(crate) fn named_item(&mut self, value: &impl Serialize) -> io::Result<()> {
        if self.is_document() {
            self.page.extend_from_slice(if self.items == 0 { b"\n" } else { b",\n" });
            self.page.extend_from_slice(self.style.indent.as_bytes());
        }
        self.items += 1;
        self.value(value)?;
        if self.shape == Shape::Lines {
            self.page.push(b'\n');
        }
        Ok(())
    }

    /// A frame for more items of the list, which are to be put here.
    pub(crate) fn apart(&self) -> Frame<Sink> {
        Frame {
            out: io::sink(),
            shape: self.shape,
            style: self.style,
            page: Vec::new(),
            items: 0,
            begun: true,
        }
    }

    /// Gives up all items, and how many they are.
    pub(crate) fn take_items(&mut self) -> (Vec<u8>, u64) {
        (mem::take(&mut self.page), mem::take(&mut self.items))
    }

    /// Adds items of a frame [apart](Self::apart).
    pub(crate) fn append(&mut self, items: &[u8], count: u64) {
        if self.is_document() && self.items > 0 && count > 0 {
            self.page.push(b',');
        }
        self.items += count;
        self.page.extend_from_slice(items);
    }

    /// Ends the list.
    pub(crate) fn end_list(&mut self) {
        if self.is_document() {
            self.page.extend_from_slice(b"\n]");
        }
    }

    /// Ends the document, and writes what is left.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if self.is_document() {
            self.page.extend_from_slice(b"}\n");
        }
        self.flush()
    }

    /// Items of the list so far.
    pub(crate) fn items(&self) -> u64 {
        self.items
    }

    /// Bytes that have not been written.
    pub(crate) fn held_back(&self) -> usize {
        self.page.len()
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { page: self.page.len(), items: self.items }
    }

    /// Takes back what was added since; nothing may have been written since.
    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.page.truncate(mark.page);
        self.items = mark.items;
    }

    /// Writes what has been held back.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        self.out.write_all(&self.page)?;
        self.page.clear();
        Ok(())
    }

    /// The same, past whatever buffers it.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.write()?;
        self.out.flush()
    }

    /// Adds a line: `value`, an object with keys, with the key that tells lines apart in front.
    fn line(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        for part in ["{\"", self.style.tag, "\":\"", name, "\""] {
            self.page.extend_from_slice(part.as_bytes());
        }
        let brace = self.page.len();
        self.value(value)?;
        self.page[brace] = b',';
        self.page.push(b'\n');
        Ok(())
    }

    /// Adds a value as it stands: the one place where it becomes JSON.
    #[inline]
    fn value(&mut self, value: &impl Serialize) -> io::Result<()> {
        Ok(netdiag_text::json::to_writer(&mut self.page, value)?)
    }

    fn name(&mut self, name: &str) {
        let separator = self.separator();
        self.page.push(separator);
        for part in ["\"", name, "\":"] {
            self.page.extend_from_slice(part.as_bytes());
        }
    }

    /// What comes before the document's next key.
    fn separator(&mut self) -> u8 {
        if mem::replace(&mut self.begun, true) { b',' } else { b'{' }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Point {
        x: u32,
        y: u32,
    }

    fn written(shape: Shape, indent: &'static str) -> String {
        let mut out = Vec::new();
        let mut frame = Frame::new(&mut out, shape, Style { tag: "what", indent }, 0);
        frame.keys("begin", &Point { x: 1, y: 2 }).unwrap();
        frame.key("corner", &Point { x: 3, y: 4 }).unwrap();
        frame.begin_list("points");
        for x in 0..2 {
            frame.item("point", &Point { x, y: 0 }).unwrap();
            let mark = frame.mark();
            frame.named_item(&Point { x, y: 1 }).unwrap();
            assert_eq!(frame.items(), u64::from(x) + 2);
            frame.rewind(mark);
        }
        frame.end_list();
        frame.begin_list("none");
        frame.end_list();
        frame.keys("end", &Point { x: 5, y: 6 }).unwrap();
        frame.finish().unwrap();
        assert_eq!(frame.held_back(), 0);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_document_is_one_object() {
        let expected = r#"{"x":1,"y":2,"corner":{"x":3,"y":4},"points":[
 {"x":0,"y":0},
 {"x":1,"y":0}
],"none":[
],"x":5,"y":6}
"#;
        assert_eq!(written(Shape::Document, " "), expected);
    }

    #[test]
    fn items_written_apart_are_items_of_the_list() {
        for (shape, indent) in [(Shape::Document, " "), (Shape::Lines, "")] {
            let style = Style { tag: "what", indent };
            let written = |counts: [u32; 3], divided: bool| {
                let mut out = Vec::new();
                let mut frame = Frame::new(&mut out, shape, style, 0);
                frame.keys("begin", &Point { x: 1, y: 2 }).unwrap();
                frame.begin_list("points");
                let mut apart = frame.apart();
                for (part, count) in counts.into_iter().enumerate() {
                    for x in 0..count {
                        let point = Point { x, y: part as u32 };
                        match divided && part > 0 {
                            true => apart.item("point", &point).unwrap(),
                            false => frame.item("point", &point).unwrap(),
                        }
                    }
                    let (items, count) = apart.take_items();
                    frame.append(&items, count);
                }
                assert_eq!(frame.items(), u64::from(counts.iter().sum::<u32>()));
                frame.end_list();
                frame.finish().unwrap();
                out
            };
            for counts in [[2, 3, 1], [0, 2, 2], [3, 0, 1], [0, 0, 0], [0, 0, 2]] {
                assert_eq!(written(counts, true), written(counts, false), "{shape:?} {counts:?}");
            }
        }
    }

    #[test]
    fn lines_are_told_apart() {
        let expected = r#"{"what":"begin","x":1,"y":2}
{"what":"corner","x":3,"y":4}
{"what":"point","x":0,"y":0}
{"what":"point","x":1,"y":0}
{"what":"end","x":5,"y":6}
"#;
        assert_eq!(written(Shape::Lines, " "), expected);
    }
}
