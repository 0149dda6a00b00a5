//! Telling that the server listens: on standard output, by a descriptor, and in a file.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use netdiag_probe::Endpoint;
use netdiag_probe::serve::Listener;
use netdiag_text::{Exit, strerror};
use nix::libc;
use rustix::fs::{OFlags, fcntl_getfl};

use super::args::Args;
use super::log::line_of;
use super::render::News;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::written_file::{Made, WrittenFile};

/// Who is to be told.
pub(super) struct Readiness {
    descriptor: Option<File>,
    file: Option<(PathBuf, WrittenFile)>,
}

/// The file with the ports, which goes with the server if it has made it.
pub(super) struct Announced(Option<Made>);

impl Readiness {
    /// Takes the descriptor over and makes sure of the file. Nothing else of ours may be open yet: it could have the number.
    pub(super) fn new(
        number: Option<i32>,
        file: Option<PathBuf>,
        call: &Invocation,
    ) -> Result<Self, Failure> {
        let descriptor = number.map(|number| take_over(number, call)).transpose()?;
        let file = file.map(|path| match WrittenFile::at(&path) {
            Ok(file) => Ok((path, file)),
            Err(error) => Err(unwritable(&path, &error, call)),
        });
        Ok(Self { descriptor, file: file.transpose()? })
    }

    /// Tells everybody, scripts that read a file first and those that wait for a descriptor last.
    pub(super) fn announce(
        self,
        listeners: &[Listener],
        args: &Args,
        call: &Invocation,
    ) -> Result<Announced, Failure> {
        let endpoints: Vec<&Endpoint> = listeners.iter().map(Listener::endpoint).collect();
        let mut announced = Announced(None);
        if let Some((path, file)) = self.file {
            let ports: String = endpoints
                .iter()
                .filter_map(|endpoint| port(endpoint))
                .map(|port| format!("{port}\n"))
                .collect();
            let made = file.write_whole(ports.as_bytes());
            announced.0 = made.map_err(|error| unwritable(&path, &error, call))?;
        }
        let mut out = io::stdout().lock();
        match write_lines(&mut out, &endpoints, args, call) {
            // Nobody reads it; there may be other ways to know.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(error) => {
                return Err(call.failure(Exit::Unwritten, format_args!("write error: {}", strerror(&error))));
            }
            Ok(()) => {}
        }
        if let Some(mut descriptor) = self.descriptor {
            match descriptor.write_all(b"\n") {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    return Err(
                        call.failure(Exit::Unwritten, format_args!("--ready-fd: {}", strerror(&error)))
                    );
                }
                _ => {}
            }
        }
        Ok(announced)
    }
}

/// The descriptor of that number, whatever it is open for: what is told goes on where the caller has come to.
fn take_over(number: i32, call: &Invocation) -> Result<File, Failure> {
    let wrong = |words: &str| call.failure(Exit::Misuse, format_args!("--ready-fd {number}: {words}"));
    let descriptor = netdiag_sys::duplicate(number).map_err(|error| match error.raw_os_error() {
        Some(libc::EBADF) => wrong("no such open descriptor"),
        _ => wrong(&strerror(&error)),
    })?;
    let flags = fcntl_getfl(&descriptor).map_err(|errno| wrong(&strerror(&errno.into())))?;
    if flags & OFlags::RWMODE == OFlags::RDONLY {
        return Err(wrong("not open for writing"));
    }
    // Whoever waits for its end must not wait for ours. The standard streams are needed.
    if number > 2 {
        nix::unistd::close(number).map_err(|errno| wrong(errno.desc()))?;
    }
    Ok(descriptor.into())
}

fn unwritable(path: &Path, error: &io::Error, call: &Invocation) -> Failure {
    call.failure(Exit::Misuse, format_args!("--port-file {}: {}", path.display(), strerror(error)))
}

fn write_lines(
    out: &mut impl Write,
    endpoints: &[&Endpoint],
    args: &Args,
    call: &Invocation,
) -> io::Result<()> {
    let mut lines = Vec::new();
    for endpoint in endpoints {
        let news = News::Listening { kind: args.kind, endpoint };
        lines.extend(line_of(news, args.format, &call.program)?);
    }
    out.write_all(&lines)?;
    out.flush()
}

fn port(endpoint: &Endpoint) -> Option<u16> {
    match endpoint {
        Endpoint::Tcp(inet) | Endpoint::Tls(inet) | Endpoint::Udp(inet) => Some(inet.port),
        Endpoint::Unix(..) => None,
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        if let Some(made) = &self.0 {
            made.remove();
        }
    }
}
