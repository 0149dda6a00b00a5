//! The same command lines through the installed `mtr` and through ours under that name: same words, same status.
//!
//! Times are redacted, and nothing else. What may differ besides is [`mended`], with its reason: the installed one is 0.95, where this
//! project follows 0.96. On a busy machine either may miss an answer, so a difference counts only if it is there every time.

use std::collections::BTreeSet;
use std::fs;
use std::io::pipe;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use netdiag_lab::{HopManner, Host, ScriptedHop, ScriptedPath};

use crate::guard;
use crate::mtr_redacted::comparable;
use crate::ping_run::{Program, Run, run};
use crate::trace::{DATAGRAM, scripted};

/// Tables at the end. `T` is the target, and stands for three short rounds of it.
const REPORTS: &[&str] = &[
    "-r -n T",
    "-r T",
    "-r -b T",
    "-w T",
    "-w -n T",
    "-w -b T",
    "-r -n T6",
    "-w -n T6",
    "-r -n -4 T",
    "-r -n -6 T6",
    "-r -n -o LDRSNBAWVG T",
    "-r -n -o JMXI T",
    "-w -n -o LSRD T",
    "-r -n -o L_S T",
    "-r -n -z T",
    "-w -n -z T",
    "-r -n -y 1 T",
    "-r -n -y 2 T",
    "-r -n -y 3 T",
    "-r -n -y 4 T",
    "-r -n -m 3 T",
    "-r -n -m 0 T",
    "-r -n -f 3 T",
    "-r -n -f 0 T",
    "-r -n -f 4 -m 5 T",
    "-r -n -u T",
    "-r -n -u T6",
    "-r -n -s 200 T",
    "-r -n -B 255 T",
    "-r -n -B 256 T",
    "-r -n -Q 16 T",
    "-r -n -Q 999 T",
    "-r -n -U 3 T",
    "-r -n -Z 3 T",
    "-r -n -I tun0 T",
    "-r -n -a 10.99.0.1 T",
    "-r -n -M 7 T",
    "-C -r -n T",
    "-r -n -c 0 10.99.99.9",
    "-r -n T T",
    "-rnc 3 -i .2 -G.5 10.99.99.9",
    "--report --no-dns --report-cycles=3 --interval 0.2 --gracetime 0.5 10.99.99.9",
];

/// What programs read.
const FORMS: &[&str] = &[
    "-j -n T",
    "-j T",
    "-j -n -z T",
    "-j -n -o LXL T",
    "-j -n -Q 16 -B 17 -s 100 T",
    "-x -n T",
    "-x T",
    "-x -n -Q 16 -B 17 -s 100 T",
    "-x -n -o LDRSJ T",
    "-C -n T",
    "-C T",
    "-C -n -z T",
    "-w -C -n T",
    "-w -C -n -z T",
    "-C -n -o LS T",
    "-l -n T",
    "-l -n -e T",
    "-l T",
    "-p -n T",
    "-p -n -b T",
];

/// What a path may be like otherwise.
const DEAD: &[&str] = &["-r -n T", "-j -n T", "-C -n T", "-x -n T", "-r -n -m 5 T", "-r -n -f 3 T"];

/// Nothing is sent.
const REFUSED: &[&str] = &[
    "-r -c abc T",
    "-r -c -1 T",
    "-r -c 99999999999999 T",
    "-r -Z abc T",
    "-r -o zz T",
    "-r -o LLLLLLLLLLLLLLLLLLLLLLLLL T",
    "-r -i 0 T",
    "-r -i -1 T",
    "-r -i x T",
    "-r -i 200ms 10.99.99.9",
    "-r -G 0 T",
    "-r -G x T",
    "-r -P 0 T",
    "-r -P 99999 T",
    "-r -L 1 T",
    "-r -u -T T",
    "-r -T -u T",
    "-r -y 9 T",
    "-r -y x T",
    "-r -f x T",
    "-r -m x T",
    "-r -U x T",
    "-r -s x T",
    "-r -B x T",
    "-r -Q x T",
    "-r -M x T",
    "-r -a bogus 10.99.99.9",
    "-r -I nosuch 10.99.99.9",
    "-r -F /nonexistent",
    "-r --displaymode 4 T",
    "-r 192.0.2.1",
    "-r -S 10.99.99.9",
    "-r nosuch.invalid",
    "-r -4 fd99:99::9",
    "-r -6 10.99.99.9",
];

