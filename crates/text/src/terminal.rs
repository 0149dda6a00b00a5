//! What may reach a terminal: the one decision, for every format and every tool.
//!
//! A character that does something instead of showing something is never written as it is. How it is written instead is the
//! format's choice: `\x1b`, `\033`, `\u001b` or `?`; all of them find what to replace with [`pieces`].

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use crate::runner;

/// A part of what somebody wrote.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Piece<'t> {
    /// Characters that show something, and nothing else; never none.
    Plain(&'t str),
    /// One character that does something to a terminal; or one with which a command to the runner of a workflow would begin, where
    /// one reads along.
    Acting(char),
    /// Bytes that are no text.
    Stray(&'t [u8]),
}

/// Whether a character does something instead of showing something.
///
/// Those are control characters (C0, DEL, C1), marks that turn the direction of writing, separators of lines and paragraphs,
/// what joins, annotates or tags invisibly, and what is no character at all. The joiners U+200C and U+200D are shown: scripts
/// and emoji are written with them.
pub fn acts(character: char) -> bool {
    match character {
        ' '..='~' => false,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' => true,
        '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{e0000}'..='\u{e007f}' => true,
        _ => character.is_control() || is_noncharacter(character),
    }
}

/// U+FDD0 to U+FDEF and the last two of every plane (Unicode 3.4, D14).
fn is_noncharacter(character: char) -> bool {
    matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xfffe == 0xfffe
}

/// How many columns of a terminal a text takes: none for a mark on another character, two for most of Chinese, Japanese, Korean.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text with as many blanks behind it as fill so many columns; a longer one sticks out.
pub fn padded(text: &str, columns: usize) -> String {
    let mut padded = text.to_owned();
    padded.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(text))));
    padded
}

/// Whether bytes are printable ASCII throughout, and there is nothing to replace: what most are, found out fast.
#[inline]
pub fn is_plain_ascii(bytes: &[u8]) -> bool {
    is_printable_ascii(bytes) && !(runner::is_here() && runner::may_begin(bytes))
}

#[inline]
fn is_printable_ascii(bytes: &[u8]) -> bool {
    // Eight at a time; the last eight may be among those before.
    match (bytes.as_chunks(), bytes.last_chunk()) {
        ((chunks, _), Some(last)) => {
            chunks.iter().chain([last]).all(|chunk| are_plain(u64::from_ne_bytes(*chunk)))
        }
        (_, None) => bytes.iter().all(|byte| matches!(byte, b' '..=b'~')),
    }
}

/// Whether eight bytes are. The lowest that is not has its highest bit set, or gets it by the subtraction or the addition; where all
/// are, neither reaches into the next.
fn are_plain(bytes: u64) -> bool {
    const EACH: u64 = u64::MAX / 0xff;
    let [below, above] = [bytes.wrapping_sub(0x20 * EACH), bytes.wrapping_add(EACH)];
    (bytes | below | above) & (0x80 * EACH) == 0
}

/// Takes `bytes` apart into what may be shown and what must be replaced.
pub fn pieces(bytes: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    pieces_for(bytes, runner::is_here())
}

/// The same where it is known whether a runner reads along.
fn pieces_for(bytes: &[u8], is_read_by_runner: bool) -> impl Iterator<Item = Piece<'_>> {
    bytes.utf8_chunks().flat_map(move |chunk| {
        let stray = Some(Piece::Stray(chunk.invalid())).filter(|_| !chunk.invalid().is_empty());
        Pieces { text: chunk.valid(), at: 0, is_read_by_runner }.chain(stray)
    })
}

/// A name with a question mark for every character that acts: for what keeps its length, as drop-ins do.
pub fn masked(name: &str) -> Cow<'_, str> {
    let mut pieces = pieces(name.as_bytes());
    match (pieces.next(), pieces.next()) {
        (None | Some(Piece::Plain(_)), None) => name.into(),
        _ => self::pieces(name.as_bytes())
            .map(|piece| if let Piece::Plain(plain) = piece { plain } else { "?" })
            .collect::<String>()
            .into(),
    }
}

