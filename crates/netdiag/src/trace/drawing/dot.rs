//! Drawings as a graph for Graphviz (`dot -Tsvg`): a cluster for each host.

use super::{Column, Drawing, Line};

/// One graph of all drawings.
pub(super) fn draw(drawings: &[Drawing]) -> String {
    let mut text = String::from(HEAD);
    for (index, drawing) in drawings.iter().enumerate() {
        text += &format!("  subgraph cluster_{index} {{\n");
        let label: Vec<&str> =
            [&drawing.title].into_iter().chain(&drawing.sentences).map(String::as_str).collect();
        text += &format!("    label={};\n", quoted(&label));
        for (at, column) in drawing.columns.iter().enumerate() {
            text += &boxes(index, at, column);
        }
        for line in &drawing.lines {
            text += &edge(index, line);
        }
        text += "  }\n";
    }
    text + "}\n"
}

/// The boxes of a column, one above the other.
fn boxes(index: usize, at: usize, column: &Column) -> String {
    let mut text = String::from("    { rank=same;\n");
    for (place, drawn) in column.boxes.iter().enumerate() {
        let headings = column.headings.iter().filter(|heading| !heading.is_empty());
        let words: Vec<&str> = headings.chain(&drawn.words).map(String::as_str).collect();
        let color = drawn.look.color();
        text += &format!("      {} [label={}, color=\"{color}\"];\n", name(index, at, place), quoted(&words));
    }
    text + "    }\n"
}

fn edge(index: usize, line: &Line) -> String {
    let (from, to) = (name(index, line.column, line.from), name(index, line.column + 1, line.to));
    let label = line.flows.map(|flows| format!("label=\"{flows}\", ")).unwrap_or_default();
    let style = if line.is_certain { "solid" } else { "dashed" };
    format!("    {from} -> {to} [{label}penwidth={:.2}, style={style}];\n", 1.0 + 3.0 * line.share)
}

/// A name no other box has.
fn name(index: usize, column: usize, place: usize) -> String {
    format!("\"{index}.{column}.{place}\"")
}

/// Lines as a string of the language.
fn quoted(lines: &[&str]) -> String {
    let lines: Vec<String> =
        lines.iter().map(|line| line.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ")).collect();
    format!("\"{}\"", lines.join("\\n"))
}

const HEAD: &str = "digraph trace {
  rankdir=LR;
  bgcolor=transparent;
  fontcolor=\"#7d8590\";
  color=\"#7d8590\";
  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f6f8fa\", fontcolor=\"#1f2328\", penwidth=2];
  edge [color=\"#7d8590\", fontcolor=\"#7d8590\"];
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_chose_ends_no_string() {
        let hostile = ["a\"]; evil -> x [label=\"", "b\\", "c\nd"];
        assert_eq!(quoted(&hostile), "\"a\\\"]; evil -> x [label=\\\"\\nb\\\\\\nc d\"");
    }
}
