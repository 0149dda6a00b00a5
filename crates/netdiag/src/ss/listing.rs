//! Runs the dumps of a selection and hands every socket to the renderer.
//!
//! One table that cannot be listed does not keep the others from being listed; it shows in the exit status.

use std::io;

use netdiag_sockdiag::{Client, Error, Extensions, InetRequest, States, Unreadable, inet};

use super::recording::Recording;
use super::render::{Renderer, SocketRow};
use super::selection::{Family, Selection, Table};

/// What a listing has to say besides the sockets.
#[derive(Debug)]
pub(crate) enum Notice {
    /// The kernel interrupted the dump every time it was asked.
    Interrupted,
    /// That many records could not be read.
    Malformed(u64),
    /// The kernel does not know this kind of socket.
    Unsupported,
    /// The dump failed, or broke off.
    Failed(Error),
    /// The file in place of the kernel cannot be read, or not to its end.
    Unreadable(Unreadable),
}

impl Notice {
    /// Whether sockets are missing for a reason that is no property of this kernel.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Failed(_) | Self::Unreadable(_))
    }
}

/// One dump of a listing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) table: Table,
    pub(crate) family: Family,
    pub(crate) states: States,
}

impl Part {
    /// What the kernel is asked for.
    pub(crate) fn request(self) -> InetRequest {
        inet::request(self.family.version(), self.table.protocol(), self.states, Extensions::empty())
    }
}

/// Lists all of `selection`, TCP from a recording if there is one; `notify` learns what went wrong with which part.
///
/// # Errors
/// Only those of the renderer's output.
pub(crate) fn list(
    client: &mut Client,
    selection: &Selection,
    mut recording: Option<Recording>,
    renderer: &mut impl Renderer,
    mut notify: impl FnMut(Part, Notice),
) -> io::Result<()> {
    let states = selection.states;
    let recorded = recording.is_some();
    for (table, family) in selection.dumps() {
        let part = Part { table, family, states };
        if table == Table::Tcp && recorded {
            // One file holds both families, and is read once.
            if let Some(recording) = recording.take()
                && let Some(notice) = recording.show(&selection.families, renderer)?
            {
                notify(part, notice);
            }
            continue;
        }
        if let Some(notice) = persist(renderer, |renderer| dump(client, part, renderer))? {
            notify(part, notice);
        }
    }
    Ok(())
}

/// Asks, again if the kernel interrupts the dump and nothing of it has been written yet.
fn persist<R: Renderer>(
    renderer: &mut R,
    mut ask: impl FnMut(&mut R) -> io::Result<Option<Notice>>,
) -> io::Result<Option<Notice>> {
    let mut attempts = ATTEMPTS;
    loop {
        renderer.begin();
        let notice = ask(renderer)?;
        attempts -= 1;
        let again = matches!(notice, Some(Notice::Interrupted)) && attempts > 0 && renderer.retract();
        if !again {
            return Ok(notice);
        }
    }
}

fn dump(client: &mut Client, part: Part, renderer: &mut impl Renderer) -> io::Result<Option<Notice>> {
    let mut dump = match client.dump(&part.request()) {
        Ok(dump) => dump,
        Err(error) => return Ok(Some(Notice::Failed(error))),
    };
    loop {
        match dump.next() {
            Ok(Some(socket)) => renderer.socket(SocketRow::Inet(part.table, socket))?,
            Ok(None) => break,
            Err(error) if error.is_unsupported() => return Ok(Some(Notice::Unsupported)),
            Err(error) => return Ok(Some(Notice::Failed(error))),
        }
    }
    Ok(match dump.malformed() {
        0 => dump.interrupted().then_some(Notice::Interrupted),
        some => Some(Notice::Malformed(some)),
    })
}

/// How often a dump is asked for before it is shown as it is.
const ATTEMPTS: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts what it is told; can take rows back so many times.
    #[derive(Default)]
    struct Recorder {
        retractable: u32,
        begun: u32,
    }

    impl Renderer for Recorder {
        fn begin(&mut self) {
            self.begun += 1;
        }

        fn retract(&mut self) -> bool {
            self.retractable = self.retractable.saturating_sub(1);
            self.retractable > 0
        }

        fn socket(&mut self, _: SocketRow<'_>) -> io::Result<()> {
            Ok(())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }

        fn finish(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_interrupted_dump_is_asked_for_again_while_its_rows_can_be_taken_back() {
        #[rustfmt::skip]
        let cases = [
            // interruptions, retractable, asked, flagged
            (0,               9,           1,     false),
            (1,               9,           2,     false),
            (2,               9,           3,     false),
            (3,               9,           3,     true),
            (9,               9,           3,     true),
            (9,               0,           1,     true),
            (9,               2,           2,     true),
        ];
        for (interruptions, retractable, asked, flagged) in cases {
            let mut left: u32 = interruptions;
            let mut recorder = Recorder { retractable, begun: 0 };
            let notice = persist(&mut recorder, |_| {
                let interrupted = left > 0;
                left = left.saturating_sub(1);
                Ok(interrupted.then_some(Notice::Interrupted))
            });
            assert_eq!(recorder.begun, asked, "{interruptions} {retractable}");
            assert_eq!(notice.unwrap().is_some(), flagged, "{interruptions} {retractable}");
        }
    }

    #[test]
    fn only_what_is_missing_for_no_good_reason_is_a_failure() {
        assert!(Notice::Malformed(1).is_failure());
        assert!(!Notice::Unsupported.is_failure());
        assert!(!Notice::Interrupted.is_failure());
    }
}