/// Where the installed version does something else, what ours says first and how it ends, and why that is right.
#[rustfmt::skip]
const CHANGED: &[(&str, &str, &str, &str)] = &[
    ("-r -s 10 T",     "mtr: value of of range (28 - 4470): 10",        "exit status: 1", "0.96 refuses it, in these words"),
    ("-r -s 99999 T",  "mtr: value of of range (28 - 4470): 99999",     "exit status: 1", "0.96 refuses it, in these words"),
    ("-r -f 9 -m 3 T", "mtr: firstTTL(9) cannot be larger than maxTTL(3)", "exit status: 1", "0.96 refuses it"),
    ("-r -a 1.2.3.4 10.99.99.9", "mtr: bind: Cannot assign requested address", "exit status: 1", "0.95 writes a report without rows"),
    ("--nosuch",       "mtr: unrecognized option '--nosuch'",           "exit status: 1", OWN_USAGE),
    ("-q",             "mtr: invalid option -- 'q'",                    "exit status: 1", OWN_USAGE),
    ("-g",             "mtr: invalid option -- 'g'",                    "exit status: 1", OWN_USAGE),
    ("-c",             "mtr: option requires an argument -- 'c'",       "exit status: 1", OWN_USAGE),
    ("--report-c",     "mtr: option '--report-cycles' requires an argument", "exit status: 1", OWN_USAGE),
    ("-n 10.99.99.9",  "Error opening terminal: unknown.",              "exit status: 1", "as upstream where TERM is missing"),
];

const OWN_USAGE: &str = "the usage that follows names the options there are";

/// Routers of several manners, in a row.
fn hops() -> Vec<ScriptedHop> {
    vec![
        ScriptedHop::default(),
        HopManner::Silent.into(),
        ScriptedHop { labels: vec![(24001, 0, 1), (16, 3, 254)], ..ScriptedHop::default() },
        ScriptedHop { delay: Duration::from_millis(3), ..HopManner::Alternates.into() },
        HopManner::SkipsEach(3).into(),
    ]
}

/// What is typed: three rounds to the target where it says so.
fn typed(words: &str) -> String {
    let [v4, v6] = ScriptedPath::TARGETS;
    let (before, rounds) = (words.split(' '), "-c 3 -i 0.1 -G 0.5");
    let word = |word: &str| match word {
        "T" => format!("{rounds} {v4}"),
        "T6" => format!("{rounds} {v6}"),
        word => word.to_owned(),
    };
    before.map(word).collect::<Vec<_>>().join(" ")
}

fn installed(words: &str) -> Command {
    let mut command = Command::new("mtr");
    command.args(words.split_whitespace()).env_clear().env("LC_ALL", "C");
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command
}

fn ours(words: &str) -> Command {
    Program::Linked("mtr").command(words)
}

/// What the installed program said, as the version we follow would have said it.
fn mended(words: &str, said: &str) -> String {
    let has = |option: &str| words.split(' ').any(|word| word == option);
    let mut lines: Vec<String> = said.lines().map(str::to_owned).collect();
    // Since 0.96 the document says how it is written.
    for line in lines.iter_mut().filter(|line| *line == "<?xml version=\"1.0\"?>") {
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>".clone_into(line);
    }
    // And numbers there have no blanks before them; who was never heard has kept them so far.
    for line in lines.iter_mut().filter(|line| line.starts_with("        <")) {
        *line = line.replace('>', "> ").split("> ").map(str::trim_start).collect::<Vec<_>>().join(">");
        *line = format!("        {line}");
    }
    // AS numbers have twelve columns, not seven.
    if has("-z") && !has("-C") && !has("-j") {
        for line in &mut lines {
            if let Some(at) = line.find("AS???    ") {
                line.insert_str(at + 9, "     ");
                if has("-r") && line.len() > 33 + 5 && line.starts_with(" ") && line[..5].contains('.') {
                    line.replace_range(33..38, "");
                }
            } else if line.starts_with("HOST: ") && has("-w") {
                let at = line.find("  ").unwrap();
                line.insert_str(at, "     ");
            }
        }
    }
    // Other addresses of a hop are told of once.
    if (has("-z") || has("-y")) && !has("-C") {
        lines.retain(|line| !line.starts_with("        1"));
    }
    // A host without an address is a failure.
    let unknown = lines.iter().any(|line| line.starts_with("mtr: Failed to resolve host: "));
    for line in lines.iter_mut().filter(|line| unknown && *line == "---- exit status: 0") {
        "---- exit status: 1".clone_into(line);
    }
    lines.iter().map(|line| line.to_owned() + "\n").collect()
}

/// Runs it with an input that does not end, as one that ends keeps the installed one from sending.
fn run_fed(host: &Host, command: &mut Command) -> Run {
    let (input, _open) = pipe().unwrap();
    command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
    host.spawn(command).unwrap().wait_with_output().unwrap().into()
}

