//! Any bytes as the answer of a DNS server: what fuzz targets call, and nobody else.
//!
//! The question is the one the answer repeats, so that the fuzzer chooses it.

use hickory_proto::op::{Message, ResponseCode};

use super::question::DnsQuestion;
use crate::endpoint::{Host, HostPort};
use crate::report::{Found, Report};

/// What a probe finds in this answer; `None` if it is none.
///
/// # Panics
/// If it counts as answered without a record that answers, or the other way round.
pub fn answer(bytes: &[u8]) -> Option<Report> {
    let message = Message::from_vec(bytes).ok()?;
    let server = HostPort { host: Host::Ip([192, 0, 2, 53].into(), None), port: 53 };
    let mut question = DnsQuestion::new(server, "a.test", "A").ok()?;
    if let Some(query) = message.queries.first() {
        (question.name, question.kind) = (query.name().clone(), query.query_type());
    }
    let answer = question.answer(&message, false, 1, bytes.len());
    let answered = answer.records.iter().any(|record| record.answers);
    let result = question.judge(&message);
    let good = answered && message.metadata.response_code == ResponseCode::NoError;
    assert_eq!(result.is_ok(), good, "{result:?} {answer:?}");
    let mut report = Report::new();
    (report.found, report.result) = (Found::Dns(answer), result);
    Some(report)
}
