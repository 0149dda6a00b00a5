//! Which characters whoever reads us can be shown: all of Unicode, or no more than ASCII.
//!
//! Nothing here looks at the environment: [`Charset::of_locale`] is given what it says. Bytes that a drop-in copies from the tool
//! it stands for are not changed by any of this.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The characters that can be shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Charset {
    /// Everything that [shows something](crate::terminal::acts).
    #[default]
    Unicode,
    /// Printable ASCII.
    Ascii,
}

impl Charset {
    /// What a locale can show, given the values of `LC_ALL`, `LC_CTYPE` and `LANG`: the first that is set and not empty decides
    /// (setlocale(3)), and without any it is the POSIX locale.
    pub fn of_locale(values: [Option<&str>; 3]) -> Self {
        let locale = values.into_iter().flatten().find(|value| !value.is_empty()).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        if locale.contains("utf-8") || locale.contains("utf8") { Self::Unicode } else { Self::Ascii }
    }

    /// A text as it can be shown: signs of ours have a spelling in ASCII, what others wrote becomes escapes, `\u{e9}`.
    pub fn spelled(self, text: &str) -> Cow<'_, str> {
        if self == Self::Unicode || text.is_ascii() {
            return text.into();
        }
        let mut spelled = String::with_capacity(text.len());
        for character in text.chars() {
            match SIGNS.iter().find(|(sign, _)| *sign == character) {
                Some((_, ascii)) => spelled.push_str(ascii),
                None if character.is_ascii() => spelled.push(character),
                None => {
                    let _ = write!(spelled, "\\u{{{:x}}}", u32::from(character));
                }
            }
        }
        spelled.into()
    }
}

/// The signs we write, and how they are spelled; where columns are counted, one for one.
#[rustfmt::skip]
const SIGNS: [(char, &str); 26] = [
    ('✓', "+"), ('✗', "x"), ('•', "*"), ('·', "."), ('…', "..."),
    ('±', "+-"), ('×', "x"), ('µ', "u"), ('–', "-"), ('—', "-"),
    ('→', "->"), ('←', "<-"), ('↑', "^"), ('↓', "v"),
    ('─', "-"), ('│', "|"), ('┼', "+"), ('═', "="),
    ('▁', "_"), ('▂', "."), ('▃', ":"), ('▄', "-"), ('▅', "="), ('▆', "+"), ('▇', "*"), ('█', "#"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        #[rustfmt::skip]
        let cases = [
            ([None, None, None],                                     Charset::Ascii),
            ([Some("C"), Some("en_US.UTF-8"), Some("en_US.UTF-8")],  Charset::Ascii),
            ([Some(""), Some(""), Some("C.UTF-8")],                  Charset::Unicode),
            ([None, Some("de_DE.utf8"), Some("C")],                  Charset::Unicode),
            ([None, None, Some("de_DE.ISO-8859-1")],                 Charset::Ascii),
            ([Some("POSIX"), None, None],                            Charset::Ascii),
        ];
        for (values, expected) in cases {
            assert_eq!(Charset::of_locale(values), expected, "{values:?}");
        }
    }

    #[test]
    fn ascii_says_the_same() {
        let text = "✓ rtt 1 ms ± 2 µs → bücher…";
        assert_eq!(Charset::Unicode.spelled(text), text);
        assert_eq!(Charset::Ascii.spelled(text), "+ rtt 1 ms +- 2 us -> b\\u{fc}cher...");
        assert!(SIGNS.iter().all(|(sign, ascii)| !sign.is_ascii() && ascii.is_ascii() && !ascii.is_empty()));
        assert!(matches!(Charset::Ascii.spelled("plain"), Cow::Borrowed("plain")));
    }
}
