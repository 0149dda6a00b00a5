//! Files that appear whole: claimed first, written at the end.
//!
//! The text is written beside the file and takes its place in one step. What is no regular file (a pipe, a terminal) is written
//! as it is, because it cannot be replaced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that will be written.
#[derive(Debug)]
pub(crate) enum Claim {
    /// What will take the place of the file at the path.
    Beside(NamedTempFile, PathBuf),
    /// What cannot be replaced.
    Open(File),
}

impl Claim {
    /// Makes sure the file can be written, and changes nothing of it.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let name = path.as_os_str().as_encoded_bytes();
        if name.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let path = place(path);
        let known = fs::metadata(&path).ok();
        if name.ends_with(b"/") || known.as_ref().is_some_and(|known| known.is_dir()) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if known.as_ref().is_some_and(|known| !known.is_file()) {
            return OpenOptions::new().write(true).open(&path).map(Self::Open);
        }
        let mode = known.map_or(0o666, |known| known.permissions().mode() & 0o777);
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        // The crate's own error has the name of a file in it that nobody asked for.
        let mut refused = None;
        let create = |path: &Path| {
            let new = OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(path);
            new.inspect_err(|error| refused = error.raw_os_error())
        };
        let directory = directory.unwrap_or_else(|| Path::new("."));
        let beside = tempfile::Builder::new().prefix(".netdiag-").make_in(directory, create);
        match beside {
            Ok(beside) => Ok(Self::Beside(beside, path)),
            Err(error) => Err(refused.map_or(error, io::Error::from_raw_os_error)),
        }
    }

    /// The file whose place it will take.
    pub(crate) fn place(&self) -> Option<&Path> {
        match self {
            Self::Beside(_, path) => Some(path),
            Self::Open(_) => None,
        }
    }

    /// Whether it will take the place of this file, whose path is canonical.
    pub(crate) fn replaces(&self, file: &Path) -> bool {
        self.place() == Some(file)
    }

    /// Writes it; readers see all of it or what was there before.
    pub(crate) fn write(self, text: &str) -> io::Result<()> {
        match self {
            Self::Open(mut file) => file.write_all(text.as_bytes()),
            Self::Beside(mut file, path) => {
                file.write_all(text.as_bytes())?;
                file.persist(path).map(drop).map_err(|error| error.error)
            }
        }
    }
}

/// Where a file is, or will be. A link stays one: what it leads to is replaced.
fn place(path: &Path) -> PathBuf {
    let beyond = || {
        let directory =
            path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
        Some(fs::canonicalize(directory?).ok()?.join(path.file_name()?))
    };
    fs::canonicalize(path).ok().or_else(beyond).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_only_when_it_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let names = || {
            let mut names: Vec<_> =
                fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        let (path, link) = (directory.path().join("report"), directory.path().join("zlink"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        drop(Claim::of(&link).unwrap());
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names().len()), ("old", 2));
        Claim::of(&link).unwrap().write("new").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names().len()), ("new", 2));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn what_cannot_be_written_is_refused_at_once() {
        let directory = tempfile::tempdir().unwrap();
        for path in [
            directory.path().to_owned(),
            directory.path().join("no/such"),
            directory.path().join("new/"),
            PathBuf::new(),
        ] {
            assert!(Claim::of(&path).is_err(), "{}", path.display());
        }
    }

    #[test]
    fn a_claim_knows_whose_place_it_takes() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().canonicalize().unwrap();
        fs::write(directory.join("old"), "").unwrap();
        for (path, file) in [("old", "old"), ("./new", "new"), ("../.", "")] {
            let claim = Claim::of(&directory.join(path));
            assert_eq!(
                claim.is_ok_and(|claim| claim.replaces(&directory.join(file))),
                !file.is_empty(),
                "{path}"
            );
        }
        assert_eq!(Claim::of(Path::new("/dev/null")).unwrap().place(), None);
    }

    #[test]
    fn a_device_is_written_and_not_replaced() {
        Claim::of(Path::new("/dev/null")).unwrap().write("lost").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
