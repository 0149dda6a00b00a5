//! Shell patterns over bytes: `*`, `?`, `[a-z]`, `[!a]`, `[[:digit:]]`, and `\` before what is meant literally.
//!
//! They ignore the case of ASCII letters, and `*` crosses `/`: like `fnmatch(3)` with `FNM_CASEFOLD` alone. A NUL in the text
//! is an `@`, as abstract unix names are written.

use std::borrow::Cow;

/// A pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Glob(Box<[u8]>);

impl Glob {
    /// Takes any text; what cannot be a pattern is meant literally, such as a `[` without `]`.
    pub fn new(pattern: impl Into<Box<[u8]>>) -> Self {
        Self(pattern.into())
    }

    /// The pattern as given.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The pattern for people.
    pub fn to_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Whether all of `text` fits the pattern.
    pub fn matches(&self, text: &[u8]) -> bool {
        let mut pattern = &*self.0;
        let mut text = text;
        // Where to go on when the latest star has to take one byte more. An earlier star need never take more.
        let mut retry: Option<(&[u8], &[u8])> = None;
        loop {
            if let [b'*', rest @ ..] = pattern {
                retry = Some((rest, text));
                pattern = rest;
                continue;
            }
            if let Some((&byte, rest)) = text.split_first()
                && let Some(after) = one(pattern, fold(byte))
            {
                (pattern, text) = (after, rest);
                continue;
            }
            if text.is_empty() && pattern.is_empty() {
                return true;
            }
            let Some((after, [_, rest @ ..])) = retry else {
                return false;
            };
            retry = Some((after, rest));
            (pattern, text) = (after, rest);
        }
    }
}

/// The pattern after its first element, if that element fits `byte`.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    let (literal, rest) = match pattern {
        [] => return None,
        [b'?', rest @ ..] => return Some(rest),
        [b'[', set @ ..] => match bracket(set, byte) {
            Some((true, rest)) => return Some(rest),
            Some((false, _)) => return None,
            None => (b'[', set),
        },
        [b'\\', literal, rest @ ..] => (*literal, rest),
        [literal, rest @ ..] => (*literal, rest),
    };
    (fold(literal) == byte).then_some(rest)
}

/// Whether the set that begins here holds `byte`, and the pattern after it; `None` when it never ends.
fn bracket(mut set: &[u8], byte: u8) -> Option<(bool, &[u8])> {
    let mut wanted = true;
    if let [b'!' | b'^', rest @ ..] = set {
        (wanted, set) = (false, rest);
    }
    let mut found = false;
    let mut first = true;
    loop {
        if let [b']', rest @ ..] = set
            && !first
        {
            return Some((found == wanted, rest));
        }
        first = false;
        if let Some((class, rest)) = class(set) {
            found |= class(byte) || class(byte.to_ascii_uppercase());
            set = rest;
            continue;
        }
        let (low, rest) = literal(set)?;
        let (high, rest) = match rest {
            [b'-', after @ ..] if !matches!(after, [b']', ..] | []) => literal(after)?,
            _ => (low, rest),
        };
        found |= (fold(low)..=fold(high)).contains(&byte);
        set = rest;
    }
}

/// The byte a set names next.
fn literal(set: &[u8]) -> Option<(u8, &[u8])> {
    match set {
        [b'\\', byte, rest @ ..] | [byte, rest @ ..] => Some((*byte, rest)),
        [] => None,
    }
}

type Class = fn(u8) -> bool;

/// The class a set names next, such as `[:digit:]`.
fn class(set: &[u8]) -> Option<(Class, &[u8])> {
    CLASSES.iter().find_map(|&(name, class)| {
        let rest = set.strip_prefix(b"[:")?.strip_prefix(name.as_bytes())?.strip_prefix(b":]")?;
        Some((class, rest))
    })
}

const CLASSES: [(&str, Class); 12] = [
    ("alnum", |byte| byte.is_ascii_alphanumeric()),
    ("alpha", |byte| byte.is_ascii_alphabetic()),
    ("blank", |byte| matches!(byte, b' ' | b'\t')),
    ("cntrl", |byte| byte.is_ascii_control()),
    ("digit", |byte| byte.is_ascii_digit()),
    ("graph", |byte| byte.is_ascii_graphic()),
    ("lower", |byte| byte.is_ascii_lowercase()),
    ("print", |byte| byte.is_ascii_graphic() || byte == b' '),
    ("punct", |byte| byte.is_ascii_punctuation()),
    ("space", |byte| byte.is_ascii_whitespace() || byte == 0x0b),
    ("upper", |byte| byte.is_ascii_uppercase()),
    ("xdigit", |byte| byte.is_ascii_hexdigit()),
];

fn fold(byte: u8) -> u8 {
    if byte == 0 { b'@' } else { byte.to_ascii_lowercase() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_match_as_the_shell_has_it() {
        #[rustfmt::skip]
        let cases = [
            // pattern,           text,             matches
            ("",                  "",               true),
            ("",                  "a",              false),
            ("*",                 "",               true),
            ("*",                 "/run/x/y",       true),
            ("/run/*",            "/run/x/y",       true),
            ("/RUN/*.sock",       "/run/x.sock",    true),
            ("/run/*.sock",       "/run/x.sock.1",  false),
            ("*a*b*",             "xxaxxbxx",       true),
            ("*a*b",              "xxbxxa",         false),
            ("?",                 "",               false),
            ("a?c",               "a/c",            true),
            ("[a-c]x",            "Bx",             true),
            ("[!a-c]x",           "bx",             false),
            ("[^a-c]x",           "dx",             true),
            ("[]a]",              "]",              true),
            ("[a-]",              "-",              true),
            ("[[:digit:]]*",      "7up",            true),
            ("[[:upper:]]",       "a",              true),
            ("[[:digit:]x]",      "x",              true),
            ("[abc",              "[abc",           true),
            ("[\\]]",             "]",              true),
            ("\\*",               "*",              true),
            ("\\*",               "x",              false),
            ("a\\",               "a\\",            true),
            ("@a@b",              "\0a\0b",         true),
            (".*",                ".hidden",        true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Glob::new(pattern.as_bytes()).matches(text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_take_no_longer_than_their_product() {
        let glob = Glob::new("*a".repeat(200).into_bytes());
        assert!(!glob.matches("a".repeat(199).as_bytes()));
        assert!(!glob.matches("ab".repeat(2000).as_bytes()));
    }

    proptest! {
        #[test]
        fn every_text_fits_itself_escaped(text in proptest::collection::vec(any::<u8>(), 0..40)) {
            let escaped: Vec<u8> = text.iter().flat_map(|&byte| [b'\\', byte]).collect();
            prop_assert!(Glob::new(escaped).matches(&text));
        }

        #[test]
        fn any_pattern_ends(pattern in proptest::collection::vec(any::<u8>(), 0..40), text in "[a-c*?\\[\\]\\\\!-]{0,40}") {
            let _ = Glob::new(pattern).matches(text.as_bytes());
            let _ = Glob::new(text.as_bytes()).matches(text.as_bytes());
        }
    }
}
