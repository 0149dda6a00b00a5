//! Checks from the command line: `tcp://db:5432`, `icmp://gw?loss<=1%&count=20`, `listen:8080`, `https://x/health#status=200`.
//!
//! A word becomes the very tree a file would give, so kinds know nothing of it: what stands behind the scheme goes under the
//! first key the kind demands (or `port` or `path`), what stands behind the `?` under the key it names, or else under `expect`. As
//! everywhere, `dns://SERVER/NAME` names the server that is asked.

use std::ops::Range;

use netdiag_text::{Secrets, Trusted, message};
use serde_json::Value as Json;

use super::schema::Keys;
use super::{document, schema};
use crate::kinds::Kind;
use crate::plan::Plan;
use crate::source::{Complaint, InvalidFile, Key, Node, Value, Writing, unknown};

impl Plan {
    /// Whether a word is a target rather than a file's name: it begins with a kind and a colon, or with any `scheme://`.
    pub fn is_target(word: &str) -> bool {
        let Some((scheme, rest)) = word.split_once(':') else {
            return false;
        };
        let looks_so =
            rest.starts_with("//") && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        find(scheme).is_some() || looks_so && !scheme.is_empty()
    }

    /// The one check a target stands for, or the two of `family=both`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn of_target(word: &str) -> Result<Self, InvalidFile> {
        let read = Target { word }.node().map_err(Vec::from);
        match read.and_then(|node| document::single(word, &node)) {
            Ok(checks) => Ok(Self { checks, ..Self::default() }),
            Err(complaints) => Err(InvalidFile {
                name: "target".to_owned(),
                text: word.to_owned(),
                complaints,
                secrets: Secrets::NONE,
            }),
        }
    }
}

/// The kind a scheme stands for; `https` is the only one that is not called so itself.
fn find(scheme: &str) -> Option<&'static Kind> {
    let scheme = scheme.to_ascii_lowercase();
    let word = if scheme == "https" { "http" } else { &scheme };
    Kind::ALL.iter().find(|kind| kind.word == word)
}

struct Target<'w> {
    word: &'w str,
}

/// A table's entries.
type Entries = Vec<(Key, Node)>;

