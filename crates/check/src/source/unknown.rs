//! A word that nobody knows, and the one that may have been meant.

use netdiag_text::{Message, Trusted, message, nearest};

use super::complaint::Complaint;

/// A word nobody knows, and the one of ours that may have been meant; the place is the caller's to say.
pub(crate) fn unknown<'w>(word: &str, known: impl Iterator<Item = &'w str>, noun: &'static str) -> Complaint {
    unknown_of(word, known, noun, |word| Trusted(word).into())
}

/// The same of words that a file knows, not we: `tell` says how they are told.
pub(crate) fn unknown_of<'w>(
    word: &str,
    known: impl Iterator<Item = &'w str>,
    noun: &'static str,
    tell: fn(&str) -> Message,
) -> Complaint {
    let known: Vec<&str> = known.collect();
    let complaint = Complaint::new(&(0..0), message!("unknown {} `{}`", Trusted(noun), word));
    if let Some(candidate) = nearest(word, known.iter().copied()) {
        return complaint.help(message!("did you mean `{}`?", tell(candidate)));
    }
    if known.is_empty() {
        return complaint;
    }
    let offered = Message::join(known.iter().take(MOST_KNOWN).map(|word| tell(word)), ", ");
    complaint.help(message!(
        "known are {}{}",
        offered,
        Trusted(if known.len() > MOST_KNOWN { ", …" } else { "" })
    ))
}

/// How many words are offered: a kind has fewer keys, a file may have more checks.
const MOST_KNOWN: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_offered_than_anybody_reads() {
        let help = |complaint: Complaint| complaint.help.unwrap().unshown().to_owned();
        assert_eq!(help(unknown("zzzzzzzz", ["name", "count"].into_iter(), "key")), "known are name, count");
        let names: Vec<String> = (0..100).map(|n| format!("check {n}")).collect();
        assert!(help(unknown("other", names.iter().map(String::as_str), "check")).ends_with("check 59, …"));
    }
}
