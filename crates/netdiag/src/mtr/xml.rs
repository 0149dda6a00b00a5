//! XML as upstream writes it, but that no name breaks it.

use std::io;

use super::page::Page;
use super::statistics::Statistics;

/// The document.
pub(super) fn text(page: &mut Page, statistics: &Statistics) -> io::Result<String> {
    let (source, host, tos) = (escaped(&page.source), escaped(&page.host), page.tos);
    let (size, fill, rounds) = (page.size_words(), page.fill_words(), page.rounds);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <MTR SRC=\"{source}\" DST=\"{host}\" TOS=\"0x{tos:X}\" PSIZE=\"{size}\" BITPATTERN=\"{fill}\" \
         TESTS=\"{rounds}\">\n"
    );
    for (distance, hop) in statistics.shown() {
        text += &format!("    <HUB COUNT=\"{distance}\" HOST=\"{}\">\n", escaped(&page.name(hop)));
        for field in page.fields.iter().filter(|field| !field.is_blank()) {
            // No name of XML has such a sign.
            let title = field.title.trim_end_matches('%');
            text += &format!("        <{title}>{}</{title}>\n", field.cell(hop).trim_start());
        }
        text += "    </HUB>\n";
    }
    Ok(text + "</MTR>\n")
}

/// Text as it may stand between quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML 1.0 has no way to write it.
            control if control.is_control() || matches!(control, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('\u{fffd}');
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_what_it_stands_in() {
        assert_eq!(escaped("a<b>&\"c\"\u{1}é"), "a&lt;b&gt;&amp;&quot;c&quot;\u{fffd}é");
    }
}