impl Target<'_> {
    fn node(&self) -> Result<Node, Complaint> {
        let colon = self.word.find(':').unwrap_or(self.word.len());
        let scheme = &self.word[..colon];
        let kind = find(scheme).ok_or_else(|| Kind::unknown(scheme).at(&(0..colon)))?;
        let is_url = kind.word == "http";
        // A URL has a query of its own, but never sends what follows the `#`.
        let end = self.word.find(if is_url { '#' } else { '?' }).unwrap_or(self.word.len());
        let start = if is_url {
            0
        } else {
            self.word.get(colon + 1..).map_or(end, |rest| (colon + 1 + slashes(rest)).min(end))
        };
        let keys = schema::own(kind);
        let word = Node { span: 0..colon, value: Value::Text(kind.word.to_owned()) };
        let mut entries = vec![entry("kind", 0..colon, word)];
        let start = match keys.properties.get("server") {
            Some(server) => match self.server(start..end) {
                Some(asked) => {
                    entries.push(entry("server", asked.clone(), self.value(asked.clone(), Some(server))));
                    asked.end + 1
                }
                None => start,
            },
            None => start,
        };
        match main_key(keys, &self.word[start..end]) {
            // Of what has no key that must be, all of it is meant.
            _ if start == end && end < self.word.len() && needs_nothing(keys) => {}
            _ if start == end => {
                let message = message!("nothing follows `{}`", &self.word[..start]);
                return Err(Complaint::new(&(0..self.word.len()), message));
            }
            None => {
                let (text, word) = (&self.word[start..end], Trusted(kind.word));
                let message = message!("`{}` has no meaning: a check of kind `{}` has no target", text, word);
                return Err(
                    Complaint::new(&(start..end), message).help(message!("write {}:?NAME=VALUE", word))
                );
            }
            Some(main) => {
                let value = self.value(start..end, keys.properties.get(main));
                entries.push(entry(main, start..end, value));
            }
        }
        self.conditions(end, keys, &mut entries)?;
        Ok(Node { span: 0..self.word.len(), value: Value::Table(entries) })
    }

    /// The server in `//SERVER/NAME`, of which this is what stands behind the slashes, if there are any.
    fn server(&self, rest: Range<usize>) -> Option<Range<usize>> {
        let slash = self.word[rest.clone()].find('/').filter(|_| self.word[..rest.start].ends_with("//"))?;
        Some(rest.start..rest.start + slash)
    }

    /// What stands behind `end`: values of keys, and expectations.
    fn conditions(&self, end: usize, keys: &Keys, entries: &mut Entries) -> Result<(), Complaint> {
        let mut expected = Entries::new();
        for condition in self.parts(end) {
            // What is or is not so needs no value: `&tcp`.
            let flag = keys.properties.get_key_value(&self.word[condition.clone()]);
            if let Some((key, _)) = flag.filter(|(_, property)| property["type"] == "boolean") {
                if entries.iter().any(|(known, _)| known.name == *key) {
                    return Err(Complaint::new(&condition, message!("duplicate key `{}`", key)));
                }
                let so = Node { span: condition.clone(), value: Value::Boolean(true) };
                entries.push(entry(key, condition, so));
                continue;
            }
            let (name, sign) = self.split(&condition)?;
            let key = &self.word[name.clone()];
            let property = keys.properties.get(key).or_else(|| schema::common().properties.get(key));
            let expect = keys.properties.get("expect").and_then(|expect| expect["properties"].get(key));
            // A list is no condition, wherever it stands.
            let typed = property.or_else(|| expect.filter(|wanted| names(wanted, "array")));
            // `count=20` gives a key its value; `value>=5` gives one that takes conditions the whole of it.
            let equal = self.word[sign..].starts_with('=') && !self.word[sign..].starts_with("==");
            let start = sign + usize::from(equal && typed.is_some());
            let value = self.value(start..condition.end, typed);
            let table = if property.is_some() { &mut *entries } else { &mut expected };
            if table.iter().any(|(known, _)| known.name == key) {
                return Err(Complaint::new(&name, message!("duplicate key `{}`", key)));
            }
            table.push(entry(key, name, value));
        }
        let Some((first, last)) = expected.first().zip(expected.last()) else { return Ok(()) };
        if !keys.properties.contains_key("expect") {
            let complaint = unknown(&first.0.name, keys.properties.keys().map(String::as_str), "key");
            return Err(complaint.at(&first.0.span));
        }
        let span = first.0.span.start..last.1.span.end;
        entries.push(entry("expect", span.clone(), Node { span, value: Value::Table(expected) }));
        Ok(())
    }

    /// What stands between the signs behind `end`.
    fn parts(&self, end: usize) -> Vec<Range<usize>> {
        let Some(text) = self.word.get(end + 1..) else { return Vec::new() };
        let ends = text.match_indices('&').map(|(at, _)| end + 1 + at).chain([self.word.len()]);
        let mut start = end + 1;
        ends.map(|end| std::mem::replace(&mut start, end + 1)..end).collect()
    }

    /// The name in a condition, and where its sign begins.
    fn split(&self, condition: &Range<usize>) -> Result<(Range<usize>, usize), Complaint> {
        let text = &self.word[condition.clone()];
        let mut depth = 0;
        // Names of what is counted have conditions of their own: `count(close-wait, age>5s)=0`.
        let sign = text.find(|character| {
            depth += i32::from(character == '(') - i32::from(character == ')');
            depth == 0 && matches!(character, '<' | '>' | '=' | '!' | '~')
        });
        match sign.filter(|at| *at > 0) {
            Some(at) => Ok((condition.start..condition.start + at, condition.start + at)),
            None => Err(Complaint::new(condition, "this is no condition")
                .help("write NAME=VALUE, NAME<=VALUE or the like")),
        }
    }

    /// A part of the word as the type its key wants.
    fn value(&self, span: Range<usize>, property: Option<&Json>) -> Node {
        let text = &self.word[span.clone()];
        let wants = |kind: &str| property.is_some_and(|property| names(property, kind));
        let value = match text.parse::<i64>() {
            _ if property.is_some_and(lists_text) => {
                let item = |item: &str| Node { span: span.clone(), value: Value::Text(item.to_owned()) };
                Value::List(text.split(',').map(item).collect())
            }
            _ if property.is_none() || wants("string") => Value::Text(text.to_owned()),
            Ok(integer) => Value::Integer(integer),
            Err(_) if matches!(text, "true" | "false") => Value::Boolean(text == "true"),
            Err(_) => Value::Text(text.to_owned()),
        };
        Node { span, value }
    }
}

