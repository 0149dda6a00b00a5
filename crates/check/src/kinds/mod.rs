//! The table of the kinds of checks. Each is one file: what may be written of it, what is decided from that, and what an attempt does.
//!
//! Only what reads whole files looks at the table; no kind does.

mod conntrack;
mod counters;
mod dns;
mod exec;
mod foreign_words;
pub(crate) mod http;
mod icmp;
mod iface;
mod listen;
mod not_listen;
mod pmtu;
mod route;
mod sockets;
mod sysctl;
mod tcp;
mod tls;
mod trace;
mod udp;
mod unix;

use schemars::{Schema, SchemaGenerator};

use crate::settings::Settings;
use crate::source::{Complaint, Node, read, unknown};
use crate::work::{Config, Planned};

/// A kind, as files name it.
pub(crate) struct Kind {
    pub(crate) word: &'static str,
    /// Reads what is written of it.
    pub(crate) plan: fn(&Node, &Settings<'_>) -> Planned,
    /// What is wrong with what is written, by itself; of the keys that are given it is known why they are missing.
    pub(crate) mistakes: fn(&Node, &[&str]) -> Vec<Complaint>,
    /// What may be written of it.
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
}

impl Kind {
    const fn of<C: Config>() -> Self {
        Self { word: C::WORD, plan: plan::<C>, mistakes: mistakes::<C>, schema: C::json_schema }
    }

    /// What is wrong with a word that is no kind's; the place is the caller's to say.
    pub(crate) fn unknown(word: &str) -> Complaint {
        let complaint = unknown(word, Self::ALL.iter().map(|kind| kind.word), "kind");
        match foreign_words::meant(word) {
            Some(meant) => complaint.help(meant),
            None => complaint,
        }
    }

    /// All kinds, in the order of their words.
    #[rustfmt::skip]
    pub(crate) const ALL: &'static [Self] = &[
        Self::of::<conntrack::Conntrack>(),
        Self::of::<counters::Counters>(),
        Self::of::<dns::Dns>(),
        Self::of::<exec::Exec>(),
        Self::of::<http::Http>(),
        Self::of::<icmp::Icmp>(),
        Self::of::<iface::Iface>(),
        Self::of::<listen::Listen>(),
        Self::of::<not_listen::NotListen>(),
        Self::of::<pmtu::Pmtu>(),
        Self::of::<route::Route>(),
        Self::of::<sockets::Sockets>(),
        Self::of::<sysctl::Sysctl>(),
        Self::of::<tcp::Tcp>(),
        Self::of::<tls::Tls>(),
        Self::of::<trace::Trace>(),
        Self::of::<udp::Udp>(),
        Self::of::<unix::Unix>(),
    ];
}

fn plan<C: Config>(node: &Node, settings: &Settings<'_>) -> Planned {
    read::<C>(node, &[])?.plan(settings)
}

fn mistakes<C: Config>(node: &Node, told: &[&str]) -> Vec<Complaint> {
    read::<C>(node, told).err().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::Kind;
    use crate::file::{Notation, Variables, schema};
    use crate::plan::Plan;

    #[test]
    fn kinds_are_files_of_one_shape_and_reach_up_to_nothing() {
        for kind in Kind::ALL {
            let name = kind.word.replace('-', "_");
            let path = format!("{}/src/kinds/{name}.rs", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(&path).unwrap();
            let parts = [
                format!("//! `kind = \"{}\"`", kind.word),
                "\npub(super) struct ".to_owned(),
                "\nimpl Config for ".to_owned(),
                // Where several kinds do the same, it is in none of them.
                "\nimpl Work for ".to_owned(),
                "\n#[cfg(test)]\nmod tests".to_owned(),
            ];
            let places: Vec<Option<usize>> = parts.iter().map(|part| text.find(part)).collect();
            assert!(places[0] == Some(0) && places[4].is_some(), "{path}: {places:?}");
            assert!(places[1].is_some() && places[2].is_some(), "{path}: {places:?}");
            let found: Vec<usize> = places.iter().flatten().copied().collect();
            assert!(found.is_sorted(), "{path}: {places:?}");
            assert!(!text[..found[found.len() - 1]].contains("super::"), "{path} reaches up");
        }
    }

    /// Every key below `properties`, as the keys that lead to it.
    fn keys(properties: &Map<String, Value>, before: &[String], found: &mut Vec<Vec<String>>) {
        for (key, property) in properties {
            let path = [before, std::slice::from_ref(key)].concat();
            let choices = ["anyOf", "oneOf"].into_iter().filter_map(|key| property[key].as_array()).flatten();
            for choice in choices.chain([property]) {
                if let Some(inner) = choice["properties"].as_object() {
                    keys(inner, &path, found);
                }
                if choice["additionalProperties"].is_object() {
                    found.push([&path[..], &["count".to_owned()]].concat());
                }
            }
            found.push(path);
        }
    }

    #[test]
    fn whatever_stands_at_a_key_is_complained_about_in_plain_words() {
        let schema = schema().to_value();
        let kinds = schema["properties"]["check"]["items"]["oneOf"].as_array().unwrap();
        let shapes = [
            "[]",
            "[[1]]",
            "{}",
            "{\"x\": [1]}",
            "null",
            "true",
            "1.5",
            "-1",
            "70000",
            "1e300",
            "\"\"",
            "\"\\u0000\"",
        ];
        let mut tried = 0;
        for (kind, schema) in Kind::ALL.iter().zip(kinds) {
            let mut paths = Vec::new();
            keys(schema["properties"].as_object().unwrap(), &[], &mut paths);
            for path in paths.iter().filter(|path| path[0] != "kind") {
                for shape in shapes {
                    let inner = path
                        .iter()
                        .rev()
                        .fold(shape.to_owned(), |value, key| format!("{{\"{key}\": {value}}}"));
                    let text = format!(
                        "{{\"version\": 1, \"check\": [{{\"kind\": \"{}\", {}]}}",
                        kind.word,
                        &inner[1..]
                    );
                    let Err(refused) = Plan::read("f", &text, Notation::Json, &Variables::default()) else {
                        continue;
                    };
                    tried += 1;
                    let told = refused.to_string();
                    let of_serde = [
                        "untagged",
                        "did not match",
                        "sequence",
                        "struct",
                        "a string",
                        "a map",
                        "variant",
                        "invalid",
                    ];
                    assert!(!of_serde.iter().any(|word| told.contains(word)), "{text}: {told}");
                }
            }
        }
        assert!(tried > 1000, "{tried}");
    }
}
