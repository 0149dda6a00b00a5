//! What peers say, as a probe shows it in every format: what fuzz targets call, and nobody else.

use std::cell::LazyCell;
use std::rc::Rc;

use clap::Parser;
use netdiag_probe::fuzzing::{answer, certificate as handshake, text};
use netdiag_probe::tls::Certificate;
use netdiag_probe::{Found, Report};
use netdiag_text::terminal::acts;
use serde_json::Value;

use super::args::Args;
use super::course::Course;
use super::json::Json;
use super::record::Run;
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
    let Some(document) = show(&report, bytes.len() / 3) else { return };
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
    // What is no certificate says nothing.
    let seen = Some(handshake(bytes)).filter(|report| own(report).is_some());
    let report = seen.unwrap_or_else(|| text(&words));
    let Some((document, own)) = show(&report, bytes.len() / 3).zip(own(&report)) else { return };
    let told = &document["hops"][0]["tls"]["chain"][0];
    assert_eq!(told["subject"].as_str().unwrap_or_default(), own.subject);
    assert_eq!(told["issuer"].as_str().unwrap_or_default(), own.issuer);
    assert_eq!(told["names"].as_array().map_or(0, Vec::len), own.names.len());
}

fn own(report: &Report) -> Option<&Certificate> {
    report.tls.as_ref()?.own()
}

const MOST_WORDS: usize = 400;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

/// Shows a report in one of the formats, and gives back what JSON tells of it if it is that.
fn show(report: &Report, pick: usize) -> Option<Value> {
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
    let mut out = Vec::new();
    ARGS.with(|args| match (pick % 4, &**args) {
        (0, [verbose, _]) => render(Text::new(&mut out, verbose), &probe, courses),
        (1, [_, repeated]) => render(Text::new(&mut out, repeated), &probe, courses),
        (2, [_, repeated]) => render(Table::new(&mut out, repeated), &probe, courses),
        (_, [_, repeated]) => {
            render(Json::new(&mut out, Run::new(repeated), Shape::Lines, &Rc::default()), &probe, courses);
        }
    });
    is_quiet(&out);
    let line = out.split(|byte| *byte == b'\n').nth(1).filter(|_| pick % 4 == 3)?;
    Some(serde_json::from_slice(line).expect("a line of the probe"))
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
        let read = |seed: &Vec<u8>| own(&handshake(seed)).is_some();
        assert!(certificates.iter().any(read));
        certificates.iter().for_each(|seed| certificate(seed));
        for more in 0..12 {
            certificate(format!("\u{1b}[2J\u{9b}\u{202e}\n\t\u{0}{}", "a".repeat(more)).as_bytes());
            answers.iter().for_each(|seed| dns(&[seed.as_slice(), &vec![0; more]].concat()));
        }
    }
}
