//! Values that nothing may show, in whatever encoding they come.
//!
//! What is shorter than four characters is not looked for: it would be found everywhere. [`Secrets::too_short`] says which
//! those are, so that the user can be told.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use crate::encoded::{end_of, may_begin};
use crate::message::{Message, MessagePart, STARS};
use crate::shown::{Redacted, Shown};

/// The values that must not show.
#[derive(Clone, Default)]
pub struct Secrets {
    needles: Vec<Needle>,
    /// What the user calls each, and what it is.
    called: Vec<(String, String)>,
}

/// One way a secret can be written, but for how its characters may be encoded.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Needle {
    bytes: Vec<u8>,
    /// Whether small and capital letters are alike: names of hosts and headers are written small by those who read them.
    folded: bool,
    /// Whether the character before it, and the one behind it, are partly made of the secret as well.
    shared: [bool; 2],
}

impl Secrets {
    /// No secrets: what tools use that are not told any.
    pub const NONE: Self = Self { needles: Vec::new(), called: Vec::new() };

    /// Fewer characters are not looked for.
    pub const SHORTEST: usize = 4;

    /// Hides `secret` from now on; `called` is what the user calls it. Blanks around it are not part of it, as programs drop
    /// them. What it is taken apart into is hidden for itself, too: each of several lines, the host and the password of a URL,
    /// the host of a `HOST:PORT`.
    pub fn hide(&mut self, called: &str, secret: &str) {
        let lines = secret.lines().filter(|_| secret.trim().contains('\n'));
        for part in lines
            .chain([secret])
            .chain(parts_of_address(secret.trim()))
            .map(str::trim)
            .filter(|part| is_long_enough(part))
        {
            self.add(Needle { bytes: part.into(), folded: true, shared: [false; 2] });
        }
        let secret = secret.trim();
        if !secret.is_empty() {
            self.call(called.to_owned(), secret.to_owned());
        }
        if is_long_enough(secret) {
            base64_forms(secret.as_bytes()).into_iter().for_each(|form| self.add(form));
        }
    }

    fn call(&mut self, called: String, secret: String) {
        let pair = (called, secret);
        if !self.called.contains(&pair) {
            self.called.push(pair);
        }
    }

    fn add(&mut self, needle: Needle) {
        if !self.needles.contains(&needle) {
            self.needles.push(needle);
        }
    }

    /// Hides what `other` hides, too.
    pub fn merge(&mut self, other: Self) {
        other.needles.into_iter().for_each(|needle| self.add(needle));
        other.called.into_iter().for_each(|(called, secret)| self.call(called, secret));
    }

    /// What the secrets are called that are too short to be looked for.
    pub fn too_short(&self) -> impl Iterator<Item = &str> {
        let short = self.called.iter().filter(|(_, secret)| !is_long_enough(secret));
        short.map(|(called, _)| called.as_str()).collect::<BTreeSet<_>>().into_iter()
    }

    /// What may be shown of words, anywhere.
    pub fn show(&self, words: &(impl MessagePart + ?Sized)) -> Shown {
        self.redact(words).shown()
    }

    /// Words with three stars in place of every secret. Our own words stay as they are, even if they are somebody's secret.
    pub fn redact(&self, words: &(impl MessagePart + ?Sized)) -> Redacted {
        let mut message = Message::default();
        words.append_to(&mut message);
        let (text, crops) = (&message.text, &message.marks.crops);
        let hidden = self.hidden(&message);
        let mut open = String::with_capacity(text.len());
        let mut at = 0;
        for range in &hidden {
            open.push_str(&text[at..range.start]);
            open.push_str(STARS);
            at = range.end;
        }
        open.push_str(&text[at..]);
        let moved = |(range, most): &(Range<usize>, usize)| {
            (moved(range.start, &hidden)..moved(range.end, &hidden), *most)
        };
        Redacted::new(open, crops.iter().map(moved).collect())
    }

