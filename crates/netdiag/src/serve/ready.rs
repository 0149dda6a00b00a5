//! Telling that the server listens: on standard output, by a descriptor, and in a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use netdiag_probe::Endpoint;
use netdiag_probe::serve::Listener;
use netdiag_text::{Exit, strerror};

use super::args::Args;
use super::log::line_of;
use super::render::News;
use crate::claim::Claim;
use crate::failure::Failure;
use crate::invocation::Invocation;

/// Who is to be told.
pub(super) struct Readiness {
    descriptor: Option<File>,
    file: Option<PathBuf>,
}

/// The file with the ports, which goes with the server.
pub(super) struct Announced(Option<PathBuf>);

impl Readiness {
    /// Takes the descriptor over. It is opened anew, so only what has a name in `/proc` can be one: pipes and files.
    pub(super) fn new(
        number: Option<i32>,
        file: Option<PathBuf>,
        call: &Invocation,
    ) -> Result<Self, Failure> {
        let Some(number) = number else {
            return Ok(Self { descriptor: None, file });
        };
        let descriptor = OpenOptions::new().write(true).open(format!("/proc/self/fd/{number}"));
        let descriptor = descriptor.map_err(|error| {
            let words = match error.kind() {
                io::ErrorKind::NotFound => "no such open descriptor".to_owned(),
                _ => strerror(&error),
            };
            call.failure(Exit::Misuse, format_args!("--ready-fd {number}: {words}"))
        })?;
        // Whoever waits for its end must not wait for ours. The standard streams are needed.
        if number > 2 {
            let closed = nix::unistd::close(number);
            closed.map_err(|errno| {
                call.failure(Exit::Misuse, format_args!("--ready-fd {number}: {}", errno.desc()))
            })?;
        }
        Ok(Self { descriptor: Some(descriptor), file })
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
        if let Some(path) = &self.file {
            let ports: String = endpoints
                .iter()
                .filter_map(|endpoint| port(endpoint))
                .map(|port| format!("{port}\n"))
                .collect();
            let wrong = |error: io::Error| {
                call.failure(
                    Exit::Misuse,
                    format_args!("--port-file {}: {}", path.display(), strerror(&error)),
                )
            };
            let claim = Claim::of(path).map_err(wrong)?;
            // A pipe or a device was there before, and stays.
            announced.0 = claim.place().map(Path::to_owned);
            claim.write(&ports).map_err(wrong)?;
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

fn write_lines(
    out: &mut impl Write,
    endpoints: &[&Endpoint],
    args: &Args,
    call: &Invocation,
) -> io::Result<()> {
    let mut lines = Vec::new();
    for endpoint in endpoints {
        let news = News::Listening { kind: args.kind, endpoint, port: port(endpoint) };
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
        if let Some(path) = &self.0 {
            // It may be gone already.
            let _ = fs::remove_file(path);
        }
    }
}
