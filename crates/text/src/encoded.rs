//! A text that is looked for in another, however it is written there: plainly, percent-encoded, escaped with backslashes or for
//! JSON, XML or a shell, or one of these within another.
//!
//! Every character may be written in its own way, as encoders differ in which ones they leave alone.

use std::collections::HashSet;

/// A few bytes that some characters of a text stand for.
#[derive(Clone, Copy, Debug)]
struct Unit {
    bytes: [u8; 4],
    len: u8,
}

impl Unit {
    fn byte(byte: u8) -> Self {
        Self { bytes: [byte, 0, 0, 0], len: 1 }
    }

    fn character(character: char) -> Self {
        let mut bytes = [0; 4];
        let len = character.encode_utf8(&mut bytes).len();
        Self { bytes, len: len as u8 }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    fn ascii(self) -> Option<u8> {
        Some(self.bytes[0]).filter(|byte| self.len == 1 && byte.is_ascii())
    }
}

/// Encodings within each other that are looked through.
const DEPTH: u8 = 2;

/// Whether something encoded can begin with `byte`, so that it may stand for another.
fn may_stand_for_another(byte: u8) -> bool {
    matches!(byte, b'%' | b'+' | b'\\' | b'&' | b'\'' | b'/')
}

/// Whether a text that begins with one of the bytes that are `first` may be written from `at` on.
pub(crate) fn may_begin(text: &[u8], at: usize, first: &[bool; 256]) -> bool {
    let is_first = |byte: u8| first[usize::from(byte)];
    let mut found = is_first(text[at]);
    if !found && may_stand_for_another(text[at]) {
        each_reading(text, at, DEPTH, &mut |unit, _| found |= is_first(unit.bytes[0]));
    }
    found
}

/// Where `wanted`, written from `at` on in whatever way, ends: at the last place that is one. `folded` makes small and capital
/// letters of ASCII alike. A text that was `cut` off may end within it.
pub(crate) fn end_of(text: &[u8], at: usize, wanted: &[u8], folded: bool, cut: bool) -> Option<usize> {
    let mut last = None;
    let mut open = vec![(at, 0)];
    let mut seen = HashSet::new();
    while let Some((at, known)) = open.pop() {
        let rest = &wanted[known..];
        if rest.is_empty() || (cut && known >= FEWEST && is_cut_here(&text[at..])) {
            let end = if rest.is_empty() { at } else { text.len() };
            last = last.max(Some(end));
            continue;
        }
        // Most are no match at their first character: nothing is remembered of them.
        if known > 0 && !seen.insert((at, known)) {
            continue;
        }
        // URLs have none of these either: they are left out.
        if known > 0 && matches!(rest[0], b'\t' | b'\n' | b'\r') {
            open.push((at, known + 1));
        }
        each_reading(text, at, DEPTH, &mut |unit, next| {
            let begins = rest.get(..unit.as_bytes().len()).is_some_and(|begin| match folded {
                true => begin.eq_ignore_ascii_case(unit.as_bytes()),
                false => begin == unit.as_bytes(),
            });
            if begins {
                open.push((next, known + unit.as_bytes().len()));
            }
        });
    }
    last
}

/// Whether a text that was cut off ends here, or in the middle of an escape.
fn is_cut_here(rest: &[u8]) -> bool {
    match rest {
        [] => true,
        [first, ..] => may_stand_for_another(*first) && rest.len() < LONGEST_ESCAPE,
    }
}

/// Bytes that are hidden where a text was cut off after them; fewer are no secret, and many texts end so.
const FEWEST: usize = 3;

/// `\ud83d\ude00` and the like.
const LONGEST_ESCAPE: usize = 12;

/// What is told of a reading: what stands there, and where what follows begins.
type Told<'f, T> = &'f mut dyn FnMut(T, usize);

/// Tells everything that a text can be read as at a place, `depth` encodings deep; nothing at its end.
fn each_reading(text: &[u8], at: usize, depth: u8, told: Told<'_, Unit>) {
    let Some(&byte) = text.get(at) else { return };
    if depth == 0 || !may_stand_for_another(byte) {
        return told(Unit::byte(byte), at + 1);
    }
    let inner = Inner { text, depth: depth - 1 };
    each_reading(text, at, depth - 1, &mut |unit, next| {
        match unit.ascii() {
            Some(b'+') => told(Unit::byte(b' '), next),
            // URLs have no backslashes: whoever reads one makes slashes of them.
            Some(b'/') => told(Unit::byte(b'\\'), next),
            Some(b'%') => inner.byte(next, 2, 16, told),
            Some(b'\\') => inner.backslash(next, told),
            Some(b'&') => inner.entity(next, told),
            Some(b'\'') => inner.quote(next, told),
            _ => {}
        }
        told(unit, next);
    });
}

/// The text as one encoding less deep has it.
#[derive(Clone, Copy)]
struct Inner<'t> {
    text: &'t [u8],
    depth: u8,
}

