//! A sentence of ours with words of others in it: of a file, a peer, the kernel.
//!
//! It cannot be printed. The words of others may be secret or steer a terminal, and only [`Secrets`](crate::Secrets) know how
//! to show it; our own words are never mistaken for a secret, which is why the two are told apart from the beginning.

use std::fmt::{self, Display, Write as _};
use std::ops::Range;

/// Words of ours and of others.
///
/// Made by [`message!`](crate::message!), from a `&'static str` (which is ours) or from a `String` (which is not).
#[derive(Clone, Default, Eq, Hash, PartialEq)]
pub struct Message {
    pub(crate) text: String,
    /// The parts that are ours, in order; nothing in them is looked for.
    pub(crate) ours: Vec<Range<usize>>,
    /// Parts of which only the beginning is shown, in order, and how many columns of it.
    pub(crate) crops: Vec<(Range<usize>, usize)>,
    /// Where words end because they were cut off: they may end within a secret.
    pub(crate) cuts: Vec<usize>,
}

/// What can stand in a [`message!`](crate::message!): everything that can be displayed, as somebody else's words.
pub trait Tell {
    /// Adds it to the end.
    fn tell(&self, message: &mut Message);
}

/// A word from a table of ours.
#[derive(Clone, Copy, Debug)]
pub struct Ours(pub &'static str);

/// Somebody else's words, of which no more than some columns are shown.
#[derive(Clone, Copy, Debug)]
pub struct Beginning<T>(pub T, pub usize);

/// Somebody else's bytes, text or not: what is no text is written `\xNN`.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a>(pub &'a [u8]);

/// Somebody else's words that were cut off where they end, so that a secret may be cut off there, too.
#[derive(Clone, Copy, Debug)]
pub struct CutOff<T>(pub T);

/// A sentence of ours: its `{}` stand for values, in order, which are words of others unless they say otherwise.
///
/// ```
/// use netdiag_text::{Ours, Secrets, message};
///
/// let reason = message!("{}: {} refused", "db.test", Ours("connection"));
/// assert_eq!(Secrets::NONE.show(&reason).to_string(), "db.test: connection refused");
/// ```
#[macro_export]
macro_rules! message {
    ($sentence:literal $(, $value:expr)* $(,)?) => {{
        const { assert!($crate::places($sentence) == <[&str]>::len(&[$(stringify!($value)),*]), "a value for each place") };
        $crate::Message::sentence($sentence, &[$(&$value as &dyn $crate::Tell),*])
    }};
}

/// How many values a sentence has room for.
#[doc(hidden)]
pub const fn places(sentence: &str) -> usize {
    let bytes = sentence.as_bytes();
    let (mut at, mut count) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'{' {
            assert!(at + 1 < bytes.len() && bytes[at + 1] == b'}', "values have no names and no format here");
            count += 1;
        }
        at += 1;
    }
    count
}

impl Message {
    /// Somebody else's words alone.
    pub fn foreign(words: &(impl Display + ?Sized)) -> Self {
        let mut message = Self::default();
        words.tell(&mut message);
        message
    }

    /// What [`message!`](crate::message!) makes.
    #[doc(hidden)]
    pub fn sentence(sentence: &'static str, values: &[&dyn Tell]) -> Self {
        let mut message = Self::default();
        let mut values = values.iter();
        for (number, part) in sentence.split("{}").enumerate() {
            if number > 0 {
                values.next().into_iter().for_each(|value| value.tell(&mut message));
            }
            message.ours(part);
        }
        message
    }

