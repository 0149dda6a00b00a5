//! The frame of all JSON: one document with everything in it, or one object per line.
//!
//! What comes first and last is the same for every tool. A document is written as it comes, so it is no valid JSON before its end; a
//! reader that stops early sees that.

use std::io::{self, Sink, Write};
use std::mem;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::Serialize;

use super::error::Notice;
use super::time::Time;

/// What objects are put into.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// One object with everything in it.
    Document,
    /// Lines, told apart by their key `record`.
    Lines,
}

/// What comes first, of a run about `T`.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Begin<T> {
    /// The schema; a change that breaks readers changes the number, new keys do not.
    schema: &'static str,
    /// The version of netdiag that wrote this.
    netdiag: &'static str,
    /// When the run began.
    time: Time,
    #[serde(flatten)]
    about: T,
}

/// What comes last, with what a run came to. Output that breaks off before it is not whole.
#[derive(Debug, JsonSchema, Serialize)]
pub struct End<'a, T> {
    /// Whether all is there that was asked for and that this kernel has; if not, `notices` says why.
    complete: bool,
    /// What went wrong with the run itself, and what may be missing for it.
    notices: &'a [Notice],
    #[serde(flatten)]
    summary: T,
}

/// A run about which there is nothing to say.
#[derive(Clone, Copy, Debug, JsonSchema, Serialize)]
pub struct Nothing {}

/// JSON on its way out. A document is its keys, lists among them; as lines, its beginning, its end and every item of a list are one.
#[derive(Debug)]
pub struct Frame<W> {
    out: W,
    shape: Shape,
    /// What has not been written yet; ends with a whole record.
    page: Vec<u8>,
    /// Items of the list at hand.
    items: u64,
    /// Whether the document has a key already.
    begun: bool,
}

/// What a document calls the `time` of its end.
pub const END_TIME: &str = "end_time";

/// A point between items to come back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    page: usize,
    items: u64,
}

impl<W: Write> Frame<W> {
    /// Nothing is written before [`write`](Self::write); `room` is for how many bytes.
    pub fn new(out: W, shape: Shape, room: usize) -> Self {
        Self { out, shape, page: Vec::with_capacity(room), items: 0, begun: false }
    }

    /// Whether it is one document.
    pub fn is_document(&self) -> bool {
        self.shape == Shape::Document
    }

    /// Adds what comes first: which schema this is, when the run began, and what it is about.
    ///
    /// # Errors
    /// A value that JSON cannot hold.
    pub fn begin(
        &mut self,
        schema: &'static str,
        time: SystemTime,
        about: &impl Serialize,
    ) -> io::Result<()> {
        let begin = Begin { schema, netdiag: env!("CARGO_PKG_VERSION"), time: Time(time), about };
        if self.is_document() { self.keys(&begin) } else { self.object(Some("begin"), None, &begin) }
    }

    /// Begins a list under the key `name`; lines just go on.
    pub fn begin_list(&mut self, name: &str) {
        self.items = 0;
        if self.is_document() {
            self.key(name);
            self.page.push(b'[');
        }
    }

    /// Adds an item to a list of one kind; as lines, a line called `kind`.
    ///
    /// # Errors
    /// A value that JSON cannot hold.
    #[inline]
    pub fn item(&mut self, kind: &str, value: &impl Serialize) -> io::Result<()> {
        self.count();
        let kind = if self.is_document() { None } else { Some(kind) };
        self.object(kind, None, value)
    }

    /// The same of what happened at a time.
    ///
    /// # Errors
    /// A value that JSON cannot hold.
    pub fn event(&mut self, kind: &str, time: SystemTime, value: &impl Serialize) -> io::Result<()> {
        self.count();
        let kind = if self.is_document() { None } else { Some(kind) };
        self.object(kind, Some(time), value)
    }

    /// The same in a list of several kinds, whose items are told apart in a document, too.
    ///
    /// # Errors
    /// A value that JSON cannot hold.
    pub fn event_among_others(
        &mut self,
        kind: &str,
        time: SystemTime,
        value: &impl Serialize,
    ) -> io::Result<()> {
        self.count();
        self.object(Some(kind), Some(time), value)
    }

