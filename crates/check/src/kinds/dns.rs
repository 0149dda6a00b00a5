//! `kind = "dns"`: a name server, or the system's own resolver, answers a question as it ought to.
//!
//! An answer that denies is an answer: unless a condition says which, NOERROR and at least one record are expected.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_probe::{
    Client, Connector, DnsAnswer, DnsQuestion, Family, Found, Host, HostPort, QuestionError, Report,
};
use netdiag_text::{Bound, Dimension, Message, Quantity, Trusted, message};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use crate::expect::{Bounds, Expected};
use crate::finding::Finding;
use crate::parts::command::command;
use crate::parts::destination::host;
use crate::parts::probed;
use crate::parts::socket::connector;
use crate::parts::trust::{Speech, Trust};
use crate::settings::Settings;
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned, Work};
use crate::world::World;

/// A question to a name server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Dns {
    /// The server to ask, with `:PORT` if it is not 53; the system's resolver is asked if absent.
    server: Option<Placed<String>>,
    /// `system` says so: the resolver every other program here has, `/etc/hosts` and search domains included.
    resolver: Option<Placed<Resolver>>,
    /// The name asked about.
    query: Placed<String>,
    /// The type of the records asked for; A if absent. The system's resolver knows A and AAAA, and gives both if absent.
    #[serde(rename = "type")]
    kind: Option<Placed<String>>,
    /// Whether to ask over TCP at once.
    #[serde(default)]
    tcp: bool,
    /// Ask over TLS (RFC 7858), port 853 unless another is written; `{}` is as good as any. How TLS is spoken.
    tls: Option<Placed<Trust>>,
    /// What is expected of the answer.
    #[serde(default)]
    expect: DnsExpect,
}

/// Who is asked.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Resolver {
    System,
}

/// Conditions on an answer.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DnsExpect {
    /// How it ended: `ok`, `timeout`, `refused`, `no-such-name` and so on.
    outcome: Option<Placed<Expected>>,
    /// The response code: `NOERROR`, `NXDOMAIN`, `SERVFAIL`; servers only.
    rcode: Option<Placed<Expected>>,
    /// How many records of the type asked for there are, of the name asked about or one that aliases lead to.
    records: Option<Placed<Expected>>,
    /// From the question to the answer, looking up the server's name included.
    time: Option<Placed<Expected>>,
    /// The shortest time a record may be kept; servers only.
    ttl: Option<Placed<Expected>>,
    /// Whether the server answers for the zone itself; servers only.
    authoritative: Option<Placed<Expected>>,
    /// At least one of these is among the records.
    any: Option<Vec<String>>,
    /// All of these are among the records.
    all: Option<Vec<String>>,
    /// Not one of these is among the records.
    none: Option<Vec<String>>,
}

/// A question, and what is expected of its answer.
#[derive(Debug)]
struct Lookup {
    asked: Asked,
    name: String,
    kind: Option<String>,
    tcp: bool,
    /// How TLS is spoken, if at all.
    speech: Option<Speech>,
    connector: Connector,
    bounds: Bounds,
    any: Option<Vec<String>>,
    all: Option<Vec<String>>,
    none: Option<Vec<String>>,
}

#[derive(Debug)]
enum Asked {
    Server(DnsQuestion),
    System(Host),
}

impl Config for Dns {
    const WORD: &'static str = "dns";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        let mut connector = connector(settings);
        let asked = match (&self.server, &self.resolver) {
            (Some(_), Some(resolver)) => {
                return Err(Complaint::new(&resolver.span, "either a `server` is asked or the system").into());
            }
            (Some(server), None) => Asked::Server(self.question(server)?),
            (None, _) => {
                if let Some(tls) = &self.tls {
                    let wrong =
                        Complaint::new(&tls.span, "the system's resolver is not asked over TLS by us");
                    return Err(wrong.help("name a `server`").into());
                }
                connector.family = self.family(settings)?;
                self.expect.suit_the_system()?;
                Asked::System(host(&self.query)?)
            }
        };
        let bounds = self.expect.bounds()?;
        let DnsExpect { any, all, none, .. } = self.expect;
        let kind = self.kind.map(|kind| kind.value.to_ascii_uppercase());
        Ok(Box::new(Lookup {
            asked,
            name: self.query.value,
            kind,
            tcp: self.tcp,
            speech: self.tls.map(|tls| tls.value.speech(settings)).transpose()?,
            connector,
            bounds,
            any,
            all,
            none,
        }))
    }
}