/// How the two differ, if they do.
fn compare(words: &str, hops: &[ScriptedHop], target: &HopManner) -> Option<String> {
    let line = typed(words);
    let run_in_new = |mut command: Command| {
        // Routers have answered nobody yet.
        let (client, _path) = scripted(DATAGRAM, hops.to_vec(), target.clone());
        let directory = tempfile::tempdir().unwrap();
        let names = directory.path().join("hosts");
        fs::write(
            &names,
            "127.0.0.1 localhost\n10.99.1.1 gateway.test\n10.99.99.9 a-host-with-a-rather-long-name.test\n",
        )
        .unwrap();
        let client = client.seeing([(PathBuf::from("/etc/hosts"), names)]).unwrap();
        if words.contains("-p ") { run_fed(&client, &mut command) } else { run(&client, &mut command) }
    };
    let theirs = mended(words, &comparable(words, &run_in_new(installed(&line))));
    let own = comparable(words, &run_in_new(ours(&line)));
    let own: String = own.lines().map(|line| line.to_owned() + "\n").collect();
    (theirs != own).then(|| format!("$ mtr {line}\n==== installed\n{theirs}==== ours\n{own}"))
}

/// How often two runs may differ before they are different.
const LOOKS: u32 = 3;

fn compare_all(table: &[&str], hops: &[ScriptedHop], target: &HopManner) {
    assert!(
        Command::new("mtr").arg("-v").output().is_ok(),
        "there is no `mtr` to compare with: install the package mtr-tiny"
    );
    let differs = |words: &&str| {
        let mut looks = (0..LOOKS).map(|_| compare(words, hops, target));
        looks.next().flatten().and_then(|first| looks.all(|look| look.is_some()).then_some(first))
    };
    let different: Vec<String> = table.iter().filter_map(differs).collect();
    assert!(different.is_empty(), "{} of {} differ:\n{}", different.len(), table.len(), different.join("\n"));
}

#[test]
fn reports() {
    guard::namespace();
    compare_all(REPORTS, &hops(), &HopManner::Answers);
}

#[test]
fn forms() {
    guard::namespace();
    compare_all(FORMS, &hops(), &HopManner::Answers);
}

#[test]
fn a_target_that_does_not_answer() {
    guard::namespace();
    compare_all(DEAD, &hops(), &HopManner::Silent);
}

#[test]
fn a_router_that_refuses() {
    guard::namespace();
    let hops = [ScriptedHop::default(), HopManner::Refuses(1).into(), ScriptedHop::default()];
    compare_all(DEAD, &hops, &HopManner::Answers);
}

#[test]
fn refused() {
    guard::namespace();
    compare_all(REFUSED, &hops(), &HopManner::Answers);
}

#[test]
fn changed() {
    guard::namespace();
    let (client, _path) = scripted(DATAGRAM, hops(), HopManner::Answers);
    for (words, first, end, because) in CHANGED {
        let own = run(&client, &mut ours(&typed(words)));
        let said = (own.stderr.lines().next(), own.end.as_str());
        assert_eq!(said, (Some(*first), *end), "{words}: {because}");
        assert_eq!(own.stdout, "", "{words}");
    }
}

#[test]
fn options_of_the_environment_stand_before_those_of_the_command_line() {
    guard::namespace();
    let said = |mut command: Command, options: &str| {
        // Routers have answered nobody yet.
        let (client, _path) = scripted(DATAGRAM, hops(), HopManner::Answers);
        command.env("MTR_OPTIONS", options);
        comparable("-r", &run(&client, &mut command))
    };
    let words = "-c 3 10.99.99.9";
    for options in ["-r -n -c 9 -i 0.1\t-G 0.5 -o LS", "-r -c abc", "-r -n -i 0.1 -G 0.5 stray"] {
        assert_eq!(said(installed(words), options), said(ours(words), options), "{options}");
    }
}

#[test]
fn hosts_of_a_file_are_asked_one_after_another() {
    guard::namespace();
    let (client, _path) = scripted(DATAGRAM, hops(), HopManner::Answers);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("hosts");
    fs::write(&file, " 10.99.99.9 \nfd99:99::9\n").unwrap();
    let words = format!("-r -n -o LS -c 3 -i 0.2 -G 0.5 -F {} 10.99.99.8", file.display());
    let own = comparable(&words, &run(&client, &mut ours(&words)));
    let reports: BTreeSet<&str> = own.lines().filter(|line| line.starts_with("  6.|-- ")).collect();
    assert_eq!(reports.len(), 3, "{own}");
    assert!(own.ends_with("---- exit status: 0\n"), "{own}");
}