    /// A frame for more items of the list, which are to be put here.
    pub fn apart(&self) -> Frame<Sink> {
        Frame { out: io::sink(), shape: self.shape, page: Vec::new(), items: 0, begun: true }
    }

    /// Gives up all items, and how many they are.
    pub fn take_items(&mut self) -> (Vec<u8>, u64) {
        (mem::take(&mut self.page), mem::take(&mut self.items))
    }

    /// Adds items of a frame [apart](Self::apart).
    pub fn append(&mut self, items: &[u8], count: u64) {
        if self.is_document() && self.items > 0 && count > 0 {
            self.page.push(b',');
        }
        self.items += count;
        self.page.extend_from_slice(items);
    }

    /// Ends the list.
    pub fn end_list(&mut self) {
        if self.is_document() {
            self.page.extend_from_slice(b"\n]");
        }
    }

    /// Adds what comes last, and writes what is left: when the run ended, what may be missing, and what it came to.
    ///
    /// # Errors
    /// Those of writing, or a value that JSON cannot hold.
    pub fn end(&mut self, time: SystemTime, notices: &[Notice], summary: &impl Serialize) -> io::Result<()> {
        let complete = !notices.iter().any(Notice::leaves_gaps);
        let end = End { complete, notices, summary };
        if self.is_document() {
            // Its `time` is when the run began.
            self.key(END_TIME);
            self.value(&Time(time))?;
            self.keys(&end)?;
            self.page.extend_from_slice(b"}\n");
        } else {
            self.object(Some("end"), Some(time), &end)?;
        }
        self.flush()
    }

    /// Items of the list so far.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// Bytes that have not been written.
    pub fn held_back(&self) -> usize {
        self.page.len()
    }

    /// This point.
    pub fn mark(&self) -> Mark {
        Mark { page: self.page.len(), items: self.items }
    }

    /// Takes back what was added since; nothing may have been written since.
    pub fn rewind(&mut self, mark: Mark) {
        self.page.truncate(mark.page);
        self.items = mark.items;
    }

    /// Writes what has been held back.
    ///
    /// # Errors
    /// Those of writing.
    pub fn write(&mut self) -> io::Result<()> {
        self.out.write_all(&self.page)?;
        self.page.clear();
        Ok(())
    }

    /// The same, past whatever buffers it.
    ///
    /// # Errors
    /// Those of writing.
    pub fn flush(&mut self) -> io::Result<()> {
        self.write()?;
        self.out.flush()
    }

    /// Adds the keys of `value`, an object, to the document.
    fn keys(&mut self, value: &impl Serialize) -> io::Result<()> {
        let brace = self.page.len();
        self.value(value)?;
        self.page[brace] = self.separator();
        // The object goes on.
        self.page.pop();
        Ok(())
    }

    /// Goes on to the next item.
    #[inline]
    fn count(&mut self) {
        if self.is_document() {
            self.page.extend_from_slice(if self.items == 0 { b"\n" } else { b",\n" });
        }
        self.items += 1;
    }

    /// Adds an object: `value` with these keys in front.
    #[inline]
    fn object(
        &mut self,
        kind: Option<&str>,
        time: Option<SystemTime>,
        value: &impl Serialize,
    ) -> io::Result<()> {
        let start = self.page.len();
        if let Some(kind) = kind {
            for part in ["{\"record\":\"", kind, "\""] {
                self.page.extend_from_slice(part.as_bytes());
            }
        }
        if let Some(time) = time {
            self.page.extend_from_slice(if self.page.len() == start { b"{\"time\":" } else { b",\"time\":" });
            self.value(&Time(time))?;
        }
        let brace = self.page.len();
        self.value(value)?;
        match self.page.get(brace + 1) {
            _ if brace == start => {}
            // Nothing but the keys in front.
            Some(b'}') => _ = self.page.remove(brace),
            _ => self.page[brace] = b',',
        }
        if self.shape == Shape::Lines {
            self.page.push(b'\n');
        }
        Ok(())
    }

