//! From a file's tree to a plan: everything that is wrong with it is found in one go.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use netdiag_text::{Message, Secrets, Trusted, message, nearest};

use super::schema;
use crate::kinds::Kind;
use crate::plan::{Check, Plan};
use crate::settings::{Common, Defaults, Settings};
use crate::source::{
    Complaint, InvalidFile, Key, Node, Notation, Placed, Position, Value, Variables, meant, read, unbraced,
    unknown, unknown_of,
};
use crate::work::Work;

impl Plan {
    /// Reads a check file; `name` is its path, which complaints and reports call it by. Relative paths in it begin at its directory.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(
        name: &str,
        text: &str,
        notation: Notation,
        variables: &Variables,
    ) -> Result<Self, InvalidFile> {
        let rejected = |mut complaints: Vec<Complaint>, secrets| {
            complaints.sort_by_key(|complaint| complaint.span.start);
            InvalidFile { name: name.to_owned(), text: text.to_owned(), complaints, secrets }
        };
        let mut root = notation.tree(text).map_err(|complaints| rejected(complaints, Secrets::NONE))?;
        let mut draft =
            Draft { name: Some(name.into()), is_json: notation == Notation::Json, ..Draft::of(text) };
        let (secrets, places) = variables.fill(&mut root, directory(name), &mut draft.complaints);
        let unfilled: Vec<Range<usize>> = draft.complaints.iter().map(|wrong| wrong.span.clone()).collect();
        draft.document(&root);
        let variables = root.entry("vars").map(Node::entries).unwrap_or_default();
        let variables: BTreeSet<String> = variables.iter().map(|(key, _)| key.name.clone()).collect();
        match draft.finish() {
            Ok(checks) => Ok(Self { checks, variables, secrets, ..Self::default() }),
            Err(mut complaints) => {
                // What is wrong with a text that could not be filled in follows from that.
                let mut number = 0;
                complaints.retain(|complaint| {
                    number += 1;
                    number <= unfilled.len() || !unfilled.contains(&complaint.span)
                });
                let touches = |one: &Range<usize>, other: &Range<usize>| {
                    one.start <= other.end && other.start <= one.end
                };
                // What is wrong with a text may be that a name in it was to be replaced.
                let bracing = |complaint: Complaint| match (&complaint.help, text.get(complaint.span.clone()))
                {
                    (None, Some(quoted)) => match unbraced(quoted, |_| true) {
                        Some(name) if variables.contains(name) => complaint.help(meant(name)),
                        Some(name) => complaint.help(meant(&format!("env:{name}"))),
                        None => complaint,
                    },
                    _ => complaint,
                };
                let quoting = |complaint: Complaint| {
                    let places = places.iter().filter(|place| touches(&place.span, &complaint.span));
                    places.fold(complaint.clone(), |complaint, place| complaint.quoting(&place.value))
                };
                Err(rejected(complaints.into_iter().map(bracing).map(quoting).collect(), secrets))
            }
        }
    }
}

/// A plan in the making.
#[derive(Default)]
struct Draft<'t> {
    /// What the file is called.
    name: Option<Arc<str>>,
    text: &'t str,
    is_json: bool,
    /// Where its lines begin.
    lines: Vec<usize>,
    checks: Vec<Check>,
    taken: HashSet<String>,
    /// By name: the checks it stands for.
    names: BTreeMap<String, Vec<usize>>,
    /// What checks depend on, by name, to be found when all names are known.
    dependencies: Vec<(usize, Placed<String>)>,
    complaints: Vec<Complaint>,
}

/// Where relative paths in a file begin; `None` if it is where the program runs.
fn directory(name: &str) -> Option<&Path> {
    Path::new(name).parent().filter(|directory| !directory.as_os_str().is_empty())
}

/// The checks of one node, of a text that is no file.
pub(super) fn single(text: &str, node: &Node) -> Result<Vec<Check>, Vec<Complaint>> {
    let mut draft = Draft::of(text);
    draft.check(node, &Defaults::default());
    draft.finish()
}

