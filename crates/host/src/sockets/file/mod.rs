//! Sockets as the files under `/proc/net` tell of them, for kernels that lack a family's `sock_diag` module and for
//! environments that name other files.
//!
//! A line is rewritten as the record netlink would have sent, so all that follows reads one shape. What the file does not tell
//! is left out of the record: it is absent, not 0. The socket's hashed address stands where netlink tells a cookie; what
//! netlink has no place for is in [`ProcLine`](super::ProcLine), which also tells such a record from the kernel's.

mod inet;
mod names;
mod netlink;
mod packet;
mod unix;
mod word;

use std::io::{self, BufRead, BufReader, Read};

pub use self::names::ProcSocketFiles;
use super::family_table::FamilyTable;
use super::socket::Socket;
use super::table::Family;

/// How the reading of a file ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// At its end; that many lines could not be read.
    Whole(u64),
    /// It could not be read further.
    Unreadable(io::Error),
}

/// Shows every socket a file tells of to `each`; an error of `each` ends the reading.
///
/// # Errors
/// Only those of `each`.
pub(crate) fn read<E>(
    file: impl Read,
    family_table: FamilyTable,
    mut each: impl FnMut(Socket<'_>) -> Result<(), E>,
) -> Result<Ended, E> {
    lines(BufReader::new(file), family_table.family, |record| {
        Socket::view(family_table.table, record).map_or(Ok(()), &mut each)
    })
}

pub(crate) fn lines<E>(
    mut file: impl BufRead,
    family: Family,
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<Ended, E> {
    let mut line = Vec::new();
    let mut record = Vec::new();
    let mut malformed = 0;
    let mut number: u64 = 0;
    loop {
        line.clear();
        match (&mut file).take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) => return Ok(Ended::Whole(malformed)),
            Ok(_) => number += 1,
            Err(error) => return Ok(Ended::Unreadable(error)),
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        // The first line names the columns.
        if number == 1 || text.is_empty() {
            continue;
        }
        record.clear();
        match rewrite(family, text, &mut record) {
            Some(()) => each(&record)?,
            None => malformed += 1,
        }
    }
}

/// Writes the record of a line; `None` when it is not laid out as it should be.
fn rewrite(family: Family, line: &[u8], record: &mut Vec<u8>) -> Option<()> {
    match family {
        Family::Inet => inet::rewrite::<4>(line, record),
        Family::Inet6 => inet::rewrite::<16>(line, record),
        Family::Unix => unix::rewrite(line, record),
        Family::Link => packet::rewrite(line, record),
        Family::Netlink => netlink::rewrite(line, record),
        // The kernel has no such files.
        Family::Vsock | Family::Tipc | Family::Xdp => None,
    }
}

/// No line of the kernel's comes near it; what is longer, in a file that is not the kernel's, is read in pieces.
const LONGEST: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], family: Family) -> (usize, u64) {
        let mut records = 0;
        let end = lines(text, family, |_| {
            records += 1;
            Ok::<_, io::Error>(())
        });
        match end.unwrap() {
            Ended::Whole(malformed) => (records, malformed),
            Ended::Unreadable(error) => panic!("{error}"),
        }
    }

    #[test]
    fn lines_that_make_no_sense_are_counted() {
        let good =
            "0: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 42 2 00000000aa 0";
        #[rustfmt::skip]
        let cases: [(String, (usize, u64)); 6] = [
            (String::new(),                                  (0, 0)),
            ("  sl  local_address".into(),                   (0, 0)),
            (format!("header\n{good}\n{good}"),              (2, 0)),
            (format!("header\n\n{good}\nrubbish\n{good}\n"), (2, 1)),
            (format!("header\n{}", &good[..40]),             (0, 1)),
            (format!("header\n{}", "x".repeat(100_000)),     (0, 2)),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text.as_bytes(), Family::Inet), expected, "{text}");
        }
    }

    #[test]
    fn an_output_error_ends_the_reading() {
        let text = "header\n0: 0100007F:0035 00000000:0000 07 0:0 00:0 0 0 0 42 2 0 0\n";
        let end = lines(text.as_bytes(), Family::Inet, |_| Err(io::Error::from(io::ErrorKind::BrokenPipe)));
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    proptest::proptest! {
        #[test]
        fn no_line_panics(line: Vec<u8>, text in "[0-9A-F: /@a-f]{0,200}") {
            for family in Family::ALL {
                for line in [&line[..], text.as_bytes()] {
                    let mut record = Vec::new();
                    let _ = rewrite(family, line, &mut record);
                }
            }
        }
    }
}
