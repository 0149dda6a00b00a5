//! The command lines that the documents show.
//!
//! What stands for something else (`FILE…`, `[FILE]`, `$FILE`) is a value like any other.

use std::fs;
use std::path::{Path, PathBuf};

/// Every document of the project, by its path from the root, with its text.
pub(crate) fn documents() -> Vec<(String, String)> {
    let root = root();
    let mut found: Vec<PathBuf> =
        ["", "docs", "tests/data"].iter().flat_map(|place| pages(&root.join(place))).collect();
    let crates = fs::read_dir(root.join("crates")).unwrap().map(|entry| entry.unwrap().path());
    found.extend(crates.flat_map(|directory| pages(&directory)));
    found.sort();
    let named = found.into_iter().map(|path| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    named.collect()
}

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn pages(directory: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

/// The code of a document: lines within fences, and what stands in backticks.
pub(crate) fn code(document: &str) -> Vec<&str> {
    let mut code = Vec::new();
    let mut fenced = false;
    for line in document.lines() {
        match (line.trim_start().starts_with("```"), fenced) {
            (true, _) => fenced = !fenced,
            (false, true) => code.push(line.trim_start()),
            (false, false) => code.extend(line.split('`').skip(1).step_by(2)),
        }
    }
    code
}

/// The command line in a piece of code; `None` where netdiag is not called.
pub(crate) fn command(code: &str) -> Option<Vec<String>> {
    if let Some(at) = code.find("[\"netdiag\"") {
        return serde_json::from_str(&code[at..]).ok();
    }
    let at = code.match_indices("netdiag ").map(|(at, _)| at).find(|at| {
        let before = &code[..*at];
        ["", "$ ", "sudo ", "- run: ", "- "].contains(&before)
            || before.ends_with(['\'', '|', '&'])
            || before.ends_with("| ")
            || before.ends_with("&& ")
    })?;
    let (before, rest) = code.split_at(at);
    // Within the quotes of another language, or of a shell.
    let line = if before.ends_with('\'') { rest.split('\'').next()? } else { rest };
    // A comment begins behind a space; a `#` within a word is a URL's.
    let line = line.split_once(" #").map_or(line, |(line, _)| line);
    let words = shlex::split(line)?;
    let ends = |word: &String| matches!(word.as_str(), "|" | "||" | "&&" | "&" | ";" | ">" | ">>");
    let words: Vec<String> = words.into_iter().take_while(|word| !ends(word)).collect();
    // A tool that is only named is not called.
    (words.len() > 2).then_some(words)
}

/// The command lines of all documents, each with the document it is in; one that is shown twice is there twice. What has been is
/// not what is to be typed.
pub(crate) fn all() -> Vec<(String, Vec<String>)> {
    let documents = documents().into_iter().filter(|(name, _)| name != "CHANGELOG.md");
    let lines = documents.flat_map(|(name, text)| {
        let commands: Vec<_> = code(&text).into_iter().filter_map(command).collect();
        commands.into_iter().map(move |words| (name.clone(), words))
    });
    lines.collect()
}