/// The key that is meant without being named: the first that the kind demands, besides what it expects; else the place, or the
/// filter.
fn main_key<'k>(keys: &'k Keys, text: &str) -> Option<&'k str> {
    let place = if text.starts_with(['/', '@']) { "path" } else { "port" };
    let mut usual =
        [place, "filter"].into_iter().filter_map(|key| Some(keys.properties.get_key_value(key)?.0));
    keys.required.iter().find(|key| *key != "expect").or_else(|| usual.next()).map(String::as_str)
}

/// Whether nothing must be written but what is expected.
fn needs_nothing(keys: &Keys) -> bool {
    keys.required.iter().all(|key| key == "expect") && keys.properties.contains_key("expect")
}

fn entry(name: &str, span: Range<usize>, node: Node) -> (Key, Node) {
    (Key { span, name: name.to_owned(), writing: Writing::Word }, node)
}

/// Whether a schema allows values of a type anywhere near its surface.
fn names(property: &Json, kind: &str) -> bool {
    let is = |value: &Json| value == kind;
    let own = property
        .get("type")
        .is_some_and(|types| is(types) || types.as_array().is_some_and(|types| types.iter().any(is)));
    let choices = ["anyOf", "oneOf"].into_iter().filter_map(|key| property.get(key)?.as_array()).flatten();
    let words = kind == "string" && (property.get("enum").is_some() || property.get("const").is_some());
    own || words || choices.into_iter().any(|choice| names(choice, kind))
}

/// Whether a schema allows a list of texts, which is written with commas; a list of anything else cannot be written in a word.
fn lists_text(property: &Json) -> bool {
    let own = property.get("items").is_some_and(|items| names(items, "string"));
    let choices = ["anyOf", "oneOf"].into_iter().filter_map(|key| property.get(key)?.as_array()).flatten();
    own || choices.into_iter().any(lists_text)
}