    /// Several as one, with words of ours between them.
    pub fn join<M: Tell>(messages: impl IntoIterator<Item = M>, between: &'static str) -> Self {
        let mut joined = Self::default();
        for (number, message) in messages.into_iter().enumerate() {
            joined.ours(if number > 0 { between } else { "" });
            message.tell(&mut joined);
        }
        joined
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn ours(&mut self, words: &str) {
        let start = self.text.len();
        self.text.push_str(words);
        self.are_ours(start..self.text.len());
    }

    fn are_ours(&mut self, range: Range<usize>) {
        match self.ours.last_mut() {
            _ if range.is_empty() => {}
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.ours.push(range),
        }
    }
}

impl<T: Display + ?Sized> Tell for T {
    fn tell(&self, message: &mut Message) {
        write!(message.text, "{self}").expect("a string takes everything");
    }
}

impl Tell for Message {
    fn tell(&self, message: &mut Message) {
        let start = message.text.len();
        let moved = |range: &Range<usize>| range.start + start..range.end + start;
        message.text.push_str(&self.text);
        self.ours.iter().map(moved).for_each(|range| message.are_ours(range));
        message.crops.extend(self.crops.iter().map(|(range, most)| (moved(range), *most)));
        message.cuts.extend(self.cuts.iter().map(|cut| cut + start));
    }
}

impl Tell for &Message {
    fn tell(&self, message: &mut Message) {
        (**self).tell(message);
    }
}

impl Tell for Ours {
    fn tell(&self, message: &mut Message) {
        message.ours(self.0);
    }
}

impl<T: Tell> Tell for Beginning<T> {
    fn tell(&self, message: &mut Message) {
        let start = message.text.len();
        self.0.tell(message);
        // Of parts within parts the outer one counts.
        message.crops.retain(|(range, _)| range.start < start);
        message.crops.push((start..message.text.len(), self.1));
    }
}

impl<T: Tell> Tell for CutOff<T> {
    fn tell(&self, message: &mut Message) {
        self.0.tell(message);
        message.cuts.push(message.text.len());
    }
}

impl Tell for Bytes<'_> {
    fn tell(&self, message: &mut Message) {
        for chunk in self.0.utf8_chunks() {
            message.text.push_str(chunk.valid());
            for byte in chunk.invalid() {
                write!(message.text, "\\x{byte:02x}").expect("a string takes everything");
            }
        }
    }
}

/// A word of ours.
impl From<&'static str> for Message {
    fn from(words: &'static str) -> Self {
        let mut message = Self::default();
        message.ours(words);
        message
    }
}

/// Somebody else's words.
impl From<String> for Message {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

/// Somebody else's words.
impl From<&String> for Message {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<Ours> for Message {
    fn from(word: Ours) -> Self {
        word.0.into()
    }
}

/// Whether it says just this, whoever's words they are.
impl PartialEq<str> for Message {
    fn eq(&self, text: &str) -> bool {
        self.text == text
    }
}

/// Our own words; those of others are not for logs.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = String::new();
        let mut end = 0;
        for ours in &self.ours {
            shown.push_str(if ours.start > end { "…" } else { "" });
            shown.push_str(&self.text[ours.clone()]);
            end = ours.end;
        }
        shown.push_str(if self.text.len() > end { "…" } else { "" });
        write!(f, "{shown:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_knows_whose_words_are_whose() {
        let inner = message!("held by {}", "nginx");
        let message = message!("{} is {}, {}: {}", 22, Ours("open"), inner, String::from("x"));
        assert_eq!(&message, "22 is open, held by nginx: x");
        let ours: Vec<&str> = message.ours.iter().map(|range| &message.text[range.clone()]).collect();
        assert_eq!(ours, [" is open, held by ", ": "]);
        assert_eq!(format!("{message:?}"), "\"… is open, held by …: …\"");
        assert_eq!(&Message::join([&inner, &inner], "; "), "held by nginx; held by nginx");
        assert!(Message::from("").is_empty() && Message::from("").ours.is_empty());
    }

    #[test]
    fn bytes_are_text_as_far_as_they_are() {
        assert_eq!(&message!("{}", Bytes(b"a\xff\xc3\xa9\n")), "a\\xffé\n");
    }

    #[test]
    fn parts_move_with_the_words_around_them() {
        let part = message!("said {}", Beginning(CutOff("much"), 2));
        let whole = message!("it {}", part);
        assert_eq!((&whole.crops[..], &whole.cuts[..]), (&[(8..12, 2)][..], &[12][..]));
        assert_eq!(message!("{}", Beginning(whole, 5)).crops, [(0..12, 5)]);
    }
}
