//! What the C library's `strerror` says of an error.
//!
//! Rust adds the number, which says nothing more and which scripts that look for the words do not expect.

use std::io;

/// What an error says, without the number.
pub fn strerror(error: &io::Error) -> String {
    without_numbers(&error.to_string())
}

/// What an error says that may have been made of others, without the ` (os error N)` that Rust puts behind the system's words.
pub fn without_numbers(text: &str) -> String {
    let mut parts = text.split(MARK);
    let mut words = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((number, rest)) if number.parse::<i32>().is_ok() => words.push_str(rest),
            _ => words.extend([MARK, part]),
        }
    }
    words
}

const MARK: &str = " (os error ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_no_number_and_lose_nothing_else() {
        let refused = || io::Error::from_raw_os_error(1);
        let cases = [
            (refused(), "Operation not permitted"),
            (io::Error::new(io::ErrorKind::PermissionDenied, refused()), "Operation not permitted"),
            (
                io::Error::other(format!("/a: {}; /b: {}", refused(), refused())),
                "/a: Operation not permitted; /b: Operation not permitted",
            ),
            (io::Error::other("x (os error one) (os error 1"), "x (os error one) (os error 1"),
            (io::ErrorKind::UnexpectedEof.into(), "unexpected end of file"),
        ];
        for (error, words) in cases {
            assert_eq!(strerror(&error), words);
        }
    }
}
