//! Drawings as SVG that needs nothing else: no font, script or style from outside.
//!
//! The background is left to whoever shows it; boxes bring their own, and lines and words beside them are seen on dark and light.

use super::{Column, Drawing, Line, Place};

/// One picture of all drawings, one below the other.
pub(super) fn draw(drawings: &[Drawing]) -> String {
    let (mut body, mut top, mut right) = (String::new(), MARGIN, 0);
    for drawing in drawings {
        let layout = Layout::of(drawing, top);
        body += &layout.draw(drawing);
        top = layout.bottom() + MARGIN;
        right = right.max(layout.right());
    }
    let title = drawings.iter().map(|drawing| escaped(&drawing.title)).collect::<Vec<_>>().join(", ");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{right}\" height=\"{top}\" viewBox=\"0 0 {right} {top}\" \
         font-family=\"sans-serif\" font-size=\"{FONT}\">\n<title>trace {title}</title>\n{body}</svg>\n"
    )
}

/// Where everything is, in units of the picture.
struct Layout {
    top: usize,
    /// Where the columns begin.
    below: usize,
    /// How high the highest column is.
    height: usize,
    /// Left edge and width of each column.
    columns: Vec<(usize, usize)>,
    /// How long the longest sentence is.
    longest: usize,
}

impl Layout {
    fn of(drawing: &Drawing, top: usize) -> Self {
        let (mut left, mut columns) = (MARGIN, Vec::new());
        for column in &drawing.columns {
            let width = width(column);
            columns.push((left, width));
            left += width + GAP;
        }
        let sentences = [&drawing.title].into_iter().chain(&drawing.sentences);
        let longest = sentences.map(|sentence| length(sentence)).max().unwrap_or(0);
        let headings = drawing.columns.iter().map(|column| column.headings.len()).max().unwrap_or(0);
        let below = top + LINE * (drawing.sentences.len() + 1 + headings) + MARGIN;
        let height = drawing.columns.iter().map(column_height).max().unwrap_or(0);
        Self { top, below, height, columns, longest }
    }

    const fn bottom(&self) -> usize {
        self.below + self.height
    }

    fn right(&self) -> usize {
        let columns = self.columns.last().map_or(0, |(left, width)| left + width);
        columns.max(MARGIN + self.longest) + MARGIN
    }

    fn draw(&self, drawing: &Drawing) -> String {
        let mut text = String::new();
        for (at, sentence) in [&drawing.title].into_iter().chain(&drawing.sentences).enumerate() {
            let weight = if at == 0 { " font-weight=\"bold\"" } else { "" };
            text += &word(MARGIN, self.top + LINE * (at + 1), GREY, weight, sentence);
        }
        // Lines first, for boxes to lie above them.
        for line in &drawing.lines {
            text += &self.line(drawing, line).unwrap_or_default();
        }
        for (at, column) in drawing.columns.iter().enumerate() {
            text += &self.column(at, column);
        }
        text
    }

    fn column(&self, at: usize, column: &Column) -> String {
        let (left, width) = self.columns.get(at).copied().unwrap_or_default();
        let first = self.below - MARGIN / 2 - LINE * (column.headings.len() - column.headings.len().min(1));
        let mut text = String::new();
        for (at, heading) in column.headings.iter().enumerate() {
            text += &word(left, first + LINE * at, GREY, "", heading);
        }
        for (at, drawn) in column.boxes.iter().enumerate() {
            let (top, height) = (self.box_top(column, at), box_height(drawn));
            let color = drawn.look.color();
            text += &format!(
                "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{PAPER}\" stroke=\"{color}\" stroke-width=\"2\"/>\n"
            );
            for (at, words) in drawn.words.iter().enumerate() {
                text += &word(left + PADDING, top + PADDING / 2 + LINE * (at + 1), INK, "", words);
            }
        }
        text
    }

    /// A curve from the right of one box to the left of another, with its number of flows.
    fn line(&self, drawing: &Drawing, line: &Line) -> Option<String> {
        let middle = |column: usize, at: usize| {
            let column = drawing.columns.get(column)?;
            Some(self.box_top(column, at) + box_height(column.boxes.get(at)?) / 2)
        };
        let (left, width) = self.columns.get(line.column)?;
        let (from, to) = (left + width, self.columns.get(line.column + 1)?.0);
        let (high, low) = (middle(line.column, line.from)?, middle(line.column + 1, line.to)?);
        let bend = from + GAP / 2;
        let dashes = if line.is_certain { "" } else { " stroke-dasharray=\"4 4\"" };
        let thick = 1.0 + 3.0 * line.share;
        let curve = format!(
            "<path d=\"M {from} {high} C {bend} {high} {bend} {low} {to} {low}\" fill=\"none\" stroke=\"{GREY}\" stroke-width=\"{thick:.2}\"{dashes}/>\n"
        );
        let flows = line.flows.map(|flows| {
            // Near its end, where lines have come apart.
            word(to - GAP / 3, low - LINE / 3, GREY, " font-size=\"10\"", &flows.to_string())
        });
        Some(curve + &flows.unwrap_or_default())
    }

    /// Columns are centred on each other.
    fn box_top(&self, column: &Column, at: usize) -> usize {
        let above = column.boxes.iter().take(at).map(|drawn| box_height(drawn) + MARGIN).sum::<usize>();
        self.below + (self.height - column_height(column)) / 2 + above
    }
}

fn column_height(column: &Column) -> usize {
    let boxes = column.boxes.iter().map(|drawn| box_height(drawn) + MARGIN).sum::<usize>();
    boxes.saturating_sub(MARGIN)
}

const fn box_height(drawn: &Place) -> usize {
    LINE * drawn.words.len() + PADDING
}

fn width(column: &Column) -> usize {
    let words = column.boxes.iter().flat_map(|drawn| &drawn.words).map(|words| length(words) + 2 * PADDING);
    words.chain(column.headings.iter().map(|heading| length(heading))).max().unwrap_or(0)
}

/// About how long words are: fonts differ.
fn length(words: &str) -> usize {
    words.chars().count() * FONT * 3 / 5
}

fn word(x: usize, y: usize, color: &str, more: &str, words: &str) -> String {
    format!("<text x=\"{x}\" y=\"{y}\" fill=\"{color}\"{more}>{}</text>\n", escaped(words))
}

/// Text as XML has it; what XML cannot have is not in it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

const FONT: usize = 13;
const LINE: usize = 18;
const MARGIN: usize = 16;
const PADDING: usize = 10;
/// Between columns, for lines.
const GAP: usize = 72;
/// Of boxes.
const PAPER: &str = "#f6f8fa";
/// On paper.
const INK: &str = "#1f2328";
/// On whatever background.
const GREY: &str = "#7d8590";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_chose_stays_text() {
        let hostile = "</text><script>\"&\u{1b}[2J\u{0}\u{ffff}é";
        let expected = "&lt;/text&gt;&lt;script&gt;&quot;&amp;\u{fffd}[2J\u{fffd}\u{fffd}é";
        assert_eq!(escaped(hostile), expected);
    }
}
