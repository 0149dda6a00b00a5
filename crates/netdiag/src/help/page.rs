//! A page of the documents for a terminal.
//!
//! Markdown is read as the documents use it. Code keeps its lines, as it is there to be copied; a link to another page becomes the
//! `netdiag help` that shows it.

use anstyle::Style;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::block::Grid;
use super::inline::Words;
use super::topics::TOPICS;

/// How a page looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Columns of a line.
    pub(super) width: usize,
    /// Whether headings and code are in bold.
    pub(super) color: bool,
}

/// The page as lines.
pub(super) fn render(markdown: &str, look: Look) -> String {
    let mut page = Page {
        look,
        text: String::new(),
        words: Words::default(),
        link: None,
        grid: None,
        lists: Vec::new(),
        marker: String::new(),
        code: false,
    };
    Parser::new_ext(markdown, Options::ENABLE_TABLES).for_each(|event| page.take(event));
    page.text
}

/// A page in the making.
struct Page {
    look: Look,
    text: String,
    /// Of the paragraph, heading or cell that is being read.
    words: Words,
    /// Where the link leads that is being read, and its words.
    link: Option<(String, String)>,
    grid: Option<Grid>,
    /// The number of the next item of each list around, if they are numbered.
    lists: Vec<Option<u64>>,
    /// What the next lines begin with: that of an item, once.
    marker: String,
    /// Whether this is code between fences.
    code: bool,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => self.copy(&text),
            Event::Text(text) => self.say(&text, Style::new()),
            Event::Code(code) if self.look.color => self.say(&code, Style::new().bold()),
            Event::Code(code) => self.say(&format!("`{code}`"), Style::new()),
            Event::SoftBreak | Event::HardBreak => self.say(" ", Style::new()),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::CodeBlock(_) => {
                self.part();
                self.code = true;
            }
            Tag::Table(_) => self.grid = Some(Grid::default()),
            Tag::TableHead | Tag::TableRow => {
                self.grid.iter_mut().for_each(|grid| grid.rows.push(Vec::new()));
            }
            Tag::List(first) => {
                self.finish();
                if self.lists.is_empty() {
                    self.part();
                }
                self.lists.push(first);
            }
            Tag::Item => {
                let number = self.lists.last_mut().and_then(Option::as_mut);
                self.marker = number.map_or_else(
                    || "- ".to_owned(),
                    |number| {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    },
                );
            }
            Tag::Link { dest_url, .. } => self.link = Some((dest_url.into_string(), String::new())),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Item => self.finish(),
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::CodeBlock => self.code = false,
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.words);
                self.grid
                    .iter_mut()
                    .filter_map(|grid| grid.rows.last_mut())
                    .for_each(|row| row.push(cell.clone()));
            }
            TagEnd::Table => {
                if let Some(grid) = self.grid.take() {
                    self.part();
                    self.text.push_str(&grid.render(self.look.width));
                }
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Link => {
                if let Some((to, words)) = self.link.take() {
                    self.say(&linked(&to, &words), Style::new());
                }
            }
            _ => {}
        }
    }

    fn say(&mut self, text: &str, style: Style) {
        match &mut self.link {
            Some((_, words)) => words.push_str(text),
            None => self.words.push(text, style),
        }
    }

    /// Code as it is, set apart from the text.
    fn copy(&mut self, code: &str) {
        for line in code.lines() {
            self.text.push_str(if line.is_empty() { "" } else { "    " });
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// An empty line, where there is something to be apart from.
    fn part(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        let words = std::mem::take(&mut self.words);
        self.part();
        let bold = if self.look.color { Style::new().bold() } else { Style::new() };
        let mut columns = 0;
        for (line, width) in words.lines(self.look.width) {
            self.text.push_str(&format!("{bold}{line}{bold:#}\n"));
            columns = columns.max(width);
        }
        let under = match level {
            HeadingLevel::H1 => "=",
            HeadingLevel::H2 => "-",
            _ => return,
        };
        if !self.look.color {
            self.text.push_str(&under.repeat(columns));
            self.text.push('\n');
        }
    }

    /// Ends a paragraph, or what an item says.
    fn finish(&mut self) {
        let words = std::mem::take(&mut self.words);
        if words.is_empty() {
            return;
        }
        let depth = "  ".repeat(self.lists.len().saturating_sub(1));
        let hanging = depth.clone() + &" ".repeat(if self.lists.is_empty() { 0 } else { "- ".len() });
        let marker = std::mem::take(&mut self.marker);
        // Items stand close together.
        if self.lists.is_empty() {
            self.part();
        }
        let mut before = if marker.is_empty() { hanging.clone() } else { depth + &marker };
        for (line, _) in words.lines(self.look.width.saturating_sub(hanging.len())) {
            self.text.push_str(&before);
            self.text.push_str(&line);
            self.text.push('\n');
            before.clone_from(&hanging);
        }
    }
}

/// The words of a link, with where it leads if that is of use here.
fn linked(to: &str, words: &str) -> String {
    let page = to.split('#').next().unwrap_or_default();
    let topic = page.strip_suffix(".md").filter(|name| TOPICS.iter().any(|topic| topic.name == *name));
    match topic {
        Some(topic) if words == page => format!("`netdiag help {topic}`"),
        Some(topic) => format!("{words} (`netdiag help {topic}`)"),
        None if to.contains("://") && to != words => format!("{words} ({to})"),
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use netdiag_text::terminal::width;

    use super::*;

    /// Whether a line of a page is one of its code.
    fn is_code(page: &str, line: &str) -> bool {
        page.lines().any(|written| line.strip_prefix("    ").is_some_and(|line| written.ends_with(line)))
    }

    const PLAIN: Look = Look { width: 40, color: false };

    #[test]
    fn what_documents_consist_of_is_readable() {
        let page = "# Title of `it`\n\nA paragraph whose words go on until they\ndo not fit. See [filter.md](filter.md#a), [the\nrules](json.md) and [RFC](https://rfc.test/1).\n\n<!-- nothing -->\n\n## Parts\n\n- one item that is longer than a line of forty\n- two\n\n1. first\n2. second\n\n```sh\nnetdiag ss  -t  # as it is, however long the line may come to be\n\n  indented\n```\n";
        let expected = "\
Title of `it`
=============

A paragraph whose words go on until they
do not fit. See `netdiag help filter`,
the rules (`netdiag help json`) and RFC
(https://rfc.test/1).

Parts
-----

- one item that is longer than a line of
  forty
- two

1. first
2. second

    netdiag ss  -t  # as it is, however long the line may come to be

      indented
";
        assert_eq!(render(page, PLAIN), expected);
    }

    #[test]
    fn tables_have_columns_or_become_records() {
        let narrow =
            "| a | b |\n|---|--:|\n| `x` | one |\n| y | two three four five six seven eight nine |\n";
        assert_eq!(
            render(narrow, PLAIN),
            "a    b\n---  -----------------------------------\n`x`  one\ny    two three four five six seven eight\n     nine\n"
        );
        let wide = "| what | there | why |\n|---|---|---|\n| one thing that differs | in many a word and more | reason |\n| two | | because of very many reasons |\n";
        assert_eq!(
            render(wide, PLAIN),
            "one thing that differs\n  there: in many a word and more\n  why: reason\n\ntwo\n  why: because of very many reasons\n"
        );
    }

    #[test]
    fn every_page_fits_a_screen_but_for_its_code() {
        for topic in TOPICS {
            for columns in [60, 80] {
                let text = render(topic.text, Look { width: columns, color: false });
                let long = |line: &&str| {
                    width(line) > columns && line.trim().contains(' ') && !is_code(topic.text, line)
                };
                assert_eq!(text.lines().find(long), None, "{} at {columns}", topic.name);
                assert!(!text.contains("\n\n\n") && !text.contains("<!--"), "{}", topic.name);
            }
            let coloured = render(topic.text, Look { width: 80, color: true });
            assert!(coloured.contains("\u{1b}[1m"), "{}", topic.name);
        }
    }
}
