//! `${NAME}`, `${env:NAME:-DEFAULT}` and `${file:PATH}` in the texts of a check file.
//!
//! Values are put in after the file was read, so nothing in them can change its structure; those of `env:` and `file:` are secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use netdiag_probe::talk::escape;
use netdiag_text::{Message, Secrets, Trusted, message, nearest, size};

use super::complaint::Complaint;
use super::contents::contents;
use super::node::{Node, Value};
use super::reader::Placed;
use super::unknown::unknown_of;

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

    /// What is wrong with the values given, if they were given for files that have these variables: one that is none of them.
    pub fn unknown(&self, variables: &BTreeSet<String>) -> Option<Complaint> {
        let name = self.given.keys().find(|name| !variables.contains(*name))?;
        let message = message!("--var {}: no file has this variable in [vars]", name);
        let known = variables.iter().map(String::as_str);
        Some(Complaint { message, ..unknown_of(name, known, "variable", Message::foreign) })
    }

    /// Replaces every reference in `root` but those within `[vars]` to other variables, and says what was secret, and which
    /// texts have something of it now. Relative paths begin at `directory`, if there is one.
    pub(crate) fn fill(
        &self,
        root: &mut Node,
        directory: Option<&Path>,
        complaints: &mut Vec<Complaint>,
    ) -> (Secrets, Vec<Placed<String>>) {
        let mut places = Vec::new();
        let mut filling = Filling {
            variables: self,
            directory,
            secrets: Secrets::default(),
            known: BTreeMap::new(),
            room: LONGEST_TEXTS,
        };
        let own = self.of_file(root, &mut filling, complaints);
        root.each_text(&mut |text, span, key| match filling.expand(text, Some(&own)) {
            // A command may be one of a shell, which has variables of its own.
            Ok(_) if key != "cmd" && unbraced(text, |name| own.contains_key(name)).is_some() => {
                let name = unbraced(text, |name| own.contains_key(name)).unwrap_or_default();
                complaints
                    .push(Complaint::new(span, message!("`${}` stands for itself", name)).help(meant(name)));
            }
            Ok(filled) => {
                let is_secret = !filled.secret.is_empty();
                *text = if ESCAPED.contains(&key) { filled.escaped() } else { filled.text };
                places.extend(is_secret.then(|| Placed { span: span.clone(), value: text.clone() }));
            }
            Err(unfilled) => complaints.push(unfilled.at(span)),
        });
        (filling.secrets, places)
    }

    /// The variables of `[vars]`, each as the command line, the environment or the file has it.
    fn of_file(
        &self,
        root: &Node,
        filling: &mut Filling<'_>,
        complaints: &mut Vec<Complaint>,
    ) -> BTreeMap<String, Filled> {
        let mut own = BTreeMap::new();
        for (key, node) in root.entry("vars").map(Node::entries).unwrap_or_default() {
            let text = match &node.value {
                Value::Text(text) => text.clone(),
                Value::Integer(integer) => integer.to_string(),
                Value::Boolean(flag) => flag.to_string(),
                Value::Float(float) => float.to_string(),
                other => {
                    let message =
                        message!("this is {}; a variable is text or a number", Trusted(other.noun()));
                    complaints.push(Complaint::new(&node.span, message));
                    continue;
                }
            };
            let filled = filling.expand(&text, None).unwrap_or_else(|unfilled| {
                complaints.push(unfilled.at(&node.span));
                Filled::plain(text)
            });
            let outside = self.environment.get(&format!("{PREFIX}{}", key.name));
            let outside = self.given.get(&key.name).or(outside).cloned().map(Filled::plain);
            own.insert(key.name.clone(), outside.unwrap_or(filled));
        }
        own
    }
}

/// The references of one file on their way to be replaced.
struct Filling<'v> {
    variables: &'v Variables,
    /// Where paths begin, if not where the program runs.
    directory: Option<&'v Path>,
    secrets: Secrets,
    /// What came from outside already, by the reference: a file is read once, however often it is referred to.
    known: BTreeMap<String, Filled>,
    /// How many bytes more the values may come to.
    room: usize,
}

