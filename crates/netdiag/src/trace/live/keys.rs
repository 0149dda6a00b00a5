//! Keys as a terminal sends them: [`Keys`].
//!
//! A sequence may come in pieces. What nobody knows is dropped as a whole: half of it would be letters somebody typed.

/// A key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Key {
    /// Of a character; with Ctrl, of a control character.
    Char(char),
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Tab,
    BackTab,
    Escape,
}

/// Takes keys out of bytes.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// The beginning of a sequence, without its Escape.
    begun: Option<Vec<u8>>,
}

impl Keys {
    /// The keys that some bytes complete.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Vec<Key> {
        bytes.iter().filter_map(|byte| self.take(*byte)).collect()
    }

    /// Nothing more has come for a while: an Escape that nothing followed is the key.
    pub(super) fn rest(&mut self) -> Option<Key> {
        self.begun.take().filter(Vec::is_empty).map(|_| Key::Escape)
    }

    fn take(&mut self, byte: u8) -> Option<Key> {
        let Some(mut begun) = self.begun.take() else { return self.begin(byte) };
        if byte == ESCAPE {
            self.begun = Some(Vec::new());
            return None;
        }
        begun.push(byte);
        let is_over = match begun.as_slice() {
            [b'[' | b'O'] => false,
            // With Alt.
            [_] => true,
            // A function key of the Linux console: `[[A`.
            [b'[', b'['] => false,
            [_, .., last] => (0x40..=0x7e).contains(last),
            [] => false,
        };
        if !is_over && begun.len() < LONGEST {
            self.begun = Some(begun);
            return None;
        }
        sequence(&begun)
    }

    fn begin(&mut self, byte: u8) -> Option<Key> {
        match byte {
            ESCAPE => {
                self.begun = Some(Vec::new());
                None
            }
            b'\t' => Some(Key::Tab),
            // What is no ASCII is no key here.
            0..=0x7f => Some(Key::Char(byte.into())),
            _ => None,
        }
    }
}

fn sequence(bytes: &[u8]) -> Option<Key> {
    match bytes {
        [b'[' | b'O', b'A'] => Some(Key::Up),
        [b'[' | b'O', b'B'] => Some(Key::Down),
        b"[5~" => Some(Key::PageUp),
        b"[6~" => Some(Key::PageDown),
        b"[H" | b"OH" | b"[1~" | b"[7~" => Some(Key::Home),
        b"[F" | b"OF" | b"[4~" | b"[8~" => Some(Key::End),
        b"[Z" => Some(Key::BackTab),
        _ => None,
    }
}

const ESCAPE: u8 = 0x1b;
/// No sequence of a key is longer.
const LONGEST: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_in_whatever_pieces_they_come() {
        let sent = b"q\x1b[A\x1bOBp\x1b[5~\x1b[6~\x1b[1;5C\x1b[Z\t\x1b[H\x1b[4~\xc3\xa9\x03\x1b[[A \x1bx?";
        let expected = [
            Key::Char('q'),
            Key::Up,
            Key::Down,
            Key::Char('p'),
            Key::PageUp,
            Key::PageDown,
            Key::BackTab,
            Key::Tab,
            Key::Home,
            Key::End,
            Key::Char('\x03'),
            Key::Char(' '),
            Key::Char('?'),
        ];
        for length in 1..sent.len() {
            let mut keys = Keys::default();
            let read: Vec<Key> = sent.chunks(length).flat_map(|part| keys.read(part)).collect();
            assert_eq!(read, expected, "{length}");
        }
    }

    #[test]
    fn an_escape_that_nothing_follows_is_a_key() {
        let mut keys = Keys::default();
        assert_eq!((keys.read(b"\x1b"), keys.rest(), keys.rest()), (vec![], Some(Key::Escape), None));
        assert_eq!((keys.read(b"\x1b["), keys.rest()), (vec![], None));
        let endless = [&b"\x1b["[..], &[b'1'; 1000]].concat();
        assert!(keys.read(&endless).iter().all(|key| *key == Key::Char('1')));
        assert_eq!(keys.read(b"q"), [Key::Char('q')]);
    }
}
