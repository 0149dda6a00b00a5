//! What the words of the command line name: files, standard input, targets.
//!
//! A file is read up to a limit, so that neither a device nor a mistake fills the memory; a run's deadline leaves behind what is
//! still being read.

use std::collections::{BTreeSet, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use netdiag_check::file::{InvalidFile, Notation, Variables};
use netdiag_check::plan::Plan;

/// Why there is no plan.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It could not be read.
    Unreadable { name: String, error: io::Error },
    /// It is no text: the byte at fault.
    NotText { name: String, offset: usize },
    /// It is longer than a check file may be.
    TooLong { name: String },
    /// Its name says that it is written in YAML.
    Yaml { name: String },
    /// It was given before.
    GivenTwice { name: String },
    /// Some say what cannot be meant, all of which are complained about.
    InvalidFiles(Vec<InvalidFile>),
    /// Time was up before all was read.
    TooLate,
    /// There was no thread to read on.
    NoThread(io::Error),
}

/// A plan, and the file it came from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) plan: Plan,
    /// Where the file is, if it is one.
    pub(super) path: Option<PathBuf>,
}

/// What is to be read.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) words: Vec<OsString>,
    pub(super) notation: Option<Notation>,
    pub(super) variables: Variables,
}

/// What it came to, and the secrets that are too short to be hidden.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) sources: Result<Vec<Source>, Refusal>,
    pub(super) bare: BTreeSet<String>,
}

impl Sources {
    /// Reads all of it, in no more time than this.
    pub(super) fn read_within(self, deadline: Option<Duration>) -> Reading {
        let refused = |why| Reading { sources: Err(why), bare: BTreeSet::new() };
        let Some(deadline) = deadline else { return self.read() };
        let (sender, reading) = mpsc::channel();
        let reader = thread::Builder::new().name("files".to_owned()).spawn(move || sender.send(self.read()));
        match reader.map(|reader| (reader, reading.recv_timeout(deadline))) {
            Err(error) => refused(Refusal::NoThread(error)),
            // It ends with the process.
            Ok((_, Err(_))) => refused(Refusal::TooLate),
            Ok((reader, Ok(reading))) => {
                // A thread that is still there would take signals that are not for it.
                let _ = reader.join();
                reading
            }
        }
    }

    fn read(&self) -> Reading {
        let mut bare = BTreeSet::new();
        Reading { sources: self.read_all(&mut bare), bare }
    }

    fn read_all(&self, bare: &mut BTreeSet<String>) -> Result<Vec<Source>, Refusal> {
        let (mut sources, mut rejected, mut given) = (Vec::new(), Vec::new(), HashSet::new());
        for word in &self.words {
            let file = (word != "-").then(|| Path::new(word).canonicalize().ok());
            // One that is no file is told of where it is read, or is a target.
            if file.clone().is_none_or(|file| file.is_some()) && !given.insert(file) {
                return Err(Refusal::GivenTwice { name: word.to_string_lossy().into_owned() });
            }
            let read = read(word, self.notation, &self.variables)?;
            let secrets =
                read.as_ref().map_or_else(|refused| &refused.secrets, |source| &source.plan.secrets);
            bare.extend(secrets.too_short().map(str::to_owned));
            match read {
                Ok(source) => sources.push(source),
                Err(refused) => rejected.push(refused),
            }
        }
        if rejected.is_empty() { Ok(sources) } else { Err(Refusal::InvalidFiles(rejected)) }
    }
}

/// Reads what `word` names, or tells what is wrong with it.
fn read(
    word: &OsStr,
    notation: Option<Notation>,
    variables: &Variables,
) -> Result<Result<Source, InvalidFile>, Refusal> {
    if let Some(target) = word.to_str().filter(|word| Plan::is_target(word)) {
        return Ok(Plan::of_target(target).map(|plan| Source { plan, path: None }));
    }
    let path = Some(Path::new(word)).filter(|_| word != "-");
    let name = path.map_or_else(|| "stdin".to_owned(), |path| path.to_string_lossy().into_owned());
    let text = text(path, &name)?;
    let notation = match notation {
        None if path.is_some_and(is_yaml) => return Err(Refusal::Yaml { name }),
        notation => notation.unwrap_or_else(|| guess(path, &text)),
    };
    let path = path.map(|path| path.canonicalize().unwrap_or_else(|_| path.to_owned()));
    Ok(Plan::read(&name, &text, notation, variables).map(|plan| Source { plan, path }))
}

/// Longer is no check file.
const LONGEST: u64 = 16 * 1024 * 1024;

fn text(path: Option<&Path>, name: &str) -> Result<String, Refusal> {
    let mut bytes = Vec::new();
    let read = match path {
        Some(path) => File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes)),
        None => io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes),
    };
    match read {
        Err(error) => Err(Refusal::Unreadable { name: name.to_owned(), error }),
        Ok(length) if length as u64 > LONGEST => Err(Refusal::TooLong { name: name.to_owned() }),
        Ok(_) => String::from_utf8(bytes).map_err(|error| Refusal::NotText {
            name: name.to_owned(),
            offset: error.utf8_error().valid_up_to(),
        }),
    }
}

fn is_yaml(path: &Path) -> bool {
    let extension = path.extension().map(OsStr::to_ascii_lowercase);
    extension.is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// By the name, else by the first character: no TOML begins with a brace, every document of ours in JSON does.
fn guess(path: Option<&Path>, text: &str) -> Notation {
    match path.and_then(Path::extension).and_then(OsStr::to_str) {
        Some("json") => Notation::Json,
        Some("toml") => Notation::Toml,
        _ if text.trim_start().starts_with('{') => Notation::Json,
        _ => Notation::Toml,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_file_is_read_whole_or_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("net.toml");
        let file = File::create(&path).unwrap();
        for (length, is_read) in [(16 << 20, true), ((16 << 20) + 1, false), (16 << 30, false)] {
            // Nothing is in it, and no room taken for it.
            file.set_len(length).unwrap();
            match text(Some(&path), "net.toml") {
                Ok(text) => assert!(is_read && text.len() as u64 == length, "{length}"),
                Err(refusal) => assert!(!is_read && matches!(refusal, Refusal::TooLong { .. }), "{length}"),
            }
        }
    }

    #[test]
    fn a_name_or_the_text_tells_how_a_file_is_written() {
        #[rustfmt::skip]
        let cases = [
            (Some("a.json"), "version = 1", Notation::Json),
            (Some("a.toml"), "{}",          Notation::Toml),
            (Some("a"),      " \n{}",       Notation::Json),
            (Some("a.conf"), "version = 1", Notation::Toml),
            (None,           "{}",          Notation::Json),
            (None,           "",            Notation::Toml),
        ];
        for (path, text, notation) in cases {
            assert_eq!(guess(path.map(Path::new), text), notation, "{path:?} {text}");
        }
    }
}