    /// Words of a command for a shell, in which the secret that the environment has as `NAME` is `"$NAME"`, and that of a file
    /// `"$(cat PATH)"`, so that it can be pasted; what is only a part of a secret, or comes in another encoding, is stars.
    pub fn redact_command(&self, words: &(impl MessagePart + ?Sized)) -> Redacted {
        let mut message = Message::default();
        words.append_to(&mut message);
        let mut command = String::with_capacity(message.text.len());
        let mut at = 0;
        let hidden = self.hidden(&message);
        if hidden.is_empty() {
            return self.redact(words);
        }
        for range in &hidden {
            command.push_str(&message.text[at..range.start]);
            let quote = if is_quoted(&command) { "'" } else { "" };
            match self.reference(&message.text[range.clone()]) {
                Some(reference) => command.extend([quote, "\"", &reference, "\"", quote]),
                None => command.push_str(STARS),
            }
            at = range.end;
        }
        command.push_str(&message.text[at..]);
        Redacted::new(command, Vec::new())
    }

    /// How a shell finds a secret.
    fn reference(&self, secret: &str) -> Option<String> {
        let (called, _) = self.called.iter().find(|(_, value)| value == secret)?;
        let is_plain = |text: &str, others: &str| {
            text.chars().all(|character| character.is_ascii_alphanumeric() || others.contains(character))
        };
        match called.split_once(':')? {
            ("env", name) if is_plain(name, "_") => Some(format!("${name}")),
            ("file", path) if is_plain(path, "_-./") => Some(format!("$(cat {path})")),
            _ => None,
        }
    }

    /// Where secrets stand, in order and apart.
    fn hidden(&self, message: &Message) -> Vec<Range<usize>> {
        let text = message.text.as_bytes();
        let mut first = [false; 256];
        for needle in &self.needles {
            let byte = needle.bytes[0];
            first[usize::from(byte.to_ascii_lowercase())] = true;
            first[usize::from(byte.to_ascii_uppercase())] = true;
        }
        let places =
            (0..text.len()).filter(|_| !self.needles.is_empty()).filter(|at| may_begin(text, *at, &first));
        let found =
            places.flat_map(|at| self.needles.iter().filter_map(move |needle| needle.found(message, at)));
        let mut foreign: Vec<_> = found.flat_map(|range| without(range, &message.marks.ours)).collect();
        foreign.sort_by_key(|range| range.start);
        let mut apart: Vec<Range<usize>> = Vec::new();
        for range in foreign {
            match apart.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => apart.push(range),
            }
        }
        apart
    }
}

/// Whether what follows these words of a shell stands in single quotes.
fn is_quoted(words: &str) -> bool {
    let mut quoted = false;
    let mut characters = words.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' => quoted = !quoted,
            '\\' if !quoted => _ = characters.next(),
            _ => {}
        }
    }
    quoted
}

/// What is left of a range where `others`, in order, are taken out of it.
fn without(range: Range<usize>, others: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut left = Vec::new();
    let mut rest = range;
    let first = others.partition_point(|other| other.end <= rest.start);
    for other in others[first..].iter().take_while(|other| other.start < rest.end) {
        left.push(rest.start..other.start.max(rest.start));
        rest.start = other.end.min(rest.end);
    }
    left.push(rest);
    left.retain(|range| !range.is_empty());
    left
}

impl Needle {
    /// What of a message is to be hidden where this begins at `at`.
    fn found(&self, message: &Message, at: usize) -> Option<Range<usize>> {
        let text = message.text.as_bytes();
        let end = |text: &[u8], cut| end_of(text, at, &self.bytes, self.folded, cut);
        let cuts = message.marks.cuts.iter().filter(|cut| **cut > at);
        let mut found = at..cuts.filter_map(|cut| end(&text[..*cut], true)).chain(end(text, false)).max()?;
        let base64 = |byte: Option<&u8>| {
            byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte))
        };
        let [before, behind] = self.shared;
        found.start -= usize::from(before && base64(at.checked_sub(1).and_then(|at| text.get(at))));
        found.end += usize::from(behind && base64(text.get(found.end)));
        // How it is filled up tells how long it is.
        let filling = |rest: &[u8]| rest.iter().take_while(|byte| **byte == b'=').count();
        found.end += if self.folded { 0 } else { filling(&text[found.end..]) };
        Some(found)
    }
}

/// Where a place is once stars stand for everything hidden; one within what is hidden comes to lie behind them.
fn moved(place: usize, hidden: &[Range<usize>]) -> usize {
    let before = hidden.iter().take_while(|range| range.start < place);
    before
        .fold((place, 0), |(_, gone): (usize, isize), range| {
            let behind = place.max(range.end);
            let gone = gone + range.len() as isize - STARS.len() as isize;
            (behind.saturating_add_signed(-gone), gone)
        })
        .0
}