impl Dns {
    fn question(&self, server: &Placed<String>) -> Result<DnsQuestion, Complaint> {
        let text = &server.value;
        let inet = match Host::within(text, 0..text.len()) {
            Ok(Host::Any) => return Err(Complaint::new(&server.span, "a server is missing")),
            Ok(host) => Ok(HostPort { host, port: if self.tls.is_some() { 853 } else { 53 } }),
            Err(_) => HostPort::within(text, 0..text.len(), "udp"),
        };
        let inet = inet.map_err(|wrong| Complaint::new(&server.span, message!("`{}`: {}", text, wrong)))?;
        let kind = self.kind.as_ref();
        let question = DnsQuestion::new(inet, &self.query.value, kind.map_or("A", |kind| &kind.value));
        let mut question = question.map_err(|wrong| {
            let span = match (wrong, kind) {
                (QuestionError::Type, Some(kind)) => &kind.span,
                _ => &self.query.span,
            };
            Complaint::new(span, Message::foreign(&wrong))
        })?;
        question.tcp = self.tcp;
        question.tls = self.tls.is_some();
        Ok(question)
    }

    /// Which addresses the system's resolver is asked for.
    fn family(&self, settings: &Settings<'_>) -> Result<Option<Family>, Complaint> {
        let Some(kind) = &self.kind else { return Ok(settings.family) };
        match kind.value.to_ascii_uppercase().as_str() {
            "A" => Ok(Some(Family::V4)),
            "AAAA" => Ok(Some(Family::V6)),
            _ => {
                Err(Complaint::new(&kind.span, "the system's resolver knows A and AAAA")
                    .help("name a `server`"))
            }
        }
    }
}

impl DnsExpect {
    fn suit_the_system(&self) -> Result<(), Complaint> {
        let unknown = [&self.rcode, &self.ttl, &self.authoritative].into_iter().flatten().next();
        let wrong = |expected: &Placed<Expected>| {
            Complaint::new(&expected.span, "the system's resolver does not tell this").help("name a `server`")
        };
        unknown.map_or(Ok(()), |expected| Err(wrong(expected)))
    }

    fn bounds(&self) -> Result<Bounds, Vec<Complaint>> {
        Bounds::stated([
            ("outcome", &self.outcome, Dimension::Text),
            ("rcode", &self.rcode, Dimension::Text),
            ("records", &self.records, Dimension::Count),
            ("time", &self.time, Dimension::Time),
            ("ttl", &self.ttl, Dimension::Time),
            ("authoritative", &self.authoritative, Dimension::Text),
        ])
    }
}

impl Work for Lookup {
    fn target(&self) -> Message {
        match &self.asked {
            Asked::Server(question) => message!("{} at {}", self.name, question.server),
            Asked::System(_) => Message::from(&self.name),
        }
    }

    fn attempt<'a>(&'a self, _: &'a World, deadline: Instant) -> BoxFuture<'a, Finding> {
        self.look_up(deadline).boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        let url = match &self.asked {
            Asked::System(_) => message!("dns:{}", self.name),
            Asked::Server(question) if question.tls => message!("tls://{}", question.server),
            Asked::Server(question) => {
                let kind = self.kind.as_deref().unwrap_or("A");
                let tcp = if self.tcp { "&tcp" } else { "" };
                message!("dns://{}/{}?type={}{}", question.server, self.name, kind, Trusted(tcp))
            }
        };
        Some(command("netdiag probe", self.connector.family, &[&url]))
    }
}

impl Lookup {
    async fn look_up(&self, deadline: Instant) -> Finding {
        let tls = match &self.speech {
            Some(speech) => match speech.client().await {
                Ok(tls) => Some(tls),
                Err(finding) => return finding,
            },
            None => None,
        };
        let client = Client { connector: self.connector.clone(), tls, patience: None };
        let report = match &self.asked {
            Asked::Server(question) => client.dns(question, deadline, &mut |_, _| {}).await,
            Asked::System(host) => client.name(host, deadline).await,
        };
        self.found(&report)
    }

