//! Checks: a crowd of them in one run beside the loop a shell script would be, ten thousand closed ports beside one.
//!
//! The servers are ours on both sides, so what they cost takes from all differences alike.

use std::fs::{self, Permissions};
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::case::{Bench, Case, Limits, Rival};
use super::inside::Inside;
use super::measure::Figures;
use super::servers::Server;

/// Ports of this network, which nobody else is in.
const TCP: Range<u16> = 20_000..20_500;
const HTTP: Range<u16> = 21_000..21_500;
const CLOSED: Range<u16> = 22_000..32_000;

pub(super) fn compare(inside: &Inside) -> Result<String> {
    let directory = tempfile::tempdir()?;
    fs::write(directory.path().join("page.html"), vec![b'x'; 4096])?;
    let root = directory.path().display().to_string();
    let _tcp = Server::at(inside, &["discard"], &addresses(TCP))?;
    let _http = Server::at(inside, &["http", &root, "--quiet"], &addresses(HTTP))?;
    let mut page = crowd(inside, directory.path())?;
    page.push_str(&closed(inside, directory.path())?);
    Ok(page.replace(&format!("{root}/"), ""))
}

fn addresses(ports: Range<u16>) -> Vec<String> {
    ports.map(|port| format!("127.0.0.1:{port}")).collect()
}

/// 1,500 checks in one run, and the thousand of them a script can do.
fn crowd(inside: &Inside, directory: &Path) -> Result<String> {
    let mut file = "version = 1\n".to_owned();
    for port in TCP {
        file += &format!("[[check]]\nkind = \"tcp\"\ntarget = \"127.0.0.1:{port}\"\n");
        file += &format!("[[check]]\nkind = \"listen\"\nport = {port}\naddress = \"127.0.0.1\"\n");
    }
    for port in HTTP {
        file += &format!("[[check]]\nkind = \"http\"\nurl = \"http://127.0.0.1:{port}/page.html\"\n");
    }
    let file = written(directory, "crowd.toml", &file)?;
    let script = format!(
        "#!/bin/sh -e\n\
        seq {} {} | xargs -P16 -n1 nc -z 127.0.0.1\n\
        seq -f http://127.0.0.1:%.0f/page.html {} {} | xargs -P16 -n1 curl -sfo /dev/null\n",
        TCP.start,
        TCP.end - 1,
        HTTP.start,
        HTTP.end - 1
    );
    let script = written(directory, "loop.sh", &script)?;
    fs::set_permissions(&script, Permissions::from_mode(0o755))?;
    let bench = Bench {
        title: "500 tcp, 500 http and 500 listen checks".to_owned(),
        note: "`loop.sh` gives `xargs -P16` the same ports, for `nc -z` and then for `curl`; it has no listen checks, and its memory is \
            the shell's alone.",
        runs: 1,
        rivals: vec![Rival { case: Case::new(script, ""), at_most: Figures::wall(0.2) }],
        ours: check(inside, &file),
        limits: Limits { most_ms: Some(2000.0), peak_mib: Some(64.0), ..Limits::NONE },
    };
    bench.section(inside.extent.rounds)
}

/// Ten thousand ports where nobody listens, beside one.
fn closed(inside: &Inside, directory: &Path) -> Result<String> {
    let check_of = |port: String| format!("[[check]]\nkind = \"not-listen\"\nport = \"{port}\"\n");
    let file = |name: &str, checks: String| written(directory, name, &format!("version = 1\n{checks}"));
    let one = file("one.toml", check_of(CLOSED.start.to_string()))?;
    let range = file("range.toml", check_of(format!("{}-{}", CLOSED.start, CLOSED.end - 1)))?;
    let each = file("each.toml", CLOSED.map(|port| check_of(port.to_string())).collect())?;
    let bench = Bench {
        title: "10,000 ports where nobody listens".to_owned(),
        note: "",
        runs: 20,
        rivals: vec![Rival { case: check(inside, &one), at_most: Figures::wall(1.5) }],
        ours: check(inside, &range),
        limits: Limits::NONE,
    };
    let mut page = bench.section(inside.extent.rounds)?;
    let asked = [&one, &range, &each].map(|file| requests(&check(inside, file)));
    let [one, range, each] = asked;
    let (one, range, each) = (one?, range?, each?);
    let missed = if range == one && each == one { "" } else { " ✗" };
    page.push_str(&format!(
        "\nQuestions to the kernel (`strace`): {one} for one port, {range} for a check of 10,000, {each} for 10,000 checks of \
        one{missed}.\n"
    ));
    Ok(page)
}

/// How many questions a run asks sock_diag.
fn requests(case: &Case) -> Result<usize> {
    let mut command = Command::new("strace");
    command.args(["-f", "-e", "trace=sendto,sendmsg"]).arg(&case.program).args(&case.words);
    let output = command.output().context("cannot run strace; counting questions needs it")?;
    ensure!(output.status.success(), "`{}` failed under strace", case.name());
    let calls = String::from_utf8_lossy(&output.stderr);
    Ok(calls.matches("nlmsg_type=SOCK_DIAG_BY_FAMILY").count())
}

fn check(inside: &Inside, file: &Path) -> Case {
    let file = file.display().to_string();
    Case { words: vec!["check", file.leak()], ..Case::new(&inside.netdiag, "") }
}

fn written(directory: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = directory.join(name);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
