//! Telling that the server listens: on standard output, by a descriptor, and in a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use netdiag_probe::Endpoint;
use netdiag_probe::serve::Listener;

use super::args::{Args, Format};
use super::{OURS, USAGE, json, text};
use crate::failure::{Failure, strerror};
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
            call.failure(USAGE, format_args!("--ready-fd {number}: {words}"))
        })?;
        // Whoever waits for its end must not wait for ours. The standard streams are needed.
        if number > 2 {
            let closed = nix::unistd::close(number);
            closed.map_err(|errno| {
                call.failure(USAGE, format_args!("--ready-fd {number}: {}", errno.desc()))
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
        if let Some(path) = &self.file {
            let ports: String = endpoints
                .iter()
                .filter_map(|endpoint| port(endpoint))
                .map(|port| format!("{port}\n"))
                .collect();
            replace(path, ports.as_bytes()).map_err(|error| {
                call.failure(USAGE, format_args!("--port-file {}: {}", path.display(), strerror(&error)))
            })?;
        }
        let announced = Announced(self.file);
        let lines: String = endpoints.iter().map(|endpoint| line(endpoint, args)).collect();
        let mut out = io::stdout().lock();
        match out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
            // Nobody reads it; there may be other ways to know.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(error) => return Err(call.failure(OURS, format_args!("write error: {}", strerror(&error)))),
            Ok(()) => {}
        }
        if let Some(mut descriptor) = self.descriptor {
            match descriptor.write_all(b"\n") {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    return Err(call.failure(OURS, format_args!("--ready-fd: {}", strerror(&error))));
                }
                _ => {}
            }
        }
        Ok(announced)
    }
}

fn line(endpoint: &Endpoint, args: &Args) -> String {
    match args.format {
        Format::Text => text::listening(args.kind, endpoint),
        Format::Jsonl => json::listening(args.kind, endpoint, port(endpoint)),
    }
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

/// Puts a file in place whole: whoever sees it sees all of it.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut beside = name.to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = File::create_new(&beside).and_then(|mut file| file.write_all(content));
    let placed = written.and_then(|()| fs::rename(&beside, path));
    if placed.is_err() {
        // Nothing half done stays; it may not even have been made.
        let _ = fs::remove_file(&beside);
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ports");
        fs::write(&path, "something long that was there before").unwrap();
        replace(&path, b"80\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"80\n");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(replace(&directory.path().join("none/ports"), b"").is_err());
        assert!(replace(Path::new("/"), b"").is_err());
        // A directory is in the way.
        fs::create_dir(directory.path().join("d")).unwrap();
        fs::write(directory.path().join("d/f"), "").unwrap();
        assert!(replace(&directory.path().join("d"), b"").is_err());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }
}
