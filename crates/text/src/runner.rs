//! What the runner of a GitHub workflow would take for a command to itself, in whatever a step writes.
//!
//! It reads two forms: `::name …::…` where a line begins, blanks aside, and the older `##[name …]…` anywhere in one. Nobody knows where
//! on a line words of others will stand, so neither may begin in any of them; who types an IPv6 address has begun none.

use std::sync::LazyLock;

/// Whether a runner reads what this process writes, as far as it says so (`GITHUB_ACTIONS`).
pub(crate) fn is_here() -> bool {
    static HERE: LazyLock<bool> =
        LazyLock::new(|| std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"));
    *HERE
}

/// Whether a command could begin with the character at `at`, so that it must not stand there as it is.
pub(crate) fn begins_command(text: &str, at: usize) -> bool {
    let (before, rest) = text.as_bytes().split_at(at.min(text.len()));
    match rest {
        // Of two the second, so that there never are two; and one that only lacks another before it.
        [b'#', rest @ ..] => before.ends_with(b"#") || (before.is_empty() && rest.starts_with(b"[")),
        [b':', b':', name @ ..] => is_name(name),
        _ => false,
    }
}

/// Whether bytes begin with a word that is no part of an IPv6 address: that of a command has a letter no such number has.
fn is_name(bytes: &[u8]) -> bool {
    let word = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    word.clone().next().is_some_and(u8::is_ascii_alphabetic) && !word.clone().all(u8::is_ascii_hexdigit)
}

/// Whether a command may begin anywhere in it; what most bytes are, found out fast.
pub(crate) fn may_begin(bytes: &[u8]) -> bool {
    bytes.starts_with(b"#[") || bytes.windows(2).any(|pair| matches!(pair, b"##" | b"::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_cannot_begin_and_nothing_else_is_touched() {
        #[rustfmt::skip]
        let cases = [
            // text,                        where one could begin
            ("::error::x",                  &[0, 7][..]),
            (" \t::add-mask::x",            &[2, 12]),
            ("a::stop-commands::b",         &[1]),
            (":::debug::",                  &[1]),
            ("::x::y::z",                   &[0, 3, 6]),
            ("##[error]x",                  &[1]),
            ("###[group]",                  &[1, 2]),
            ("#[x",                         &[0]),
            ("a #[x",                       &[]),
            ("# of #",                      &[]),
            ("::",                          &[]),
            ("::1 fe80::a:b ::ffff:1.2.3.4 [::]:80 ::/0 ff02::1%eth0 dead::beef", &[]),
            ("::1x",                        &[]),
            ("é::error",                    &[2]),
            ("",                            &[]),
        ];
        for (text, expected) in cases {
            let found: Vec<usize> =
                text.char_indices().map(|(at, _)| at).filter(|at| begins_command(text, *at)).collect();
            assert_eq!(found, expected, "{text}");
            assert!(found.is_empty() || may_begin(text.as_bytes()), "{text}");
        }
        assert!(!begins_command("x", 7));
    }
}