    /// Adds a value as it stands: the one place where it becomes JSON.
    #[inline]
    fn value(&mut self, value: &impl Serialize) -> io::Result<()> {
        Ok(super::to_writer(&mut self.page, value)?)
    }

    /// Adds a key to the document, without its value.
    fn key(&mut self, name: &str) {
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
    use std::time::Duration;

    use super::*;

    #[derive(Serialize)]
    struct Point {
        x: u32,
        y: u32,
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn written(shape: Shape) -> String {
        let mut out = Vec::new();
        let mut frame = Frame::new(&mut out, shape, 0);
        frame.begin("netdiag.test/1", at(0), &Point { x: 1, y: 2 }).unwrap();
        frame.begin_list("points");
        for x in 0..2 {
            frame.item("point", &Point { x, y: 0 }).unwrap();
            let mark = frame.mark();
            frame.item("point", &Point { x, y: 1 }).unwrap();
            assert_eq!(frame.items(), u64::from(x) + 2);
            frame.rewind(mark);
        }
        frame.event("point", at(1), &Point { x: 3, y: 4 }).unwrap();
        frame.end_list();
        frame.begin_list("events");
        frame.event_among_others("none", at(2), &Nothing {}).unwrap();
        frame.end_list();
        frame.begin_list("empty");
        frame.end_list();
        let notices = [Notice::new("unsupported", "so"), Notice::new("os", "no")];
        frame.end(at(3), &notices[..1], &Nothing {}).unwrap();
        assert_eq!(frame.held_back(), 0);
        String::from_utf8(out).unwrap().replace(env!("CARGO_PKG_VERSION"), "V")
    }

    #[test]
    fn a_document_is_one_object() {
        let expected = r#"{"schema":"netdiag.test/1","netdiag":"V","time":"1970-01-01T00:00:00.000000Z","x":1,"y":2,"points":[
{"x":0,"y":0},
{"x":1,"y":0},
{"time":"1970-01-01T00:00:01.000000Z","x":3,"y":4}
],"events":[
{"record":"none","time":"1970-01-01T00:00:02.000000Z"}
],"empty":[
],"end_time":"1970-01-01T00:00:03.000000Z","complete":true,"notices":[{"kind":"unsupported","message":"so"}]}
"#;
        assert_eq!(written(Shape::Document), expected);
    }

    #[test]
    fn items_written_apart_are_items_of_the_list() {
        for shape in [Shape::Document, Shape::Lines] {
            let written = |counts: [u32; 3], divided: bool| {
                let mut out = Vec::new();
                let mut frame = Frame::new(&mut out, shape, 0);
                frame.begin("netdiag.test/1", at(0), &Point { x: 1, y: 2 }).unwrap();
                frame.begin_list("points");
                let mut apart = frame.apart();
                for (part, count) in (0..).zip(counts) {
                    for x in 0..count {
                        let point = Point { x, y: part };
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
                frame.end(at(1), &[], &Nothing {}).unwrap();
                out
            };
            for counts in [[2, 3, 1], [0, 2, 2], [3, 0, 1], [0, 0, 0], [0, 0, 2]] {
                assert_eq!(written(counts, true), written(counts, false), "{shape:?} {counts:?}");
            }
        }
    }

    #[test]
    fn lines_are_told_apart() {
        let expected = r#"{"record":"begin","schema":"netdiag.test/1","netdiag":"V","time":"1970-01-01T00:00:00.000000Z","x":1,"y":2}
{"record":"point","x":0,"y":0}
{"record":"point","x":1,"y":0}
{"record":"point","time":"1970-01-01T00:00:01.000000Z","x":3,"y":4}
{"record":"none","time":"1970-01-01T00:00:02.000000Z"}
{"record":"end","time":"1970-01-01T00:00:03.000000Z","complete":true,"notices":[{"kind":"unsupported","message":"so"}]}
"#;
        assert_eq!(written(Shape::Lines), expected);
    }
}
