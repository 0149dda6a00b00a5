//! Filters in files (`-F`).
//!
//! Lines that begin with `#` are comments, and so are those that begin with `0`, as upstream has it; other lines make one
//! filter together.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;

use netdiag_text::{Exit, strerror};

use crate::failure::Failure;

/// The filter text of the files named on the command line; standard input for a name that begins with `-`.
pub(super) fn read(files: &[OsString]) -> Result<Vec<u8>, Failure> {
    let file = match files {
        [] => return Ok(Vec::new()),
        [file] => file,
        _ => return Err(Failure::new(Exit::Misuse, "More than one filter file")),
    };
    let bytes = if file.as_bytes().starts_with(b"-") {
        let mut bytes = Vec::new();
        io::stdin().take(MOST).read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::File::open(file).and_then(|open| {
            let mut bytes = Vec::new();
            open.take(MOST).read_to_end(&mut bytes).map(|_| bytes)
        })
    };
    let bytes = bytes.map_err(|error| {
        Failure::new(Exit::Misuse, format!("fopen filter file: {}", strerror(&error)))
            .hint(format!("-F reads the filter from {}", file.display()))
    })?;
    lines(&bytes)
}

fn lines(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    for line in bytes.split(|&byte| byte == b'\n') {
        if line.len() > LONGEST {
            return Err(Failure::new(Exit::Misuse, "Too long line in filter")
                .hint(format!("lines have up to {LONGEST} bytes; a filter may have any number of lines")));
        }
        if !matches!(line, [b'#' | b'0', ..]) {
            text.push(b' ');
            text.extend_from_slice(line);
        }
    }
    Ok(text)
}

/// Bytes in a line.
const LONGEST: usize = 1022;
/// Bytes in a file: what comes after is no filter anybody wrote.
const MOST: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_make_one_filter() {
        let text = lines(b"# ports\nsport = 22\n0x is no filter\n\nor sport = 80\n").unwrap();
        assert_eq!(text, b" sport = 22  or sport = 80 ");
        assert_eq!(lines(&[b'a'; LONGEST]).unwrap().len(), LONGEST + 1);
        assert!(lines(&[b'a'; LONGEST + 1]).is_err());
        let comment = [&b"#"[..], &[b'a'; LONGEST]].concat();
        assert!(lines(&comment).is_err());
    }
}
