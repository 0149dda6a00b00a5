//! Standard output for a renderer that writes whole pages.
//!
//! It is written as it is, without a copy of its descriptor, of which there may be none to be had, and without the line buffer of
//! [`std::io::Stdout`], which would copy each page once more.

use std::io::{self, Stdout, Write};

/// Standard output, written at once.
#[derive(Debug)]
pub(super) struct Pages(Stdout);

impl Pages {
    pub(super) fn new() -> Self {
        Self(io::stdout())
    }
}

impl Write for Pages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(&self.0, bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
