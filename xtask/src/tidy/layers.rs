//! Which file may name what: the crates each crate may stand on, and a table of words and their homes.
//!
//! Only code counts; a comment may explain what it likes.

use super::source::{Finding, Source, has_word};

/// A word and where it may stand.
struct Layer {
    word: &'static str,
    /// Where the rule holds; a path that ends in `/` means everything below.
    inside: &'static [&'static str],
    home: Home,
    because: &'static str,
}

enum Home {
    /// These files, or everything below these directories; nowhere if empty.
    Paths(&'static [&'static str]),
    /// Any file, but only one.
    OneFile,
}

/// The crates that each crate may name, by their directories: those below it and no others.
#[rustfmt::skip]
const BELOW: [(&str, &[&str]); 8] = [
    ("sys",      &[]),
    ("text",     &[]),
    ("sockdiag", &["text", "sys"]),
    ("host",     &["sockdiag", "text", "sys"]),
    ("echo",     &["text", "sys"]),
    ("probe",    &["text", "sys"]),
    ("doctor",   &["host", "sockdiag", "text", "sys"]),
    ("check",    &["doctor", "probe", "echo", "host", "sockdiag", "text", "sys"]),
];

#[rustfmt::skip]
const LAYERS: [Layer; 9] = [
    Layer { word: "pnet", inside: &["crates/", "tests/"], home: Home::Paths(&["crates/echo/src/wire.rs", "tests/lab/"]),
            because: "packets are built and read in one file" },
    Layer { word: "comfy_table", inside: &["crates/"], home: Home::OneFile, because: FORMAT },
    Layer { word: "netlink_sys", inside: &["crates/"], home: Home::Paths(&["crates/sockdiag/src/client.rs", "crates/sockdiag/src/ahead.rs", "crates/sockdiag/src/events.rs", "crates/sockdiag/examples/"]),
            because: "who asks the kernel and who listens to it are the only ones that talk netlink" },
    Layer { word: "socket2", inside: &["crates/"], home: Home::Paths(&["crates/echo/src/icmp_socket.rs", "crates/echo/src/socket.rs", "crates/echo/src/filter.rs", "crates/echo/src/options.rs", "crates/echo/src/optional.rs", "crates/echo/src/prepare.rs", "crates/echo/src/route.rs", "crates/echo/src/tcp_sockets.rs", "crates/echo/examples/", "crates/probe/src/"]),
            because: "sockets are opened, filtered and configured in few files" },
    Layer { word: "Instant::now", inside: &["crates/echo/src/"], home: Home::Paths(&["crates/echo/src/clock.rs"]), because: CLOCK },
    Layer { word: "SystemTime::now", inside: &["crates/echo/src/"], home: Home::Paths(&["crates/echo/src/clock.rs"]), because: CLOCK },
    Layer { word: "serde_json::to_writer", inside: &["crates/"], home: Home::Paths(&["crates/text/"]), because: JSON },
    Layer { word: "serde_json::to_string", inside: &["crates/"], home: Home::Paths(&["crates/text/"]), because: JSON },
    Layer { word: "netdiag::", inside: &["crates/sys/", "crates/text/", "crates/sockdiag/", "crates/host/", "crates/echo/", "crates/probe/", "crates/doctor/", "crates/check/"], home: Home::Paths(&[]), because: "a library does not know the command" },
];

const JSON: &str = "`netdiag_text::json` writes nothing that steers a terminal";
const FORMAT: &str = "tables are laid out in one way";
const CLOCK: &str = "engines live in the time they are given";

pub(super) fn findings(tree: &[Source]) -> Vec<Finding> {
    let mut found: Vec<Finding> = LAYERS.iter().flat_map(|layer| strays(layer, tree)).collect();
    found.extend(BELOW.iter().flat_map(|(crate_, below)| upward(crate_, below, tree)));
    found
}

/// Where a crate names one of ours that is not below it.
fn upward(crate_: &str, below: &[&str], tree: &[Source]) -> Vec<Finding> {
    let inside = format!("crates/{crate_}/");
    let others =
        BELOW.map(|(other, _)| other).into_iter().filter(|other| *other != crate_ && !below.contains(other));
    // In code and in a manifest.
    let words: Vec<String> =
        others.flat_map(|other| [format!("netdiag_{other}"), format!("netdiag-{other}")]).collect();
    let of_crate = tree.iter().filter(|file| file.path.starts_with(&inside));
    let named = |file: &Source| {
        let (number, word) = file
            .code()
            .find_map(|(number, line)| Some((number, words.iter().find(|word| has_word(line, word))?)))?;
        Some(file.finding(number, format!("`{word}` is not below {crate_}, which may name {}", list(below))))
    };
    of_crate.filter_map(named).collect()
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "none of ours".to_owned() } else { names.join(", ") }
}