/// What the base64 form of anything that contains `secret` contains, for the three ways it can lie there and both alphabets.
fn base64_forms(secret: &[u8]) -> Vec<Needle> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let bits = before * 8..(before + secret.len()) * 8;
        // Characters have six bits.
        let (first, end) = (bits.start.div_ceil(6), bits.end / 6);
        let shared = [bits.start % 6 != 0, bits.end % 6 != 0];
        let padded = [&[0; 2][..before], secret].concat();
        for engine in [base64::engine::general_purpose::STANDARD, base64::engine::general_purpose::URL_SAFE] {
            let text = base64::Engine::encode(&engine, &padded);
            forms.push(Needle { bytes: text[first..end].into(), folded: false, shared });
        }
    }
    forms
}

/// The password and the host of a URL, the host of a `HOST:PORT`: those who connect tell of them by themselves.
fn parts_of_address(secret: &str) -> impl Iterator<Item = &str> {
    let authority = match secret.split_once("://") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next(),
        None => Some(secret).filter(|it| !it.contains(char::is_whitespace)),
    };
    let (user, place) = authority
        .map_or((None, ""), |it| it.rsplit_once('@').map_or((None, it), |(user, place)| (Some(user), place)));
    let password = user.and_then(|user| Some(user.split_once(':')?.1));
    let with_port =
        |(host, port): &(&str, &str)| !host.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let host = place.rsplit_once(':').filter(with_port).map(|(host, _)| host);
    let host = host.or_else(|| Some(place).filter(|_| secret.contains("://")));
    [password, host.map(|host| host.trim_matches(['[', ']']))].into_iter().flatten()
}

fn is_long_enough(secret: &str) -> bool {
    secret.chars().count() >= Secrets::SHORTEST
}