/// How many of the first two characters are slashes of `scheme://`; a path begins with one itself.
fn slashes(rest: &str) -> usize {
    if rest.starts_with("//") { 2 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_or_a_scheme_makes_a_target() {
        for word in ["sysctl:net.core.somaxconn", "sysctl://a", "gopher://h", "https://x"] {
            assert!(Plan::is_target(word), "{word}");
        }
        for word in ["net.toml", "./sysctl:a", "db:5432", "C:\\x", "://x", ""] {
            assert!(!Plan::is_target(word), "{word}");
        }
    }

    #[test]
    fn a_target_is_the_check_a_file_would_hold() {
        let plan =
            Plan::of_target("sysctl:kernel.ostype?value=Linux&timeout=2s&tags=a,b&name=os&exclusive=true")
                .unwrap();
        let [check] = &plan.checks[..] else { panic!("{plan:?}") };
        assert_eq!(
            (check.name.unshown(), check.kind, check.target.unshown()),
            ("os", "sysctl", "kernel.ostype")
        );
        assert_eq!(
            (check.timeout.as_secs(), check.tags.join(" "), check.exclusive),
            (2, "a b".to_owned(), true)
        );
        assert_eq!((check.file.as_deref(), check.place), (None, None));
        let bound = Plan::of_target("sysctl://net.core.somaxconn?value>=1").unwrap();
        assert_eq!(&bound.checks[0].name, "sysctl net.core.somaxconn");
        assert_eq!(Plan::of_target("sysctl:a?value=1&family=both").unwrap().checks.len(), 2);
        #[rustfmt::skip]
        let words = [
            "tcp:h:1?talk=expect a, b", "listen:80?address=127.0.0.1,::1", "exec:ls,-l",
            "sockets:?count(close-wait)=0", "sockets:?count(close-wait, age>5s)<=1&max(recvq)<1MiB", "sockets://?count>=0",
            "counters:?Udp.InErrors=0&window=2s", "counters:?tcp.retrans_ratio<1%", "conntrack:?used<75%",
        ];
        for word in words {
            assert!(Plan::of_target(word).is_ok(), "{word}: {}", Plan::of_target(word).unwrap_err());
        }
    }

    #[test]
    fn a_server_is_named_as_probe_and_wait_have_it() {
        #[rustfmt::skip]
        let cases = [
            // word,                                 the same in words of check
            ("dns://192.0.2.53/example.com",         "dns:example.com?server=192.0.2.53"),
            ("dns://[::1]:5353/x?type=AAAA&tcp",     "dns:x?server=[::1]:5353&type=AAAA&tcp=true"),
            ("dns://ns.test:53/x?records>0",         "dns:x?server=ns.test:53&records>0"),
            ("dns://example.com",                    "dns:example.com"),
        ];
        for (word, same) in cases {
            let [word, same] = [word, same].map(|word| {
                let plan = Plan::of_target(word).unwrap_or_else(|error| panic!("{word}: {error}"));
                let [check] = &plan.checks[..] else { panic!("{plan:?}") };
                format!("{:?} {:?}", check.target.unshown(), check.work)
            });
            assert_eq!(word, same);
        }
        for (word, at, words) in [
            ("dns://192.0.2.53/", "dns://192.0.2.53/", "nothing follows"),
            ("dns:///x", "", "server"),
            ("dns://s/x?server=t", "server", "duplicate"),
            ("dns://s/x?tcp&tcp", "tcp", "duplicate"),
            ("dns://s/x?type", "type", "no condition"),
        ] {
            let error = Plan::of_target(word).unwrap_err();
            let [complaint, ..] = &error.complaints[..] else { panic!("{word}") };
            assert_eq!(&word[complaint.span.clone()], at, "{word}: {error}");
            assert!(error.to_string().contains(words), "{word}: {error}");
        }
    }

    #[test]
    fn what_is_not_named_is_the_first_demand_or_a_place() {
        let keys = |properties: &[&str], required: &[&str]| Keys {
            properties: properties.iter().map(|key| ((*key).to_owned(), Json::Null)).collect(),
            required: required.iter().map(|key| (*key).to_owned()).collect(),
        };
        #[rustfmt::skip]
        let cases = [
            (keys(&["expect", "target"], &["target"]), "h:1",      Some("target")),
            (keys(&["port", "path"],     &[]),         "8080",     Some("port")),
            (keys(&["port", "path"],     &[]),         "/run/x",   Some("path")),
            (keys(&["port", "path"],     &[]),         "@x",       Some("path")),
            (keys(&["filter", "expect"], &["expect"]), "tcp",      Some("filter")),
            (keys(&["window", "expect"], &["expect"]), "tcp",      None),
        ];
        for (keys, text, main) in cases {
            assert_eq!(main_key(&keys, text), main, "{text}");
        }
    }

    #[test]
    fn a_condition_is_split_outside_its_brackets() {
        let word = "count(close-wait, age>5s)<=1";
        let (name, sign) = Target { word }.split(&(0..word.len())).unwrap();
        assert_eq!((&word[name], &word[sign..]), ("count(close-wait, age>5s)", "<=1"));
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        #[rustfmt::skip]
        let cases = [
            ("sysctl",                        "sysctl",      "nothing follows"),
            ("sysctl:",                       "sysctl:",     "nothing follows"),
            ("sysctl://?value=1",             "sysctl://?value=1", "nothing follows"),
            ("gopher://h",                    "gopher",      "unknown kind `gopher`"),
            ("sysctl:a",                      "sysctl:a",    "`value`"),
            ("sysctl:a?value",                "value",       "no condition"),
            ("sysctl:a?value=1&",             "",            "no condition"),
            ("sysctl:a?valeu=1",              "valeu",       "unknown key `valeu`"),
            ("sysctl:a?value=1&timeout=soon", "soon",        "no time"),
            ("sysctl:a..b?value=1",           "a..b",        "no name of a parameter"),
            ("sysctl:a?value=1&value=2",      "value",       "duplicate"),
            ("counters:",                     "counters:",   "nothing follows"),
            ("sockets:",                      "sockets:",    "nothing follows"),
            ("counters:udp?Udp.InErrors=0",   "udp",         "has no target"),
            ("counters:?Udp.InErorrs=0",      "Udp.InErorrs", "unknown counter"),
            ("sockets:?count(close-wiat)=0",  "close-wiat",  "unknown state or field"),
            ("listen:?proto=tcp",             "listen:?proto=tcp", "nothing follows"),
            ("listen:70000",                  "70000",       "which are 1 to 65535"),
        ];
        for (word, span, message) in cases {
            let rejected = Plan::of_target(word).expect_err(word);
            let complaint = &rejected.complaints[0];
            assert_eq!(&word[complaint.span.clone()], span, "{word}: {rejected}");
            assert!(complaint.message.unshown().contains(message), "{word}: {rejected}");
        }
    }
}