    fn found(&self, report: &Report) -> Finding {
        let mut finding = Finding::default();
        let records = match &report.found {
            Found::Dns(answer) => self.answered(&mut finding, answer),
            found => {
                probed::outcome(&mut finding, report, &self.bounds);
                match found {
                    Found::Addresses(addresses) => addresses.iter().map(ToString::to_string).collect(),
                    _ => Vec::new(),
                }
            }
        };
        if finding.unmeasured.is_some() {
            return finding;
        }
        if matches!(report.found, Found::Dns(_) | Found::Addresses(_)) {
            finding.measured("time", Quantity::Time(report.phases.total()));
            finding.measured("records", Quantity::Count(records.len() as f64));
        }
        let judged = ["outcome", "rcode", "records"].iter().any(|name| self.bounds.mentions(name));
        if let (Found::Dns(_), false) = (&report.found, judged) {
            finding.judge("rcode", &Bound::exactly(Quantity::Text("NOERROR".to_owned())));
            finding.asserted("records", ">= 1", records.len().to_string(), !records.is_empty());
        }
        self.bounds.judge(&mut finding);
        self.judge_records(&mut finding, &records);
        finding
    }

    /// Notes what a server's answer says of itself; the data of the records asked for.
    fn answered(&self, finding: &mut Finding, answer: &DnsAnswer) -> Vec<String> {
        finding.told("outcome", "ok");
        finding.measured("rcode", Quantity::Text(answer.code.clone()));
        finding.told("authoritative", Trusted(if answer.authoritative { "true" } else { "false" }));
        let asked_for = answer.records.iter().filter(|record| record.answers);
        let ttl = asked_for.clone().map(|record| Duration::from_secs(record.ttl.into())).min();
        finding.measured("ttl", ttl.map(Quantity::Time));
        asked_for.map(|record| record.data.clone()).collect()
    }

    fn judge_records(&self, finding: &mut Finding, records: &[String]) {
        let among = |wanted: &String| records.iter().any(|record| same(record, wanted));
        let seen = if records.is_empty() { "no record".into() } else { Message::join(records, ", ") };
        if let Some(any) = &self.any {
            finding.asserted("any", Message::join(any, ", "), seen.clone(), any.iter().any(among));
        }
        if let Some(all) = &self.all {
            finding.asserted("all", Message::join(all, ", "), seen.clone(), all.iter().all(among));
        }
        if let Some(none) = &self.none {
            finding.asserted("none", Message::join(none, ", "), seen, !none.iter().any(among));
        }
    }
}

