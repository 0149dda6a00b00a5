//! Files that a check file names, read whole.
//!
//! Only regular files are: a pipe or a device may never say anything, or never stop.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use netdiag_text::{Message, Trusted, message, size, strerror};
use nix::libc::{O_NOCTTY, O_NONBLOCK};

/// The bytes of a file of at most `most`.
///
/// # Errors
/// Why it is not read: it cannot be, it is no regular file, or it is longer.
pub(crate) fn contents(path: &Path, most: u64) -> Result<Vec<u8>, Message> {
    let refused = |error: io::Error| Message::from(Trusted(&strerror(&error)));
    let file = regular(path).map_err(refused)?.ok_or("no regular file")?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(refused)?;
    match bytes.len() as u64 > most {
        true => Err(message!("longer than {}", size::Short(most as f64))),
        false => Ok(bytes),
    }
}

/// The open file; `None` if it is not regular, which is found out without waiting for the other end of a pipe.
fn regular(path: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new().read(true).custom_flags(O_NONBLOCK | O_NOCTTY).open(path)?;
    Ok(file.metadata()?.is_file().then_some(file))
}

#[cfg(test)]
mod tests {
    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use super::*;

    #[test]
    fn only_regular_files_are_read_and_not_beyond_their_bound() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        // Nobody ever writes to it: to open it for reading would wait.
        mkfifo(&path("pipe"), Mode::S_IRWXU).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        std::fs::write(path("file"), [b'x'; 2048]).unwrap();
        let said = |path: &Path, most| contents(path, most).map_err(|why| why.unshown().to_owned());
        for other in [&path("pipe"), directory.path(), Path::new("/dev/zero"), Path::new("/dev/null")] {
            assert_eq!(said(other, 1024), Err("no regular file".to_owned()), "{other:?}");
        }
        assert_eq!(said(&path("socket"), 1024), Err("No such device or address".to_owned()));
        drop(socket);
        assert_eq!(said(&path("none"), 1024), Err("No such file or directory".to_owned()));
        assert_eq!(said(&path("file"), 2047), Err("longer than 2 KiB".to_owned()));
        assert_eq!(said(&path("file"), 2048).unwrap().len(), 2048);
        assert!(said(Path::new("/proc/self/status"), 1 << 20).is_ok());
    }
}
