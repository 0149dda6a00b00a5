//! Any bytes as scripts, peers and frames.
//!
//! Whatever a peer says comes in pieces whose lengths its own bytes choose, so the fuzzer chooses them, too.

use std::cell::LazyCell;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

use crate::channel::Channel;
use crate::framing::{Framing, LONGEST};
use crate::phases::Phases;
use crate::played::Played;
use crate::stream::Stream;
use crate::talk::{Pattern, Script, ScriptRun, Step};

/// Reads a line that names a framing, a script up to a line `---`, and plays that with a peer who says the rest. A script shows as what
/// it was read from; without expressions, whose matches may grow, it ends the same way however the peer's words arrive.
///
/// # Panics
/// If it does not.
pub fn talk(input: &[u8]) {
    let (text, peer) = split(input, b"\n---\n");
    let (first, text) = split(text, b"\n");
    let framing: Option<Framing> = str::from_utf8(first).ok().and_then(|text| text.parse().ok());
    let Ok(text) = str::from_utf8(text) else { return };
    // To compile an expression takes longer than all the rest.
    if text.lines().filter(|line| line.trim_start().starts_with("expect ")).count() > MOST_EXPRESSIONS {
        return;
    }
    let script = match Script::parse(text) {
        Ok(script) => script,
        Err((number, wrong)) => {
            let line = text.lines().nth(number - 1).map(str::trim);
            assert_eq!(line, Some(wrong.text.as_str()));
            assert!(
                wrong.at.start <= wrong.at.end && wrong.text.get(wrong.at.clone()).is_some(),
                "{wrong:?}"
            );
            return;
        }
    };
    shows_as_read(&script);
    let talk = ScriptRun { script: &script, framing: framing.as_ref(), tls: None };
    let [whole, chopped] = [vec![peer], pieces(peer)].map(|words| play(&talk, words));
    let grows = |step: &Step| matches!(step, Step::Expect(Pattern::Regex(_)));
    if framing.is_some() || !script.steps.iter().any(grows) {
        assert_eq!(whole, chopped, "{script:?} {framing:?} {peer:?}");
    }
}

/// Expressions in one script.
const MOST_EXPRESSIONS: usize = 1;

/// A step that is not cropped can be typed again.
fn shows_as_read(script: &Script) {
    for step in &script.steps {
        if let Step::Expect(pattern @ Pattern::Regex(regex)) = step {
            assert_eq!(
                (step.to_string(), pattern.to_string()),
                (format!("expect {regex}"), regex.to_string())
            );
            continue;
        }
        let shown = step.to_string();
        if !shown.ends_with('…') {
            let again = Step::parse(&shown).unwrap_or_else(|wrong| panic!("{shown:?}: {wrong}"));
            assert_eq!(again.to_string(), shown);
        }
    }
}

/// How far a script comes, and how it ends, with a peer who says these words and then nothing more.
fn play(talk: &ScriptRun<'_>, words: Vec<&[u8]>) -> (usize, u64, Option<&'static str>) {
    thread_local! {
        static RUNTIME: LazyCell<Runtime> = LazyCell::new(|| {
            Builder::new_current_thread().enable_time().build().expect("there are resources for an event loop")
        });
    }
    let peer = Played::new(words.into_iter().map(<[u8]>::to_vec));
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let channel = Channel::Stream(Stream::from(peer));
            let deadline = Instant::now() + Duration::from_secs(60);
            let (talked, result) = talk.play(channel, &mut Phases::default(), deadline).await;
            (talked.done, talked.sent, result.err().map(|failed| failed.error.kind()))
        })
    })
}

