//! A value beyond every bound, given to every key of check files that takes a time, to every query parameter of targets, and to
//! conditions; and to those options of tools that once ended in a panic.
//!
//! Which keys there are is read from the schema, so that a new one cannot be forgotten here.

use serde_json::Value;

use crate::session::{Surroundings, session};

/// The session has to say these words and end with this status.
#[track_caller]
fn refuses(session: &str, words: &[&str]) {
    let end = "---- exit status: 2\n";
    assert!(
        words.iter().all(|words| session.contains(words)) && session.ends_with(end),
        "{words:?}\n{session}"
    );
}

/// A file with one table of these lines.
fn check(head: &str, lines: &str) -> String {
    let input = format!("version = 1\n{head}\n{lines}\n");
    Surroundings { input: &input, ..Surroundings::default() }.session(&["netdiag", "check", "-"])
}

/// Paths of the keys in a schema whose value is a time: `timeout`, `eventually.within`.
fn times(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let properties = schema["properties"].as_object().into_iter().flatten();
    for (key, schema) in properties {
        if schema["title"] == "time" {
            found.push(key.clone());
        }
        found.extend(times(schema).into_iter().map(|inner| format!("{key}.{inner}")));
    }
    found
}

/// Each kind's word and what may be written of it.
fn kinds(schema: &Value) -> Vec<(&str, &Value)> {
    let kinds = schema["properties"]["check"]["items"]["oneOf"].as_array().unwrap();
    kinds.iter().map(|kind| (kind["title"].as_str().unwrap(), kind)).collect()
}

fn schema() -> Value {
    let session = session(&["netdiag", "schema", "check"]);
    serde_json::from_str(session.split_once('\n').unwrap().1).unwrap()
}

#[test]
fn every_key_that_takes_a_time_names_itself_and_the_bound() {
    let schema = schema();
    let mut heads = vec![("[defaults]".to_owned(), times(&schema["properties"]["defaults"]))];
    let common = times(kinds(&schema)[0].1);
    for (kind, schema) in kinds(&schema) {
        // What every kind has need not be tried with all of them.
        let own = times(schema).into_iter().filter(|key| kind == "tcp" || !common.contains(key)).collect();
        heads.push((format!("[[check]]\nkind = \"{kind}\""), own));
    }
    let mut tried = 0;
    for (head, keys) in heads {
        for key in keys {
            let line = format!("{key} = \"200000000000000d\"");
            refuses(&check(&head, &line), &[&line, "`200000000000000d`: longer than a year"]);
            tried += 1;
        }
    }
    assert!(tried >= 10, "only {tried} keys were found");
}

#[test]
fn every_query_parameter_that_takes_a_time_names_itself_and_the_bound() {
    let schema = schema();
    let mut tried = 0;
    for (kind, schema) in kinds(&schema) {
        let sign = if kind == "http" { '#' } else { '?' };
        for key in times(schema).iter().filter(|key| !key.contains('.')) {
            // What has no target stands before the sign alone.
            let subject = if matches!(kind, "counters" | "conntrack") { "" } else { "x" };
            let target = format!("{kind}:{subject}{sign}{key}=9999999999999999999s");
            let session = session(&["netdiag", "check", &target]);
            refuses(&session, &[&target, "`9999999999999999999s`: longer than a year"]);
            tried += 1;
        }
    }
    assert!(tried >= 17, "only {tried} parameters were found");
}

#[test]
fn conditions_name_themselves_and_the_bound() {
    let lengths = [("<= 9999999999999999999s", "longer than a hundred years")];
    let amounts = [("<= 9999999999999999999GB", "more than a pebibyte (2^50 bytes)")];
    let counts = [("<= 99999999999999999999", "more than 2^64")];
    #[rustfmt::skip]
    let cases = [
        ("tcp",     "target = \"h:1\"",   "connect",     lengths),
        ("tls",     "target = \"h:1\"",   "expires_in",  lengths),
        ("icmp",    "target = \"h\"",     "rtt_p99",     lengths),
        ("icmp",    "target = \"h\"",     "jitter",      lengths),
        ("icmp",    "target = \"h\"",     "sent",        counts),
        ("dns",     "query = \"h\"\nserver = \"192.0.2.1\"", "ttl", lengths),
        ("http",    "url = \"http://h\"", "total",       lengths),
        ("http",    "url = \"http://h\"", "size",        amounts),
        ("http",    "url = \"http://h\"", "status",      counts),
        ("sockets", "",                   "max(rtt)",    lengths),
        ("sockets", "",                   "sum(recvq)",  amounts),
    ];
    for (kind, lines, measure, [(condition, words)]) in cases {
        let expected = format!("\"{measure}\" = \"{condition}\"");
        let session =
            check(&format!("[[check]]\nkind = \"{kind}\"\n{lines}"), &format!("expect = {{ {expected} }}"));
        refuses(&session, &[&expected, words]);
    }
    refuses(
        &session(&["netdiag", "check", "tcp:h:1?echo=1025TiB"]),
        &["echo=1025TiB", "more than a pebibyte"],
    );
    refuses(
        &check("[[check]]\nkind = \"tcp\"\ntarget = \"h:1\"", "echo = 9000000000000000000"),
        &["more than a pebibyte"],
    );
}

#[test]
fn what_once_panicked() {
    #[rustfmt::skip]
    let cases = [
        (vec!["netdiag", "ping", "--timeout", "9999999999999999999s", "127.0.0.1"], "invalid value '9999999999999999999s' for '--timeout <TIME>': longer than a year"),
        (vec!["ping", "--timeout", "9999999999999999999s", "127.0.0.1"],            "invalid value '9999999999999999999s' for '--timeout <TIME>': longer than a year"),
        (vec!["netdiag", "ping", "--max-rtt-p99", "-1ms", "127.0.0.1"],             "invalid value '-1ms' for '--max-rtt-p99 <TIME>': a length of time is not negative"),
        (vec!["netdiag", "check", "tcp:127.0.0.1:1?timeout=200000000000000d"],      "`200000000000000d`: longer than a year"),
    ];
    for (words, said) in cases {
        refuses(&session(&words), &[said]);
    }
}
