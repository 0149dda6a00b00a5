//! Words as a shell takes them, for the commands that are suggested.
//!
//! Brackets are quoted: to a shell they are a pattern, and some refuse one that nothing is like.

use crate::{Message, message};

/// A word with quotes around it where it needs them.
pub fn quoted(word: &Message) -> Message {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:=@%+,".contains(character);
    match !word.is_empty() && word.unshown().chars().all(plain) {
        true => word.clone(),
        false => message!("'{}'", word.map(|part| part.replace('\'', r"'\''"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_shell_would_read_more_into_is_quoted() {
        #[rustfmt::skip]
        let cases = [
            ("tcp://h:1", "tcp://h:1"), ("[::1]:1", "'[::1]:1'"), ("", "''"), ("it's", r"'it'\''s'"), ("recvq > 0", "'recvq > 0'"),
        ];
        for (word, expected) in cases {
            assert_eq!(&quoted(&Message::foreign(word)), expected);
        }
    }
}
