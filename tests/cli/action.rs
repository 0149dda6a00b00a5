//! The GitHub Action at the root, and the workflows docs/ci.md shows: whether they are what they say.
//!
//! What only GitHub can decide is not tested here; the script that checks is run as its runner would.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use regex::Regex;
use yaml_rust2::{Yaml, YamlLoader};

use crate::check::Project;

const ACTION: &str = include_str!("../../action.yml");
const DOCS: &str = include_str!("../../docs/ci.md");

fn yaml(text: &str) -> Yaml {
    let mut documents = YamlLoader::load_from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    assert_eq!(documents.len(), 1, "{text}");
    documents.remove(0)
}

fn steps(action: &Yaml) -> &Vec<Yaml> {
    action["runs"]["steps"].as_vec().unwrap()
}

fn inputs(action: &Yaml) -> Vec<&str> {
    action["inputs"].as_hash().unwrap().keys().map(|key| key.as_str().unwrap()).collect()
}

/// Everything a value names as `inputs.NAME`.
fn named(text: &str) -> Vec<String> {
    let input = Regex::new(r"inputs\.([a-z-]+)").unwrap();
    input.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[test]
fn the_action_is_one() {
    let action = yaml(ACTION);
    assert_eq!(action["runs"]["using"].as_str(), Some("composite"));
    let mut used = named(ACTION);
    used.sort();
    used.dedup();
    let mut declared = inputs(&action);
    declared.sort_unstable();
    assert_eq!(used, declared);
    for name in declared {
        let input = &action["inputs"][name];
        assert!(input["description"].as_str().is_some() && input["default"].as_str().is_some(), "{name}");
    }
    for step in steps(&action) {
        match (step["run"].as_str(), step["uses"].as_str()) {
            (Some(script), None) => {
                assert_eq!(step["shell"].as_str(), Some("bash"), "{script}");
                assert!(!script.contains("${{"), "an input could become a command: {script}");
                let parsed = Command::new("bash").args(["-n", "-c", script]).output().unwrap();
                assert!(parsed.status.success(), "{script}: {parsed:?}");
            }
            (None, Some(action)) => assert!(action.contains('@'), "{action}"),
            other => panic!("a step either runs or uses: {other:?}"),
        }
    }
}

#[test]
fn workflows_in_the_docs_are_yaml_and_know_the_inputs() {
    let action = yaml(ACTION);
    let blocks: Vec<&str> =
        DOCS.split("```yaml\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert!(blocks.len() >= 3, "{}", blocks.len());
    let mut ours = 0;
    for block in blocks {
        let document = yaml(block);
        for step in document.as_vec().into_iter().flatten() {
            if step["uses"].as_str().is_some_and(|uses| uses.starts_with("OWNER/netdiag@")) {
                ours += 1;
                let given = step["with"].as_hash().into_iter().flat_map(|with| with.keys());
                given.for_each(|key| assert!(inputs(&action).contains(&key.as_str().unwrap()), "{block}"));
            }
        }
    }
    assert!(ours > 0);
}

/// A step's script as the runner runs it: `bash -eo pipefail`, inputs in the environment.
fn step(project: &Project, id: &str, programs: &Path) -> Command {
    let action = yaml(ACTION);
    let step = steps(&action).iter().find(|step| step["id"].as_str() == Some(id)).unwrap();
    let mut bash = Command::new("bash");
    bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()]);
    bash.current_dir(&project.0).env_clear().env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
    bash
}

/// Runs the step that checks.
fn check(project: &Project, files: &str, args: &str) -> Output {
    let netdiag = Path::new(env!("CARGO_BIN_EXE_netdiag")).parent().unwrap();
    step(project, "check", netdiag).env("FILES", files).env("ARGS", args).output().unwrap()
}

#[test]
fn what_is_kept_of_a_tag_is_of_the_commit_it_leads_to() {
    let remote = "1111\trefs/tags/v1\n2222\trefs/tags/v1^{}\n";
    let project =
        Project::with(&[("Cargo.toml", "x"), ("Cargo.lock", "y"), ("remote", remote), ("git", GIT)]);
    let place = project.0.path();
    fs::create_dir(place.join("crates")).unwrap();
    fs::set_permissions(place.join("git"), fs::Permissions::from_mode(0o755)).unwrap();
    let keys = |version: &str| {
        let mut source = step(&project, "source", place);
        let told = place.join("told");
        fs::write(&told, "").unwrap();
        source.env("VERSION", version).env("ACTION", place).env("REPOSITORY", "o/netdiag").env("HOME", "/h");
        source.env("GITHUB_SERVER_URL", "https://forge.test").env("GITHUB_OUTPUT", &told);
        let output = source.env("GITHUB_PATH", place.join("path")).output().unwrap();
        output.status.success().then(|| fs::read_to_string(told).unwrap())
    };
    assert_eq!(keys("v1").as_deref(), Some("commit=2222\nkey=2222\n"));
    let asked = fs::read_to_string(place.join("asked")).unwrap();
    assert_eq!(asked, "ls-remote https://forge.test/o/netdiag refs/tags/v1 refs/tags/v1^{}\n");
    // Moved, and no object of its own any more.
    fs::write(place.join("remote"), "3333\trefs/tags/v1\n").unwrap();
    assert_eq!(keys("v1").as_deref(), Some("commit=3333\nkey=3333\n"));
    fs::write(place.join("remote"), "").unwrap();
    assert_eq!(keys("v9"), None);
    let own = keys("").unwrap();
    assert!(own.starts_with("commit=\nkey=") && own.len() > "commit=\nkey=\n".len(), "{own}");
    let built = steps(&yaml(ACTION)).iter().find_map(|step| Some(step["env"]["COMMIT"].as_str()?.to_owned()));
    assert_eq!(built.as_deref(), Some("${{ steps.source.outputs.commit }}"));
}

/// A git that tells what is in a file, and keeps what it was asked.
const GIT: &str = "#!/bin/bash\necho \"$@\" > asked\ncat remote\n";

#[test]
fn the_action_checks() {
    let project = Project::new();
    let other = "version = 1\n[[check]]\nname = \"other\"\nkind = \"sysctl\"\nkey = \"kernel.ostype\"\nvalue = \"Linux\"\n";
    fs::write(project.0.path().join("other.toml"), other).unwrap();
    #[rustfmt::skip]
    let cases = [
        ("net.toml",            "",                                1, "5 checks: 1 failed"),
        ("*.toml",              "--name o*",                       0, "2 checks: 2 passed"),
        ("net.toml\nother.toml", "-t all,!bad --warn-only",        0, "1 failed"),
        ("other.toml",          "-o junit=netdiag.xml",            0, "1 check: 1 passed"),
        ("$(touch${IFS}ran)",   "",                                2, ""),
        ("other.toml",          "$(touch ran) ; touch ran",        2, ""),
        ("--init",              "",                                2, ""),
    ];
    for (files, args, status, words) in cases {
        let output = check(&project, files, args);
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(status), "{files} {args}: {output:?}");
        assert!(text.contains(words), "{files} {args}: {text}");
    }
    assert!(project.0.path().join("netdiag.xml").exists());
    assert!(!project.0.path().join("ran").exists());
}