impl Filling<'_> {
    /// `text` with its references replaced; `$${` stands for `${`.
    fn expand(&mut self, text: &str, own: Option<&BTreeMap<String, Filled>>) -> Result<Filled, Complaint> {
        let mut filled = Filled::default();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, reference) = (&rest[..at], &rest[at + 2..]);
            if let Some(literal) = before.strip_suffix('$') {
                filled.text.push_str(literal);
                filled.text.push_str("${");
                rest = reference;
                continue;
            }
            let Some((name, after)) = reference.split_once('}') else {
                return Err(said("`}` is missing after `${`")
                    .help("close the reference: `${NAME}`; `$${` stands for `${` itself"));
            };
            filled.text.push_str(before);
            let value = self.value(name, own)?;
            let room = self.room.checked_sub(value.text.len()).ok_or_else(|| {
                said(message!(
                    "the values of variables come to more than {} here",
                    size::Short(LONGEST_TEXTS as f64)
                ))
            })?;
            self.room = room;
            filled.append(value);
            rest = after;
        }
        filled.text.push_str(rest);
        Ok(filled)
    }

    fn value(
        &mut self,
        reference: &str,
        own: Option<&BTreeMap<String, Filled>>,
    ) -> Result<Filled, Complaint> {
        let (name, default) = match reference.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (reference, None),
        };
        let found = match (name.strip_prefix("env:"), name.strip_prefix("file:"), own) {
            (Some(variable), ..) => {
                let found = self.variables.environment.get(variable).cloned();
                let found = found.ok_or_else(|| unset(variable, &self.variables.environment));
                self.secret(name, || found)
            }
            (_, Some(path), _) => {
                let found = self.directory.map_or_else(|| path.into(), |directory| directory.join(path));
                let shown = found.display().to_string();
                self.secret(name, || {
                    text_of(&found).map_err(|reason| said(message!("{}: {}", shown, reason)))
                })
            }
            (.., Some(own)) => {
                own.get(name).cloned().ok_or_else(|| unlisted(name, own, &self.variables.environment))
            }
            (.., None) => Err(said(message!("`{}`: {}", reference_to(name), Trusted(OTHERS)))),
        };
        found.or_else(|wrong| default.map(|text| Filled::plain(text.to_owned())).ok_or(wrong))
    }

    /// What comes from outside, which is hidden from now on.
    fn secret(
        &mut self,
        name: &str,
        read: impl FnOnce() -> Result<String, Complaint>,
    ) -> Result<Filled, Complaint> {
        if let Some(known) = self.known.get(name) {
            return Ok(known.clone());
        }
        let value = read()?;
        self.secrets.hide(name, &value);
        let filled = Filled { secret: std::iter::once(0..value.len()).collect(), text: value };
        self.known.insert(name.to_owned(), filled.clone());
        Ok(filled)
    }
}

/// What is wrong, at a place that others know.
fn said(message: impl Into<Message>) -> Complaint {
    Complaint::new(&(0..0), message)
}

/// `${NAME}`
fn reference_to(name: &str) -> Message {
    message!("{}{}{}", Trusted("${"), name, Trusted("}"))
}

/// A variable that the environment has not.
fn unset(name: &str, environment: &BTreeMap<String, String>) -> Complaint {
    let complaint = said(message!("the environment variable `{}` is not set", name));
    complaint.help(match nearest(name, environment.keys().map(String::as_str)) {
        Some(nearest) => meant(&format!("env:{nearest}")),
        None => message!(
            "set it, or write `{}` for what holds without it",
            reference_to(&format!("env:{name}:-DEFAULT"))
        ),
    })
}

/// A variable that the file has not.
fn unlisted(name: &str, own: &BTreeMap<String, Filled>, environment: &BTreeMap<String, String>) -> Complaint {
    let complaint = said(message!("there is no variable `{}` in [vars]", name));
    let nearest = match environment.contains_key(name) {
        true => Some(format!("env:{name}")),
        false => nearest(name, own.keys().map(String::as_str)).map(str::to_owned),
    };
    complaint.help(match nearest {
        Some(nearest) => meant(&nearest),
        None => message!(
            "add it to [vars]; `{}` is a variable of the environment",
            reference_to(&format!("env:{name}"))
        ),
    })
}

/// The name behind a dollar without braces, which stands for nothing but itself.
pub(crate) fn unbraced(text: &str, is_meant: impl Fn(&str) -> bool) -> Option<&str> {
    text.match_indices('$').filter(|(at, _)| !text[..*at].ends_with('$')).find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let end = rest.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        Some(name).filter(|name| is_name && is_meant(name))
    })
}

