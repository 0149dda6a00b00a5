//! `--list` and `--dry-run`: what would run, without running it.
//!
//! Values are shown as they were decided, after variables and defaults; secrets stay hidden.

use std::fmt::Write as _;

use netdiag_check::plan::{Check, OnUnavailable, Plan};
use netdiag_text::Quantity;

/// A line for each check.
pub(super) fn list(plan: &Plan, chosen: &[usize]) -> String {
    let line = |check: &Check| {
        let tags =
            if check.tags.is_empty() { String::new() } else { format!("  [{}]", check.tags.join(", ")) };
        format!("{}  {} {}{tags}", check.name, check.kind, check.target)
    };
    chosen.iter().map(|index| plan.shown(&line(&plan.checks[*index])) + "\n").collect()
}

/// A paragraph for each check.
pub(super) fn details(plan: &Plan, chosen: &[usize]) -> String {
    let mut text = String::new();
    for (number, index) in chosen.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        for line in paragraph(plan, &plan.checks[*index]) {
            writeln!(text, "{}", plan.shown(&line)).expect("a string takes everything");
        }
    }
    text
}

fn paragraph(plan: &Plan, check: &Check) -> Vec<String> {
    let file = check.file.as_deref().zip(check.place).map(|(file, place)| format!("{file}:{place}: "));
    let mut lines = vec![
        format!("{}{}", file.unwrap_or_default(), check.name),
        format!("  {} {}", check.kind, check.target),
        format!("  {}, {} for an attempt", check.repetition, Quantity::Time(check.timeout)),
    ];
    if !check.tags.is_empty() {
        lines.push(format!("  tags {}", check.tags.join(", ")));
    }
    if !check.depends_on.is_empty() {
        let names: Vec<&str> = check.depends_on.iter().map(|on| plan.checks[*on].name.as_str()).collect();
        lines.push(format!("  after {}", names.join(", ")));
    }
    lines.extend(check.exclusive.then(|| "  alone".to_owned()));
    lines.extend(check.serial.as_ref().map(|group| format!("  one of `{group}` at a time")));
    lines.extend(check.warn_only.then(|| "  warns if it fails".to_owned()));
    lines.push(format!("  {} if it cannot be measured", unavailable(check)));
    lines
}

fn unavailable(check: &Check) -> &'static str {
    match check.on_unavailable {
        _ if check.required => "error",
        OnUnavailable::Skip => "skipped",
        OnUnavailable::Warn => "warns",
        OnUnavailable::Fail => "fails",
    }
}
