//! What is wrong with a check file, and where.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use netdiag_text::terminal::{Piece, pieces};
use netdiag_text::{Message, MessagePart, Secrets, Shown, Trusted, message};

/// One thing to mend.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Complaint {
    /// The bytes of the file at fault.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: Message,
    /// What would be right.
    pub help: Option<Message>,
}

/// A file that cannot be used, with everything that is wrong with it.
#[derive(Clone, Debug)]
pub struct InvalidFile {
    /// What the file is called.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// In the order of their places; never none.
    pub complaints: Vec<Complaint>,
    /// What it referred to that must not show: a complaint may quote it.
    pub secrets: Secrets,
}

/// A place in a file, both counted from one; columns count characters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Complaint {
    pub(crate) fn new(span: &Range<usize>, message: impl Into<Message>) -> Self {
        Self { span: span.clone(), message: message.into(), help: None }
    }

    /// The same about another place.
    pub(crate) fn at(self, span: &Range<usize>) -> Self {
        Self { span: span.clone(), ..self }
    }

    /// The same, said of what has this name.
    pub(crate) fn about(self, name: &'static str) -> Self {
        Self { message: message!("`{}`: {}", Trusted(name), self.message), ..self }
    }

    pub(crate) fn help(mut self, help: impl Into<Message>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same about a text that has a secret in it, of which it may quote a part.
    pub(crate) fn quoting(self, text: &str) -> Self {
        Self {
            message: self.message.without_parts_of(text),
            help: self.help.map(|help| help.without_parts_of(text)),
            span: self.span,
        }
    }

    /// All that was read, or all that is wrong: collecting a `Result` would end at the first mistake.
    pub(crate) fn collect<T>(read: impl IntoIterator<Item = Result<T, Self>>) -> Result<Vec<T>, Vec<Self>> {
        let mut good = Vec::new();
        let mut complaints = Vec::new();
        for result in read {
            match result {
                Ok(value) => good.push(value),
                Err(complaint) => complaints.push(complaint),
            }
        }
        if complaints.is_empty() { Ok(good) } else { Err(complaints) }
    }
}

/// So that `?` takes one complaint to where there may be several.
impl From<Complaint> for Vec<Complaint> {
    fn from(complaint: Complaint) -> Self {
        vec![complaint]
    }
}

impl Position {
    /// Where byte `offset` of `text` is.
    pub fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self { line: before.matches('\n').count() + 1, column: before[start..].chars().count() + 1 }
    }

    /// The byte of `text` it is at, or the end of the text.
    pub(crate) fn offset(self, text: &str) -> usize {
        let line: usize = text.split_inclusive('\n').take(self.line - 1).map(str::len).sum();
        let column = text[line..].char_indices().nth(self.column - 1);
        line + column.map_or(0, |(offset, _)| offset)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl InvalidFile {
    /// Every complaint with its line and a caret, as compilers show them; `FILE:LINE:COLUMN` stands where editors look for it.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let pages = self.complaints.iter().take(SHOWN).map(|complaint| {
            let (name, message) = (self.shown(&self.name), self.shown(&complaint.message));
            let help = complaint.help.as_ref().map(|help| self.shown(help));
            let (lines, span) = self.lines(&complaint.span);
            let source = harmless(&self.text[lines.clone()]);
            let snippet = Snippet::source(&source)
                .line_start(Position::of(&self.text, lines.start).line)
                .path(name.as_str())
                .annotation(AnnotationKind::Primary.span(span));
            let mut group = Level::ERROR.primary_title(message.as_str()).element(snippet);
            if let Some(help) = &help {
                group = group.element(Level::HELP.message(help.as_str()));
            }
            renderer.render(&[group]).to_string()
        });
        let mut pages: Vec<String> = pages.collect();
        pages.extend(self.beyond());
        pages.join("\n\n")
    }

    /// What is said of complaints beyond those shown.
    fn beyond(&self) -> Option<String> {
        let more = self.complaints.len().checked_sub(SHOWN).filter(|more| *more > 0)?;
        Some(format!("{}: error: there is more wrong with it, in {more} more places", self.shown(&self.name)))
    }

    /// What may be shown, and not longer than anybody reads: it may quote what is wrong.
    fn shown(&self, words: &(impl MessagePart + ?Sized)) -> Shown {
        self.secrets.show(words).cropped(LONGEST)
    }

    /// The whole lines of a span, and the span within them, on character boundaries, whoever gave it.
    fn lines(&self, span: &Range<usize>) -> (Range<usize>, Range<usize>) {
        let boundary = |mut at: usize| {
            at = at.min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = boundary(span.start);
        let end = boundary(span.end).max(start);
        let first = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let last = self.text[end..].find('\n').map_or(self.text.len(), |newline| end + newline);
        (first..last, start - first..end - first)
    }
}

