//! Internationalised names: asked for in ASCII, shown in letters where the terminal can (RFC 5890).

use std::borrow::Cow;

use netdiag_text::Charset;

use crate::format::charset;

/// The name a resolver understands.
pub(crate) fn asked(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        return Cow::Borrowed(word);
    }
    // What is no valid name is left as it is, for the resolver to refuse.
    idna::domain_to_ascii(word).map_or(Cow::Borrowed(word), Cow::Owned)
}

/// The name a person reads.
pub(super) fn shown(name: &str) -> String {
    if !name.contains("xn--") || charset() == Charset::Ascii {
        return name.to_owned();
    }
    let (letters, validity) = idna::domain_to_unicode(name);
    if validity.is_ok() { letters } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_asked_for_in_ascii() {
        assert_eq!(asked("bücher.example"), "xn--bcher-kva.example");
        assert_eq!(asked("plain.example"), "plain.example");
        assert_eq!(asked("fe80::1%eth0"), "fe80::1%eth0");
    }
}
