//! `${NAME}`, `${env:NAME:-DEFAULT}` and `${file:PATH}` in the texts of a check file.
//!
//! Values are put in after the file was read, so nothing in them can change its structure; those of `env:` and `file:` are secrets.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;

use super::complaint::Complaint;
use super::node::{Node, Value};
use super::reader::unknown;
use crate::plan::Plan;
use crate::redact::Redactor;

/// Where values come from.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// Given on the command line; these win.
    pub given: BTreeMap<String, String>,
    /// The process's environment.
    pub environment: BTreeMap<String, String>,
}

/// Prefix of environment variables that set a variable of the file.
const PREFIX: &str = "NETDIAG_VAR_";

impl Variables {
    /// The values given, and this process's environment.
    pub fn new(given: impl IntoIterator<Item = (String, String)>) -> Self {
        // Variables that are no text cannot be put into one.
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { given: given.into_iter().collect(), environment }
    }

    /// What is wrong with the values given, if `plan` is all that they were given for: a variable that no file has.
    pub fn unknown(&self, plan: &Plan) -> Option<Complaint> {
        let name = self.given.keys().find(|name| !plan.variables.contains(*name))?;
        let message = format!("--var {name}: no file has this variable in [vars]");
        Some(Complaint { message, ..unknown(name, plan.variables.iter().map(String::as_str), "variable") })
    }

    /// Replaces every reference in `root` but those within `[vars]` to other variables, and says what was secret.
    pub(crate) fn fill(&self, root: &mut Node, complaints: &mut Vec<Complaint>) -> Redactor {
        let mut redactor = Redactor::default();
        let own = self.of_file(root, &mut redactor, complaints);
        root.each_text(&mut |text, span| {
            let filled = self.expand(text, Some(&own), &mut redactor);
            replace(text, span, filled, complaints);
        });
        redactor
    }

    /// The variables of `[vars]`, each as the command line, the environment or the file has it.
    fn of_file(
        &self,
        root: &Node,
        redactor: &mut Redactor,
        complaints: &mut Vec<Complaint>,
    ) -> BTreeMap<String, String> {
        let mut own = BTreeMap::new();
        for (key, node) in root.entry("vars").map(Node::entries).unwrap_or_default() {
            let mut text = match &node.value {
                Value::Text(text) => text.clone(),
                Value::Integer(integer) => integer.to_string(),
                Value::Boolean(flag) => flag.to_string(),
                Value::Float(float) => float.to_string(),
                other => {
                    let message = format!("this is {}; a variable is text or a number", other.noun());
                    complaints.push(Complaint::new(&node.span, message));
                    continue;
                }
            };
            let filled = self.expand(&text, None, redactor);
            replace(&mut text, &node.span, filled, complaints);
            let outside = self.environment.get(&format!("{PREFIX}{}", key.name));
            let value = self.given.get(&key.name).or(outside).cloned().unwrap_or(text);
            own.insert(key.name.clone(), value);
        }
        own
    }

    /// `text` with its references replaced; `$${` stands for `${`.
    fn expand(
        &self,
        text: &str,
        own: Option<&BTreeMap<String, String>>,
        redactor: &mut Redactor,
    ) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, reference) = (&rest[..at], &rest[at + 2..]);
            if let Some(literal) = before.strip_suffix('$') {
                filled.push_str(literal);
                filled.push_str("${");
                rest = reference;
                continue;
            }
            let Some((name, after)) = reference.split_once('}') else {
                return Err("`}` is missing after `${`".to_owned());
            };
            filled.push_str(before);
            filled.push_str(&self.value(name, own, redactor)?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(
        &self,
        reference: &str,
        own: Option<&BTreeMap<String, String>>,
        redactor: &mut Redactor,
    ) -> Result<String, String> {
        let (name, default) = match reference.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (reference, None),
        };
        let (found, secret) = match (name.strip_prefix("env:"), name.strip_prefix("file:"), own) {
            (Some(variable), ..) => {
                let found = self.environment.get(variable).cloned();
                (found.ok_or_else(|| format!("the environment variable `{variable}` is not set")), true)
            }
            (_, Some(path), _) => (contents(path).map_err(|error| format!("{path}: {error}")), true),
            (.., Some(own)) => (
                own.get(name).cloned().ok_or_else(|| format!("there is no variable `{name}` in [vars]")),
                false,
            ),
            (.., None) => {
                let others = "variables do not refer to each other, only to ${env:NAME} and ${file:PATH}";
                (Err(format!("`${{{name}}}`: {others}")), false)
            }
        };
        if let Some(value) = found.as_ref().ok().filter(|_| secret) {
            redactor.hide(value);
        }
        found.or_else(|wrong| default.map(str::to_owned).ok_or(wrong))
    }
}

/// The text of a file, without the line end that editors put at its end.
fn contents(path: &str) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST {
        return Err(io::Error::other("longer than 64 KiB, so no secret"));
    }
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    Ok(text)
}

