//! One question to the kernel, put once: how it ended is said after all answers have been shown.

use netdiag_sockdiag::{Client, Query};

use crate::part::CutShort;

/// Puts a question, and shows every answer.
///
/// # Errors
/// Only those of `show`.
pub(super) fn ask<Q: Query, E>(
    client: &mut Client,
    query: &Q,
    mut show: impl FnMut(Q::Socket<'_>) -> Result<(), E>,
) -> Result<Option<CutShort>, E> {
    let mut dump = match client.dump(query) {
        Ok(dump) => dump,
        Err(error) => return Ok(Some(error.into())),
    };
    loop {
        match dump.next() {
            Ok(Some(socket)) => show(socket)?,
            Ok(None) => break,
            Err(error) => return Ok(Some(error.into())),
        }
    }
    Ok(match dump.malformed() {
        0 => dump.interrupted().then_some(CutShort::Interrupted),
        some => Some(CutShort::Malformed(some)),
    })
}
