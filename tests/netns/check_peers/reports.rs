//! One run in which checks end in every way there is, read back out of every format by programs that know nothing of ours.
//!
//! What each format looks like is tested beside it, in crates/check/src/report.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use regex::Regex;
use serde_json::Value;
use socket2::SockAddr;
use tempfile::TempDir;

use super::scene::Scene;
use super::{door, netdiag};
use crate::guard;

/// Names of checks, and their verdicts.
type Verdicts = Vec<(String, String)>;
/// How they are read out of a report.
type Reading = fn(&Path) -> Verdicts;

/// The checks; each begins at the line after `[[check]]`.
const FILE: &str = r#"version = 1
[defaults]
timeout = '10s'
[[check]]
name = 'web, over TLS: "trusted"'
kind = 'http'
url = 'https://web.lab.test/health'
tls = { ca = '{files}/ca.pem' }
expect = { json = { '$.status' = 'UP' }, tls_expires_in = '> 14d' }
[[check]]
name = 'closed | 100% <refused> & so on'
kind = 'tcp'
target = '10.0.2.1:7999'
[[check]]
name = "ajar # it's"
kind = 'unix'
path = '{files}/ajar'
echo = 9
retry = { attempts = 5, pause = '10ms' }
[[check]]
name = 'gentle'
kind = 'http'
url = 'http://10.0.2.1/down'
warn_only = true
[[check]]
name = 'silent'
kind = 'udp'
target = '10.0.2.1:9'
timeout = '100ms'
[[check]]
name = 'silent, yet needed'
kind = 'udp'
target = '10.0.2.1:9'
timeout = '100ms'
required = true
[[check]]
name = 'behind what is closed'
kind = 'icmp'
target = '10.0.2.1'
depends_on = ['closed | 100% <refused> & so on']
[[check]]
name = 'denied'
kind = 'dns'
server = '10.0.2.1'
query = 'none.lab.test'
"#;

const ENDS: [(&str, &str); 8] = [
    ("web, over TLS: \"trusted\"", "pass"),
    ("closed | 100% <refused> & so on", "fail"),
    ("ajar # it's", "flaky"),
    ("gentle", "warn"),
    ("silent", "skip"),
    ("silent, yet needed", "error"),
    ("behind what is closed", "skip"),
    ("denied", "fail"),
];

/// The servers, and the directory of the file and the reports.
fn scene() -> (Scene, TempDir) {
    let mut scene = Scene::new();
    scene.dnsmasq();
    scene.nginx();
    scene.serve("discard", &["udp://10.0.2.1:9"], &[]);
    scene.serve("echo", &[&format!("unix:{}", scene.named("echo"))], &[]);
    let [ajar, behind] = ["ajar", "echo"].map(|name| SockAddr::unix(scene.file(name)).unwrap());
    door::stream(&scene.server, &ajar, behind, 1);
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("net.toml"),
        FILE.replace("{files}", &scene.files.path().display().to_string()),
    )
    .unwrap();
    (scene, directory)
}

fn run(scene: &Scene, directory: &TempDir, words: &[String]) -> Output {
    let mut command = netdiag();
    command.current_dir(directory.path()).args(["check", "net.toml"]).args(words);
    scene.client.output(&mut command).unwrap()
}

#[test]
fn every_format_tells_the_same_of_one_run() {
    guard::namespace();
    let (scene, directory) = scene();
    let formats: [(&str, Reading); 8] = [
        ("text", plain),
        ("table", table),
        ("json", json),
        ("jsonl", jsonl),
        ("junit", junit),
        ("tap", tap),
        ("github", github),
        ("prom", prom),
    ];
    let mut words: Vec<String> =
        formats.iter().flat_map(|(format, _)| ["-o".to_owned(), format!("{format}={format}")]).collect();
    words.extend(["-o", "nagios=nagios"].map(str::to_owned));
    let output = run(&scene, &directory, &words);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let all = ENDS.map(|(name, verdict)| (name.to_owned(), verdict.to_owned()));
    for (format, read) in formats {
        let mut expected = all.to_vec();
        if format == "github" {
            // Annotations are of what somebody has to look at, errors before warnings.
            expected.retain(|(_, verdict)| !matches!(verdict.as_str(), "pass" | "skip"));
            expected.sort_by_key(|(_, verdict)| matches!(verdict.as_str(), "flaky" | "warn"));
            expected.iter_mut().for_each(|(_, verdict)| *verdict = severity(verdict).to_owned());
        }
        assert_eq!(read(&directory.path().join(format)), expected, "{format}");
    }
    nagios(&fs::read_to_string(directory.path().join("nagios")).unwrap());
}

