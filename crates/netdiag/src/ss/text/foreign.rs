//! Names from outside in a cell: of sockets, files, services, hosts, interfaces, control groups.
//!
//! Whoever chose the name could else forge a row or command a terminal. What may not be shown is written `\ooo`, byte by byte.

use std::fmt::Write as _;

use netdiag_text::terminal::{Piece, is_plain_ascii, pieces};

use super::super::cells::Cell;
use super::others::written;

impl Cell<'_> {
    /// A name as it is, but for what is no text or acts instead of showing something.
    pub(super) fn foreign(&mut self, name: &[u8]) {
        if is_plain_ascii(name) {
            return self.push(name);
        }
        for piece in pieces(name) {
            match piece {
                Piece::Plain(plain) => self.push(plain.as_bytes()),
                Piece::Acting(character) => self.octal(character.encode_utf8(&mut [0; 4]).as_bytes()),
                Piece::Stray(bytes) => self.octal(bytes),
            }
        }
    }

    fn octal(&mut self, bytes: &[u8]) {
        for byte in bytes {
            written(write!(self, "\\{byte:03o}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::cells::Cells;

    #[test]
    fn a_name_cannot_forge_a_row() {
        #[rustfmt::skip]
        let cases: &[(&[u8], &str)] = &[
            (b"eth0 \\x2d",                "eth0 \\x2d"),
            (b"a\nb\t\x1b[31m\x7f",        "a\\012b\\011\\033[31m\\177"),
            ("é日".as_bytes(),              "é日"),
            (b"\xff\xc3\xa9\xc3",          "\\377é\\303"),
            ("\u{9b}\u{202e}x".as_bytes(), "\\302\\233\\342\\200\\256x"),
            (b"",                          ""),
        ];
        for (name, expected) in cases {
            let mut cells = Cells::with_room(0);
            cells.add(|cell| cell.foreign(name));
            assert_eq!(cells.read(&mut 0).as_bytes(), expected.as_bytes());
        }
    }
}
