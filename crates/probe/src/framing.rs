//! Messages in a stream: of one length, ended by a delimiter, or preceded by their length.
//!
//! Without framing a stream is only bytes: what is expected may then begin and end anywhere.

use std::str::FromStr;

use crate::endpoint::ParseError;
use crate::talk::unescape;

/// How messages are told apart.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Framing {
    /// Every message has this many bytes.
    Fixed(usize),
    /// Every message ends with these bytes, which are not part of it.
    Delimited(Vec<u8>),
    /// A number comes before every message: how many bytes it has, the number's own not counted.
    Prefixed(LengthPrefix),
}

/// A number as bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LengthPrefix {
    /// 1, 2, 4 or 8.
    pub bytes: usize,
    /// The least significant byte comes first.
    pub little_endian: bool,
}

/// A message that cannot be one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FramingError {
    /// Longer than is allowed, or than its length can say.
    #[error("a message of {0} bytes is too long")]
    TooLong(u64),
    /// Not of the fixed length.
    #[error("a message of {0} bytes, where all have {1}")]
    OtherLength(usize, usize),
    /// The delimiter is in it, or begins in it: `a\n` before `\n\n`.
    #[error("a message with the delimiter in it, or with its beginning at the end")]
    Delimiter,
}

impl FromStr for Framing {
    type Err = ParseError;

    /// Reads `fixed:N`, `delimiter:TEXT`, or `u8`, `u16be`, `u16le` and so on to `u64le`.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let place = |rest: &str| text.len() - rest.len()..text.len();
        if let Some(number) = text.strip_prefix("fixed:") {
            let length = number.parse().ok().filter(|length| (1..=LONGEST).contains(length));
            let wrong = || ParseError::new(text, place(number), format!("no length: 1 to {LONGEST} bytes"));
            return length.map(Self::Fixed).ok_or_else(wrong);
        }
        if let Some(delimiter) = text.strip_prefix("delimiter:") {
            let start = text.len() - delimiter.len();
            let bytes = unescape(delimiter).map_err(|wrong| {
                ParseError::new(text, start + wrong.at.start..start + wrong.at.end, wrong.message)
            })?;
            return match bytes.is_empty() {
                true => Err(ParseError::new(text, place(delimiter), "a delimiter has a byte at least")),
                false => Ok(Self::Delimited(bytes)),
            };
        }
        let (number, little_endian) = match text.strip_suffix("le") {
            Some(number) => (number, true),
            None => (text.strip_suffix("be").unwrap_or(text), false),
        };
        match PREFIXES.iter().find(|(name, _)| *name == number) {
            Some((_, bytes)) if *bytes == 1 || number.len() < text.len() => {
                Ok(Self::Prefixed(LengthPrefix { bytes: *bytes, little_endian }))
            }
            _ => Err(ParseError::new(
                text,
                0..text.len(),
                "known are fixed:N, delimiter:TEXT, u8, u16be, u16le, u32be, u32le, u64be, u64le",
            )),
        }
    }
}

const PREFIXES: [(&str, usize); 4] = [("u8", 1), ("u16", 2), ("u32", 4), ("u64", 8)];

impl Framing {
    /// A message as it goes over the wire.
    ///
    /// # Errors
    /// [`FramingError`] where this framing has no such message.
    pub fn frame(&self, message: &[u8]) -> Result<Vec<u8>, FramingError> {
        match self {
            Self::Fixed(length) if message.len() != *length => {
                Err(FramingError::OtherLength(message.len(), *length))
            }
            Self::Fixed(_) => Ok(message.to_vec()),
            Self::Delimited(delimiter) => {
                let frame = [message, delimiter].concat();
                match find(&frame, delimiter) == Some(message.len()) {
                    true => Ok(frame),
                    false => Err(FramingError::Delimiter),
                }
            }
            Self::Prefixed(prefix) => Ok([&prefix.write(message.len())?[..], message].concat()),
        }
    }

