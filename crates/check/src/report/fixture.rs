//! One run with every verdict, hostile words and a secret: what each format is tested with.
//!
//! `hunter2` is the secret; it must not be in anything a format writes.

use std::time::Duration;

use netdiag_text::{Charset, Message, Quantity, Secrets, message};
use snapbox::data::DataFormat;
use snapbox::{Assert, Data};

use super::invented::{attempt, start};
pub(super) use super::invented::{check, outcome};
use super::{Format, RenderOptions};
use crate::finding::Finding;
use crate::plan::{Check, Plan};
use crate::run::{Outcome, Report};
use crate::verdict::Verdict;

/// The report of the fixture as `format` writes it, secrets hidden or the test fails.
pub(super) fn rendered(format: Format, setting: RenderOptions<'_>) -> String {
    let plan = plan();
    let text = format.render(&report(&plan), setting);
    assert!(!text.contains("hunter2"), "{text}");
    text
}

/// A report must be what the file in tests/data/reports says; `SNAPSHOTS=overwrite` writes it.
#[track_caller]
pub(super) fn matches(file: &str, text: String) {
    let path = format!("{}/../../tests/data/reports/{file}", env!("CARGO_MANIFEST_DIR"));
    let expected = Data::read_from(path.as_ref(), Some(DataFormat::Text));
    Assert::new().action_env("SNAPSHOTS").eq(Data::text(text).raw(), expected.raw());
}

/// Without colour, on a host called `ci-7`.
pub(super) const PLAIN: RenderOptions<'_> =
    RenderOptions { color: false, quiet: false, width: None, charset: Charset::Unicode, host: Some("ci-7") };

/// What the checks of [`report`] are.
pub(super) fn plan() -> Plan {
    let mut secrets = Secrets::default();
    secrets.hide("env:PASSWORD", "hunter2");
    let checks = vec![
        Check {
            tags: vec!["net".to_owned(), "fast".to_owned()],
            ..check("listens", "listen", "tcp 0.0.0.0:443", 3)
        },
        check("gateway-latency", "icmp", "10.0.0.1", 12),
        check("db up: 100%", "tcp", "127.0.0.1:5432", 20),
        check("ping <internet> & \"co\"", "icmp", "1.1.1.1", 28),
        check("soft | pipe", "http", "https://x:hunter2@api.local/health", 35),
        check("may I # ask", "dns", "example.com", 41),
        check("banner", "tcp", "[::1]:22", 0),
    ];
    Plan { checks, secrets, ..Plan::default() }
}

/// Every verdict once, fail twice.
pub(super) fn report(plan: &Plan) -> Report<'_> {
    let outcomes = vec![
        passed(),
        slow(),
        flaky(),
        unmeasured(3, Verdict::Skip),
        warned(),
        unmeasured(5, Verdict::Error),
        banner(),
    ];
    Report { plan, outcomes, started: start(), duration: Duration::from_millis(2400), stopped: None }
}

fn passed() -> Outcome {
    let mut finding = Finding::default();
    finding.measured("sockets", Quantity::Count(2.0));
    finding.asserted("owner", "nginx", "nginx (811)", true);
    Outcome { last: Some(attempt(0, 2, finding)), ..outcome(0, Verdict::Pass, 2) }
}

fn slow() -> Outcome {
    let mut finding = Finding::default();
    finding.measured("loss", Quantity::Ratio(0.05));
    finding.measured("rtt_p99", Quantity::Time(Duration::from_micros(7100)));
    finding.measured("sent", Quantity::Count(20.0));
    finding.asserted("loss", "<= 1%", "5%", false);
    finding.asserted("rtt_p99", "< 20ms", "7.1ms", true);
    let last = attempt(0, 1200, finding);
    Outcome {
        failures: vec![last.clone()],
        last: Some(last),
        hint: Some("netdiag trace 10.0.0.1".into()),
        ..outcome(1, Verdict::Fail, 1200)
    }
}

fn flaky() -> Outcome {
    let mut refused = Finding::default();
    refused.asserted("connection", "open", "refused", false);
    let mut open = Finding::default();
    open.measured("connect", Quantity::Time(Duration::from_micros(310)));
    open.asserted("connection", "open", "open", true);
    Outcome {
        attempts: 3,
        failures: vec![attempt(0, 1, refused.clone()), attempt(1001, 1, refused)],
        last: Some(attempt(2002, 2, open)),
        ..outcome(2, Verdict::Flaky, 2004)
    }
}

fn unmeasured(index: usize, verdict: Verdict) -> Outcome {
    let reason = Message::from("socket: EACCES: net.ipv4.ping_group_range is \"1\t0\"");
    let remedy = Message::from("sysctl -w net.ipv4.ping_group_range='0 2147483647'");
    let finding = Finding::unmeasured(reason.clone(), Some(remedy.clone()));
    Outcome {
        reason: Some(reason),
        hint: Some(remedy),
        last: Some(attempt(0, 0, finding)),
        ..outcome(index, verdict, 0)
    }
}

fn warned() -> Outcome {
    let mut finding = Finding::default();
    finding.measured("body", Quantity::Rate(1_500_000.0));
    finding.measured("size", Quantity::Bytes(2048.0));
    finding.asserted("status", "200..299", message!("401 for {}", "x:hunter2"), false);
    Outcome { last: Some(attempt(0, 31, finding)), ..outcome(4, Verdict::Warn, 31) }
}

fn banner() -> Outcome {
    let mut finding = Finding::default();
    finding.measured("banner", Quantity::Text("\x1b[2J\u{0}]]>SSH".to_owned()));
    finding.asserted("banner", "/^SSH/", "\x1b[2J\u{0}]]>SSH\r\n::error::x".to_owned(), false);
    let later = crate::finding::Assertion {
        subject: "echo".into(),
        wanted: "64KiB".into(),
        seen: None,
        holds: false,
    };
    finding.assertions.push(later);
    let last = attempt(0, 9, finding);
    Outcome { failures: vec![last.clone()], last: Some(last), ..outcome(6, Verdict::Fail, 9) }
}
