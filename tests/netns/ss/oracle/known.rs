//! What differs between two runs, or between releases of the installed `ss`, without being wrong.
//!
//! The installed program may be far older than 7.1, whose output ours is: Debian 12 has 6.1. Everything that is set aside for
//! that is here, each with the release that changed it.

use crate::ss::program::Run;
use crate::ss::scene::Scene;

/// What is left of a run when everything that must differ is taken out.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Redacted {
    pub(super) status: Option<i32>,
    pub(super) stderr: String,
    pub(super) rows: Vec<Vec<String>>,
}

pub(super) fn redacted(run: &Run, line: &str) -> Redacted {
    let processes = line.split(' ').any(|word| is_bundle(word, 'p') || word.starts_with("--proc"));
    let half_open = asks_for_half_open(line);
    let mut rows: Vec<Vec<&str>> = Vec::new();
    let mut kept = true;
    for text in run.stdout.lines() {
        let mut row: Vec<&str> = text.split_whitespace().collect();
        headers(&mut row, processes);
        // What is set aside takes the lines that belong to it along.
        if !text.starts_with('\t') {
            kept = !is_new(&row) && !is_own(&row) && (half_open || !is_half_open(&row));
        }
        if kept {
            rows.push(row);
        }
    }
    Redacted {
        status: run.status,
        stderr: complaint(&run.stderr),
        rows: rows.iter().filter(|row| !is_count(row)).map(|row| lasting(row)).collect(),
    }
}

/// Whether `word` is a bundle of short options with this letter among them.
fn is_bundle(word: &str, letter: char) -> bool {
    word.starts_with('-') && !word.starts_with("--") && word.contains(letter)
}

/// 6.7: the Process column is there with `-p` only. Before, its header always was, and could be glued to the one before.
fn headers(header: &mut Vec<&str>, processes: bool) {
    if !header.contains(&"Address:Port") && !header.contains(&"Address:PortProcess") {
        return;
    }
    if let Some(last) = header.last_mut().filter(|last| **last == "Address:PortProcess") {
        *last = "Address:Port";
        header.push("Process");
    }
    if !processes && header.last() == Some(&"Process") {
        header.pop();
    }
}

/// 6.8: TCP sockets that are bound and do nothing are listed with `-a`.
fn is_new(row: &[&str]) -> bool {
    row.first().is_some_and(|word| matches!(*word, "UNCONN" | "tcp"))
        && row.iter().any(|word| Scene::shared().is_inactive(word))
}

/// Whether a line selects half-open connections by the number all releases know.
fn asks_for_half_open(line: &str) -> bool {
    let all = line.split(' ').any(|word| is_bundle(word, 'a') || word == "--all");
    let groups = ["state all", "state connected", "state synchronized", "state bucket", "excl"];
    let selected = groups.iter().any(|group| line.contains(group));
    all || selected && !line.contains("exclude all")
}

/// B1. 7.1 asks by their other number too, so that half-open connections are among what is listed unasked.
fn is_half_open(row: &[&str]) -> bool {
    row.iter().take(2).any(|word| *word == "SYN-RECV")
}

/// The netlink sockets of the program itself, by their ports: those of the kernel, called `kernel` or 0, stay.
fn is_own(row: &[&str]) -> bool {
    row.iter().any(|word| match word.split_once(':') {
        Some((protocol, port)) if protocol.bytes().all(|byte| byte.is_ascii_digit()) => {
            port != "0" && port.parse::<i32>().is_ok()
        }
        Some((_, port)) => port.split_once('/').is_some_and(|(_, pid)| pid.parse::<u32>().is_ok()),
        None => false,
    })
}

/// `-s` begins with counts of the whole machine, which other tests change.
fn is_count(row: &[&str]) -> bool {
    row.first().is_some_and(|word| matches!(*word, "Total:" | "TCP:"))
}

fn lasting(row: &[&str]) -> Vec<String> {
    let mut row = row.to_vec();
    // The kernel's end of socket diagnosis has the questions in its queue that are being answered, other tests' among them.
    let asked = row.iter().position(|word| matches!(*word, "tcpdiag:kernel" | "4:0"));
    if let Some(queue) = asked.and_then(|name| row.get_mut(name.checked_sub(2)?)) {
        *queue = "_";
    }
    row.iter().filter_map(|word| lasting_word(word)).collect()
}

/// A word without what passes between two looks; nothing of one that is not comparable.
///
/// 6.1 does not know `rcv_wnd`, `rehash` and the latest words of MPTCP, takes the device a unix path is on for another one, and writes MPTCP's sequence
/// numbers in base 16.
fn lasting_word(word: &str) -> Option<String> {
    let (name, value) = word.split_once(':').unwrap_or((word, ""));
    match name {
        "rcv_wnd" | "rehash" | "dev" | "subflows_total" => None,
        "last_data_sent" | "last_data_recv" | "last_ack_recv" => None,
        "seq" | "sfseq" | "ssnoff" | "maplen" | "write_seq" | "snd_una" | "rcv_nxt" => {
            Some(format!("{name}:_"))
        }
        "lastsnd" | "lastrcv" | "lastack" | "busy" | "rwnd_limited" | "sndbuf_limited" => {
            Some(format!("{name}:_"))
        }
        "timer" => {
            let mut parts = value.split(',');
            Some(format!("timer:{},_,{}", parts.next()?, parts.nth(1)?))
        }
        _ => Some(word.to_owned()),
    }
}

/// The words of a complaint without the usage after it, which names the options a program has in its own words. Long options
/// that are possible are in the order the program knows them by.
///
/// 7.0: a table the kernel does not have is no longer complained about for inet sockets.
fn complaint(words: &str) -> String {
    let complaint = words.split("Usage:").next().unwrap_or_default();
    let complaint = complaint.strip_suffix("List sockets\n\n").unwrap_or(complaint);
    let lines = complaint.lines().filter(|line| *line != "RTNETLINK answers: Invalid argument");
    let lines = lines.map(|line| match line.split_once("possibilities: ") {
        Some((before, options)) => {
            let mut options: Vec<&str> = options.split(' ').collect();
            options.sort_unstable();
            format!("{before}possibilities: {}\n", options.join(" "))
        }
        None => format!("{line}\n"),
    });
    lines.collect()
}
