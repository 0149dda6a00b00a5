//! What of the output of `mtr` may be compared between two runs: all but times, and how often and in which order things happened.
//!
//! A table stays as wide as it was.

use std::collections::BTreeMap;

use netdiag_lab::ScriptedPath;

use crate::ping_run::Run;

/// A line with the times in it redacted, as wide as they were. Who never answered has none.
fn without_times(line: &str) -> String {
    if line.starts_with("MTR.") {
        return of_values(line);
    }
    if line.contains("???") && line.contains("100.0") {
        return line.to_owned();
    }
    if let Some(since) = line.strip_prefix("Start: ") {
        return format!("Start: {}", since.replace(|digit: char| digit.is_ascii_digit(), "9"));
    }
    if let Some((head, key, number)) = member(line) {
        let redacted = if key == "Loss%" { number.to_owned() } else { "T".to_owned() };
        return format!("{head}{redacted}{}", if line.ends_with(',') { "," } else { "" });
    }
    if let Some((tag, rest)) = line.split_once('>').filter(|(tag, _)| tag.starts_with("        <")) {
        let (value, end) = rest.split_once('<').unwrap();
        let value = if value.contains('.') && !value.contains('%') { "T" } else { value.trim_start() };
        return format!("{tag}>{value}<{end}");
    }
    of_table(line)
}

/// A real number of JSON with its key.
fn member(line: &str) -> Option<(&str, &str, &str)> {
    let at = line.find("\": ")? + 3;
    let (head, number) = line.split_at(at);
    let key = head.trim_start().trim_start_matches('"').split('"').next()?;
    let number = number.trim_end_matches(',');
    (number.contains('.') && number.parse::<f64>().is_ok()).then_some((head, key, number))
}

fn of_values(line: &str) -> String {
    let fields: Vec<&str> = line.split(',').collect();
    let is_silent = fields.contains(&"???");
    let fields = fields.iter().enumerate().map(|(place, field)| match place {
        0 => "MTR.V".to_owned(),
        1 => "S".to_owned(),
        // The first number with a point is the loss.
        _ if !is_silent && field.contains('.') && field.parse::<f64>().is_ok() => {
            let is_loss = fields.iter().position(|field| field.split('.').count() == 2) == Some(place);
            if is_loss { (*field).to_owned() } else { "T".to_owned() }
        }
        _ => (*field).to_owned(),
    });
    fields.collect::<Vec<_>>().join(",")
}

/// Numbers between blanks are times if they have a point and no sign behind them.
fn of_table(line: &str) -> String {
    let mut redacted = String::new();
    for part in line.split_inclusive(' ') {
        let word = part.trim_end();
        let is_time = word.parse::<f64>().is_ok() && word.contains('.') && word.split('.').count() == 2;
        redacted +=
            &if is_time { part.replace(|digit: char| digit.is_ascii_digit(), "9") } else { part.to_owned() };
    }
    // How many digits a time has is no difference.
    redacted.replace(" 99.9", "  9.9").trim_end_matches('\n').to_owned()
}

/// What is left to compare of the lines that come as things happen: which there are, up to the target and without times and numbers.
fn as_they_happen(text: &str) -> String {
    let target = ScriptedPath::TARGETS[0];
    let end =
        text.lines().find_map(|line| line.strip_prefix("h ")?.strip_suffix(target)?.trim().parse().ok());
    let (end, mut told): (usize, _) = (end.unwrap_or(usize::MAX), BTreeMap::new());
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let place = words[1].parse::<usize>().unwrap();
        if place > end {
            continue;
        }
        let line = match words[0] {
            "x" => format!("x {place} N"),
            "p" => format!("p {place} T N"),
            _ => line.to_owned(),
        };
        *told.entry((place, line)).or_insert(0) += 1;
    }
    // An address is told of twice by 0.95, and a name whenever it is known.
    told.iter_mut().filter(|((_, line), _)| !line.starts_with(['x', 'p'])).for_each(|(_, times)| *times = 1);
    told.iter().map(|((_, line), times)| format!("{times} {line}\n")).collect()
}

/// What a program that shows them shows at the end: the last line of each place, without times.
fn as_shown(text: &str) -> String {
    let mut shown = BTreeMap::new();
    for line in text.lines() {
        match line.split_once(' ') {
            Some((place, rest)) => shown.insert(place.parse::<usize>().unwrap(), rest.to_owned()),
            None => shown.remove(&line.trim_start_matches('-').parse::<usize>().unwrap()),
        };
    }
    let line = |(place, line): (&usize, &String)| {
        let words: Vec<&str> = line.split(' ').collect();
        format!("{place} {}\n", words[..words.len().saturating_sub(3).max(1)].join(" "))
    };
    shown.iter().map(line).collect()
}

/// What a run of `mtr` with these words came to, as it may be compared.
pub(crate) fn comparable(words: &str, run: &Run) -> String {
    let has = |option: &str| words.split(' ').any(|word| word == option);
    let stdout = match () {
        () if has("-l") => as_they_happen(&run.stdout),
        () if has("-p") => as_shown(&run.stdout),
        () => run.stdout.lines().map(|line| without_times(line) + "\n").collect(),
    };
    format!("{stdout}---- {}\n{}", run.end, run.stderr)
}
