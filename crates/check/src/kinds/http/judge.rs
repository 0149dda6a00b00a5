//! What the answers to an HTTP request come to, held against what is expected.
//!
//! What is in a body is somebody else's: how much of it is looked at and told is bounded, and what is beyond fails.

use netdiag_probe::http::{HeaderName, HttpAnswer};
use netdiag_probe::{Found, Report};
use netdiag_text::{Bound, Dimension, Message, Quantity, message, size};
use ring::digest::{SHA256, digest};

use super::document::{Document, MOST_TEXT, Path, text_of};
use super::expect::{HttpExpect, JsonBound, header, json};
use crate::expect::{Bounds, bound};
use crate::finding::Finding;
use crate::parts::probed;
use crate::source::Complaint;

/// What is expected of an answer.
#[derive(Debug)]
pub(super) struct ExpectedAnswer {
    bounds: Bounds,
    body: Option<Bound>,
    json: Vec<(Path, JsonBound)>,
    headers: Vec<(HeaderName, Bound)>,
}

impl ExpectedAnswer {
    /// Decides.
    pub(super) fn read(expect: &HttpExpect) -> Result<Self, Vec<Complaint>> {
        let body = expect.body.as_ref().map(|body| bound(body, Dimension::Text));
        Ok(Self {
            bounds: expect.bounds()?,
            body: body.transpose()?,
            json: Complaint::collect(expect.json.iter().map(json))?,
            headers: Complaint::collect(expect.header.iter().map(header))?,
        })
    }

    /// Whether it takes more than the head of an answer to judge it.
    pub(super) fn looks_into_bodies(&self) -> bool {
        self.body.is_some() || !self.json.is_empty() || self.bounds.mentions("sha256")
    }

    /// What the answers come to, of which the last one is meant.
    pub(super) fn found(&self, reports: &[Report]) -> Finding {
        let mut finding = Finding::default();
        let Some(last) = reports.last() else { return finding };
        probed::outcome(&mut finding, last, &self.bounds);
        if finding.unmeasured.is_some() {
            return finding;
        }
        if let Found::Http(answer) = &last.found {
            self.answered(&mut finding, answer, last.result.is_ok());
        }
        finding.measured("redirects", Quantity::Count((reports.len() - 1) as f64));
        hops(&mut finding, &reports[..reports.len() - 1]);
        probed::phases(&mut finding, last, reports.iter().map(|report| report.phases.total()).sum());
        probed::tls(&mut finding, last.tls.as_ref(), "tls_");
        self.bounds.judge(&mut finding);
        self.headers.iter().for_each(|(name, bound)| finding.judge(message!("header({})", name), bound));
        let whole = last.result.is_ok();
        self.judge_body(
            &mut finding,
            if let Found::Http(answer) = &last.found { Some(answer) } else { None }.filter(|_| whole),
        );
        finding
    }

    fn answered(&self, finding: &mut Finding, answer: &HttpAnswer, whole: bool) {
        let status = answer.status.as_u16();
        finding.measured("status", Quantity::Count(status.into()));
        if !self.bounds.mentions("status") {
            finding.asserted("status", "< 400", status.to_string(), status < 400);
        }
        finding.measured("version", Quantity::Text(answer.version.to_owned()));
        finding.measured("size", Quantity::Bytes(answer.body.len() as f64));
        if whole && self.bounds.mentions("sha256") {
            let digest = digest(&SHA256, &answer.body);
            let text = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            finding.measured("sha256", Quantity::Text(text));
        }
        for (name, _) in &self.headers {
            let values: Vec<_> = answer
                .headers
                .get_all(name)
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            if !values.is_empty() {
                finding.measured(message!("header({})", name), Quantity::Text(values.join(", ")));
            }
        }
    }

    /// Judges the body; `None` is one that did not come, or not whole.
    fn judge_body(&self, finding: &mut Finding, answer: Option<&HttpAnswer>) {
        let seen = |answer: &HttpAnswer| message!("\"{}\"", probed::beginning(&answer.body));
        if let Some(bound) = &self.body {
            let text = answer.map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
            let holds = text.is_some_and(|text| bound.holds(&Quantity::Text(text)));
            finding.asserted("body", bound.to_string(), answer.map_or_else(|| "no body".into(), seen), holds);
        }
        let document = answer.filter(|_| !self.json.is_empty()).map(|answer| Document::read(&answer.body));
        match document {
            Some(Err(why)) => {
                let seen = message!("{}: {}", answer.map(seen).unwrap_or_default(), why);
                finding.asserted("body", "JSON", seen, false);
            }
            Some(Ok(document)) => self.judge_json(finding, &document),
            None => self.judge_json(finding, &Document::default()),
        }
    }

    fn judge_json(&self, finding: &mut Finding, document: &Document) {
        for (path, bounds) in &self.json {
            let name = message!("json({})", path.path);
            match path.query(document) {
                Ok(nodes) => bounds.judge(finding, name, &nodes),
                Err(seen) => finding.asserted(name, bounds.words(), seen, false),
            }
        }
    }
}

impl JsonBound {
    /// Judges what a path leads to.
    pub(super) fn judge(&self, finding: &mut Finding, name: Message, nodes: &[&serde_json::Value]) {
        let exact = if let [node] = nodes { self.holds_exactly(node) } else { None };
        let (value, bound) = match nodes {
            [] => (None, self.text.as_ref().or(self.number.as_ref())),
            [node] if self.number_of(node).is_some() => (self.number_of(node), self.number.as_ref()),
            nodes => match text_of(nodes) {
                Ok(text) => (Some(Quantity::Text(text)), self.text_bound(nodes)),
                Err(beginning) => {
                    let most = size::Short(MOST_TEXT as f64);
                    let shown = probed::beginning(beginning.as_bytes());
                    let seen = message!("\"{}\": more than {}, not compared", shown, most);
                    return finding.asserted(name, self.words(), seen, false);
                }
            },
        };
        finding.measured(name.clone(), value);
        match (bound, exact, nodes.first()) {
            (Some(bound), Some(holds), Some(node)) => {
                finding.asserted(name, bound.to_string(), node.to_string(), holds);
            }
            (Some(bound), ..) => finding.judge(name, bound),
            (None, ..) => {}
        }
    }
}

/// Notes every answer on the way to the last one.
fn hops(finding: &mut Finding, reports: &[Report]) {
    for (number, report) in (1..).zip(reports) {
        if let Found::Http(answer) = &report.found {
            let (status, time) = (answer.status.as_u16(), Quantity::Time(report.phases.total()));
            finding.told(message!("hop({})", number), message!("{} {} in {}", status, answer.url, time));
        }
    }
}
