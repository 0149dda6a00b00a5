//! The cells of many rows as one run of bytes: each its length, then its text.
//!
//! Bytes are copied in strides of a fixed size, because a call for the few bytes of a cell would cost more than the copy. So
//! there is always a stride of room behind the text, and what lies there means nothing.

use std::ops::Range;

/// Cells in the order they were written.
#[derive(Debug)]
pub(crate) struct Cells {
    bytes: Vec<u8>,
    len: usize,
}

/// The text of a cell being written.
pub(crate) struct Cell<'a>(&'a mut Cells);

/// A cell's text, and what happens to lie behind it.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    bytes: &'a [u8],
    pub(crate) len: usize,
}

impl Cells {
    /// Room for `size` bytes, which the system provides as they are used.
    pub(crate) fn with_room(size: usize) -> Self {
        Self { bytes: vec![0; size + STRIDE], len: 0 }
    }

    /// For how many bytes there is room.
    pub(crate) fn room(&self) -> usize {
        self.bytes.len() - STRIDE
    }

    /// How many bytes the cells take.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds the cells of others that lie between two places, which must be where cells begin.
    pub(crate) fn extend(&mut self, others: &Self, between: Range<usize>) {
        self.push(&others.bytes[between]);
    }

    /// Forgets all but the first `len` bytes, which must end with a cell.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Adds a cell and says how long its text is.
    #[inline]
    pub(crate) fn add(&mut self, write: impl FnOnce(&mut Cell<'_>)) -> usize {
        let start = self.len;
        self.fill(|_: &mut [u8; 1]| 1);
        write(&mut Cell(self));
        let len = self.len - start - 1;
        match u8::try_from(len) {
            Ok(short) if short != LONG => self.bytes[start] = short,
            _ => self.insert_length(start, len),
        }
        len
    }

    #[cold]
    fn insert_length(&mut self, start: usize, len: usize) {
        let text = start + 1;
        let length = u32::try_from(len).expect("no cell is 4 GiB long").to_ne_bytes();
        self.bytes[start] = LONG;
        self.fill(|_: &mut [u8; 4]| 4);
        self.bytes.copy_within(text..text + len, text + length.len());
        self.bytes[text..text + length.len()].copy_from_slice(&length);
    }

    #[inline]
    fn fill<const N: usize>(&mut self, write: impl FnOnce(&mut [u8; N]) -> usize) {
        if self.len + N + STRIDE > self.bytes.len() {
            self.grow(N);
        }
        let room = self.bytes[self.len..].first_chunk_mut();
        self.len += write(room.expect("room was made above")).min(N);
    }

    fn push(&mut self, text: &[u8]) {
        let end = self.len + text.len();
        if end + STRIDE > self.bytes.len() {
            self.grow(text.len());
        }
        self.bytes[self.len..end].copy_from_slice(text);
        self.len = end;
    }

    #[cold]
    fn grow(&mut self, more: usize) {
        self.bytes.resize(2 * self.bytes.len() + more + STRIDE, 0);
    }

    /// The cell that begins at `*at`, which is moved to the next one.
    #[inline]
    pub(crate) fn read(&self, at: &mut usize) -> Text<'_> {
        let mut start = *at + 1;
        let mut len = usize::from(self.bytes[*at]);
        if len == usize::from(LONG) {
            let length = self.bytes[start..].first_chunk().expect("the length is there");
            len = u32::from_ne_bytes(*length) as usize;
            start += length.len();
        }
        *at = start + len;
        Text { bytes: &self.bytes[start..], len }
    }
}

impl Text<'_> {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Whether there is text that does not begin with a new line.
    #[inline]
    pub(crate) fn continues_the_line(&self) -> bool {
        self.len > 0 && self.bytes.first() != Some(&b'\n')
    }

    /// Copies the text to the start of `to`, where at least a stride is overwritten.
    #[inline]
    pub(crate) fn copy_to(&self, to: &mut [u8]) {
        let first: &[u8; STRIDE] = self.bytes.first_chunk().expect("a stride of room follows");
        to[..STRIDE].copy_from_slice(first);
        if self.len > STRIDE {
            to[STRIDE..self.len].copy_from_slice(&self.bytes[STRIDE..self.len]);
        }
    }
}

impl Cell<'_> {
    /// Adds text of any length.
    pub(crate) fn push(&mut self, text: &[u8]) {
        self.0.push(text);
    }

    /// Adds one character.
    #[inline]
    pub(crate) fn byte(&mut self, byte: u8) {
        self.fill(|room: &mut [u8; 1]| {
            room[0] = byte;
            1
        });
    }

    /// Has `write` fill up to `N` bytes and say how many of them count.
    #[inline]
    pub(crate) fn fill<const N: usize>(&mut self, write: impl FnOnce(&mut [u8; N]) -> usize) {
        self.0.fill(write);
    }
}

impl std::fmt::Write for Cell<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

/// Bytes copied at a time.
pub(crate) const STRIDE: usize = 16;
/// Stands for a length that follows as four bytes.
const LONG: u8 = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_any_length_come_back() {
        let mut cells = Cells::with_room(3);
        let lens = [0, 1, 15, 16, 17, 254, 255, 256, 70_000, 3];
        for (n, len) in (b'a'..).zip(lens) {
            assert_eq!(cells.add(|cell| cell.push(&vec![n; len])), len);
        }
        let end = cells.len();
        cells.add(|cell| cell.byte(b'!'));
        cells.truncate(end);
        let mut page = vec![b'.'; 80_000];
        let mut at = 0;
        for (n, len) in (b'a'..).zip(lens) {
            let text = cells.read(&mut at);
            text.copy_to(&mut page[2..]);
            assert_eq!(&page[2..2 + text.len], vec![n; len]);
        }
        assert_eq!(at, end);
    }

    #[test]
    fn what_is_filled_beyond_the_count_is_no_text() {
        let mut cells = Cells::with_room(0);
        cells.add(|cell| {
            cell.fill(|room| {
                *room = *b"ab????";
                2
            });
            cell.byte(b'c');
        });
        let mut page = [0; 32];
        let text = cells.read(&mut 0);
        text.copy_to(&mut page);
        assert_eq!(&page[..text.len], b"abc");
    }
}