#[test]
fn nagios_goes_by_statuses_of_its_own() {
    guard::namespace();
    let (scene, directory) = scene();
    let status = |names: &[&str]| {
        let words = names.iter().flat_map(|name| ["--name", name]).chain(["-o", "nagios"]);
        let output = run(&scene, &directory, &words.map(str::to_owned).collect::<Vec<_>>());
        let line = String::from_utf8(output.stdout).unwrap();
        (line.split(" - ").next().unwrap().to_owned(), output.status.code().unwrap())
    };
    assert_eq!(status(&["web*", "silent"]), ("NETDIAG OK".to_owned(), 0));
    assert_eq!(status(&["web*", "gentle"]), ("NETDIAG WARNING".to_owned(), 1));
    assert_eq!(status(&["web*", "gentle", "denied"]), ("NETDIAG CRITICAL".to_owned(), 2));
    assert_eq!(status(&["web*", "silent, yet*"]), ("NETDIAG UNKNOWN".to_owned(), 3));
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// Runs a program that must be there on a report, and must be content with it.
fn content(program: &str, words: &[&str], report: &Path) -> String {
    let output = reader(program, words, report);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.trim_end().lines().all(|line| line.ends_with("validates")),
        "{program}: {said}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a program with a report as its last word and its input.
fn reader(program: &str, words: &[&str], report: &Path) -> Output {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::from(fs::File::open(report).unwrap()));
    if program != "promtool" {
        command.arg(report);
    }
    command.output().unwrap_or_else(|error| panic!("this test needs {program}: {error}"))
}

/// The names in the order of their lines, which begin with a sign and a word.
fn marked(report: &Path) -> Verdicts {
    let marks = [("✓", "pass"), ("✗", "fail"), ("~", "flaky"), ("!", "warn"), ("-", "skip"), ("?", "error")];
    let verdict = |line: &str| {
        marks.iter().find(|(mark, _)| line.starts_with(mark)).map(|(mark, verdict)| (*mark, *verdict))
    };
    let name = |line: &str| {
        let (mark, verdict) = verdict(line)?;
        let rest =
            line.strip_prefix(mark)?.strip_prefix(&format!(" {} ", verdict.to_uppercase()))?.trim_start();
        let (name, _) = ENDS
            .iter()
            .find(|(name, _)| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with("  ")))?;
        Some(((*name).to_owned(), verdict.to_owned()))
    };
    text(report).lines().filter_map(name).collect()
}

fn plain(report: &Path) -> Verdicts {
    // What editors and problem matchers look for.
    let last = Regex::new(r"^(.+):(\d+):(\d+): (error|warning): (.+)$").unwrap();
    let text = text(report);
    let matched: Vec<_> = text.lines().filter_map(|line| last.captures(line)).collect();
    assert_eq!(matched.len(), 5, "{text}");
    assert!(matched.iter().all(|found| &found[1] == "net.toml" && line_of(&found[5]) == found[2]), "{text}");
    marked(report)
}

/// The line of the file at which the check begins whose name these words are, or begin with.
fn line_of(words: &str) -> String {
    let named = |line: &str| {
        let quoted = line.strip_prefix("name = ")?;
        let rest = words.strip_prefix(&quoted[1..quoted.len() - 1])?;
        (rest.is_empty() || rest.starts_with(": ")).then_some(())
    };
    // The line before, counted from one.
    FILE.lines().position(|line| named(line).is_some()).unwrap().to_string()
}

fn table(report: &Path) -> Verdicts {
    marked(report)
}

fn entry(result: &Value) -> (String, String) {
    let word = |key: &str| result[key].as_str().unwrap().to_owned();
    (word("name"), word("verdict"))
}

fn json(report: &Path) -> Verdicts {
    let document: Value = serde_json::from_str(&text(report)).unwrap();
    let counts = ["passed", "skipped", "warned", "flaky", "failed", "not_measured"]
        .map(|verdict| document[verdict].as_u64());
    assert_eq!(counts, [1, 2, 1, 1, 2, 1].map(Some), "{document}");
    document["results"].as_array().unwrap().iter().map(entry).collect()
}

fn jsonl(report: &Path) -> Verdicts {
    let lines: Vec<Value> = text(report).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.iter().filter(|line| line["record"] == "result").map(entry).collect()
}

