//! Filters in files (`-F`).
//!
//! Lines that begin with `#` are comments, and so are those that begin with `0`, as upstream has it; other lines make one
//! filter together.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;

use netdiag_text::{Exit, strerror};
use nix::errno::Errno;

use crate::failure::Failure;

/// The filter text of the files named on the command line; standard input for a name that begins with `-`.
pub(super) fn read(files: &[OsString]) -> Result<Vec<u8>, Failure> {
    let file = match files {
        [] => return Ok(Vec::new()),
        [file] => file,
        _ => return Err(Failure::new(Exit::Misuse, "More than one filter file")),
    };
    let bytes = match file.as_bytes().starts_with(b"-") {
        true => whole(io::stdin().lock(), MOST),
        false => fs::File::open(file).and_then(|file| whole(file, MOST)),
    };
    let bytes = bytes.map_err(|error| {
        Failure::new(Exit::Misuse, format!("fopen filter file: {}", strerror(&error)))
            .hint(format!("-F reads the filter from {}", file.display()))
    })?;
    lines(&bytes)
}

/// All of a file of at most `most` bytes: a part of a filter may be of more sockets than all of it.
///
/// # Errors
/// It cannot be read, or is longer.
fn whole(file: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(Errno::EFBIG.into()) } else { Ok(bytes) }
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
/// Bytes in a file: what is longer is no filter anybody wrote.
const MOST: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_make_one_filter() {
        let text = lines(b"# ports\nsport = 22\n0x is no filter\n\nor sport = 80\n").unwrap();
        assert_eq!(text, b" sport = 22  or sport = 80 ");
        assert_eq!(lines(&[b'a'; 1022]).unwrap().len(), 1023);
        assert!(lines(&[b'a'; 1023]).is_err());
        let comment = [&b"#"[..], &[b'a'; 1022]].concat();
        assert!(lines(&comment).is_err());
    }

    #[test]
    fn a_filter_is_read_whole_or_refused() {
        let text = b"sport = 22 and dport = 80";
        let most = text.len() as u64;
        assert_eq!(whole(&text[..], most).unwrap(), text);
        assert_eq!(whole(&text[..], most - 1).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        // No more of it is held than is needed to know.
        assert!(whole(io::repeat(b'#'), MOST).is_err());
    }
}
