//! Files that the program writes, where that takes more than one user or a mount: each stays what it was.
//!
//! Every option that names a file to be written is tried on every kind of file.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::guard;
use crate::nobody::{self, NOBODY, must_be_mapped};

/// What writes a file, which it is told by its last word. A server writes it and goes on until it is stopped.
const WRITERS: &[&[&str]] = &[
    &["check", "sysctl:kernel.ostype?value=Linux", "-o", "jsonl=FILE"],
    &["check", "FILE.toml", "--state", "FILE"],
    &["serve", "echo", "127.0.0.1:0", "--port-file", "FILE"],
    &["serve", "echo", "tls://127.0.0.1:0", "--cert-out", "FILE"],
    &["ss", "-tnaD", "FILE"],
];

/// What a file holds before: what a run remembers when nothing has failed.
const OLD: &str = r#"{"failed":{}}"#;

/// What a writer came to.
struct Done {
    succeeded: bool,
    words: String,
}

/// Runs a writer with a path in it to its end, as root or as nobody.
fn write(writer: &[&str], path: &Path, user: bool) -> Done {
    let mut command = if user { nobody::netdiag() } else { Command::new(env!("CARGO_BIN_EXE_netdiag")) };
    let path = path.to_str().unwrap();
    command.args(writer.iter().map(|word| word.replace("FILE", path)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Open to the end, or what is written to it later fails.
    let mut said = BufReader::new(child.stdout.take().unwrap());
    if writer[0] == "serve" {
        // A server announces itself once it is to be stopped in an orderly way; or it has ended.
        said.read_line(&mut String::new()).unwrap();
        let _ = kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM);
    }
    let output = child.wait_with_output().unwrap();
    Done { succeeded: output.status.success(), words: String::from_utf8(output.stderr).unwrap() }
}

/// A directory that anybody may enter, and write to if it is `shared` as `/tmp` is.
fn directory(shared: bool) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mode = if shared { 0o1777 } else { 0o755 };
    fs::set_permissions(&directory, Permissions::from_mode(mode)).unwrap();
    directory
}

/// A file with a check that fails beside it, for the writer that remembers failures of a file.
fn place(directory: &TempDir, name: &str) -> PathBuf {
    let path = directory.path().join(name);
    let check = "version = 1\n[[check]]\nkind = 'sysctl'\nkey = 'kernel.ostype'\nvalue = 'Plan9'\n";
    fs::write(path.with_extension("toml"), check).unwrap();
    path
}

/// The writer that remembers a failure has had one.
fn is_as_expected(writer: &[&str], done: &Done) -> bool {
    done.succeeded || (writer.contains(&"--state") && done.words.is_empty())
}

/// Everything there but what the tests lay there themselves.
fn left(directory: &TempDir) -> Vec<String> {
    let names =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| !name.ends_with(".toml")).collect();
    names.sort();
    names
}

#[test]
fn what_is_mounted_on_is_written_in_place() {
    guard::namespace();
    for writer in WRITERS {
        let directory = directory(false);
        let (source, path) = (directory.path().join("source"), place(&directory, "file"));
        // Longer than anything that is written.
        fs::write(&source, OLD.to_owned() + &" ".repeat(1 << 20)).unwrap();
        File::create(&path).unwrap();
        mount(Some(&source), &path, None::<&str>, MsFlags::MS_BIND, None::<&str>).unwrap();
        let done = write(writer, &path, false);
        umount2(&path, MntFlags::MNT_DETACH).unwrap();
        assert!(is_as_expected(writer, &done), "{writer:?}: {}", done.words);
        let text = fs::read(&source).unwrap();
        assert!(!text.is_empty() && text.len() < 1 << 20, "{writer:?}");
        assert_eq!(
            (fs::metadata(&path).unwrap().len(), left(&directory)),
            (0, vec!["file".into(), "source".into()])
        );
    }
}

#[test]
fn a_full_disk_leaves_what_was_there() {
    guard::namespace();
    let directory = directory(false);
    mount(Some("tmpfs"), directory.path(), Some("tmpfs"), MsFlags::empty(), Some("size=32k")).unwrap();
    let (one, other) = (directory.path().join("one"), directory.path().join("other"));
    fs::write(&one, OLD).unwrap();
    for linked in [false, true] {
        if linked {
            // It has to be written in place.
            fs::hard_link(&one, &other).unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
        command.arg("check").args((0..500).map(|n| format!("sysctl:kernel.ostype?value=Linux&name={n}")));
        let output = command.arg("-o").arg(format!("json={}", one.display())).output().unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(3) && words.contains("No space left on device"), "{words}");
        assert_eq!(fs::read_to_string(&one).unwrap(), OLD);
    }
    assert_eq!(left(&directory), ["one", "other"]);
    umount2(directory.path(), MntFlags::MNT_DETACH).unwrap();
}

