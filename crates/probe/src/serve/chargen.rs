//! The character generator (RFC 864): lines of 72 printable characters, each begun one character later, without end.
//!
//! A peer that only stops sending still gets more: it ends the service by closing.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::Poll;

use tokio::io::AsyncWrite;

use super::buffer::poll_read;
use super::wire::Wire;

/// The text up to where it begins again, several times, so that a piece of any part of it is a large one.
static TEXT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let line = |start: usize| (start..start + 72).map(|at| b' ' + (at % CHARACTERS) as u8).chain(*b"\r\n");
    (0..CHARACTERS).flat_map(line).collect::<Vec<_>>().repeat(REPEATS)
});

/// Printable characters of ASCII, the blank included.
const CHARACTERS: usize = 95;
const PERIOD: usize = CHARACTERS * 74;
const REPEATS: usize = 10;

/// The first bytes of the text, for a datagram.
pub(super) fn text(length: usize) -> &'static [u8] {
    &TEXT[..length.min(TEXT.len())]
}

/// Sends until the peer closes, throwing away what it sends.
pub(super) async fn chargen(wire: &mut Wire) -> io::Result<()> {
    let mut at = 0;
    poll_fn(|cx| {
        loop {
            if !wire.ended && poll_read(wire, cx, |_, _, _| ())?.is_ready() {
                continue;
            }
            match Pin::new(&mut *wire).poll_write(cx, &TEXT[at..])? {
                Poll::Ready(sent) => at = (at + sent) % PERIOD,
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_begins_again_after_95_lines() {
        let lines: Vec<&[u8]> = TEXT.split(|byte| *byte == b'\n').take(CHARACTERS + 1).collect();
        assert!(lines.iter().all(|line| line.len() == 73 && line.ends_with(b"\r")));
        assert!(lines[0].starts_with(b" !\"#$%&") && lines[1].starts_with(b"!\"#$%&'"));
        assert!(lines[94].starts_with(b"~ !\""));
        assert_eq!(lines[CHARACTERS], lines[0]);
        assert_eq!(TEXT[PERIOD..2 * PERIOD], TEXT[..PERIOD]);
    }
}