/// What one meant who forgot the braces around a reference.
pub(crate) fn meant(reference: &str) -> Message {
    message!("did you mean `{}`?", reference_to(reference))
}

const OTHERS: &str = "variables do not refer to each other, only to ${env:NAME} and ${file:PATH}";

/// Keys whose texts are read for escapes; what is secret in them is meant as it is.
const ESCAPED: [&str; 4] = ["talk", "send", "expect-text", "frame"];

/// A text whose references have been replaced.
#[derive(Clone, Debug, Default)]
struct Filled {
    text: String,
    /// The parts that were secrets, in order.
    secret: Vec<Range<usize>>,
}

impl Filled {
    fn plain(text: String) -> Self {
        Self { text, secret: Vec::new() }
    }

    fn append(&mut self, other: Self) {
        let start = self.text.len();
        self.text.push_str(&other.text);
        self.secret.extend(other.secret.into_iter().map(|part| part.start + start..part.end + start));
    }

    /// The text for one who will read it for escapes: secrets come out as they went in.
    fn escaped(&self) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for part in &self.secret {
            text.push_str(&self.text[at..part.start]);
            let secret = &self.text[part.clone()];
            let inner = secret.trim_matches(' ');
            let blanks = |count| "\\x20".repeat(count);
            let before = secret.len() - secret.trim_start_matches(' ').len();
            // Blanks at the ends of a line of a script are not part of it, unless they are escaped.
            text.push_str(&blanks(before));
            text.push_str(&escape(inner.as_bytes(), usize::MAX));
            text.push_str(&blanks(secret.len() - before - inner.len()));
            at = part.end;
        }
        text.push_str(&self.text[at..]);
        text
    }
}

/// The text of a file, without the line end that editors put at its end.
fn text_of(path: &Path) -> Result<String, Message> {
    let bytes = contents(path, LONGEST)?;
    let mut text = String::from_utf8(bytes).map_err(|_| "not UTF-8 text")?;
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    Ok(text)
}

