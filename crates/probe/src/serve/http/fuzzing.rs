//! Any text as a request of HTTP, and any bytes as names in a directory: what fuzz targets call, and nobody else.
//!
//! Nothing is opened: what a path, a range or a condition means is decided before a file is.

use hyper::http::uri::Uri;
use hyper::{HeaderMap, Request, Version, header};
use netdiag_text::terminal::acts;
use percent_encoding::percent_decode_str;

use super::conditions::{self, Verdict};
use super::listing::{self, escaped};
use super::media_type;
use super::path::{Segments, segments};
use super::ranges::{self, Ranges};
use super::site::{is_host, names_host, unknown_coding};
use super::trial::Trial;

/// Reads a line with the target of a request, a line for each header up to an empty one, and names of files separated by slashes.
///
/// # Panics
/// If a path leads out of its directory or is another one written anew, a range lies outside its file, a condition is met that was
/// not set, or a name does something in the page that lists it.
pub fn request(input: &[u8]) {
    let (head, names) = match memchr::memmem::find(input, b"\n\n") {
        Some(at) => (&input[..at], &input[at + 2..]),
        None => (input, &input[input.len()..]),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let target = Uri::try_from(lines.next().unwrap_or_default());
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_at(line.iter().position(|byte| *byte == b':').unwrap_or(line.len()));
        let value = header::HeaderValue::from_bytes(value.get(1..).unwrap_or_default().trim_ascii());
        if let (Ok(name), Ok(value)) = (header::HeaderName::from_bytes(name), value) {
            headers.append(name, value);
        }
    }
    let place = target.ok().and_then(|target| segments(target.path()));
    place.iter().for_each(stays_inside);
    range(&headers);
    condition(&headers);
    host(headers);
    let root = Segments { names: Vec::new(), ends_in_slash: true };
    list(place.as_ref().unwrap_or(&root), names);
}

/// Names stay names, however they are written.
fn stays_inside(place: &Segments) {
    for name in &place.names {
        let leads = matches!(name.as_slice(), b"" | b"." | b"..");
        assert!(!leads && !name.contains(&b'/') && !name.contains(&0), "{place:?}");
        assert!(media_type::of(name).bytes().all(|byte| matches!(byte, b' '..=b'~')), "{place:?}");
    }
    assert!(!matches!(place.file().first(), None | Some(b'/')), "{place:?}");
    let written = place.as_directory();
    assert!(written.bytes().all(|byte| byte.is_ascii_graphic()) && !written.starts_with("//"), "{written}");
    let again = segments(&written).map(|again| (again.names, again.ends_in_slash));
    assert_eq!(again, Some((place.names.clone(), true)), "{written}");
    match Trial::of(place, true) {
        Some(Trial::Status(status)) => assert!((200..1000).contains(&status.as_u16()), "{place:?}"),
        Some(Trial::Index) => assert!(place.names.is_empty()),
        Some(_) => assert!(!place.names.is_empty()),
        None => {}
    }
}

fn range(headers: &HeaderMap) {
    let Some(value) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else { return };
    // No file is longer than the last.
    for length in [0, 1, 10, 70_000, i64::MAX.unsigned_abs()] {
        if let Ranges::Parts(parts) = Ranges::new(value, length) {
            assert!(!parts.is_empty() && parts.len() <= ranges::MOST, "{value:?} {length}");
            let inside = |part: &std::ops::Range<u64>| part.start < part.end && part.end <= length;
            assert!(parts.iter().all(inside), "{value:?} {length}: {parts:?}");
            let total: u128 = parts.iter().map(|part| u128::from(part.end - part.start)).sum();
            assert!(total <= u128::from(length), "{value:?} {length}: {parts:?}");
        }
    }
}

