//! What becomes of files of every kind, as far as one user can make them; tests/netns has the rest.

use std::io::{Read, Seek, SeekFrom};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

fn write(path: &Path, text: &str) -> io::Result<Option<Made>> {
    WrittenFile::at(path)?.write_whole(text.as_bytes())
}

fn names(directory: &TempDir) -> Vec<OsString> {
    let mut names: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_replaced_whole_and_only_when_it_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let (path, link) = (directory.path().join("report"), directory.path().join("zlink"));
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("./report", &link).unwrap();
    let before = fs::metadata(&path).unwrap().ino();
    drop(WrittenFile::at(&link).unwrap());
    let mut half = WrittenFile::at(&link).unwrap();
    half.write_all(b"ne").unwrap();
    assert_eq!(names(&directory).len(), 3);
    drop(half);
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(&directory).len()), ("old", 2));
    assert!(write(&link, "new").unwrap().is_some());
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(&directory).len()), ("new", 2));
    let after = fs::metadata(&path).unwrap();
    assert_eq!((after.permissions().mode() & 0o7777, after.ino() == before), (0o640, false));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn a_new_file_has_the_mode_of_new_files() {
    let directory = tempfile::tempdir().unwrap();
    let (ours, std) = (directory.path().join("ours"), directory.path().join("std"));
    fs::write(&std, "").unwrap();
    write(&ours, "text").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&ours), mode(&std));
    // A link to nothing is a place for something.
    symlink("later", directory.path().join("link")).unwrap();
    write(&directory.path().join("link"), "text").unwrap();
    assert_eq!(fs::read_to_string(directory.path().join("later")).unwrap(), "text");
}

#[test]
fn a_file_with_another_name_keeps_it() {
    let directory = tempfile::tempdir().unwrap();
    let (one, other) = (directory.path().join("one"), directory.path().join("other"));
    fs::write(&one, "a text that is longer than the next one").unwrap();
    fs::hard_link(&one, &other).unwrap();
    assert!(write(&one, "short").unwrap().is_none(), "it was there before");
    assert_eq!(fs::read_to_string(&other).unwrap(), "short");
    assert_eq!(names(&directory), ["one", "other"]);
}

#[test]
fn what_cannot_be_written_is_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    symlink("loop", at("loop")).unwrap();
    symlink("link/", at("slash")).unwrap();
    fs::write(at("file"), "").unwrap();
    #[rustfmt::skip]
    let cases = [
        (directory.path().to_owned(), Errno::ISDIR),
        (at("no/such"),               Errno::NOENT),
        (at("new/"),                  Errno::NOENT),
        (at("new/."),                 Errno::NOENT),
        (at("file/"),                 Errno::NOTDIR),
        (at("file/x"),                Errno::NOTDIR),
        (at("file/../x"),             Errno::NOTDIR),
        (at(".."),                    Errno::ISDIR),
        (at("loop"),                  Errno::LOOP),
        (at("slash"),                 Errno::NOENT),
        ("/".into(),                  Errno::ISDIR),
        (PathBuf::new(),              Errno::NOENT),
    ];
    for (path, expected) in cases {
        let error = WrittenFile::at(&path).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(expected.raw_os_error()), "{}: {error}", path.display());
    }
    assert_eq!(names(&directory), ["file", "loop", "slash"]);
}

#[test]
fn as_many_links_are_followed_as_the_kernel_follows() {
    let directory = tempfile::tempdir().unwrap();
    let at = |number: u32| directory.path().join(format!("link{number}"));
    (1..=41).for_each(|number| symlink(at(number - 1), at(number)).unwrap());
    assert!(write(&at(40), "text").unwrap().is_some());
    assert_eq!(fs::read_to_string(at(40)).unwrap(), "text");
    let error = WrittenFile::at(&at(41)).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(Errno::LOOP.raw_os_error()), "{error}");
    assert_eq!(fs::read(at(41)).unwrap_err().raw_os_error(), error.raw_os_error());
}

