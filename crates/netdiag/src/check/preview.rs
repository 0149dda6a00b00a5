//! `--list` and `--dry-run`: what would run, without running it.
//!
//! Values are shown as they were decided, after variables and defaults; secrets stay hidden.

use netdiag_text::{Message, Trusted, message};

use std::fmt::Write as _;

use netdiag_check::plan::{Check, OnUnavailable, Plan};
use netdiag_text::Quantity;

/// A line for each check.
pub(super) fn list(plan: &Plan, chosen: &[usize]) -> String {
    let line = |check: &Check| {
        let tags = match check.tags.is_empty() {
            true => Message::default(),
            false => message!("  [{}]", Message::join(&check.tags, ", ")),
        };
        message!("{}  {} {}{}", check.name, Trusted(check.kind), check.target, tags)
    };
    chosen.iter().map(|index| format!("{}\n", plan.shown(&line(&plan.checks[*index])))).collect()
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

fn paragraph(plan: &Plan, check: &Check) -> Vec<Message> {
    let file = check.file.as_deref().zip(check.place).map(|(file, place)| message!("{}:{}: ", file, place));
    let repetition = check.repetition.to_string();
    let mut lines = vec![
        message!("{}{}", file.unwrap_or_default(), check.name),
        message!("  {} {}", Trusted(check.kind), check.target),
        message!("  {}, {} for an attempt", Trusted(&repetition), Quantity::Time(check.timeout)),
    ];
    if !check.tags.is_empty() {
        lines.push(message!("  tags {}", Message::join(&check.tags, ", ")));
    }
    if !check.depends_on.is_empty() {
        let names = check.depends_on.iter().map(|on| &plan.checks[*on].name);
        lines.push(message!("  after {}", Message::join(names, ", ")));
    }
    lines.extend(check.exclusive.then(|| "  alone".into()));
    lines.extend(check.serial.as_ref().map(|group| message!("  one of `{}` at a time", group)));
    lines.extend(check.warn_only.then(|| "  warns if it fails".into()));
    lines.push(message!("  {} if it cannot be measured", Trusted(unavailable(check))));
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