/// Lines of a file in which nothing acts and everything is where it was, byte for byte. ASCII's control characters, tabs among
/// them, are the renderer's to replace.
fn harmless(lines: &str) -> String {
    let mut harmless = String::with_capacity(lines.len());
    for piece in pieces(lines.as_bytes()) {
        match piece {
            Piece::Plain(plain) => harmless.push_str(plain),
            Piece::Acting(control) if control.is_ascii_control() => harmless.push(control),
            Piece::Acting(acting) => harmless.push_str(match acting.len_utf8() {
                1 => "?",
                2 => "¿",
                3 => "\u{fffd}",
                _ => "\u{fffd}?",
            }),
            // A str is text throughout.
            Piece::Stray(_) => {}
        }
    }
    harmless
}

/// In columns.
const LONGEST: usize = 1000;

/// How many complaints are shown of a file: what is no check file at all would otherwise fill screens.
const SHOWN: usize = 20;

impl std::error::Error for InvalidFile {}

/// One line for each complaint: `FILE:LINE:COLUMN: error: MESSAGE`.
impl fmt::Display for InvalidFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, complaint) in self.complaints.iter().take(SHOWN).enumerate() {
            let place = Position::of(&self.text, complaint.span.start);
            let end = if number == 0 { "" } else { "\n" };
            let (name, message) = (self.shown(&self.name), self.shown(&complaint.message));
            write!(f, "{end}{name}:{place}: error: {message}")?;
        }
        self.beyond().map_or(Ok(()), |more| write!(f, "\n{more}"))
    }
}

#[cfg(test)]
mod tests {
    use netdiag_text::terminal::acts;

    use super::*;

    #[test]
    fn a_place_counts_characters() {
        let text = "a = 1\nbü = \"x\"\n";
        #[rustfmt::skip]
        let cases = [(0, (1, 1)), (4, (1, 5)), (6, (2, 1)), (9, (2, 3)), (text.len(), (3, 1)), (999, (3, 1))];
        for (offset, (line, column)) in cases {
            assert_eq!(Position::of(text, offset), Position { line, column }, "{offset}");
        }
    }

    #[test]
    fn a_complaint_shows_its_line() {
        let rejected = InvalidFile {
            name: "net.toml".to_owned(),
            text: "version = 1\nverson = 2\n".to_owned(),
            complaints: vec![
                Complaint::new(&(12..18), "unknown key `verson`").help("did you mean `version`?"),
            ],
            secrets: Secrets::NONE,
        };
        assert_eq!(rejected.to_string(), "net.toml:2:1: error: unknown key `verson`");
        let page = rejected.render(false);
        for part in
            ["error: unknown key `verson`", "net.toml:2:1", "verson = 2", "^^^^^^", "did you mean `version`?"]
        {
            assert!(page.contains(part), "{part}:\n{page}");
        }
        let hostile = vec![Complaint::new(&(0..1), "unknown kind `\x1b[2J`")];
        let hostile = InvalidFile {
            name: "\u{9b}2J".to_owned(),
            text: "a \x1b[2J\u{9b}\u{7f}\u{202e}\u{2028}\u{feff}\u{61c}é日\n".to_owned(),
            complaints: hostile,
            secrets: Secrets::NONE,
        };
        let shown = hostile.render(false) + &hostile.to_string();
        assert!(!shown.contains(|it: char| acts(it) && it != '\n'), "{shown:?}");
        let long = vec![Complaint::new(&(0..1), "é".repeat(5000))];
        let long = InvalidFile { complaints: long, ..rejected.clone() };
        assert_eq!(long.to_string().chars().filter(|it| *it == 'é').count(), 1000);
        let wild = InvalidFile { complaints: vec![Complaint::new(&(500..900), "odd")], ..rejected };
        assert!(wild.render(false).contains("odd"));
    }
}
