//! What the C library's `strerror` says of an error.
//!
//! Rust adds the number, which says nothing more and which scripts that look for the words do not expect.

use std::error::Error;
use std::io;

/// The words of an error of the operating system, without ` (os error N)`; of any other error all it says.
pub fn strerror(error: &io::Error) -> String {
    let text = error.to_string();
    match number(error) {
        Some(number) => text.replacen(&format!(" (os error {number})"), "", 1),
        None => text,
    }
}

/// Its own number, or that of the error it was made of.
fn number(error: &io::Error) -> Option<i32> {
    let mut cause: Option<&(dyn Error + 'static)> = error.get_ref().map(|inner| inner as _);
    let mut number = error.raw_os_error();
    while let (None, Some(inner)) = (number, cause) {
        number = inner.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error);
        cause = inner.source();
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As crates that name the file in their errors do.
    #[derive(Debug)]
    struct Somewhere(io::Error);

    impl std::fmt::Display for Somewhere {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{} at path \"/x\"", self.0)
        }
    }

    impl Error for Somewhere {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn words_have_no_number_and_lose_nothing_else() {
        let refused = || io::Error::from_raw_os_error(1);
        let cases = [
            (refused(), "Operation not permitted"),
            (io::Error::new(io::ErrorKind::PermissionDenied, refused()), "Operation not permitted"),
            (io::Error::other(Somewhere(refused())), "Operation not permitted at path \"/x\""),
            (io::Error::other("x (os error 1); more"), "x (os error 1); more"),
            (io::ErrorKind::UnexpectedEof.into(), "unexpected end of file"),
        ];
        for (error, words) in cases {
            assert_eq!(strerror(&error), words);
        }
    }
}
