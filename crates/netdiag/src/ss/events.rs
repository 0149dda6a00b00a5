//! Shows sockets as they are destroyed, until told to stop.
//!
//! An event has lost its inode, so it has no owner to show; and its state mostly, so only states asked for by name count.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use netdiag_host::{Socket, Table};
use netdiag_sockdiag::{Event, Events, Groups};
use netdiag_text::Exit;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use super::messages;
use super::render::Renderer;
use super::selection::Selection;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::signal_wake::wake;

/// A subscription, and what ends it.
#[derive(Debug)]
pub(crate) struct Watch {
    events: Events,
    /// Becomes readable on Ctrl-C.
    stop: UnixStream,
    tables: Vec<Table>,
}

impl Watch {
    /// Subscribes to what the kernel tells of the selection: TCP and UDP only.
    pub(crate) fn new(selection: &Selection, call: &Invocation) -> Result<Self, Failure> {
        let groups = selection
            .family_tables()
            .filter_map(|part| {
                Some(Groups::of(part.family.version()?, u8::try_from(part.table.protocol()).ok()?))
            })
            .fold(Groups::default(), |groups, group| groups | group);
        if groups.is_empty() {
            return Err(nothing_to_tell(call));
        }
        let stop = stop()
            .map_err(|error| messages::failure(call, Exit::CouldNot, format_args!("cannot wait: {error}")))?;
        let events = Events::subscribe(groups).map_err(|error| messages::no_client(error, call))?;
        Ok(Self { events, stop, tables: selection.tables.iter().collect() })
    }

    /// Hands what is destroyed and `wanted` to the renderer, until a signal, or until nobody reads what it writes.
    pub(crate) fn run(
        mut self,
        renderer: &mut impl Renderer,
        wanted: impl Fn(&Socket<'_>) -> bool,
        call: &Invocation,
    ) -> io::Result<ExitCode> {
        while !self.wait()? {
            // All that has come is written at once: a burst is lost sooner if every event of it costs a write.
            while let Some(event) = self.events.next().map_err(io::Error::other)? {
                let socket = match event {
                    Event::Destroyed(socket) => socket,
                    Event::Lost => {
                        lost(call).report(call);
                        renderer.overrun();
                        continue;
                    }
                    // Nothing else was subscribed to.
                    _ => continue,
                };
                let protocol = socket.protocol().map(u16::from);
                let table = self.tables.iter().find(|table| Some(table.protocol()) == protocol);
                let row = table.map(|&table| Socket::Inet(table, socket));
                if let Some(row) = row.filter(&wanted) {
                    renderer.item(row)?;
                }
            }
            renderer.flush()?;
        }
        renderer.end(())?;
        Ok(ExitCode::SUCCESS)
    }

    /// Waits for more; true when it is time to stop.
    fn wait(&self) -> io::Result<bool> {
        let stdout = io::stdout();
        // Of standard output only its end is of interest, which is always told.
        let mut fds = [
            PollFd::new(self.events.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.stop.as_fd(), PollFlags::POLLIN),
            PollFd::new(stdout.as_fd(), PollFlags::empty()),
        ];
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) => Ok(fds[1..].iter().any(|fd| fd.any().unwrap_or(true))),
            Err(Errno::EINTR) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }
}

fn stop() -> io::Result<UnixStream> {
    let (stop, waker) = UnixStream::pair()?;
    wake([Signal::SIGINT, Signal::SIGTERM], &waker)?;
    Ok(stop)
}

/// Upstream says nothing.
fn nothing_to_tell(call: &Invocation) -> Failure {
    if call.linked {
        return Failure::silent(Exit::Misuse);
    }
    messages::failure(call, Exit::Misuse, "the kernel tells of the end of TCP and UDP sockets only")
        .hint("add -t or -u")
}

/// How many, only the kernel could say, and it does not.
fn lost(call: &Invocation) -> Failure {
    messages::failure(call, Exit::Success, "events lost: they came faster than they were shown (ENOBUFS)")
        .hint("sysctl net.core.rmem_max limits how many can wait")
}