impl Inner<'_> {
    fn ascii(self, at: usize, told: Told<'_, u8>) {
        each_reading(self.text, at, self.depth, &mut |unit, next| {
            unit.ascii().into_iter().for_each(|byte| told(byte, next));
        });
    }

    /// These very characters: tells where they end.
    fn exactly(self, at: usize, characters: &[u8], told: Told<'_, ()>) {
        let Some((first, rest)) = characters.split_first() else { return told((), at) };
        self.ascii(at, &mut |byte, next| {
            if byte == *first {
                self.exactly(next, rest, told);
            }
        });
    }

    /// A number of so many digits, behind those that make `before`.
    fn number(self, at: usize, digits: u32, radix: u32, before: u32, told: Told<'_, u32>) {
        if digits == 0 {
            return told(before, at);
        }
        self.ascii(at, &mut |byte, next| {
            let more = char::from(byte)
                .to_digit(radix)
                .and_then(|digit| before.checked_mul(radix)?.checked_add(digit));
            more.into_iter().for_each(|number| self.number(next, digits - 1, radix, number, told));
        });
    }

    fn byte(self, at: usize, digits: u32, radix: u32, told: Told<'_, Unit>) {
        self.number(at, digits, radix, 0, &mut |number, next| {
            u8::try_from(number).into_iter().for_each(|byte| told(Unit::byte(byte), next));
        });
    }

    fn character(self, at: usize, digits: u32, radix: u32, end: &[u8], told: Told<'_, Unit>) {
        self.number(at, digits, radix, 0, &mut |number, next| {
            let Some(character) = char::from_u32(number) else { return };
            self.exactly(next, end, &mut |(), end| told(Unit::character(character), end));
        });
    }

    /// After a backslash: what JSON, C, Rust, Python and shells have there.
    fn backslash(self, at: usize, told: Told<'_, Unit>) {
        self.byte(at, 3, 8, told);
        self.ascii(at, &mut |byte, next| {
            let control = CONTROLS.iter().find(|(letter, _)| *letter == byte);
            control.into_iter().for_each(|(_, control)| told(Unit::byte(*control), next));
            match byte {
                b'x' => self.byte(next, 2, 16, told),
                b'U' => self.character(next, 8, 16, b"", told),
                b'u' => {
                    self.character(next, 4, 16, b"", told);
                    self.surrogates(next, told);
                    self.exactly(next, b"{", &mut |(), open| {
                        (1..=6).for_each(|digits| self.character(open, digits, 16, b"}", told));
                    });
                }
                _ if byte.is_ascii_punctuation() || byte == b' ' => told(Unit::byte(byte), next),
                _ => {}
            }
        });
    }

    /// One half of a character of UTF-16, and `\u` and the other.
    fn surrogates(self, at: usize, told: Told<'_, Unit>) {
        self.number(at, 4, 16, 0, &mut |first, next| {
            if !(0xd800..0xdc00).contains(&first) {
                return;
            }
            self.exactly(next, b"\\u", &mut |(), second| {
                self.number(second, 4, 16, 0, &mut |second, end| {
                    let pair = [first as u16, second as u16];
                    let character = char::decode_utf16(pair).next().and_then(Result::ok);
                    character.into_iter().for_each(|character| told(Unit::character(character), end));
                });
            });
        });
    }

    /// After an ampersand.
    fn entity(self, at: usize, told: Told<'_, Unit>) {
        for (name, byte) in ENTITIES {
            self.exactly(at, name, &mut |(), end| told(Unit::byte(byte), end));
        }
        self.exactly(at, b"#", &mut |(), at| {
            (1..=7).for_each(|digits| self.character(at, digits, 10, b";", told));
            for x in [b"x", b"X"] {
                self.exactly(at, x, &mut |(), at| {
                    (1..=6).for_each(|digits| self.character(at, digits, 16, b";", told));
                });
            }
        });
    }

    /// After a quote: `'\''` and `'"'"'` are a quote between quotes.
    fn quote(self, at: usize, told: Told<'_, Unit>) {
        for rest in [&b"\\''"[..], b"\"'\"'"] {
            self.exactly(at, rest, &mut |(), end| told(Unit::byte(b'\''), end));
        }
    }
}

