//! `${NAME}` and `${env:NAME:-DEFAULT}` in the texts of a check file.
//!
//! Values are put in after the file was read, so nothing in them can change its structure; those of the environment are secrets.

use std::collections::BTreeMap;
use std::ops::Range;

use super::complaint::Complaint;
use super::node::{Node, Value};
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

    /// Replaces every reference in `root` but those within `[vars]` to other variables, and says what was secret.
    pub(crate) fn fill(&self, root: &mut Node, complaints: &mut Vec<Complaint>) -> Redactor {
        let mut redactor = Redactor::default();
        let own = self.of_file(root, &mut redactor, complaints);
        for name in self.given.keys().filter(|name| !own.contains_key(*name)) {
            let message = format!("the variable `{name}` was given, but [vars] does not have it");
            complaints.push(Complaint::new(&(root.span.start..root.span.start), message));
        }
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
        let found = match name.strip_prefix("env:") {
            Some(variable) => {
                let value = self.environment.get(variable);
                value.inspect(|value| redactor.hide(value))
            }
            None => own.and_then(|own| own.get(name)),
        };
        let known = found.cloned().or_else(|| default.map(str::to_owned));
        known.ok_or_else(|| match (name.strip_prefix("env:"), own) {
            (Some(variable), _) => format!("the environment variable `{variable}` is not set"),
            (None, Some(_)) => format!("there is no variable `{name}` in [vars]"),
            (None, None) => {
                format!("`${{{name}}}`: variables do not refer to each other, only to ${{env:NAME}}")
            }
        })
    }
}

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
    use super::super::notation;
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
        assert!(fill("x = \"\"", &[("typo", "1")], &[]).unwrap_err().contains("`typo` was given"));
    }

    #[test]
    fn what_comes_from_the_environment_is_secret() {
        let (text, redactor) = fill("x = \"Bearer ${env:TOKEN}\"", &[], &[("TOKEN", "s3cret!")]).unwrap();
        assert_eq!(redactor.redact(&text), "Bearer ***");
    }
}
