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
    /// Aside, as errors are made of messages.
    pub(crate) marks: Box<Marks>,
}

/// What is known of parts of a text.
#[derive(Clone, Default, Eq, Hash, PartialEq)]
pub(crate) struct Marks {
    /// The parts that are ours, in order; nothing in them is looked for.
    pub(crate) ours: Vec<Range<usize>>,
    /// Parts of which only the beginning is shown, in order, and how many columns of it.
    pub(crate) crops: Vec<(Range<usize>, usize)>,
    /// Where words end because they were cut off: they may end within a secret.
    pub(crate) cuts: Vec<usize>,
}

/// What can stand in a [`message!`](crate::message!): everything that can be displayed, as somebody else's words.
pub trait MessagePart {
    /// Adds it to the end.
    fn append_to(&self, message: &mut Message);
}

/// Words of ours that are not written here, but from a table or made of such: shown as they are, and never taken for a secret.
#[derive(Clone, Copy, Debug)]
pub struct Trusted<'w>(pub &'w str);

/// Somebody else's words, of which no more than some columns are shown.
#[derive(Clone, Copy, Debug)]
pub struct Cropped<T>(pub T, pub usize);

/// Somebody else's bytes, text or not: what is no text is written `\xNN`.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a>(pub &'a [u8]);

/// Somebody else's words, and whether they were cut off where they end, so that a secret may be cut off there, too.
#[derive(Clone, Copy, Debug)]
pub struct Truncated<T>(pub T, pub bool);

/// What stands where nothing may be shown.
pub(crate) const STARS: &str = "***";

