//! What peers say, as a probe shows it in every format: what fuzz targets call, and nobody else.

use std::cell::LazyCell;

use clap::Parser;
use netdiag_probe::fuzzing::{answer, certificate as handshake, text};
use netdiag_probe::{Found, Report};
use netdiag_text::terminal::acts;
use serde_json::Value;

use super::args::Args;
use super::course::Course;
use super::json::Json;
use super::render::{Probe, ProbeRun};
use super::table::Table;
use super::text::Text;
use crate::json::Shape;
use crate::render::Renderer;

/// Shows bytes as the answer of a DNS server.
///
/// # Panics
/// If it does something on a terminal, or JSON tells another answer.
pub fn dns(bytes: &[u8]) {
    let Some(report) = answer(bytes) else { return };
    let document = show(&report);
    let Found::Dns(answer) = &report.found else { panic!("an answer of DNS") };
    let told = document["hops"][0]["dns"]["records"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(told.len(), answer.records.len());
    for (told, record) in told.iter().zip(&answer.records) {
        assert_eq!(told["name"], record.name.as_str());
        assert_eq!(told["data"], record.data.as_str());
    }
}

/// Shows bytes as a peer's certificate, and what they are as text wherever a peer can say something.
///
/// # Panics
/// If it does something on a terminal, or JSON tells another certificate.
pub fn certificate(bytes: &[u8]) {
    // Longer words are cropped, which takes the longer the longer they are.
    let words = String::from_utf8_lossy(bytes.get(..MOST_WORDS).unwrap_or(bytes));
    for report in &[handshake(bytes), text(&words)] {
        let document = show(report);
        let own = report.tls.as_ref().and_then(|tls| tls.own());
        let told = &document["hops"][0]["tls"]["chain"][0];
        if let Some(own) = own {
            assert_eq!(told["subject"].as_str().unwrap_or_default(), own.subject);
            assert_eq!(told["issuer"].as_str().unwrap_or_default(), own.issuer);
            assert_eq!(told["names"].as_array().map_or(0, Vec::len), own.names.len());
        }
    }
}

const MOST_WORDS: usize = 400;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

/// Shows a report in every format, and gives back what JSON tells of it.
fn show(report: &Report) -> Value {
    thread_local! {
        static ARGS: LazyCell<[Args; 2]> = LazyCell::new(|| {
            let line = |more: &[&str]| Line::parse_from([&["probe", "--color=never", "tcp://h:1"], more].concat()).args;
            [line(&["--verbose"]), line(&["--count=2"])]
        });
    }
    let reports = std::slice::from_ref(report);
    let probe = Probe { url: "tcp://h:1", seq: 1, reports, kernel: None };
    let mut course = Course::new(probe.url);
    course.record(reports);
    let courses = std::slice::from_ref(&course);
    ARGS.with(|args| {
        for args in args.iter() {
            let mut out = Vec::new();
            render(Text::new(&mut out, args), &probe, courses);
            render(Table::new(&mut out, args), &probe, courses);
            is_quiet(&out);
        }
    });
    let mut out = Vec::new();
    render(Json::new(&mut out, Shape::Lines), &probe, courses);
    is_quiet(&out);
    let mut lines = out.split(|byte| *byte == b'\n').map(|line| serde_json::from_slice::<Value>(line).ok());
    lines.nth(1).flatten().expect("a line of the probe")
}

fn render(mut renderer: impl Renderer<ProbeRun>, probe: &Probe<'_>, courses: &[Course]) {
    let written = renderer.header().and_then(|()| renderer.item(probe)).and_then(|()| renderer.end(courses));
    written.expect("memory takes everything");
}

/// Nothing acts but the ends of lines.
fn is_quiet(out: &[u8]) {
    let text = str::from_utf8(out).expect("text");
    assert!(!text.contains(|character| character != '\n' && acts(character)), "{text:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_shown() {
        let seeds = |directory: &str| {
            let seeds = std::fs::read_dir(format!("../../tests/data/{directory}")).unwrap();
            seeds.map(|seed| std::fs::read(seed.unwrap().path()).unwrap()).collect::<Vec<_>>()
        };
        let answers = seeds("answers");
        assert!(answers.iter().any(|seed| answer(seed).is_some_and(|report| report.result.is_ok())));
        answers.iter().for_each(|seed| dns(seed));
        let certificates = seeds("certificates");
        let read = |seed: &Vec<u8>| handshake(seed).tls.as_ref().is_some_and(|tls| tls.own().is_some());
        assert!(certificates.iter().any(read));
        certificates.iter().for_each(|seed| certificate(seed));
        for more in ["", "a", "ab"] {
            certificate(format!("\u{1b}[2J\u{9b}\u{202e}\n\t\u{0}{more}").as_bytes());
        }
    }
}
