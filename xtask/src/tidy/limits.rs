//! Every bound that `docs/limits.md` tells of is held by a test that is there.
//!
//! A name that tests of several files have says which one is meant, as `size::what_is_wrong_is_said`: else the page would stay
//! as it is when the right one goes.

use std::collections::BTreeMap;

use super::source::{Finding, Source};

const PAGE: &str = "docs/limits.md";

pub(super) fn findings(tree: &[Source]) -> Vec<Finding> {
    let Some(page) = tree.iter().find(|file| file.path == PAGE) else {
        return Vec::new();
    };
    let tests = tests(tree);
    let mut found = Vec::new();
    for (number, line) in page.lines() {
        let Some(cell) = last_cell(line) else { continue };
        let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            found.push(page.finding(number, "a bound that no test holds"));
        }
        found.extend(
            names
                .iter()
                .filter_map(|name| Some(page.finding(number, format!("`{name}`: {}", wrong(name, &tests)?)))),
        );
    }
    found
}

/// What is wrong with a name of a test.
fn wrong(name: &str, tests: &BTreeMap<&str, Vec<&str>>) -> Option<&'static str> {
    let (module, test) = name.rsplit_once("::").map_or((None, name), |(module, test)| (Some(module), test));
    let places = tests.get(test).map_or(&[][..], Vec::as_slice);
    let meant = places.iter().filter(|path| module.is_none_or(|module| is_in(path, module))).count();
    match meant {
        0 => Some("no such test"),
        1 => None,
        _ => Some("several tests have this name: say in which module the right one is"),
    }
}

/// Whether a file is a module's, or one of its tests'.
fn is_in(path: &str, module: &str) -> bool {
    path.trim_end_matches(".rs").split('/').any(|part| part == module)
}

/// The last cell of a row of a table that tells of a bound.
fn last_cell(line: &str) -> Option<&str> {
    let row = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cell = row.rsplit_once('|')?.1.trim();
    let is_head = cell == "held by" || cell.contains("---") && cell.chars().all(|c| matches!(c, '-' | ':'));
    (!is_head).then_some(cell)
}

/// Every test of the tree, and the files that have one of its name.
fn tests(tree: &[Source]) -> BTreeMap<&str, Vec<&str>> {
    let mut tests: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in tree.iter().filter(|file| file.is_rust()) {
        let mut is_test = false;
        for (_, line) in file.code() {
            let line = line.trim();
            is_test |= line == "#[test]" || line.starts_with("#[tokio::test");
            if let Some(name) = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ") {
                let name = name.split(['(', '<']).next().unwrap_or_default();
                if is_test {
                    tests.entry(name).or_default().push(&file.path);
                }
                is_test = false;
            }
        }
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::super::source::source;
    use super::*;

    fn found(cell: &str) -> Vec<String> {
        let page = format!(
            "Text.\n\n| what | at most | beyond it | held by |\n|---|--:|---|---|\n| x | 5 | y | {cell} |\n"
        );
        let file = "#[test]\nfn one() {}\n\nfn no_test() {}\n\n#[test]\n#[should_panic]\nfn two() {}\n";
        let tree = [
            source(PAGE, &page),
            source("crates/a/src/size.rs", file),
            source("crates/a/src/rate/tests.rs", "#[test]\nfn two() {}\n// #[test]\n// fn three() {}\n"),
        ];
        findings(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_bound_has_a_test_that_is_there() {
        let several = "several tests have this name: say in which module the right one is";
        #[rustfmt::skip]
        let cases = [
            ("`one`",                  String::new()),
            ("`size::one`, `one`",     String::new()),
            ("`size::two`",            String::new()),
            ("`rate::two`",            String::new()),
            ("",                       "a bound that no test holds".to_owned()),
            ("one",                    "a bound that no test holds".to_owned()),
            ("`one`, `no_test`",       "`no_test`: no such test".to_owned()),
            ("`three`",                "`three`: no such test".to_owned()),
            ("`rate::one`",            "`rate::one`: no such test".to_owned()),
            ("`two`",                  format!("`two`: {several}")),
        ];
        for (cell, expected) in cases {
            let expected = if expected.is_empty() { vec![] } else { vec![format!("{PAGE}:5: {expected}")] };
            assert_eq!(found(cell), expected, "{cell}");
        }
    }
}