/// How many; not which.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} ways to write them)", self.needles.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cropped, Truncated, Trusted, message};

    fn secrets(values: &[&str]) -> Secrets {
        let mut secrets = Secrets::default();
        values.iter().for_each(|value| secrets.hide("env:X", value));
        secrets
    }

    #[test]
    fn secrets_are_hidden_whole() {
        let known = secrets(&["abcd", "abcdef", "", "abcd", "efgh"]);
        let cases = [
            ("x abcdef y abcd z", "x *** y *** z"),
            ("abcdabcd", "***"),
            ("abcdefgh", "***"),
            ("ABCD Abc", "*** Abc"),
            ("plain", "plain"),
        ];
        for (text, shown) in cases {
            assert_eq!(&known.show(text), shown);
        }
        assert_eq!(known.too_short().count(), 0);
    }

    #[test]
    fn a_command_names_secrets_so_that_it_can_be_pasted() {
        let mut known = Secrets::default();
        known.hide("env:TOKEN", "hunter2");
        known.hide("file:/run/key", "s3cret\n");
        known.hide("env:URL", "http://user:passw0rd@h/");
        #[rustfmt::skip]
        let cases = [
            ("probe '--header=A: Bearer hunter2' h",  "probe '--header=A: Bearer '\"$TOKEN\"'' h"),
            ("probe --data=hunter2 h",                "probe --data=\"$TOKEN\" h"),
            (r"probe 'it'\''s hunter2'",              r#"probe 'it'\''s '"$TOKEN"''"#),
            ("probe h/s3cret",                        "probe h/\"$(cat /run/key)\""),
            ("probe passw0rd aHVudGVyMg==",           "probe *** ***"),
            ("probe h",                               "probe h"),
        ];
        for (command, shown) in cases {
            assert_eq!(known.redact_command(&Message::foreign(command)).exact(), shown, "{command}");
        }
    }

    #[test]
    fn our_own_words_are_nobodys_secret() {
        let known = secrets(&["outcome", "open: refused", "refused"]);
        let told = message!("outcome {}: {}", "open", Trusted("refused"));
        assert_eq!(&known.show(&told), "outcome ***: refused");
        assert_eq!(&known.show(&message!("outcome {}: refused", "outcome")), "outcome ***: refused");
        assert_eq!(&known.show("outcome open"), "*** open");
        // It may lie across our words: a host and a port are told one by one.
        assert_eq!(&secrets(&["db.test:5432"]).show(&message!("{}:{}", "db.test", 5432)), "***:***");
    }

    #[test]
    fn base64_hides_it_wherever_it_lies() {
        let known = secrets(&["hunter2", "pässwörd?>"]);
        for before in ["", "u", "us", "user:", "x".repeat(50).as_str()] {
            for secret in ["hunter2", "pässwörd?>"] {
                for behind in ["", "a", "ab", "abc"] {
                    let whole = [before, secret, behind].concat();
                    let engines = [
                        base64::engine::general_purpose::STANDARD,
                        base64::engine::general_purpose::URL_SAFE,
                    ];
                    for text in engines.map(|engine| base64::Engine::encode(&engine, &whole)) {
                        let [plain, percent] = [text.clone(), text.replace('+', "%2B").replace('/', "%2f")]
                            .map(|text| known.show(&format!("Basic {text}")).to_string());
                        // At most the characters of what is around it are left.
                        let left = |shown: &str| {
                            shown
                                .trim_start_matches("Basic ")
                                .replace("***", "")
                                .replace(['=', ' '], "")
                                .len()
                        };
                        let around = (before.len() * 8).div_ceil(6) + (behind.len() * 8).div_ceil(6);
                        assert!(plain.contains("***") && left(&plain) <= around, "{whole}: {plain}");
                        assert!(percent.contains("***"), "{whole}: {percent}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_cropped_or_cut_shows_no_part_of_a_secret() {
        let secret = "s3cret".repeat(20);
        let known = secrets(&[&secret]);
        let said = |text: &str, most| known.redact(&message!("said \"{}\"", Cropped(text, most)));
        let long = "0".repeat(180) + &secret;
        assert_eq!(said(&long, 200).shown().as_str(), format!("said \"{}***\"", "0".repeat(180)));
        assert_eq!(said(&long, 100).exact(), format!("said \"{}…\"", "0".repeat(100)));
        assert_eq!(&known.show(&message!("{}{}", Cropped(&secret[..50], 60), &secret[50..])), "***");
        let cut = |end: usize| {
            known.show(&message!("it said {}, and more", Truncated(&format!("ab{secret}")[..end], true)))
        };
        assert_eq!(
            [cut(2), cut(5), cut(50)].map(String::from),
            ["ab", "ab***", "ab***"].map(|it| format!("it said {it}, and more"))
        );
    }

    #[test]
    fn lines_of_a_secret_are_secrets() {
        let known = secrets(&["-----BEGIN-----\r\nline one\n  ok\n\nline two  \n"]);
        assert_eq!(&known.show("x line one y\nline two\n ok"), "x *** y\\n***\\n ok");
        assert_eq!(&secrets(&["hunter2\n"]).show("hunter2"), "***");
    }

    #[test]
    fn parts_of_an_address_are_secrets() {
        #[rustfmt::skip]
        let cases = [
            ("db.test:5432",                      "db.test refused, port 5432",  "*** refused, port 5432"),
            ("pg://me:pass@word@db.test/a?b",     "pass@word, me at DB.TEST",    "***, me at ***"),
            ("https://[fd00::77]:8443/x",         "fd00::77 and [fd00::77]",     "*** and [***]"),
            ("a note: 12",                        "a note",                      "a note"),
            ("h:1",                               "h",                           "h"),
        ];
        for (secret, text, shown) in cases {
            assert_eq!(&secrets(&[secret]).show(text), shown, "{secret}");
        }
    }

    #[test]
    fn what_is_too_short_is_named_and_shown() {
        let mut known = secrets(&[]);
        for (called, value) in
            [("env:PIN", "123"), ("env:EMPTY", ""), ("env:LONG", "1234"), ("env:BLANK", "  ")]
        {
            known.hide(called, value);
        }
        assert_eq!(known.too_short().collect::<Vec<_>>(), ["env:PIN"]);
        assert_eq!(&known.show("1235 123 1234"), "1235 123 ***");
        assert_eq!(format!("{known:?}"), "Secrets(4 ways to write them)");
    }

    #[test]
    fn merged_secrets_are_all_hidden() {
        let mut all = secrets(&["first"]);
        all.merge(secrets(&["second", "x"]));
        assert_eq!((&all.show("first second x"), all.too_short().count()), (&all.show("*** *** x"), 1));
    }
}
