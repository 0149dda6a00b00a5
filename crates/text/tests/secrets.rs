//! Nothing of a secret comes through: whatever it is, however it is encoded, wherever it stands.
//!
//! The encoders are the tests' own, or those of other crates: the reader of encodings must not judge itself.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use netdiag_text::{Cropped, Message, Secrets, Truncated, message, terminal};
use proptest::prelude::*;

/// How a text can be written.
#[derive(Clone, Copy, Debug)]
enum Encoding {
    Plain,
    Percent,
    PercentLowerCase,
    Form,
    Json,
    JsonAscii,
    Xml,
    XmlNumbers,
    Shell,
    Script,
    RustDebug,
    Octal,
    Capitals,
    Basic(&'static str),
    BasicForUrls(&'static str),
}

use Encoding::*;

/// Those that write every character for itself.
const OF_CHARACTERS: [Encoding; 12] = [
    Plain,
    Percent,
    PercentLowerCase,
    Form,
    Json,
    JsonAscii,
    Xml,
    XmlNumbers,
    Shell,
    Script,
    RustDebug,
    Octal,
];

const OTHERS: [Encoding; 9] = [
    Capitals,
    Basic(""),
    Basic("a"),
    Basic("ab"),
    Basic("abc:"),
    BasicForUrls(""),
    BasicForUrls("a"),
    BasicForUrls("ab"),
    BasicForUrls("abc:"),
];

fn percent(text: &str, keep: impl Fn(u8) -> bool, hex: impl Fn(u8) -> String) -> String {
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { hex(byte) }).collect()
}

impl Encoding {
    fn of(self, text: &str) -> String {
        let upper = |byte| format!("%{byte:02X}");
        let lower = |byte| format!("%{byte:02x}");
        match self {
            Plain => text.to_owned(),
            Percent => percent(text, |byte| byte.is_ascii_alphanumeric(), upper),
            PercentLowerCase => {
                percent(text, |byte| byte.is_ascii_graphic() && !b"\"<>`#?{}%".contains(&byte), lower)
            }
            Form => {
                percent(text, |byte| byte.is_ascii_alphanumeric() || byte == b' ', upper).replace(' ', "+")
            }
            Json => {
                serde_json::to_string(text).expect("a string is JSON").trim_matches('"').to_owned()
                    + if text.ends_with('"') { "\"" } else { "" }
            }
            JsonAscii => text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect(),
            Xml => [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&apos;")]
                .iter()
                .fold(text.to_owned(), |text, (raw, entity)| text.replace(raw, entity)),
            XmlNumbers => text.chars().map(|character| format!("&#{};", u32::from(character))).collect(),
            Shell => text.replace('\'', "'\\''"),
            Script => text.bytes().map(|byte| format!("\\x{byte:02x}")).collect(),
            RustDebug => text.escape_debug().to_string(),
            Octal => text.bytes().map(|byte| format!("\\{byte:03o}")).collect(),
            Capitals => text.to_ascii_uppercase(),
            Basic(before) => STANDARD.encode(format!("{before}{text}")),
            BasicForUrls(before) => URL_SAFE.encode(format!("{before}{text}")),
        }
    }

    /// Whether what stands around a text is encoded with it, so that a part of that is hidden, too.
    fn is_of_all(self) -> bool {
        matches!(self, Basic(_) | BasicForUrls(_))
    }
}

/// A secret of characters that occur in nothing else here, blanks, quotes, backslashes and escapes' own characters included.
fn secret() -> impl Strategy<Value = String> {
    "[A-MQ-Z0-46-9é日😀 \"'\\\\&<>%+/=?\n{}$-]{6,40}".prop_map(|text| format!("Q{}Q", text.trim()))
}

/// Words around it that have nothing in common with it.
fn around() -> impl Strategy<Value = String> {
    "[no:., \u{1b}\u{202e}]{0,20}"
}

/// Any encoding, and one of characters.
fn encodings() -> impl Strategy<Value = (Encoding, Encoding)> {
    let any = [&OF_CHARACTERS[..], &OTHERS].concat();
    (proptest::sample::select(any), proptest::sample::select(&OF_CHARACTERS[..]))
}

fn hidden(secret: &str) -> Secrets {
    let mut secrets = Secrets::default();
    secrets.hide("env:X", secret);
    secrets
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn nothing_of_a_secret_survives(
        secret in secret(),
        (inner, outer) in encodings(),
        before in around(),
        behind in around(),
        most in 0_usize..60,
    ) {
        let secrets = hidden(&secret);
        let once = inner.of(&secret);
        let twice = outer.of(&once);
        for written in [&once, &twice] {
            let text = format!("{before}{written}{behind}");
            let shown = secrets.show(&message!("said \"{}\"", text));
            let cropped = secrets.show(&message!("said \"{}\"", Cropped(&text, most)));
            let exact = secrets.redact(&text).exact();
            for shown in [shown.as_str(), cropped.as_str(), &exact] {
                prop_assert!(!shown.contains(&secret) && !shown.contains(written.as_str()), "{inner:?} {outer:?}: {shown}");
                // No character of it is left, but for those of what was encoded with it.
                if !inner.is_of_all() {
                    prop_assert!(!shown.contains(|it: char| it.is_ascii_uppercase()), "{inner:?} {outer:?} {secret:?}: {shown:?}");
                }
            }
            prop_assert!(!shown.as_str().contains(terminal::acts));
            prop_assert!(cropped.width() <= "said \"\"".len() + most + 1);
        }
    }

    #[test]
    fn what_is_shown_does_not_depend_on_the_secret(
        one in secret(),
        other in secret(),
        (_, encoding) in encodings(),
        before in around(),
        behind in around(),
        most in 0_usize..60,
    ) {
        let shown = |secret: &str| {
            let text = format!("{before}{}{behind}", encoding.of(secret));
            let secrets = hidden(secret);
            [secrets.show(&text), secrets.show(&Cropped(&text, most))]
        };
        prop_assert_eq!(shown(&one), shown(&other));
    }

    #[test]
    fn a_secret_that_is_cut_off_is_hidden_as_far_as_it_goes(
        secret in secret(),
        (_, encoding) in encodings(),
        before in around(),
        end in any::<proptest::sample::Index>(),
    ) {
        let written = encoding.of(&secret);
        let ends: Vec<usize> = written.char_indices().map(|(at, _)| at).filter(|at| *at > 30).collect();
        prop_assume!(!ends.is_empty());
        let cut = format!("{before}{}", &written[..ends[end.index(ends.len())]]);
        let shown = hidden(&secret).show(&Truncated(&cut, true));
        prop_assert!(!shown.as_str().contains(|it: char| it.is_ascii_uppercase()), "{encoding:?} {secret:?} {cut:?}: {shown}");
    }

    #[test]
    fn our_own_words_never_change(word in secret(), foreign in around()) {
        let ours: &'static str = Box::leak(word.clone().into_boxed_str());
        let told = message!("{} {} {}", netdiag_text::Trusted(ours), foreign, Message::from(ours));
        let plain = Secrets::NONE.show(&told);
        prop_assert_eq!(hidden(&word).show(&told), plain);
    }

    #[test]
    fn anything_at_all_can_be_shown(text in any::<String>(), secret in any::<String>(), most in 0_usize..40) {
        let secrets = hidden(&secret);
        let shown = secrets.show(&Cropped(Truncated(&text, true), most));
        prop_assert!(!shown.as_str().contains(terminal::acts));
        prop_assert!(shown.width() <= most + 1);
    }
}