/// Bytes of a secret.
const LONGEST: u64 = 64 * 1024;

fn replace(
    text: &mut String,
    span: &Range<usize>,
    filled: Result<String, String>,
    complaints: &mut Vec<Complaint>,
) {
    match filled {
        Ok(filled) => *text = filled,
        Err(message) => complaints.push(Complaint::new(span, message)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Notation, notation};
    use super::*;

    type Pairs<'a> = &'a [(&'a str, &'a str)];

    fn fill(text: &str, given: Pairs<'_>, environment: Pairs<'_>) -> Result<(String, Redactor), String> {
        let owned = |pairs: Pairs<'_>| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let variables = Variables { given: owned(given), environment: owned(environment) };
        let mut node = notation::toml(text).unwrap();
        let mut complaints = Vec::new();
        let redactor = variables.fill(&mut node, &mut complaints);
        match (complaints.first(), &node.entry("x").unwrap().value) {
            (Some(complaint), _) => Err(complaint.message.clone()),
            (None, Value::Text(text)) => Ok((text.clone(), redactor)),
            (None, other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn references_are_replaced_by_who_says_so_last() {
        let file = "x = \"tcp://${db}/\"\n[vars]\ndb = \"h:${env:PORT:-1}\"\n";
        #[rustfmt::skip]
        let cases: [(Pairs<'_>, Pairs<'_>, &str); 4] = [
            (&[],             &[],                                        "tcp://h:1/"),
            (&[],             &[("PORT", "2")],                           "tcp://h:2/"),
            (&[],             &[("PORT", "2"), ("NETDIAG_VAR_db", "e")],  "tcp://e/"),
            (&[("db", "g")],  &[("PORT", "2"), ("NETDIAG_VAR_db", "e")],  "tcp://g/"),
        ];
        for (given, environment, wanted) in cases {
            assert_eq!(fill(file, given, environment).unwrap().0, wanted);
        }
        assert_eq!(fill("x = \"$${db} costs $5\"", &[], &[]).unwrap().0, "${db} costs $5");
    }

    #[test]
    fn what_cannot_be_replaced_is_an_error() {
        #[rustfmt::skip]
        let cases = [
            ("x = \"${db}\"",                                "no variable `db`"),
            ("x = \"${env:NOPE}\"",                          "`NOPE` is not set"),
            ("x = \"${db\"",                                 "`}` is missing"),
            ("x = \"\"\n[vars]\na = \"${b}\"\nb = \"1\"\n",  "do not refer to each other"),
            ("x = \"\"\n[vars]\na = []\n",                   "a variable is text"),
        ];
        for (text, words) in cases {
            let complaint = fill(text, &[], &[]).unwrap_err();
            assert!(complaint.contains(words), "{text}: {complaint}");
        }
    }

    #[test]
    fn a_value_is_given_to_a_variable_of_some_file() {
        let given = |name: &str| Variables {
            given: [(name.to_owned(), "1".to_owned())].into(),
            ..Variables::default()
        };
        let read = |text: &str| Plan::read("f", text, Notation::Toml, &Variables::default()).unwrap();
        let files = || {
            ["version = 1\n[vars]\nsystem = \"\"\n", "version = 1\n[vars]\nport = 1\n", "version = 1\n"]
                .map(read)
        };
        let plan = Plan::join(files()).unwrap();
        assert_eq!(given("port").unknown(&plan), None);
        let wrong = given("sytem").unknown(&plan).unwrap();
        assert_eq!(
            (wrong.message.contains("--var sytem"), wrong.help.as_deref()),
            (true, Some("did you mean `system`?"))
        );
        assert_eq!(given("x").unknown(&Plan::default()).unwrap().help, None);
    }

    #[test]
    fn what_comes_from_a_file_is_secret() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token").display().to_string();
        std::fs::write(&path, "s3cret!\r\n").unwrap();
        let (text, redactor) = fill(&format!("x = \"Bearer ${{file:{path}}}\""), &[], &[]).unwrap();
        assert_eq!((text.as_str(), redactor.redact(&text).as_ref()), ("Bearer s3cret!", "Bearer ***"));
        std::fs::write(&path, vec![b'x'; 70_000]).unwrap();
        for (reference, words) in [(path, "64 KiB"), ("/no/such".to_owned(), "/no/such: No such file")] {
            let complaint = fill(&format!("x = \"${{file:{reference}}}\""), &[], &[]).unwrap_err();
            assert!(complaint.contains(words), "{complaint}");
        }
        assert_eq!(fill("x = \"${file:/no/such:-none}\"", &[], &[]).unwrap().0, "none");
    }

    #[test]
    fn what_comes_from_the_environment_is_secret() {
        let (text, redactor) = fill("x = \"Bearer ${env:TOKEN}\"", &[], &[("TOKEN", "s3cret!")]).unwrap();
        assert_eq!(redactor.redact(&text), "Bearer ***");
    }
}
