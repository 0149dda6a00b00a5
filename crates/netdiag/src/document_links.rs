//! The links of the documents: each leads to a file of the project, or to a heading of one, that is there.
//!
//! Links to elsewhere are not followed: tests do not leave this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::command_lines::{documents, root};

/// What of a page leads somewhere, or can be led to.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    /// The headings, as GitHub names them in links.
    anchors: BTreeSet<String>,
}

fn read(text: &str) -> Page {
    let mut page = Page::default();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => page.anchors.extend(heading.take().map(|words| anchor(&words))),
            Event::Text(words) | Event::Code(words) => {
                heading.iter_mut().for_each(|all| all.push_str(&words));
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                page.links.push(dest_url.into_string());
            }
            _ => {}
        }
    }
    page
}

/// A heading as links name it.
fn anchor(words: &str) -> String {
    let kept = words.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn pages() -> BTreeMap<String, Page> {
    documents().into_iter().map(|(name, text)| (name, read(&text))).collect()
}

/// The path from the root that a link from a page means, and the heading.
fn target(page: &str, link: &str) -> (String, Option<String>) {
    let (path, heading) = match link.split_once('#') {
        Some((path, heading)) => (path, Some(heading.to_owned())),
        None => (link, None),
    };
    if path.is_empty() {
        return (page.to_owned(), heading);
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    (parts.join("/"), heading)
}

#[test]
fn every_link_leads_somewhere() {
    let (pages, root) = (pages(), root());
    let mut followed = 0;
    for (name, page) in &pages {
        for link in page.links.iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (path, heading) = target(name, link);
            assert!(Path::new(&root).join(&path).exists(), "{name}: {link}");
            if let Some(heading) = heading {
                let known = pages.get(&path).is_some_and(|page| page.anchors.contains(&heading));
                assert!(known, "{name}: {link}: there is no such heading");
            }
            followed += 1;
        }
    }
    assert!(followed > 50, "{followed}");
}

#[test]
fn the_index_leads_to_every_page() {
    let pages = pages();
    let index: BTreeSet<String> =
        pages["docs/README.md"].links.iter().map(|link| target("docs/README.md", link).0).collect();
    let all = pages.keys().filter(|name| name.starts_with("docs/") && *name != "docs/README.md");
    assert_eq!(all.filter(|name| !index.contains(*name)).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(pages["README.md"].links.iter().any(|link| link.starts_with("docs/README.md")));
}

#[test]
fn headings_and_links_are_read_as_github_does() {
    assert_eq!(anchor("connect, beside nc"), "connect-beside-nc");
    assert_eq!(anchor("Exit statuses of netdiag check"), "exit-statuses-of-netdiag-check");
    #[rustfmt::skip]
    let cases = [
        ("docs/a.md", "b.md#c",       "docs/b.md", Some("c")),
        ("docs/a.md", "#c",           "docs/a.md", Some("c")),
        ("docs/a.md", "../README.md", "README.md", None),
        ("README.md", "docs/a.md",    "docs/a.md", None),
    ];
    for (page, link, path, heading) in cases {
        assert_eq!(target(page, link), (path.to_owned(), heading.map(str::to_owned)));
    }
}
