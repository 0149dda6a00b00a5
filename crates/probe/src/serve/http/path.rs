//! The path of a request as the names it leads through.
//!
//! Names are decoded one by one, so that an encoded slash is part of a name, which then cannot be a file's.

use percent_encoding::{AsciiSet, CONTROLS, PercentEncode, percent_decode_str, percent_encode};

/// A path, decoded.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Segments {
    /// The names, without empty ones and single dots.
    pub(super) names: Vec<Vec<u8>>,
    /// Whether a slash is at the end, as it is for directories.
    pub(super) ends_in_slash: bool,
}

/// The names of `path`; `None` if it is none, or one that only somebody who wants to get out would write.
pub(super) fn segments(path: &str) -> Option<Segments> {
    let path = path.strip_prefix('/')?;
    let mut names = Vec::new();
    for word in path.split('/') {
        if !is_well_encoded(word) {
            return None;
        }
        let name: Vec<u8> = percent_decode_str(word).collect();
        match name.as_slice() {
            b"" | b"." => {}
            b".." => return None,
            _ if name.contains(&b'/') || name.contains(&0) => return None,
            _ => names.push(name),
        }
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    Some(Segments { names, ends_in_slash: matches!(last, "" | "." | "%2e" | "%2E") })
}

fn is_well_encoded(word: &str) -> bool {
    word.split('%').skip(1).all(|rest| {
        rest.as_bytes().first_chunk::<2>().is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

impl Segments {
    /// The names as a path below a directory; the directory itself is `.`.
    pub(super) fn file(&self) -> Vec<u8> {
        match self.names.as_slice() {
            [] => b".".to_vec(),
            [one] => one.clone(),
            names => names.join(&b'/'),
        }
    }

    /// The same directory with a slash at the end. It begins with one slash only: two would name a host.
    pub(super) fn as_directory(&self) -> String {
        let mut path = "/".to_owned();
        for name in &self.names {
            path.extend(encoded(name));
            path.push('/');
        }
        path
    }
}

/// A name as it stands in a path.
pub(super) fn encoded(name: &[u8]) -> PercentEncode<'_> {
    percent_encode(name, RESERVED)
}

/// What a name may have, but a path or a link in a page may not (RFC 3986 §3.3).
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'\'')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_one_by_one() {
        #[rustfmt::skip]
        let cases = [
            ("/",                Some(("/", true))),
            ("/a/b",             Some(("/a/b/", false))),
            ("/a//b/./",         Some(("/a/b/", true))),
            ("//evil.example/x", Some(("/evil.example/x/", false))),
            ("/a%20b%3f",        Some(("/a%20b%3F/", false))),
            ("/%ff",             Some(("/%FF/", false))),
            ("/...",             Some(("/.../", false))),
            ("/..",              None),
            ("/a/../b",          None),
            ("/%2e%2E/etc",      None),
            ("/.%2e",            None),
            ("/a%2fb",           None),
            ("/a%00",            None),
            ("/a%zz",            None),
            ("/a%2",             None),
            ("/%",               None),
            ("*",                None),
            ("",                 None),
        ];
        for (path, expected) in cases {
            let read = segments(path);
            let shown = read.as_ref().map(|read| (read.as_directory(), read.ends_in_slash));
            let expected = expected.map(|(path, slash)| (path.to_owned(), slash));
            assert_eq!(shown, expected, "{path}");
        }
    }
}
