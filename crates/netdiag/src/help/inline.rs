//! Words of a paragraph with their looks, and the lines they make.
//!
//! What stands together without a blank is never parted, whatever the looks of its parts.

use anstyle::Style;
use netdiag_text::terminal;

/// Words in a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    words: Vec<Word>,
    /// Whether what comes next belongs to the last word.
    open: bool,
}

#[derive(Clone, Debug, Default)]
struct Word(Vec<(Style, String)>);

impl Word {
    fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| terminal::width(text)).sum()
    }
}

impl Words {
    /// Goes on with this text, its blanks parting words.
    pub(super) fn push(&mut self, text: &str, style: Style) {
        for (number, piece) in text.split(char::is_whitespace).enumerate() {
            self.open &= number == 0;
            if piece.is_empty() {
                continue;
            }
            if !self.open {
                self.words.push(Word::default());
                self.open = true;
            }
            let word = self.words.last_mut().expect("there is one now");
            word.0.push((style, piece.to_owned()));
        }
    }

    /// Goes on with these words.
    pub(super) fn append(&mut self, others: &Self) {
        self.words.extend(others.words.iter().cloned());
        self.open = false;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Columns they take on one line.
    pub(super) fn width(&self) -> usize {
        self.words.iter().map(|word| word.width() + 1).sum::<usize>().saturating_sub(1)
    }

    /// Columns of the longest word.
    pub(super) fn longest(&self) -> usize {
        self.words.iter().map(Word::width).max().unwrap_or(0)
    }

    /// Lines of `width` columns at most, each with its columns; a word that is longer sticks out.
    pub(super) fn lines(&self, width: usize) -> Vec<(String, usize)> {
        let mut lines: Vec<(String, usize)> = Vec::new();
        for word in &self.words {
            let more = word.width();
            match lines.last_mut() {
                Some((line, columns)) if *columns + 1 + more <= width => {
                    line.push(' ');
                    *columns += 1 + more;
                }
                _ => lines.push((String::new(), more)),
            }
            let (line, _) = lines.last_mut().expect("there is one now");
            for (style, text) in &word.0 {
                line.push_str(&format!("{style}{text}{style:#}"));
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(words: &Words, width: usize) -> Vec<String> {
        words.lines(width).into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn words_are_parted_at_blanks_only() {
        let mut words = Words::default();
        for piece in ["one (", "two", ") three", " ", "four"] {
            words.push(piece, Style::new());
        }
        assert_eq!(lines(&words, 9), ["one (two)", "three", "four"]);
        assert_eq!(lines(&words, 80), ["one (two) three four"]);
        assert_eq!(lines(&words, 1), ["one", "(two)", "three", "four"]);
        assert_eq!((words.width(), words.longest()), (20, 5));
    }

    #[test]
    fn looks_take_no_columns() {
        let mut words = Words::default();
        words.push("a", Style::new());
        words.push("b", Style::new().bold());
        words.push(" データ", Style::new());
        assert_eq!(words.lines(80), [("a\u{1b}[1mb\u{1b}[0m データ".to_owned(), 9)]);
    }
}
