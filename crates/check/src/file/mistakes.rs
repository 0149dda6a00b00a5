//! What is said to those who make the mistakes that people make: each file of tests/data/mistakes, and what it draws beside it.
//!
//! `SNAPSHOTS=overwrite` writes what is said; then somebody has to read it as one would who does not know the program.

use std::fs;
use std::path::PathBuf;

use snapbox::data::DataFormat;
use snapbox::{Assert, Data};

use crate::file::{Notation, Variables};
use crate::plan::Plan;

#[test]
fn what_is_said_helps() {
    let directory = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/mistakes"));
    let mut files: Vec<PathBuf> =
        fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension != "txt"));
    files.sort();
    assert!(files.len() >= 20, "{}", files.len());
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let notation = if name.ends_with(".json") { Notation::Json } else { Notation::Toml };
        let environment = [("DB_HOST", "db.internal"), ("TOKEN", "hunter2")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let variables = Variables { environment, ..Variables::default() };
        let text = fs::read_to_string(&path).unwrap();
        let refused = Plan::read(name, &text, notation, &variables).expect_err(name);
        let said = refused.render(false) + "\n";
        for word in
            ["hunter2", "struct ", "untagged", "u32", "Some(", "Error {", "expected struct", "invalid type"]
        {
            assert!(!said.contains(word), "{name}: {word}: {said}");
        }
        let expected = Data::read_from(&path.with_extension("txt"), Some(DataFormat::Text));
        Assert::new().action_env("SNAPSHOTS").eq(Data::text(said).raw(), expected.raw());
    }
}
