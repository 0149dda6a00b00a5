//! A page that lists a directory without an index of its own.
//!
//! Names are bytes chosen by whoever could write there: they are escaped as text and encoded as links.

use netdiag_text::terminal::acts;
use std::fmt::Write;
use std::fs::File;
use std::io;
use std::sync::Arc;

use hyper::StatusCode;
use rustix::fs::{Dir, FileType};

use super::content::Content;
use super::path::{Segments, encoded};
use super::reply::{self, Reply};
use super::room::Room;

/// Lists what is in `directory`, directories first; where there is no room for the page, says so.
pub(super) fn reply(directory: &File, segments: &Segments, room: &Arc<Room>) -> io::Result<Reply> {
    let mut entries = Vec::new();
    let (mut more, mut bytes) = (false, 0);
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        bytes += name.len();
        if entries.len() == MOST || bytes > MOST_BYTES {
            more = true;
            break;
        }
        entries.push((entry.file_type() != FileType::Directory, name.to_vec()));
    }
    entries.sort_unstable();
    let page = page(&entries, more, segments);
    Ok(match room.take(page.len() as u64) {
        Some(share) => {
            let content = Content::Bytes(share.hold(page.into_bytes()));
            reply::with(StatusCode::OK, "text/html; charset=utf-8", content)
        }
        None => reply::crowded(),
    })
}

pub(super) fn page(entries: &[(bool, Vec<u8>)], more: bool, segments: &Segments) -> String {
    let mut place = "/".to_owned();
    for name in &segments.names {
        place.push_str(&escaped(name));
        place.push('/');
    }
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{place}</title>\n<h1>{place}</h1>\n"
    );
    if more {
        // Before the names: nobody reads to the end of so many.
        let written =
            writeln!(page, "<p><strong>Only {} names are shown; there are more.</strong></p>", entries.len());
        written.expect("a string takes everything");
    }
    page.push_str("<ul>\n");
    if !segments.names.is_empty() {
        page.push_str("<li><a href=\"../\">../</a></li>\n");
    }
    for (is_file, name) in entries {
        let slash = if *is_file { "" } else { "/" };
        let (link, name) = (encoded(name), escaped(name));
        // A name may look like a scheme or a host: it is one only without the dot.
        let written = writeln!(page, "<li><a href=\"./{link}{slash}\">{name}{slash}</a></li>");
        written.expect("a string takes everything");
    }
    page.push_str("</ul>\n");
    page
}

pub(super) fn escaped(name: &[u8]) -> String {
    let mut text = String::new();
    for character in String::from_utf8_lossy(name).chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            acting if acts(acting) => text.push(char::REPLACEMENT_CHARACTER),
            character => text.push(character),
        }
    }
    text
}

/// Names on one page.
const MOST: usize = 10_000;

/// Bytes of names on one page, which become up to ten times as many, escaped and encoded.
const MOST_BYTES: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_cut_says_so_first() {
        let directory = tempfile::tempdir().unwrap();
        let root = Segments { names: Vec::new(), ends_in_slash: true };
        let shown = || {
            let room = Room::new(16 << 20);
            let reply = reply(&File::open(directory.path()).unwrap(), &root, &room).unwrap();
            let Content::Bytes(bytes) = reply.into_body() else { panic!("a page is made at once") };
            String::from_utf8(bytes.to_vec()).unwrap()
        };
        for number in 0..1100 {
            std::fs::write(directory.path().join(format!("{number:>0250}")), "").unwrap();
            if number == 1000 {
                assert_eq!(shown().matches("<li>").count(), 1001);
            }
        }
        // Others have all the room there is.
        let full = reply(&File::open(directory.path()).unwrap(), &root, &Room::new(100)).unwrap();
        assert_eq!(full.status(), StatusCode::SERVICE_UNAVAILABLE);
        let page = shown();
        let count = page.matches("<li>").count();
        let (head, _) = page.split_once("<ul>").unwrap();
        assert!(count < 1100 && head.contains(&format!("Only {count} names are shown")), "{count} {head}");
    }

    #[test]
    fn no_more_names_are_listed_than_the_bound() {
        let directory = tempfile::tempdir().unwrap();
        let root = Segments { names: Vec::new(), ends_in_slash: true };
        std::fs::write(directory.path().join("0"), "").unwrap();
        for number in 1..=10_000 {
            std::fs::hard_link(directory.path().join("0"), directory.path().join(number.to_string()))
                .unwrap();
        }
        let reply = reply(&File::open(directory.path()).unwrap(), &root, &Room::new(16 << 20)).unwrap();
        let Content::Bytes(page) = reply.into_body() else { panic!("a page is made at once") };
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(page.contains("Only 10000 names are shown") && page.matches("<li>").count() == 10_000);
    }

    #[test]
    fn names_can_neither_be_markup_nor_lead_elsewhere() {
        let entries = [
            (false, b"d&d".to_vec()),
            (true, b"<script>".to_vec()),
            (true, b"a\" onclick=\"b".to_vec()),
            (true, b"javascript:x".to_vec()),
            (true, b"\xff\n?#%".to_vec()),
        ];
        let segments = Segments { names: vec![b"<i>".to_vec()], ends_in_slash: true };
        let page = page(&entries, false, &segments);
        let lines: Vec<&str> = page.lines().filter(|line| line.starts_with("<li>")).collect();
        assert_eq!(
            lines,
            [
                "<li><a href=\"../\">../</a></li>",
                "<li><a href=\"./d%26d/\">d&amp;d/</a></li>",
                "<li><a href=\"./%3Cscript%3E\">&lt;script&gt;</a></li>",
                "<li><a href=\"./a%22%20onclick=%22b\">a&quot; onclick=&quot;b</a></li>",
                "<li><a href=\"./javascript%3Ax\">javascript:x</a></li>",
                "<li><a href=\"./%FF%0A%3F%23%25\">\u{fffd}\u{fffd}?#%</a></li>",
            ]
        );
        assert!(page.contains("<h1>/&lt;i&gt;/</h1>"));
    }
}