impl<'t> Draft<'t> {
    fn of(text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, lines: std::iter::once(0).chain(breaks).collect(), ..Self::default() }
    }

    /// The same as [`Position::of`], without reading the text again for every check.
    fn place(&self, offset: usize) -> Position {
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines[line - 1];
        Position { line, column: self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1 }
    }

    fn document(&mut self, root: &Node) {
        let Value::Table(entries) = &root.value else {
            return self
                .complain(Complaint::new(&root.span, "a check file is a table with `version` and `check`"));
        };
        for (key, _) in entries.iter().filter(|(key, _)| !schema::TOP.contains(&key.name.as_str())) {
            self.complain(unknown(&key.name, schema::TOP.into_iter(), "key").at(&key.span));
        }
        self.version(root);
        let defaults = match root.entry("defaults").map(|node| read::<Defaults>(node, &[])) {
            None => Defaults::default(),
            Some(Ok(defaults)) => defaults,
            Some(Err(complaints)) => {
                self.complaints.extend(complaints);
                Defaults::default()
            }
        };
        match root.entry("check") {
            Some(Node { value: Value::List(checks), .. }) => {
                checks.iter().for_each(|check| self.check(check, &defaults));
            }
            Some(other) => {
                let help = match self.is_json {
                    true => "write \"check\": [{ … }]",
                    false => "write [[check]] above every check",
                };
                self.complain(Complaint::new(&other.span, "`check` is a list of checks").help(help));
            }
            None => {}
        }
    }

    fn version(&mut self, root: &Node) {
        let wanted = if self.is_json { "\"version\": 1" } else { "version = 1" };
        match root.entry("version") {
            Some(Node { value: Value::Integer(1), .. }) => {}
            Some(Node { value: Value::Text(_), span }) => {
                let complaint = Complaint::new(span, "`version` is text; wanted is the number 1");
                self.complain(complaint.help(message!("write {} without quotes", Trusted(wanted))));
            }
            Some(other) => {
                let complaint = Complaint::new(&other.span, "this version is not known");
                self.complain(complaint.help(message!("write {}", Trusted(wanted))));
            }
            None => {
                let start = root.span.start..root.span.start;
                let complaint = Complaint::new(&start, "the key `version` is missing");
                self.complain(complaint.help(message!("write {} first", Trusted(wanted))));
            }
        }
    }

    fn check(&mut self, node: &Node, defaults: &Defaults) {
        let kind = match kind(node) {
            Ok(kind) => kind,
            Err(complaints) => return self.complaints.extend(complaints),
        };
        let Parts { common, own, strays, meant } = split(node, kind);
        let is_known = strays.is_empty();
        self.complaints.extend(strays);
        let common = read::<Common>(&common, &meant);
        let name = self.name.clone();
        let settings =
            common.and_then(|common| match common.settings(defaults, name.as_deref().and_then(directory)) {
                Ok(settings) => Ok((common, settings)),
                Err(complaint) => Err(complaint.into()),
            });
        let (common, settings) = match settings {
            Ok(settings) if is_known => settings,
            wrong => {
                self.complaints.extend(wrong.err().unwrap_or_default());
                return self.complaints.extend((kind.mistakes)(&own, &meant));
            }
        };
        let both = settings.len() > 1;
        for settings in settings {
            match (kind.plan)(&own, &settings) {
                Ok(work) => self.add(node, kind, &common, defaults, &settings, both, work),
                // The same file is wrong the same way for both families.
                Err(complaints) => return self.complaints.extend(complaints),
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a check is made of all of them, here and nowhere else")]
    fn add(
        &mut self,
        node: &Node,
        kind: &Kind,
        common: &Common,
        defaults: &Defaults,
        settings: &Settings<'_>,
        both: bool,
        work: Box<dyn Work>,
    ) {
        let repetition = match common.repetition(defaults) {
            Ok(repetition) => repetition,
            Err(complaint) => return self.complain(complaint),
        };
        let target = work.target();
        let base = common.name.as_ref().map_or_else(
            || message!("{} {}", Trusted(kind.word), target),
            |name| Message::from(&name.value.0),
        );
        let name = match settings.family {
            Some(family) if both => message!("{} ({})", base, Trusted(family.name())),
            _ => base.clone(),
        };
        let index = self.checks.len();
        if !self.taken.insert(name.unshown().to_owned()) {
            let span = common.name.as_ref().map_or(&node.span, |name| &name.span);
            let complaint = Complaint::new(span, message!("there is another check called `{}`", name));
            return self.complain(complaint.help("reports tell checks apart by their names"));
        }
        self.names.entry(base.unshown().to_owned()).or_default().push(index);
        self.dependencies.extend(common.depends_on.iter().map(|name| (index, name.clone())));
        self.checks.push(Check {
            name,
            kind: kind.word,
            target,
            file: self.name.clone(),
            place: self.name.is_some().then(|| self.place(node.span.start)),
            tags: common.tags(defaults),
            depends_on: Vec::new(),
            exclusive: common.exclusive.unwrap_or_else(|| work.is_sensitive()),
            serial: common.serial.clone(),
            required: common.required(defaults),
            warn_only: common.warn_only,
            on_unavailable: common.on_unavailable(defaults),
            timeout: settings.timeout + work.lasts(),
            repetition,
            work,
        });
    }

    fn finish(mut self) -> Result<Vec<Check>, Vec<Complaint>> {
        for (index, name) in std::mem::take(&mut self.dependencies) {
            match self.names.get(&name.value) {
                Some(found) => self.checks[index].depends_on.extend(found),
                // A check that is wrong itself has no name yet; one complaint is enough.
                None if !self.complaints.is_empty() => {}
                None => {
                    let known = self.names.keys().map(String::as_str);
                    self.complaints
                        .push(unknown_of(&name.value, known, "check", Message::foreign).at(&name.span));
                }
            }
        }
        self.cycles();
        if self.complaints.is_empty() { Ok(self.checks) } else { Err(self.complaints) }
    }

    /// Complains of checks that wait for each other.
    fn cycles(&mut self) {
        let mut dependents = vec![Vec::new(); self.checks.len()];
        let mut waiting_for: Vec<usize> = self.checks.iter().map(|check| check.depends_on.len()).collect();
        for (at, check) in self.checks.iter().enumerate() {
            check.depends_on.iter().for_each(|on| dependents[*on].push(at));
        }
        let mut ready: VecDeque<usize> = (0..self.checks.len()).filter(|at| waiting_for[*at] == 0).collect();
        while let Some(at) = ready.pop_front() {
            for dependent in &dependents[at] {
                waiting_for[*dependent] -= 1;
                ready.extend(Some(*dependent).filter(|at| waiting_for[*at] == 0));
            }
        }
        let stuck: Vec<usize> = (0..waiting_for.len()).filter(|at| waiting_for[*at] > 0).collect();
        if let Some(first) = stuck.first() {
            let names = stuck.iter().map(|at| message!("`{}`", self.checks[*at].name));
            let start = self.checks[*first].place.map_or(0, |place| place.offset(self.text));
            let message = message!(
                "these checks wait for each other, or for some that do: {}",
                Message::join(names, ", ")
            );
            self.complain(Complaint::new(&(start..start + 1), message));
        }
    }

    fn complain(&mut self, complaint: Complaint) {
        self.complaints.push(complaint);
    }
}

fn kind(node: &Node) -> Result<&'static Kind, Vec<Complaint>> {
    let Value::Table(_) = node.value else {
        return Err(Complaint::new(
            &node.span,
            message!("this is {}; a check is a table", Trusted(node.value.noun())),
        )
        .into());
    };
    let Some(word) = node.entry("kind") else {
        let missing = Complaint::new(&node.span, "the key `kind` is missing");
        let missing = missing.help(message!("kinds are {}", words()));
        return Err(std::iter::once(missing).chain(strays(node)).collect());
    };
    let named = Kind::ALL.iter().find(|kind| matches!(&word.value, Value::Text(text) if text == kind.word));
    let wrong = || match &word.value {
        Value::Text(text) => Kind::unknown(text).at(&word.span),
        other => Complaint::new(
            &word.span,
            message!("`kind` is {}; wanted is one of {}", Trusted(other.noun()), words()),
        ),
    };
    named.ok_or_else(|| wrong().into())
}

/// The keys of a check without a kind that no kind has.
fn strays(node: &Node) -> impl Iterator<Item = Complaint> {
    let known = || {
        let own = Kind::ALL.iter().flat_map(|kind| schema::own(kind).properties.keys());
        own.chain(schema::common().properties.keys()).map(String::as_str).chain(["kind"])
    };
    let strays = node.entries().iter().filter(move |(key, _)| !known().any(|word| word == key.name));
    strays.map(move |(key, _)| {
        let complaint = unknown(&key.name, known(), "key").at(&key.span);
        // What no kind has is not worth a list of what all kinds have.
        if nearest(&key.name, known()).is_some() { complaint } else { Complaint { help: None, ..complaint } }
    })
}

fn words() -> Message {
    Message::join(Kind::ALL.iter().map(|kind| Trusted(kind.word)), ", ")
}

/// What every check may have, and what its kind may.
fn split(node: &Node, kind: &Kind) -> Parts {
    let (common, own) = (&schema::common().properties, &schema::own(kind).properties);
    let mut parts: [Vec<(Key, Node)>; 2] = Default::default();
    let (mut strays, mut meant) = (Vec::new(), Vec::new());
    for (key, value) in node.entries().iter().filter(|(key, _)| key.name != "kind") {
        match (own.contains_key(&key.name), common.contains_key(&key.name)) {
            (true, _) => parts[1].push((key.clone(), value.clone())),
            (false, true) => parts[0].push((key.clone(), value.clone())),
            (false, false) => {
                let known = || own.keys().chain(common.keys()).map(String::as_str);
                let stray = unknown(&key.name, known(), "key").at(&key.span);
                let message = message!("{} in a check of kind `{}`", stray.message, Trusted(kind.word));
                strays.push(Complaint { message, ..stray });
                meant.extend(nearest(&key.name, known()));
            }
        }
    }
    let [common, own] = parts.map(|entries| Node { span: node.span.clone(), value: Value::Table(entries) });
    Parts { common, own, strays, meant }
}

/// A check taken apart.
struct Parts {
    /// What every check may have.
    common: Node,
    /// What its kind may have.
    own: Node,
    /// What is wrong with keys that neither has.
    strays: Vec<Complaint>,
    /// The keys that those were meant to be.
    meant: Vec<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Result<Plan, InvalidFile> {
        Plan::read("net.toml", text, Notation::Toml, &Variables::default())
    }

    fn check(lines: &str) -> String {
        format!(
            "version = 1\n[[check]]\nkind = \"sysctl\"\nkey = \"kernel.ostype\"\nvalue = \"Linux\"\n{lines}"
        )
    }

    #[test]
    fn a_check_has_what_the_file_says_and_else_the_defaults() {
        let text = "version = 1\n[defaults]\ntimeout = \"3s\"\ntags = [\"net\"]\nretry = { attempts = 2 }\n\
            [[check]]\nname = \"a\"\nkind = \"sysctl\"\nkey = \"kernel.ostype\"\nvalue = \"Linux\"\ntags = [\"x\", \"net\"]\n\
            [[check]]\nkind = \"sysctl\"\nkey = \"kernel.ostype\"\nvalue = \"Linux\"\ndepends_on = [\"a\"]\ntimeout = \"1s\"\n";
        let plan = plan(text).unwrap();
        let [a, b] = &plan.checks[..] else { panic!("{plan:?}") };
        assert_eq!((a.name.unshown(), a.timeout.as_secs(), a.tags.join(",")), ("a", 3, "net,x".to_owned()));
        assert!(matches!(a.repetition, crate::plan::Repetition::Attempts { most: 2, .. }));
        assert_eq!(
            (b.name.unshown(), b.timeout.as_secs(), &b.depends_on[..]),
            ("sysctl kernel.ostype", 1, &[0][..])
        );
        assert_eq!(b.place.unwrap().line, 12);
    }

    #[test]
    fn everything_wrong_is_found_at_its_place() {
        #[rustfmt::skip]
        let cases = [
            ("",                                           "1:1",  "`version` is missing"),
            ("version = 2\n",                              "1:11", "version is not known"),
            ("version = 1\nchekc = 1\n",                   "2:1",  "unknown key `chekc`"),
            ("version = 1\n[[check]]\nname = \"x\"\n",     "2:1",  "`kind` is missing"),
            ("version = 1\n[[check]]\nkind = \"sysctrl\"\n", "3:8", "unknown kind `sysctrl`"),
            ("version = 1\ncheck = [5]\n",                 "2:10", "a check is a table"),
            (&check("tmieout = \"1s\"\n"),                 "6:1",  "unknown key `tmieout`"),
            (&check("timeout = \"1\"\n"),                  "6:11", "no time"),
            (&check("timeout = \"0s\"\n"),                 "6:11", "leaves no time"),
            (&check("depends_on = [\"b\"]\n"),             "6:15", "unknown check `b`"),
            (&check("name = \"b\"\ndepends_on = [\"b\"]\n"), "2:1", "wait for each other"),
            (&check("eventually = { within = \"1s\" }\nconsistently = { during = \"1s\" }\n"), "7:16", "either"),
            (&check("retry = { attempts = 0 }\n"),         "6:22", "at least one attempt"),
            (&check("retry = { attempts = -1 }\n"),        "6:22", "0 to 4294967295"),
            (&check("retry = { attempts = 4294967296 }\n"), "6:22", "0 to 4294967295"),
            (&check("timeout = \"-1s\"\n"),               "6:11", "not negative"),
            (&check("timeout = \"1e400s\"\n"),            "6:11", "no time"),
            (&check("timeout = 5\n"),                     "6:11", "the number 5"),
            (&check("name = \" \"\n"),                    "6:8",  "a name needs"),
            (&check("tags = [\"a\", \"b,c\"]\n"),         "6:14", "could not be selected"),
            (&check("tags = [\"!a\"]\n"),                 "6:9",  "could not be selected"),
            (&check("eventually = { within = \"1s\", every = \"1s\" }\n"), "6:39", "leaves one attempt in 1 s"),
            (&check("eventually = { within = \"300ms\" }\n"), "6:25", "one every 500 ms"),
            (&check("eventually = { within = \"0s\" }\n"), "6:25", "leaves one attempt"),
            (&check("consistently = { during = \"1s\", every = \"2s\" }\n"), "6:41", "leaves one attempt"),
            (&check("consistently = { during = \"1s\", every = \"0s\" }\n"), "6:41", "some time between"),
        ];
        for (text, place, message) in cases {
            let rejected = plan(text).expect_err(text);
            let complaint = &rejected.complaints[0];
            assert!(complaint.message.unshown().contains(message), "{text}: {rejected}");
            assert_eq!(Position::of(text, complaint.span.start).to_string(), place, "{text}: {rejected}");
        }
        let environment = [("TOKEN".to_owned(), "hunter2".to_owned())].into();
        let variables = Variables { environment, ..Variables::default() };
        let secret =
            Plan::read("f", &check("timeout = \"${env:TOKEN}\"\n"), Notation::Toml, &variables).unwrap_err();
        assert_eq!(
            secret.to_string(),
            "f:6:11: error: `timeout`: `***` is no time; write a number with a unit, such as 500ms, 2s or 14d"
        );
        let twice =
            plan(&[check("name = \"b\"\n"), check("name = \"b\"\n").replace("version = 1\n", "")].concat());
        assert!(twice.unwrap_err().to_string().contains("another check called `b`"));
        let two = plan(&check("a = 1\nb = 2\n")).unwrap_err();
        assert_eq!(two.complaints.len(), 2, "{two}");
    }

    #[test]
    fn beside_a_missing_kind_is_told_what_may_have_been_meant_by_it() {
        let told = |lines: &str| {
            let rejected = plan(&format!("version = 1\n[[check]]\n{lines}")).unwrap_err();
            let told = rejected.complaints.iter().map(|complaint| {
                let help = complaint.help.as_ref().map(Message::unshown).unwrap_or_default();
                format!("{} ({help})", complaint.message.unshown())
            });
            let told: Vec<_> = told.collect();
            assert!(told[0].starts_with("the key `kind` is missing (kinds are conntrack, "), "{told:?}");
            told[1..].join("; ")
        };
        assert_eq!(told("knd = \"tcp\"\n"), "unknown key `knd` (did you mean `kind`?)");
        assert_eq!(
            told("target = \"h:1\"\ntimout = \"1s\"\nzzzzzzzz = 1\n"),
            "unknown key `timout` (did you mean `timeout`?); unknown key `zzzzzzzz` ()"
        );
        assert_eq!(told("port = 1\n"), "");
    }
}