const CONTROLS: [(u8, u8); 9] =
    [(b'0', 0), (b'a', 7), (b'b', 8), (b't', 9), (b'n', 10), (b'v', 11), (b'f', 12), (b'r', 13), (b'e', 27)];

const ENTITIES: [(&[u8], u8); 5] =
    [(b"amp;", b'&'), (b"lt;", b'<'), (b"gt;", b'>'), (b"quot;", b'"'), (b"apos;", b'\'')];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_however_it_is_written() {
        let wanted = "a b\"c\\d'é&\n";
        #[rustfmt::skip]
        let cases = [
            "a b\"c\\d'é&\n",
            "A B\"C\\D'é&\n",
            "a%20b%22c%5Cd%27%C3%A9%26%0A",
            "a+b%22c%5cd'%c3%a9&%0a",
            "a b\\\"c\\\\d'é&\\n",
            "a b\\\"c\\\\d'\\u00e9&\\u000A",
            "a b&quot;c\\d&apos;&#233;&amp;&#xA;",
            "a b&#34;c\\d&#39;&#xe9;&amp;&#10;",
            "a b\"c\\d'\\''é&\n",
            "a b\"c\\\\d'\\xc3\\xa9&\\x0a",
            "a b\"c\\\\d'\\u{e9}&\\n",
            "a b\\042c\\134d\\047\\303\\251&\\012",
            "a b\"c/d'é&\n",
            "a b\"c\\d'é&",
            // One within another.
            "a%2520b%2522c%255Cd%2527%25C3%25A9%2526%250A",
            "a b\\\\\\\"c\\\\\\\\d'\\\\u00e9&\\\\n",
            "a b&amp;quot;c\\d&amp;apos;é&amp;amp;&amp;#10;",
            "a+b%5C%22c%5C%5Cd%27%5Cu00e9%26%5Cn",
        ];
        for text in cases {
            let around = format!("<{text}>");
            let end = end_of(around.as_bytes(), 1, wanted.as_bytes(), true, false);
            assert_eq!(end, Some(around.len() - 1), "{text}");
        }
        assert_eq!(end_of("😀".as_bytes(), 0, "😀".as_bytes(), false, false), Some(4));
        assert_eq!(end_of(b"\\ud83d\\ude00", 0, "😀".as_bytes(), false, false), Some(12));
    }

    #[test]
    fn what_only_begins_like_it_is_not_it() {
        for text in ["secre", "secre%7", "secr\u{e9}t", "s%65cre", "secre\\"] {
            assert_eq!(end_of(text.as_bytes(), 0, b"secret", true, false), None, "{text}");
        }
        assert_eq!(end_of(b"Secret", 0, b"secret", false, false), None);
        assert_eq!(end_of(b"", 0, b"secret", true, true), None);
    }

    #[test]
    fn what_was_cut_off_ends_in_the_middle() {
        for text in ["secre", "secre%7", "secre\\x7", "sec"] {
            assert_eq!(end_of(text.as_bytes(), 0, b"secret", true, true), Some(text.len()), "{text}");
        }
        assert_eq!(end_of(b"se", 0, b"secret", true, true), None);
        assert_eq!(end_of(b"secre ", 0, b"secret", true, true), None);
    }

    #[test]
    fn many_ways_to_read_a_text_are_tried_once_each() {
        let text = "\\".repeat(2000);
        let wanted = "\\".repeat(300) + "x";
        assert_eq!(end_of(text.as_bytes(), 0, wanted.as_bytes(), true, false), None);
    }
}