/// Reads a line that names a framing. The rest is what comes in frames, and what is put into them, its parts separated by `|`.
///
/// # Panics
/// If frames in pieces hold other messages than before, or there is a message where there can be none.
pub fn framing(input: &[u8]) {
    let (first, rest) = split(input, b"\n");
    let Ok(text) = str::from_utf8(first) else { return };
    let framing = match text.parse::<Framing>() {
        Ok(framing) => framing,
        Err(wrong) => {
            assert!(wrong.at.start <= wrong.at.end && text.get(wrong.at.clone()).is_some(), "{wrong:?}");
            return;
        }
    };
    if let Framing::Prefixed(prefix) = framing
        && let Some(number) = rest.get(..prefix.bytes)
    {
        let mut number = number.to_vec();
        if prefix.little_endian {
            number.reverse();
        }
        let beyond =
            number.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) > LONGEST as u64;
        assert_eq!(framing.first(rest).is_err(), beyond, "{framing:?} {rest:?}");
    }
    let (messages, _) = unframed(&framing, vec![rest]);
    assert_eq!(unframed(&framing, pieces(rest)).0, messages, "{framing:?} {rest:?}");
    let mut sent = Vec::new();
    let mut wire = Vec::new();
    for message in rest.split(|byte| *byte == b'|') {
        if let Ok(frame) = framing.frame(message) {
            wire.extend(frame);
            sent.push(message.to_vec());
        }
    }
    assert_eq!(unframed(&framing, pieces(&wire)), (sent, 0), "{framing:?} {rest:?}");
}

/// The messages in what arrives, and how many bytes belong to none.
fn unframed(framing: &Framing, arriving: Vec<&[u8]>) -> (Vec<Vec<u8>>, usize) {
    let mut messages = Vec::new();
    let mut pending = Vec::new();
    for piece in arriving {
        pending.extend_from_slice(piece);
        while let Ok(Some((message, length))) = framing.first(&pending) {
            assert!(message.len() <= length.min(LONGEST) && 0 < length && length <= pending.len());
            messages.push(message.to_vec());
            pending.drain(..length);
        }
    }
    (messages, pending.len())
}

/// What comes before the first `mark`, and what behind it; nothing where there is none.
fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> (&'a [u8], &'a [u8]) {
    match memchr::memmem::find(bytes, mark) {
        Some(at) => (&bytes[..at], &bytes[at + mark.len()..]),
        None => (bytes, &[]),
    }
}

/// The bytes in pieces: the first [`PIECES`] of one to eight, as the first byte of each says, then the rest. More of them find nothing
/// more, and whoever looks through all that has come with each of them takes longer than all else.
fn pieces(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let Some(first) = bytes.first() {
        let length = if pieces.len() < PIECES { 1 + usize::from(first % 8) } else { bytes.len() };
        let (piece, rest) = bytes.split_at(bytes.len().min(length));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

const PIECES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds(directory: &str) -> Vec<Vec<u8>> {
        let files = std::fs::read_dir(format!("../../tests/data/{directory}")).unwrap();
        files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }

    #[test]
    fn seeds_are_lived_through() {
        let talks = seeds("talks");
        let outcomes: Vec<_> = talks
            .iter()
            .map(|input| {
                talk(input);
                let (text, peer) = split(input, b"\n---\n");
                let (first, text) = split(text, b"\n");
                let framing = str::from_utf8(first).unwrap().parse().ok();
                let script = Script::parse(str::from_utf8(text).unwrap()).unwrap();
                let talk = ScriptRun { script: &script, framing: framing.as_ref(), tls: None };
                play(&talk, pieces(peer)).2
            })
            .collect();
        assert!(outcomes.contains(&None) && outcomes.contains(&Some("unexpected")), "{outcomes:?}");
        seeds("framings").iter().for_each(|input| framing(input));
    }

    #[test]
    fn pieces_are_all_there_is() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let pieces = pieces(&bytes);
        assert_eq!((pieces.concat(), pieces.len()), (bytes.clone(), PIECES + 1));
        assert!(pieces.iter().any(|piece| piece.len() == 1) && pieces.iter().any(|piece| piece.len() == 8));
    }
}
