//! Keeps secrets out of reports.

use std::borrow::Cow;

/// The values that must not show.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    /// Longest first, so that one that contains another is hidden whole.
    secrets: Vec<String>,
}

impl Redactor {
    /// Hides `secret` from now on. An empty one would hide the space between all characters, and is left.
    pub fn hide(&mut self, secret: &str) {
        if !secret.is_empty() && !self.secrets.iter().any(|known| known == secret) {
            self.secrets.push(secret.to_owned());
            self.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    /// Hides what `other` hides, too.
    pub(crate) fn merge(&mut self, other: Self) {
        other.secrets.iter().for_each(|secret| self.hide(secret));
    }

    /// `text` with three stars in place of every secret.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let hidden = |text: Cow<'t, str>, secret: &String| match text.contains(secret.as_str()) {
            true => Cow::Owned(text.replace(secret.as_str(), "***")),
            false => text,
        };
        self.secrets.iter().fold(Cow::Borrowed(text), hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_whole() {
        let mut redactor = Redactor::default();
        for secret in ["abc", "abcdef", "", "abc"] {
            redactor.hide(secret);
        }
        assert_eq!(redactor.redact("x abcdef y abc z"), "x *** y *** z");
        assert_eq!(redactor.redact("plain"), "plain");
    }
}