struct Pieces<'t> {
    text: &'t str,
    at: usize,
    is_read_by_runner: bool,
}

impl Pieces<'_> {
    fn is_acting(&self, at: usize, character: char) -> bool {
        acts(character) || (self.is_read_by_runner && runner::begins_command(self.text, at))
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        let (text, start) = (self.text, self.at);
        let mut rest = text[start..].char_indices().map(|(at, character)| (start + at, character));
        let (_, first) = rest.next()?;
        if self.is_acting(start, first) {
            self.at += first.len_utf8();
            return Some(Piece::Acting(first));
        }
        self.at =
            rest.find(|(at, character)| self.is_acting(*at, *character)).map_or(text.len(), |(at, _)| at);
        Some(Piece::Plain(&text[start..self.at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_a_terminal() {
        for (text, columns) in [("ab", 2), ("データ", 6), ("e\u{301}", 1), ("中a", 3), ("🦀", 2), ("", 0)]
        {
            assert_eq!(width(text), columns, "{text}");
            assert_eq!(width(&padded(text, 8)), 8, "{text}");
        }
        assert_eq!((padded("中", 4), padded("データ", 4)), ("中  ".to_owned(), "データ".to_owned()));
    }

    #[test]
    fn what_acts_is_not_shown() {
        let acting = "\0\x1b\x7f\u{80}\u{9b}\u{9f}\u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}\u{2028}\u{2029}\u{feff}\
                      \u{fffe}\u{1ffff}\u{fdd0}\u{200b}\u{2060}\u{ad}\u{e0041}\r\n\t";
        assert!(acting.chars().all(acts));
        assert!(!" ~aé日本\u{200d}\u{200c}\u{301}\u{a0}🏳\u{fffd}".chars().any(acts));
        assert!(is_plain_ascii(b"a ~") && !is_plain_ascii(b"a\x7f") && !is_plain_ascii("é".as_bytes()));
        for len in 0..30 {
            let mut bytes = vec![b' '; len];
            assert!(is_plain_ascii(&bytes) && is_plain_ascii(&vec![b'~'; len]), "{len}");
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    bytes[at] = byte;
                    assert_eq!(
                        is_plain_ascii(&bytes),
                        matches!(byte, b' '..=b'~'),
                        "{byte} at {at} of {len}"
                    );
                }
                bytes[at] = b'~';
            }
        }
    }

    #[test]
    fn a_masked_name_keeps_its_length() {
        assert_eq!(masked("a\x1b[2J\u{9b}\u{202e}é"), "a?[2J??é");
        assert!(matches!(masked("plain.example"), Cow::Borrowed("plain.example")));
    }

    #[test]
    fn where_a_runner_reads_along_no_command_to_it_is_left() {
        let written = |runner| {
            let pieces = pieces_for(b"##[error]::warning::x\x1b::1 #", runner);
            pieces.map(|piece| match piece {
                Piece::Plain(plain) => plain.to_owned(),
                Piece::Acting(character) => format!("<{}>", character.escape_debug()),
                Piece::Stray(_) => unreachable!(),
            })
        };
        assert_eq!(written(true).collect::<String>(), "#<#>[error]<:>:warning<:>:x<\\u{1b}>::1 #");
        assert_eq!(written(false).collect::<String>(), "##[error]::warning::x<\\u{1b}>::1 #");
    }

    #[test]
    fn pieces_are_all_there_is() {
        let found: Vec<_> = pieces(b"ab\x1b\r\xffc\xc3").collect();
        let expected = [
            Piece::Plain("ab"),
            Piece::Acting('\x1b'),
            Piece::Acting('\r'),
            Piece::Stray(b"\xff"),
            Piece::Plain("c"),
            Piece::Stray(b"\xc3"),
        ];
        assert_eq!(found, expected);
        assert_eq!(pieces(b"").count(), 0);
    }
}