/// Bytes of a secret.
const LONGEST: u64 = 64 * 1024;
/// Bytes that all values put into the texts of a file may come to, which may be as long itself.
const LONGEST_TEXTS: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use netdiag_probe::talk::unescape;

    use super::super::notation;
    use super::*;

    type Pairs<'a> = &'a [(&'a str, &'a str)];

    fn fill(text: &str, given: Pairs<'_>, environment: Pairs<'_>) -> Result<(String, Secrets), String> {
        let owned = |pairs: Pairs<'_>| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let variables = Variables { given: owned(given), environment: owned(environment) };
        let mut node = notation::toml(text).unwrap();
        let mut complaints = Vec::new();
        let (secrets, _) = variables.fill(&mut node, None, &mut complaints);
        match (complaints.first(), &node.entry("x").unwrap().value) {
            (Some(complaint), _) => Err(complaint.message.unshown().to_owned()),
            (None, Value::Text(text)) => Ok((text.clone(), secrets)),
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
            ("x = \"$db:1\"\n[vars]\ndb = \"h\"\n",           "`$db` stands for itself"),
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
        let known = BTreeSet::from(["port".to_owned(), "system".to_owned()]);
        assert_eq!(given("port").unknown(&known), None);
        let wrong = given("sytem").unknown(&known).unwrap();
        assert_eq!(
            (wrong.message.unshown().contains("--var sytem"), wrong.help.as_ref().map(Message::unshown)),
            (true, Some("did you mean `system`?"))
        );
        assert_eq!(given("x").unknown(&BTreeSet::new()).unwrap().help, None);
    }

    #[test]
    fn what_comes_from_a_file_is_secret() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token").display().to_string();
        std::fs::write(&path, "s3cret!\r\n").unwrap();
        let (text, secrets) = fill(&format!("x = \"Bearer ${{file:{path}}}\""), &[], &[]).unwrap();
        assert_eq!((text.as_str(), secrets.show(&text).as_str()), ("Bearer s3cret!", "Bearer ***"));
        std::fs::write(&path, vec![b'x'; 70_000]).unwrap();
        let bytes = directory.path().join("bytes").display().to_string();
        std::fs::write(&bytes, b"\xff").unwrap();
        let pipe = directory.path().join("pipe").display().to_string();
        // Nobody ever writes to it: to open it for reading would wait.
        nix::unistd::mkfifo(pipe.as_str(), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let cases = [
            (path, "64 KiB"),
            ("/no/such".to_owned(), "/no/such: No such file"),
            (bytes, "not UTF-8 text"),
            (pipe, "no regular file"),
            ("/dev/zero".to_owned(), "no regular file"),
        ];
        for (reference, words) in cases {
            let complaint = fill(&format!("x = \"${{file:{reference}}}\""), &[], &[]).unwrap_err();
            assert!(complaint.contains(words), "{complaint}");
        }
        assert_eq!(fill("x = \"${file:/no/such:-none}\"", &[], &[]).unwrap().0, "none");
    }

    #[test]
    fn values_come_to_no_more_than_their_bound_however_often_they_are_referred_to() {
        // 60 KB, 200,000 times: twelve gigabytes.
        let long = "y".repeat(60_000);
        let many = "${v}".repeat(200_000);
        for text in [format!("x = \"{many}\"\n[vars]\nv = \"{long}\"\n"), {
            let each = (0..2000).map(|number| format!("k{number} = \"${{v}}\"\n")).collect::<String>();
            format!("{each}x = \"${{v}}\"\n[vars]\nv = \"{long}\"\n")
        }] {
            let variables = Variables::default();
            let mut node = notation::toml(&text).unwrap();
            let mut complaints = Vec::new();
            variables.fill(&mut node, None, &mut complaints);
            let mut length = 0;
            node.each_text(&mut |text, _, _| length += text.len());
            assert!(length <= LONGEST_TEXTS + text.len(), "{length}");
            let complaint = &complaints[0];
            assert_eq!(complaint.message.unshown(), "the values of variables come to more than 16 MiB here");
            assert!(text[complaint.span.clone()].starts_with("\"${v}"), "{complaint:?}");
        }
        let environment = [("T".to_owned(), long)].into();
        let variables = Variables { environment, ..Variables::default() };
        let mut node = notation::toml("x = [\"${env:T}\", \"${env:T}\"]").unwrap();
        let mut filling = Filling {
            variables: &variables,
            directory: None,
            secrets: Secrets::default(),
            known: BTreeMap::new(),
            room: 120_000,
        };
        node.each_text(&mut |text, _, _| assert!(filling.expand(text, None).is_ok()));
        // It was read once, and there is room for no more.
        assert_eq!((filling.known.len(), filling.room), (1, 0));
        assert!(filling.expand("${env:T}", None).is_err());
    }

    #[test]
    fn a_file_has_so_much_to_say() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        for (length, why) in [(64 << 10, None), ((64 << 10) + 1, Some("longer than 64 KiB"))] {
            std::fs::write(&path, vec![b'x'; length]).unwrap();
            let said = text_of(&path);
            assert_eq!(said.as_ref().err().map(Message::unshown), why, "{length}");
        }
    }

    #[test]
    fn what_is_secret_is_not_read_for_escapes() {
        let environment: Pairs<'_> = &[("TOKEN", " a\\r\nb\\ ")];
        let files = [
            "x = { send = \"AUTH ${env:TOKEN}\\\\r\\\\n\" }",
            "x = { send = \"${auth}\" }\n[vars]\nauth = \"AUTH ${env:TOKEN}\\\\r\\\\n\"",
        ];
        for file in files {
            let variables = Variables {
                environment: environment
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
                ..Variables::default()
            };
            let mut node = notation::toml(file).unwrap();
            variables.fill(&mut node, None, &mut Vec::new());
            let send = node.entry("x").unwrap().entry("send").unwrap();
            let Value::Text(text) = &send.value else { panic!("{send:?}") };
            assert_eq!(unescape(text).unwrap(), b"AUTH  a\\r\nb\\ \r\n", "{text}");
            assert_eq!(text.trim(), text);
        }
    }

    #[test]
    fn what_comes_from_the_environment_is_secret() {
        let (text, secrets) = fill("x = \"Bearer ${env:TOKEN}\"", &[], &[("TOKEN", "s3cret!")]).unwrap();
        assert_eq!(&secrets.show(&text), "Bearer ***");
    }
}