#[test]
fn names_for_a_file_of_our_own_come_to_an_end() {
    let directory = tempfile::tempdir().unwrap();
    let draft = |number: u32| directory.path().join(format!(".netdiag-{}-{number}", std::process::id()));
    (0..1000).for_each(|number| fs::write(draft(number), "").unwrap());
    let path = directory.path().join("report");
    assert_eq!(write(&path, "text").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    fs::remove_file(draft(999)).unwrap();
    assert!(write(&path, "text").unwrap().is_some());
    assert_eq!((names(&directory).len(), fs::read_to_string(&path).unwrap().as_str()), (1000, "text"));
}

#[test]
fn a_new_file_takes_no_others_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("net.toml");
    let late = WrittenFile::new_at(&path).unwrap();
    WrittenFile::new_at(&path).unwrap().write_whole(b"first").unwrap();
    assert_eq!(late.write_whole(b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(WrittenFile::new_at(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(&directory).len()), ("first", 1));
    // A report takes the place of what another run has written meanwhile.
    let report = directory.path().join("report");
    let late = WrittenFile::at(&report).unwrap();
    write(&report, "first").unwrap();
    late.write_whole(b"second").unwrap();
    assert_eq!(fs::read_to_string(&report).unwrap(), "second");
}

#[test]
fn a_file_is_the_same_whatever_path_leads_to_it() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("old"), "").unwrap();
    fs::hard_link(at("old"), at("hard")).unwrap();
    symlink("old", at("soft")).unwrap();
    symlink(".", at("here")).unwrap();
    let identity = |path: &Path| WrittenFile::at(path).unwrap().identity();
    for (path, other, same) in [
        ("old", "soft", true),
        ("old", "hard", true),
        ("old", "here/soft", true),
        ("new", "here/new", true),
        ("new", "newer", false),
        ("new", "old", false),
    ] {
        assert_eq!(identity(&at(path)) == identity(&at(other)), same, "{path} {other}");
    }
    assert_eq!(Identity::of(&at("soft")), identity(&at("hard")));
    assert_eq!(identity(Path::new("/dev/null")), None);
}

#[test]
fn a_device_is_written_and_not_replaced() {
    for path in ["/dev/null", "/dev/../dev/null"] {
        assert!(write(Path::new(path), "lost").unwrap().is_none());
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
    assert_eq!(write(Path::new("/dev/full"), "x").unwrap_err().kind(), io::ErrorKind::StorageFull);
}

#[test]
fn a_pipe_is_written_and_stays() {
    let directory = tempfile::tempdir().unwrap();
    let (pipe, link) = (directory.path().join("pipe"), directory.path().join("link"));
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    symlink("pipe", &link).unwrap();
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    assert!(WrittenFile::new_at(&link).unwrap().write_whole(b"text").unwrap().is_none());
    assert_eq!(reader.join().unwrap(), "text");
    assert_eq!(names(&directory), ["link", "pipe"]);
}

#[test]
fn a_descriptor_goes_on_where_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    fs::write(&path, "first\n").unwrap();
    let mut log = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    log.seek(SeekFrom::End(0)).unwrap();
    let number = log.as_raw_fd();
    symlink(format!("/dev/fd/{number}"), directory.path().join("link")).unwrap();
    let thread = nix::unistd::gettid();
    let paths = [
        format!("/dev/fd/{number}"),
        format!("/proc/self/fd/{number}"),
        format!("/proc/thread-self/fd/{number}"),
        format!("/proc/{}/task/{thread}/fd/{number}", std::process::id()),
        directory.path().join("link").to_str().unwrap().to_owned(),
    ];
    for path in &paths {
        let file = WrittenFile::at(Path::new(path)).unwrap();
        assert_eq!(file.identity(), None, "{path}");
        assert!(file.write_whole(format!("{path}\n").as_bytes()).unwrap().is_none(), "{path}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("first\n{}\n", paths.join("\n")));
    assert_eq!(names(&directory), ["link", "log"]);
}

#[test]
fn a_socket_is_written_by_its_descriptor() {
    let (near, mut far) = UnixStream::pair().unwrap();
    let near = OwnedFd::from(near);
    write(Path::new(&format!("/dev/fd/{}", near.as_raw_fd())), "text").unwrap();
    drop(near);
    let mut text = String::new();
    far.read_to_string(&mut text).unwrap();
    assert_eq!(text, "text");
}

#[test]
fn a_descriptor_that_cannot_be_written_is_refused_at_once() {
    let file = File::open("/dev/null").unwrap();
    for path in [format!("/dev/fd/{}", file.as_raw_fd()), "/dev/fd/1000000000".to_owned()] {
        assert!(WrittenFile::at(Path::new(&path)).is_err(), "{path}");
    }
}

#[test]
fn only_what_was_made_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ports");
    let made = write(&path, "1").unwrap().unwrap();
    let replaced = write(&path, "2").unwrap().unwrap();
    made.remove();
    assert_eq!(fs::read_to_string(&path).unwrap(), "2");
    replaced.remove();
    assert!(!path.exists());
    replaced.remove();
    symlink("/dev/null", &path).unwrap();
    replaced.remove();
    assert!(path.is_symlink());
}
