//! The command to look further with, as a shell takes it.
//!
//! Every word is one of the command's, whatever characters a name in it has.

use std::time::Duration;

use netdiag_probe::Family;
use netdiag_text::duration::{self, Short};
pub(crate) use netdiag_text::shell::quoted;
use netdiag_text::{Message, MessagePart, Trusted, message};

/// `TOOL`, the option of the family, and words, each quoted where a shell would read more into it.
pub(crate) fn command(
    tool: impl Into<Message>,
    family: Option<Family>,
    words: &[&dyn MessagePart],
) -> Message {
    let family = family.map(|family| message!("{}", Trusted(if family == Family::V4 { "-4" } else { "-6" })));
    let words = words.iter().map(|word| quoted(&Message::of(*word)));
    Message::join(std::iter::once(tool.into()).chain(family).chain(words), " ")
}

/// `--timeout=3s`, where an attempt may not take as long as the command's usually does.
pub(crate) fn timeout(timeout: Duration) -> Option<Message> {
    let written = format!("{:#}", Short(timeout));
    // Only what reads as the same time is worth writing.
    let is_exact = duration::with_unit(&written) == Ok(timeout);
    (timeout != USUAL && is_exact).then(|| message!("--timeout={}", Trusted(&written)))
}

/// How long an attempt of `netdiag probe` may take.
const USUAL: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        #[rustfmt::skip]
        let cases = [
            (None,             &["tcp://h:1"][..],   "netdiag probe tcp://h:1"),
            (Some(Family::V6), &["tcp://[::1]:1"],   "netdiag probe -6 'tcp://[::1]:1'"),
            (Some(Family::V4), &["http://h/?a&b"],   "netdiag probe -4 'http://h/?a&b'"),
            (None,             &["unix:/it's", ""],  r"netdiag probe 'unix:/it'\''s' ''"),
        ];
        for (family, words, expected) in cases {
            let words: Vec<&dyn MessagePart> = words.iter().map(|word| word as &dyn MessagePart).collect();
            assert_eq!(&command("netdiag probe", family, &words), expected);
        }
    }
}
