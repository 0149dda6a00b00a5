//! Any text as a check file in either notation, and as a check of the command line: what fuzz targets call, and nobody else.
//!
//! Nothing is run, but names in a file are looked up while it is read: a fuzzer belongs where nobody can be asked.

use std::collections::{BTreeMap, BTreeSet};

use netdiag_text::terminal::acts;
use serde_json::Value as Json;

#[doc(inline)]
pub use crate::kinds::http::fuzzing::jsonpath;
use crate::plan::Plan;
pub use crate::report::fuzzing::reports;
use crate::selection::Selection;
use crate::source::{InvalidFile, Key, Node, Notation, Value, Variables, json, toml};

/// Reads any text, as JSON where it begins like that. What is wrong with it is wrong in some place of it; what can be planned is the
/// same plan, or wrong in the same way, when it is written as JSON.
///
/// # Panics
/// If it is not.
pub fn file(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else { return };
    let (notation, node) = match text.trim_start().starts_with('{') {
        true => (Notation::Json, json(text)),
        false => (Notation::Toml, toml(text)),
    };
    let planned = plan(text, notation);
    look(text, &planned);
    if let Some(same) = node.ok().as_ref().and_then(as_json) {
        let same = same.to_string();
        assert_eq!(said(&planned), said(&plan(&same, Notation::Json)), "{same}");
    }
}

/// Reads any text as a target of the command line.
///
/// # Panics
/// If what is wrong with it is wrong in no place of it.
pub fn word(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else { return };
    look(text, &Plan::of_target(text));
}

fn plan(text: &str, notation: Notation) -> Result<Plan, InvalidFile> {
    let environment = BTreeMap::from([("TOKEN".to_owned(), SECRET.to_owned())]);
    let variables = Variables { environment, ..Variables::default() };
    Plan::read("net", text, notation, &variables)
}

const SECRET: &str = "s3cret";

/// Shows and chooses whatever there is.
fn look(text: &str, planned: &Result<Plan, InvalidFile>) {
    match planned {
        Ok(plan) => {
            assert_eq!(Selection::default().choose(plan).len(), plan.checks.len());
            // A text may have the same word without a reference to the secret.
            let hides = plan.shown(SECRET).as_str() != SECRET;
            for (index, check) in plan.checks.iter().enumerate() {
                for words in [&check.name, &check.target] {
                    let shown = plan.shown(words);
                    assert!(!hides || !shown.as_str().contains(SECRET), "{shown}");
                }
                assert!(
                    check.depends_on.iter().all(|on| *on < plan.checks.len() && *on != index),
                    "{check:?}"
                );
                assert!(check.place.is_none_or(|place| place.offset(text) <= text.len()), "{check:?}");
            }
        }
        Err(rejected) => {
            assert!(!rejected.complaints.is_empty());
            for complaint in &rejected.complaints {
                let span = &complaint.span;
                assert!(span.start <= span.end && span.end <= text.len(), "{complaint:?}");
            }
            // To draw a place takes longer than to find it.
            if text.len().is_multiple_of(16) {
                let shown = rejected.render(false);
                assert!(!shown.contains(|it| it != '\n' && acts(it)), "{shown:?}");
            }
        }
    }
}

/// A tree as JSON; `None` where JSON has no such number.
fn as_json(node: &Node) -> Option<Json> {
    Some(match &node.value {
        Value::Null => Json::Null,
        Value::Boolean(flag) => (*flag).into(),
        Value::Integer(integer) => (*integer).into(),
        Value::Float(float) => Json::Number(serde_json::Number::from_f64(*float)?),
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => Json::Array(items.iter().map(as_json).collect::<Option<_>>()?),
        Value::Table(entries) => {
            let entry = |(key, value): &(Key, Node)| Some((key.name.clone(), as_json(value)?));
            Json::Object(entries.iter().map(entry).collect::<Option<_>>()?)
        }
    })
}

/// What a text comes to, wherever it says it.
fn said(planned: &Result<Plan, InvalidFile>) -> Result<Vec<String>, BTreeSet<&str>> {
    match planned {
        Ok(plan) => Ok(plan
            .checks
            .iter()
            .map(|check| {
                let what = (
                    check.name.unshown(),
                    check.target.unshown(),
                    &check.tags,
                    &check.depends_on,
                    check.timeout,
                    check.repetition,
                );
                let how = (check.exclusive, check.required, check.warn_only, check.on_unavailable);
                format!("{what:?} {how:?}")
            })
            .collect()),
        Err(rejected) => {
            Err(rejected.complaints.iter().map(|complaint| complaint.message.unshown()).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_is_a_check_file() {
        let mut kinds = BTreeSet::new();
        for seed in std::fs::read_dir("../../tests/data/checks").unwrap() {
            let path = seed.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let is_json = path.extension().is_some_and(|extension| extension == "json");
            let planned = plan(&text, if is_json { Notation::Json } else { Notation::Toml });
            let planned = planned.unwrap_or_else(|rejected| panic!("{}: {rejected}", path.display()));
            kinds.extend(planned.checks.iter().map(|check| check.kind));
            file(text.as_bytes());
        }
        let all = crate::kinds::Kind::ALL.iter().map(|kind| kind.word);
        assert_eq!(kinds, all.collect());
    }

    #[test]
    fn every_seed_is_a_check_of_the_command_line() {
        let mut planned = 0;
        for seed in std::fs::read_dir("../../tests/data/words").unwrap() {
            let text = std::fs::read_to_string(seed.unwrap().path()).unwrap();
            planned += Plan::of_target(&text).map_or(0, |plan| plan.checks.len());
            word(text.as_bytes());
        }
        assert!(planned >= 5, "{planned}");
    }
}