/// Addresses are compared as such, names without regard to case and the final dot.
fn same(record: &str, wanted: &str) -> bool {
    match (record.parse::<IpAddr>(), wanted.parse::<IpAddr>()) {
        (Ok(record), Ok(wanted)) => record == wanted,
        _ => record.trim_end_matches('.').eq_ignore_ascii_case(wanted.trim_end_matches('.')),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::UdpSocket;

    use crate::parts::trial::{certified_by, complaint, find, judged, plan, run};

    #[test]
    fn mistakes_are_pointed_at() {
        #[rustfmt::skip]
        let cases = [
            ("query = \"a..b\"\nserver = \"h\"",                          "labels"),
            ("query = \"a\"\nserver = \"h:99999\"",                       "out of range"),
            ("query = \"a\"\nserver = \"\"",                              "server is missing"),
            ("query = \"a\"\nserver = \"::1\"\ntype = \"QQ\"",            "record type"),
            ("query = \"a\"\ntls = {}",                                     "not asked over TLS"),
            ("query = \"a\"\ntype = \"MX\"",                              "knows A and AAAA"),
            ("query = \"a\"\nexpect = { rcode = \"NOERROR\" }",           "does not tell"),
            ("query = \"a\"\nserver = \"h\"\nresolver = \"system\"",      "either"),
            ("query = \"a\"\nresolver = \"local\"",                       "unknown word"),
            ("query = \"a\"\nserver = \"h\"\nexpect = { time = 5 }",      "unit"),
        ];
        for (text, words) in cases {
            let complaint = complaint("dns", text);
            assert!(complaint.contains(words), "{text}: {complaint}");
        }
        let plan = plan("dns", "query = \"a.test\"\nserver = \"[::1]:5353\"\ntype = \"mx\"").unwrap();
        assert_eq!(plan.checks[0].target, "a.test at [::1]:5353");
    }

    /// Knows that `a.test` has the address 192.0.2.7, and no other name.
    async fn server() -> u16 {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        tokio::spawn(async move {
            let mut message = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut message).await {
                let question = 12 + message[12..length].iter().position(|byte| *byte == 0).unwrap() + 5;
                let known = message[12..].starts_with(b"\x01a\x04test\x00\x00\x01");
                let other = message[12..].starts_with(b"\x05other");
                let code = if message[12..].starts_with(b"\x01a\x04test") || other { 0 } else { 3 };
                let mut answer = message[..question].to_vec();
                (answer[2], answer[3]) = (0x84, code);
                answer[4..12].copy_from_slice(&[0, 1, 0, known.into(), 0, 0, 0, 0]);
                if other {
                    // A record, but of a name that nobody asked about.
                    answer[7] = 1;
                    answer.extend(b"\x04evil\x00\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07");
                }
                if known {
                    answer.extend(b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07");
                }
                socket.send_to(&answer, from).await.unwrap();
            }
        });
        port
    }

    #[test]
    fn a_server_answers_as_it_ought_to() {
        run(async {
            let port = server().await;
            #[rustfmt::skip]
            let cases = [
                ("a.test", "",                                          "rcode NOERROR: true, records >= 1: true"),
                ("a.test", r#"type = "AAAA""#,                          "rcode NOERROR: true, records >= 1: false"),
                ("a.test", "type = \"AAAA\"\nexpect = { records = 0 }", "records 0: true"),
                ("a.test", r#"expect = { any = ["192.0.2.7", "192.0.2.8"] }"#,
                    "rcode NOERROR: true, records >= 1: true, any 192.0.2.7, 192.0.2.8: true"),
                ("a.test", r#"expect = { rcode = "NOERROR", all = ["192.0.2.7", "192.0.2.8"] }"#,
                    "rcode NOERROR: true, all 192.0.2.7, 192.0.2.8: false"),
                ("a.test", r#"expect = { rcode = "NOERROR", none = ["192.0.2.7"] }"#, "rcode NOERROR: true, none 192.0.2.7: false"),
                ("a.test", r#"expect = { rcode = "NOERROR", ttl = ">= 1m", authoritative = true, time = "< 5s" }"#,
                    "rcode NOERROR: true, time < 5s: true, ttl >= 1m: true, authoritative true: true"),
                ("other.test", "",                                      "rcode NOERROR: true, records >= 1: false"),
            ("b.test", "",                                          "rcode NOERROR: false, records >= 1: false"),
                ("b.test", r#"expect = { rcode = "NXDOMAIN" }"#,        "rcode NXDOMAIN: true"),
            ];
            for (name, lines, expected) in cases {
                let finding =
                    find("dns", &format!("query = \"{name}\"\nserver = \"127.0.0.1:{port}\"\n{lines}")).await;
                assert_eq!(judged(&finding), expected, "{name} {lines}: {finding:?}");
            }
        });
    }

    #[test]
    fn no_server_is_no_answer() {
        run(async {
            let closed = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
            let finding = find("dns", &format!("query = \"a.test\"\nserver = \"{closed}\"")).await;
            assert_eq!(judged(&finding), "outcome ok: false");
        });
    }

    #[test]
    fn the_system_knows_addresses() {
        run(async {
            let found = find(
                "dns",
                "query = \"127.0.0.1\"\nresolver = \"system\"\nexpect = { any = [\"127.0.0.1\"] }",
            )
            .await;
            assert_eq!(judged(&found), "outcome ok: true, any 127.0.0.1: true");
            let other = find("dns", "query = \"127.0.0.1\"\ntype = \"AAAA\"").await;
            assert_eq!(judged(&other), "outcome ok: false");
        });
    }

    #[test]
    fn a_server_is_asked_over_tls() {
        /// There is no such name, whatever it is.
        fn denial(question: &[u8]) -> Vec<u8> {
            let mut answer = question.to_vec();
            // Behind the length and the number: it is an answer, NXDOMAIN.
            answer[4] |= 0x80;
            answer[5] |= 3;
            answer
        }
        run(async {
            let server = certified_by(denial).await;
            let (port, ca) = (server.port, server.ca.path().display());
            let lines = |tls: &str| {
                format!(
                    "server = \"127.0.0.1:{port}\"\nquery = \"a.test\"\ntls = {tls}\nexpect = {{ rcode = \"NXDOMAIN\" }}"
                )
            };
            let finding =
                find("dns", &lines(&format!("{{ ca = \"{ca}\", server_name = \"db.test\" }}"))).await;
            assert_eq!(judged(&finding), "rcode NXDOMAIN: true", "{finding:?}");
            let distrusted = find("dns", &lines("{ server_name = \"db.test\" }")).await;
            assert_eq!(distrusted.value("outcome").unwrap().to_string(), "tls", "{distrusted:?}");
        });
    }
}