    /// The first message in what has come, and how many bytes it takes with its frame; `None` if there is more to come.
    ///
    /// # Errors
    /// [`FramingError::TooLong`].
    pub fn first<'a>(&self, bytes: &'a [u8]) -> Result<Option<(&'a [u8], usize)>, FramingError> {
        let found = match self {
            Self::Fixed(length) => bytes.get(..*length).map(|message| (message, *length)),
            Self::Delimited(delimiter) => {
                find(bytes, delimiter).and_then(|end| Some((bytes.get(..end)?, end + delimiter.len())))
            }
            Self::Prefixed(prefix) => {
                let Some(number) = bytes.get(..prefix.bytes) else { return Ok(None) };
                let length = prefix.read(number);
                if length > LONGEST as u64 {
                    return Err(FramingError::TooLong(length));
                }
                let end = prefix.bytes + length as usize;
                bytes.get(prefix.bytes..end).map(|message| (message, end))
            }
        };
        Ok(found)
    }
}

impl LengthPrefix {
    fn write(self, length: usize) -> Result<Vec<u8>, FramingError> {
        let number = (length as u64).to_be_bytes();
        let (unused, used) = number.split_at(number.len() - self.bytes);
        if unused.iter().any(|byte| *byte != 0) {
            return Err(FramingError::TooLong(length as u64));
        }
        let mut bytes = used.to_vec();
        if self.little_endian {
            bytes.reverse();
        }
        Ok(bytes)
    }

    fn read(self, bytes: &[u8]) -> u64 {
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        match self.little_endian {
            true => bytes.iter().rev().fold(0, add),
            false => bytes.iter().fold(0, add),
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}

/// The longest message that is waited for.
pub(crate) const LONGEST: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_their_frames() {
        #[rustfmt::skip]
        let cases: [(&str, &[u8], &[u8]); 7] = [
            ("fixed:3",          b"abc", b"abc"),
            ("delimiter:\\r\\n", b"abc", b"abc\r\n"),
            ("u8",               b"abc", b"\x03abc"),
            ("u16be",            b"abc", b"\0\x03abc"),
            ("u16le",            b"abc", b"\x03\0abc"),
            ("u32be",            b"",    b"\0\0\0\0"),
            ("u64le",            b"a",   b"\x01\0\0\0\0\0\0\0a"),
        ];
        for (text, message, framed) in cases {
            let framing: Framing = text.parse().unwrap();
            assert_eq!(framing.frame(message).unwrap(), framed, "{text}");
            let more = [framed, b"rest"].concat();
            assert_eq!(framing.first(&more), Ok(Some((message, framed.len()))), "{text}");
            for cut in 0..framed.len() {
                assert_eq!(framing.first(&framed[..cut]), Ok(None), "{text} {cut}");
            }
        }
    }

    #[test]
    fn what_has_no_frame_is_refused() {
        let framing = |text: &str| text.parse::<Framing>().unwrap();
        assert_eq!(framing("fixed:3").frame(b"ab"), Err(FramingError::OtherLength(2, 3)));
        assert_eq!(framing("delimiter:\\n").frame(b"a\nb"), Err(FramingError::Delimiter));
        assert_eq!(framing("delimiter:\\n\\n").frame(b"a\n"), Err(FramingError::Delimiter));
        assert_eq!(framing("u8").frame(&[0; 256]), Err(FramingError::TooLong(256)));
        assert_eq!(framing("u32be").first(&[0xff; 8]), Err(FramingError::TooLong(u32::MAX.into())));
    }

    #[test]
    fn no_longer_message_is_waited_for_than_the_bound() {
        let framing = |text: &str| text.parse::<Framing>();
        let most = 1 << 20;
        assert_eq!(framing(&format!("fixed:{most}")), Ok(Framing::Fixed(1 << 20)));
        assert!(framing(&format!("fixed:{}", most + 1)).is_err());
        let first = |length: u32| framing("u32be").unwrap().first(&length.to_be_bytes()).map(drop);
        assert_eq!((first(most), first(most + 1)), (Ok(()), Err(FramingError::TooLong((most + 1).into()))));
    }

    #[test]
    fn names_of_framings() {
        #[rustfmt::skip]
        let wrong = [
            ("fixed:0", 6..7), ("fixed:x", 6..7), ("delimiter:", 10..10), ("delimiter:\\q", 10..12), ("u16", 0..3), ("u24be", 0..5),
        ];
        for (text, at) in wrong {
            assert_eq!(text.parse::<Framing>().expect_err(text).at, at, "{text}");
        }
    }
}