fn junit(report: &Path) -> Verdicts {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/junit.xsd");
    content("xmllint", &["--noout", "--nonet", "--schema", schema], report);
    // As surefire means them; what only warns has passed, with a word on its output.
    let script = "
import sys, json, xml.etree.ElementTree as tree
verdicts = dict(failure='fail', error='error', skipped='skip', flakyFailure='flaky')
def verdict(case):
    found = [verdicts[it.tag] for it in case if it.tag in verdicts]
    warned = (case.findtext('system-out') or '').startswith('warning: ')
    return found[0] if found else 'warn' if warned else 'pass'
suites = tree.parse(sys.argv[1]).getroot()
for suite in suites:
    counts = {key: int(suite.get(key)) for key in ('tests', 'failures', 'errors', 'skipped')}
    assert counts == dict(tests=8, failures=2, errors=1, skipped=2), counts
print(json.dumps([[case.get('name'), verdict(case)] for case in suites.iter('testcase')]))";
    serde_json::from_str(&content("python3", &["-c", script], report)).unwrap()
}

fn tap(report: &Path) -> Verdicts {
    let proved = reader("prove", &["--exec", "cat"], report);
    let said = String::from_utf8_lossy(&proved.stdout).into_owned();
    assert!(!proved.status.success() && !said.contains("Parse error"), "{said}");
    assert!(said.contains("Failed tests:  2, 6, 8") && said.contains("Tests: 8 Failed: 3"), "{said}");
    let point = Regex::new(r#"(?m)^(not )?ok \d+ - ((?:[^#\\\n]|\\.)+?)(?: # (SKIP|todo)[^\n]*)?\n(?:  ---\n(?:  .*\n)*?  verdict: "(\w+)")?"#).unwrap();
    let text = text(report);
    let read = |found: regex::Captures<'_>| {
        let verdict = found.get(4).map(|verdict| verdict.as_str());
        let word = match (found.get(1).is_some(), found.get(3).map(|directive| directive.as_str()), verdict) {
            (false, Some("SKIP"), None) => "skip",
            (false, None, None) => "pass",
            (false, None, Some("flaky")) => "flaky",
            (true, Some("todo"), Some("warn")) => "warn",
            (true, None, Some(verdict)) => verdict,
            other => panic!("{other:?} in {text}"),
        };
        (found[2].replace("\\#", "#").replace("\\\\", "\\"), word.to_owned())
    };
    point.captures_iter(&text).map(read).collect()
}

fn severity(verdict: &str) -> &'static str {
    if matches!(verdict, "fail" | "error") { "error" } else { "warning" }
}

fn github(report: &Path) -> Verdicts {
    let command =
        Regex::new(r"^::(error|warning) file=net\.toml,line=(\d+),col=1,title=([^:,\r\n]*)::([^\r\n]+)$")
            .unwrap();
    let text = text(report);
    let read = |line: &str| {
        let found = command.captures(line).unwrap_or_else(|| panic!("{line}"));
        let title = found[3].replace("%3A", ":").replace("%2C", ",").replace("%25", "%");
        assert_eq!(line_of(&title), found[2], "{line}");
        (title, found[1].to_owned())
    };
    text.lines().map(read).collect()
}

fn prom(report: &Path) -> Verdicts {
    content("promtool", &["check", "metrics"], report);
    let sample = Regex::new(
        r#"(?m)^netdiag_check_verdict\{check="((?:[^"\\]|\\.)*)",kind="\w+",verdict="(\w+)"\} 1$"#,
    )
    .unwrap();
    let read = |found: regex::Captures<'_>| {
        (found[1].replace("\\\"", "\"").replace("\\\\", "\\"), found[2].to_owned())
    };
    sample.captures_iter(&text(report)).map(read).collect()
}

/// One line: the worst in a word, how many ended how, what is wrong with which, and figures.
fn nagios(line: &str) {
    let grammar =
        Regex::new(r"^NETDIAG CRITICAL - ([^|\n]+) \| (('([^'=|]|'')+'|\w+)=[0-9.e-]+(s|%|B)?[ \n])+$")
            .unwrap();
    assert!(grammar.is_match(line), "{line}");
    assert!(line.contains("1 not measured, 2 failed, 1 flaky, 1 warned, 2 skipped, 1 passed"), "{line}");
    for (name, verdict) in ENDS {
        let told = line.split('|').next().unwrap().contains(&format!("; {}: ", name.replace('|', "/")));
        assert_eq!(told, !matches!(verdict, "pass" | "skip"), "{name}: {line}");
    }
}
