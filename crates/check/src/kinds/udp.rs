//! `kind = "udp"`: a UDP port answers, or at least nobody says that it is closed.
//!
//! Silence is no answer: where nothing was to be said, it shows nothing, and the check is unmeasured.

use netdiag_probe::Exchange;
use netdiag_probe::talk::Step;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expect::{Bounds, Expectations};
use crate::parts::probed::{ECHO, PHASES};
use crate::parts::socket::{SocketProbe, endpoint};
use crate::parts::talk::{Bytes, Conversation, Talk};
use crate::settings::Settings;
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned};

/// Datagrams to a UDP port.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Udp {
    /// Where to: `HOST:PORT`.
    target: Placed<String>,
    /// What is said there, each step a datagram: `[{ send = "ping" }, { expect = "pong" }]`. Without it an empty datagram
    /// is sent, and a port nobody refuses is inconclusive.
    talk: Option<Placed<Talk>>,
    /// So many bytes are sent and have to come back.
    echo: Option<Placed<Bytes>>,
    /// Conditions on `outcome` (`ok`, `refused`, `timeout`, `silence`, …; `ok` unless stated), `resolve`, `ttfb`, `transfer`,
    /// `total`, `echoed`, `rate`.
    #[serde(default)]
    expect: Expectations,
}

impl Config for Udp {
    const WORD: &'static str = "udp";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        let bounds = Bounds::read(&self.expect, &[&PHASES, &ECHO])?;
        let conversation = Conversation { talk: self.talk, frame: None, echo: self.echo };
        let exchange = conversation.exchange()?;
        if let (Some(talk), Exchange::Script(script, _)) = (&conversation.talk, &exchange) {
            let step = |wanted: fn(&Step) -> bool| script.steps.iter().any(wanted);
            if step(|step| matches!(step, Step::StartTls | Step::End | Step::ExpectEnd)) {
                return Err(Complaint::new(&talk.span, "datagrams have neither an end nor TLS").into());
            }
            if !step(|step| matches!(step, Step::Expect(_))) {
                let message = "datagrams that nothing is expected of show nothing";
                return Err(Complaint::new(&talk.span, message).help("add { expect = \"…\" }").into());
            }
        }
        Ok(Box::new(SocketProbe::new(endpoint(&self.target, "udp")?, conversation, bounds, settings)))
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::UdpSocket;

    use crate::parts::trial::{complaint, find, judged, run};

    #[test]
    fn mistakes_are_pointed_at() {
        #[rustfmt::skip]
        let cases = [
            ("target = \"tcp://h:1\"",                             "no target of udp"),
            ("target = \"h:1\"\ntalk = [{ send = \"a\" }]",        "show nothing"),
            ("target = \"h:1\"\ntalk = [{ starttls = true }]",     "TLS"),
        ];
        for (text, words) in cases {
            let complaint = complaint("udp", text);
            assert!(complaint.contains(words), "{text}: {complaint}");
        }
    }

    #[test]
    fn a_port_answers_refuses_or_is_silent() {
        run(async {
            let answering = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let port = answering.local_addr().unwrap().port();
            tokio::spawn(async move {
                let mut datagram = [0; 2000];
                while let Ok((length, from)) = answering.recv_from(&mut datagram).await {
                    answering.send_to(&datagram[..length], from).await.unwrap();
                }
            });
            let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let quiet = silent.local_addr().unwrap().port();
            let closed = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
            let talk = r#"talk = [{ send = "ping" }, { expect = "^ping$" }]"#;
            #[rustfmt::skip]
            let cases = [
                (port,   "",                                      Some("outcome ok: true")),
                (port,   talk,                                    Some("outcome ok: true")),
                (port,   "echo = 4000",                           Some("outcome ok: true")),
                (port,   r#"talk = [{ send = "a" }, { expect = "b" }]"#, Some("outcome ok: false")),
                (quiet,  "",                                      None),
                (quiet,  r#"expect = { outcome = "silence" }"#,   Some("outcome silence: true")),
                (quiet,  talk,                                    Some("outcome ok: false")),
                (closed, "",                                      Some("outcome ok: false")),
                (closed, r#"expect = { outcome = "refused" }"#,   Some("outcome refused: true")),
            ];
            for (port, lines, expected) in cases {
                let finding = find("udp", &format!("target = \"127.0.0.1:{port}\"\n{lines}")).await;
                let seen = finding.unmeasured.is_none().then(|| judged(&finding));
                assert_eq!(seen.as_deref(), expected, "{port} {lines}: {finding:?}");
            }
        });
    }
}