#[test]
fn a_file_stays_its_owners() {
    guard::namespace();
    must_be_mapped();
    for writer in WRITERS {
        // Root replaces it by another that is the same to its owner.
        let directory = directory(false);
        let path = place(&directory, "file");
        fs::write(&path, OLD).unwrap();
        lchown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let done = write(writer, &path, false);
        assert!(is_as_expected(writer, &done), "{writer:?}: {}", done.words);
        if writer.contains(&"--port-file") {
            assert_eq!(left(&directory), [""; 0], "the server took the file's place, and has ended");
            continue;
        }
        let file = fs::metadata(&path).unwrap();
        assert_eq!((file.uid(), file.gid(), file.mode() & 0o7777), (NOBODY, NOBODY, 0o640), "{writer:?}");
        assert_ne!(fs::read(&path).unwrap(), OLD.as_bytes(), "{writer:?}");
    }
}

#[test]
fn whoever_may_write_a_file_but_nothing_beside_it_writes_the_file() {
    guard::namespace();
    for writer in WRITERS {
        let directory = directory(false);
        let path = place(&directory, "file");
        fs::write(&path, OLD).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        let before = fs::metadata(&path).unwrap();
        let done = write(writer, &path, true);
        assert!(is_as_expected(writer, &done), "{writer:?}: {}", done.words);
        let after = fs::metadata(&path).unwrap();
        assert_eq!((before.ino(), before.uid(), before.mode()), (after.ino(), after.uid(), after.mode()));
        assert_ne!(fs::read(&path).unwrap(), OLD.as_bytes(), "{writer:?}");
        // One that may not be written is not replaced either, though a directory would let us.
        fs::set_permissions(&directory, Permissions::from_mode(0o777)).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
        let done = write(writer, &path, true);
        assert!(!done.succeeded && done.words.contains("Permission denied"), "{writer:?}: {}", done.words);
        assert_eq!(
            (fs::metadata(&path).unwrap().ino(), left(&directory)),
            (before.ino(), vec!["file".into()])
        );
    }
}

#[test]
fn links_of_others_in_shared_directories_are_not_followed() {
    guard::namespace();
    must_be_mapped();
    for writer in WRITERS {
        let (shared, private) = (directory(true), directory(false));
        let target = place(&private, "target");
        fs::write(&target, OLD).unwrap();
        let link = place(&shared, "file");
        let by = shared.path().join("by");
        let behind = by.join("target");
        symlink(&target, &link).unwrap();
        symlink(private.path(), &by).unwrap();
        for (path, name) in [(&link, &link), (&behind, &by)] {
            lchown(name, Some(NOBODY), Some(NOBODY)).unwrap();
            let done = write(writer, path, false);
            let told = "leads through a link of another user";
            assert!(!done.succeeded && done.words.contains(told), "{writer:?}: {}", done.words);
            assert_eq!((fs::read(&target).unwrap(), left(&private).len()), (OLD.as_bytes().to_vec(), 1));
            // The user's own, and one of whom the directory belongs to.
            lchown(name, Some(0), Some(0)).unwrap();
            let done = write(writer, path, false);
            assert!(is_as_expected(writer, &done), "{writer:?}: {}", done.words);
            fs::write(&target, OLD).unwrap();
        }
    }
}

#[test]
fn devices_and_pipes_are_written_and_stay() {
    guard::namespace();
    must_be_mapped();
    for writer in WRITERS {
        let directory = directory(false);
        let (device, link) = (place(&directory, "device"), place(&directory, "link"));
        mknod(&device, SFlag::S_IFCHR, Mode::from_bits_truncate(0o666), makedev(1, 3)).unwrap();
        symlink("device", &link).unwrap();
        for path in [&device, &link] {
            let done = write(writer, path, false);
            // What was remembered cannot be read back from there.
            let remembers = writer.contains(&"--state");
            assert!(remembers || done.succeeded, "{writer:?}: {}", done.words);
            assert!(fs::symlink_metadata(&device).unwrap().file_type().is_char_device(), "{writer:?}");
            assert!(link.is_symlink());
            assert_eq!(left(&directory), ["device", "link"]);
        }
    }
}

#[test]
fn a_check_file_is_drafted_whole_or_not_at_all() {
    guard::namespace();
    must_be_mapped();
    let (shared, private) = (directory(true), directory(false));
    let init = |path: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
        let output = command.args(["check", "--init"]).arg(path).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    symlink(private.path().join("net.toml"), shared.path().join("link")).unwrap();
    lchown(shared.path().join("link"), Some(NOBODY), Some(NOBODY)).unwrap();
    let (status, words) = init(&shared.path().join("link"));
    assert!(status == Some(2) && words.contains("a link of another user"), "{words}");
    assert_eq!(fs::read_dir(&private).unwrap().count(), 0);
    let path = private.path().join("net.toml");
    assert_eq!(init(&path), (Some(0), String::new()));
    let text = fs::read(&path).unwrap();
    let (status, words) = init(&path);
    assert!(status == Some(2) && words.contains("File exists"), "{words}");
    assert_eq!((fs::read(&path).unwrap(), fs::read_dir(&private).unwrap().count()), (text, 1));
}