fn strays(layer: &Layer, tree: &[Source]) -> Vec<Finding> {
    let named = named(layer, tree);
    let home: Vec<&str> = match layer.home {
        Home::Paths(paths) => paths.to_vec(),
        Home::OneFile => named.first().map(|(file, _)| file.path.as_str()).into_iter().collect(),
    };
    let place = if home.is_empty() {
        "has no place here".to_owned()
    } else {
        format!("belongs in {}", home.join(", "))
    };
    named
        .into_iter()
        .filter(|(file, _)| !within(&home, file))
        .map(|(file, number)| file.finding(number, format!("`{}` {place}: {}", layer.word, layer.because)))
        .collect()
}

/// The files under the rule that use its word, and the first line that does.
fn named<'a>(layer: &Layer, tree: &'a [Source]) -> Vec<(&'a Source, usize)> {
    // A manifest declares what the files of its package use; there, only a name nobody may use is wrong.
    let manifests = matches!(layer.home, Home::Paths([]));
    tree.iter()
        .filter(|file| within(layer.inside, file) && (manifests || file.is_rust()))
        .filter_map(|file| Some((file, file.code().find(|(_, line)| has_word(line, layer.word))?.0)))
        .collect()
}

fn within(paths: &[&str], file: &Source) -> bool {
    paths.iter().any(|path| file.path == *path || path.ends_with('/') && file.path.starts_with(path))
}

#[cfg(test)]
mod tests {
    use super::super::source::source;
    use super::*;

    #[test]
    fn a_word_belongs_in_its_home() {
        #[rustfmt::skip]
        let cases = [
            ("crates/echo/src/wire.rs",         "use pnet::packet;",             true),
            ("crates/echo/src/ping.rs",         "use pnet::packet;",             false),
            ("crates/echo/src/ping.rs",         "// not pnet's",                 true),
            ("tests/lab/src/host.rs",           "use pnet::packet;",             true),
            ("tests/netns/ping.rs",             "use pnet::packet;",             false),
            ("crates/echo/Cargo.toml",          "pnet.workspace = true",         true),
            ("crates/echo/Cargo.toml",          "netdiag-sockdiag.workspace = true", false),
            ("crates/sockdiag/Cargo.toml",      "name = \"netdiag-sockdiag\"", true),
            ("crates/sockdiag/src/family.rs",   "use netdiag_echo::Ping;",       false),
            ("crates/netdiag/src/ping/mod.rs",  "use netdiag_echo::Ping;",       true),
            ("crates/echo/src/ping.rs",         "use netdiag_host::Host;",       false),
            ("crates/probe/src/tcp.rs",         "use netdiag_text::Bound;",      true),
            ("crates/probe/Cargo.toml",         "netdiag-echo.workspace = true", false),
            ("crates/text/src/size.rs",         "use netdiag_sys::option;",      false),
            ("crates/host/src/dump.rs",         "use netdiag_sockdiag::Client;", true),
            ("crates/host/src/dump.rs",         "use netdiag_check::Plan;",      false),
            ("crates/doctor/src/rule.rs",       "use netdiag_host::Snapshot;",   true),
            ("crates/doctor/src/rule.rs",       "use netdiag_probe::Client;",    false),
            ("crates/check/src/lib.rs",         "use netdiag_doctor::Rule;",     true),
            ("crates/check/src/lib.rs",         "use netdiag::run;",             false),
            ("crates/netdiag/src/lib.rs",       "use netdiag_check::Plan;",      true),
            ("crates/echo/src/clock.rs",        "let now = Instant::now();",     true),
            ("crates/echo/src/driver.rs",       "let now = Instant::now();",     false),
            ("crates/sockdiag/src/client.rs",   "let now = Instant::now();",     true),
            ("crates/sockdiag/src/client.rs",   "use netlink_sys::Socket;",      true),
            ("crates/sockdiag/examples/raw.rs", "use netlink_sys::Socket;",      true),
            ("crates/sockdiag/src/filter.rs",   "use netlink_sys::Socket;",      false),
            ("crates/netdiag/src/ping/mod.rs",  "socket2::Domain::IPV4",         false),
        ];
        for (path, text, kept) in cases {
            let found = findings(&[source(path, text)]);
            assert_eq!(found.is_empty(), kept, "{path} {text}: {found:?}");
        }
    }

    #[test]
    fn a_word_with_one_home_is_a_stray_in_the_second() {
        let tree = ["a", "b"]
            .map(|name| source(&format!("crates/netdiag/src/{name}.rs"), "use comfy_table::Table;"));
        assert_eq!(findings(&tree[..1]), []);
        let found = findings(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].to_string(),
            "crates/netdiag/src/b.rs:1: `comfy_table` belongs in crates/netdiag/src/a.rs: tables are laid out in one way"
        );
    }
}