/// Conditions are met for a reason that stands in the request.
fn condition(headers: &HeaderMap) {
    let has = |name| headers.contains_key(name);
    let says = |name, words: &[&str]| {
        let mut values = headers.get_all(name).iter();
        values.any(|value| {
            words.iter().any(|word| memchr::memmem::find(value.as_bytes(), word.as_bytes()).is_some())
        })
    };
    let versions = [(0, 0, 0), (3, 784_111_777, 0), (70_000, -1, 999_999_999), (u64::MAX, i64::MAX, 1)];
    for (length, seconds, nanoseconds) in versions {
        // What lies beyond all time has no version at all.
        let seconds = seconds.min(i64::from(u32::MAX));
        let version = conditions::Version::new(length, seconds, nanoseconds);
        let etag = [version.etag.as_str()];
        let tags = [version.etag.as_str(), "*"];
        match version.judge(headers) {
            Verdict::Failed => assert!(has(header::IF_MATCH) || has(header::IF_UNMODIFIED_SINCE)),
            verdict => {
                assert!(!has(header::IF_MATCH) || says(header::IF_MATCH, &tags), "{headers:?}");
                let known = says(header::IF_NONE_MATCH, &tags) || has(header::IF_MODIFIED_SINCE);
                assert!(known || verdict == Verdict::Proceed, "{headers:?}");
            }
        }
        let dated = headers.get(header::IF_RANGE).and_then(|value| value.to_str().ok());
        let dated = dated.is_some_and(|value| httpdate::parse_http_date(value).is_ok());
        let ranged = !has(header::IF_RANGE) || says(header::IF_RANGE, &etag) || dated;
        assert!(ranged || !version.is_ranged(headers), "{headers:?}");
    }
}

/// Whoever is asked for is a host, and a body is framed in one way.
fn host(headers: HeaderMap) {
    let hosts: Vec<_> = headers.get_all(header::HOST).iter().cloned().collect();
    let coded = headers.contains_key(header::TRANSFER_ENCODING);
    let mut request = Request::new(());
    *request.headers_mut() = headers;
    for version in [Version::HTTP_10, Version::HTTP_11] {
        *request.version_mut() = version;
        if names_host(&request) {
            assert!(hosts.len() <= 1, "{hosts:?}");
        }
        assert!(coded || unknown_coding(&request).is_none());
    }
    for host in &hosts {
        let plain = |byte: &u8| byte.is_ascii_graphic() && !b"/@?#\\".contains(byte);
        assert!(!is_host(host.as_bytes()) || host.as_bytes().iter().all(plain), "{host:?}");
    }
}

/// A name is text in a page, and a link to itself.
fn list(place: &Segments, names: &[u8]) {
    let is_name = |name: &&[u8]| !name.is_empty() && !name.contains(&0);
    let entries: Vec<(bool, Vec<u8>)> = names
        .split(|byte| *byte == b'/')
        .filter(is_name)
        .map(|name| (name.len() % 2 == 0, name.to_vec()))
        .collect();
    let page = listing::page(&entries, entries.len() % 2 == 1, place);
    assert!(!page.contains(|character| character != '\n' && acts(character)), "{page:?}");
    let items = page.lines().filter_map(|line| line.strip_prefix("<li><a href=\"./"));
    let mut count = 0;
    for (item, (is_file, name)) in items.zip(&entries) {
        let slash = if *is_file { "" } else { "/" };
        let parts = item.strip_suffix(&format!("{slash}</a></li>")).and_then(|item| item.split_once("\">"));
        let (link, text) = parts.unwrap_or_else(|| panic!("{item:?}"));
        let link = link.strip_suffix(slash).unwrap_or_else(|| panic!("{item:?}"));
        assert!(percent_decode_str(link).eq(name.iter().copied()), "{item:?} {name:?}");
        assert!(
            link.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>&:?#/".contains(&byte)),
            "{link:?}"
        );
        assert!(!text.contains(['<', '>', '"', '\'']) && text == escaped(name), "{text:?}");
        count += 1;
    }
    assert_eq!(count, entries.len(), "{page}");
    let above = usize::from(!place.names.is_empty());
    assert_eq!(page.matches('<').count(), page.matches('>').count(), "{page}");
    assert_eq!(page.matches("<a").count(), entries.len() + above, "{page}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_lived_through() {
        let mut ranged = 0;
        for seed in std::fs::read_dir("../../tests/data/requests").unwrap() {
            let text = std::fs::read(seed.unwrap().path()).unwrap();
            ranged += usize::from(memchr::memmem::find(&text, b"range: bytes=").is_some());
            request(&text);
        }
        assert!(ranged > 0);
    }
}