/// A sentence of ours: its `{}` stand for values, in order, which are words of others unless they say otherwise.
///
/// ```
/// use netdiag_text::{Trusted, Secrets, message};
///
/// let reason = message!("{}: {} refused", "db.test", Trusted("connection"));
/// assert_eq!(Secrets::NONE.show(&reason).to_string(), "db.test: connection refused");
/// ```
#[macro_export]
macro_rules! message {
    ($sentence:literal $(, $value:expr)* $(,)?) => {{
        const { assert!($crate::places($sentence) == <[&str]>::len(&[$(stringify!($value)),*]), "a value for each place") };
        $crate::Message::sentence($sentence, &[$(&$value as &dyn $crate::MessagePart),*])
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

impl<'a> Bytes<'a> {
    /// The beginning of what may be long: so many columns of it are shown.
    pub fn beginning(bytes: &'a [u8], most: usize) -> Cropped<Truncated<Self>> {
        let kept = bytes.get(..LOOKED_THROUGH).unwrap_or(bytes);
        Cropped(Truncated(Self(kept), kept.len() < bytes.len()), most)
    }

    /// The same of what is not all there is: the rest did not come, or was not kept.
    pub fn unfinished(bytes: &'a [u8], most: usize) -> Cropped<Truncated<Self>> {
        let Cropped(Truncated(kept, _), most) = Self::beginning(bytes, most);
        Cropped(Truncated(kept, true), most)
    }
}

/// Bytes that are looked through for secrets where no more than a line is shown: more than any secret has.
const LOOKED_THROUGH: usize = 128 * 1024;

impl Message {
    /// Somebody else's words alone.
    pub fn foreign(words: &(impl Display + ?Sized)) -> Self {
        Self::of(words)
    }

    /// What is to be told alone.
    pub fn of(words: &(impl MessagePart + ?Sized)) -> Self {
        let mut message = Self::default();
        words.append_to(&mut message);
        message
    }

    /// What [`message!`](crate::message!) makes.
    #[doc(hidden)]
    pub fn sentence(sentence: &'static str, values: &[&dyn MessagePart]) -> Self {
        let mut message = Self::default();
        let mut values = values.iter();
        for (number, part) in sentence.split("{}").enumerate() {
            if number > 0 {
                values.next().into_iter().for_each(|value| value.append_to(&mut message));
            }
            message.ours(part);
        }
        message
    }

    /// Several as one, with words of ours between them.
    pub fn join<M: MessagePart>(messages: impl IntoIterator<Item = M>, between: &'static str) -> Self {
        let mut joined = Self::default();
        for (number, message) in messages.into_iter().enumerate() {
            joined.ours(if number > 0 { between } else { "" });
            message.append_to(&mut joined);
        }
        joined
    }

    /// The same with every part written otherwise: quoted, for example.
    #[must_use]
    pub fn map(&self, write: impl Fn(&str) -> String) -> Self {
        let mut mapped = Self::default();
        let mut at = 0;
        for ours in &self.marks.ours {
            mapped.text.push_str(&write(&self.text[at..ours.start]));
            mapped.ours(&write(&self.text[ours.clone()]));
            at = ours.end;
        }
        mapped.text.push_str(&write(&self.text[at..]));
        mapped
    }

    /// The same with stars in place of words of others that are a part of `text`, unless they are all of it: for what quotes a
    /// text with a secret in it, of which a part would not be recognised.
    #[must_use]
    pub fn without_parts_of(&self, text: &str) -> Self {
        let mut without = Self::default();
        let ends = self.marks.ours.iter().map(|ours| ours.start).chain([self.text.len()]);
        let starts = std::iter::once(0).chain(self.marks.ours.iter().map(|ours| ours.end));
        for (number, (start, end)) in starts.zip(ends).enumerate() {
            let foreign = &self.text[start..end];
            match !foreign.is_empty() && foreign.len() < text.len() && text.contains(foreign) {
                true => without.ours(STARS),
                false => without.text.push_str(foreign),
            }
            without.ours(self.marks.ours.get(number).map_or("", |ours| &self.text[ours.clone()]));
        }
        without
    }

    /// All it says, secrets included: to be compared and looked up, never to be shown.
    pub fn unshown(&self) -> &str {
        &self.text
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
        match self.marks.ours.last_mut() {
            _ if range.is_empty() => {}
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.marks.ours.push(range),
        }
    }
}

impl<T: Display + ?Sized> MessagePart for T {
    fn append_to(&self, message: &mut Message) {
        write!(message.text, "{self}").expect("a string takes everything");
    }
}

impl MessagePart for Message {
    fn append_to(&self, message: &mut Message) {
        let start = message.text.len();
        let moved = |range: &Range<usize>| range.start + start..range.end + start;
        message.text.push_str(&self.text);
        self.marks.ours.iter().map(moved).for_each(|range| message.are_ours(range));
        message.marks.crops.extend(self.marks.crops.iter().map(|(range, most)| (moved(range), *most)));
        message.marks.cuts.extend(self.marks.cuts.iter().map(|cut| cut + start));
    }
}

impl MessagePart for &Message {
    fn append_to(&self, message: &mut Message) {
        (**self).append_to(message);
    }
}

impl MessagePart for Trusted<'_> {
    fn append_to(&self, message: &mut Message) {
        message.ours(self.0);
    }
}

impl<T: MessagePart> MessagePart for Cropped<T> {
    fn append_to(&self, message: &mut Message) {
        let start = message.text.len();
        self.0.append_to(message);
        // Of parts within parts the outer one counts.
        message.marks.crops.retain(|(range, _)| range.start < start);
        message.marks.crops.push((start..message.text.len(), self.1));
    }
}

impl<T: MessagePart> MessagePart for Truncated<T> {
    fn append_to(&self, message: &mut Message) {
        self.0.append_to(message);
        message.marks.cuts.extend(Some(message.text.len()).filter(|_| self.1));
    }
}

impl MessagePart for Bytes<'_> {
    fn append_to(&self, message: &mut Message) {
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
        Trusted(words).into()
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

impl From<Trusted<'_>> for Message {
    fn from(words: Trusted<'_>) -> Self {
        Self::of(&words)
    }
}

/// Whether it says just this, whoever's words they are.
impl PartialEq<str> for Message {
    fn eq(&self, text: &str) -> bool {
        self.text == text
    }
}

impl PartialEq<&str> for Message {
    fn eq(&self, text: &&str) -> bool {
        self.text == *text
    }
}

/// Our own words; those of others are not for logs.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = String::new();
        let mut end = 0;
        for ours in &self.marks.ours {
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
        let message = message!("{} is {}, {}: {}", 22, Trusted("open"), inner, String::from("x"));
        assert_eq!(&message, "22 is open, held by nginx: x");
        let ours: Vec<&str> = message.marks.ours.iter().map(|range| &message.text[range.clone()]).collect();
        assert_eq!(ours, [" is open, held by ", ": "]);
        assert_eq!(format!("{message:?}"), "\"… is open, held by …: …\"");
        assert_eq!(&Message::join([&inner, &inner], "; "), "held by nginx; held by nginx");
        assert!(Message::from("").is_empty() && Message::from("").marks.ours.is_empty());
    }

    #[test]
    fn parts_stay_whose_they_are() {
        let quoted = message!("it's {} or {}", "x's", "").map(|part| part.replace('\'', "''"));
        assert_eq!(&quoted, "it''s x''s or ");
        assert_eq!(format!("{quoted:?}"), "\"it''s … or \"");
    }

    #[test]
    fn parts_of_a_text_are_not_quoted_but_all_of_it_is() {
        let shown = |words| message!("`{}` is none of {}", words, "a, b").without_parts_of("pre-secret b");
        let cases = [("pre-sec", "`***`"), ("pre-secret b", "`pre-secret b`"), ("b c", "`b c`"), ("", "``")];
        for (words, expected) in cases {
            assert_eq!(&shown(words), &*format!("{expected} is none of a, b"));
        }
        assert_eq!(&message!("{}", "b").without_parts_of("b, c"), "***");
    }

    #[test]
    fn bytes_are_text_as_far_as_they_are() {
        assert_eq!(&message!("{}", Bytes(b"a\xff\xc3\xa9\n")), "a\\xffé\n");
    }

    #[test]
    fn parts_move_with_the_words_around_them() {
        let part = message!("said {}", Cropped(Truncated("much", true), 2));
        let whole = message!("it {}", part);
        assert_eq!((&whole.marks.crops[..], &whole.marks.cuts[..]), (&[(8..12, 2)][..], &[12][..]));
        assert_eq!(message!("{}", Cropped(whole, 5)).marks.crops, [(0..12, 5)]);
    }
}
