//! `kind = "tcp"`: a TCP port takes connections, and says what it ought to; or refuses them, where that is expected.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::expect::{Bounds, Expectations};
use crate::parts::probed::{ECHO, PHASES, TLS};
use crate::parts::socket::{SocketProbe, endpoint};
use crate::parts::talk::{Bytes, Conversation, Talk};
use crate::parts::trust::Trust;
use crate::settings::Settings;
use crate::source::Placed;
use crate::work::{Config, Planned};

/// A connection to a TCP port.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Tcp {
    /// Where to: `HOST:PORT`, a port alone being one of this host's.
    target: Placed<String>,
    /// What is said there: a list of steps, or their text as `--talk` of `netdiag probe` reads it.
    talk: Option<Placed<Talk>>,
    /// How messages are told apart: `fixed:N`, `delimiter:TEXT`, `u8`, `u16be` and so on to `u64le`.
    frame: Option<Placed<String>>,
    /// So many bytes are sent and have to come back.
    echo: Option<Placed<Bytes>>,
    /// How TLS is spoken after a `starttls`.
    #[serde(default)]
    tls: Trust,
    /// Conditions on `outcome` (`ok`, `refused`, `timeout`, …; `ok` unless stated), `resolve`, `connect`, `tls`, `ttfb`,
    /// `transfer`, `total`, `echoed`, `rate`, `tls_version`, `tls_cipher`, `tls_alpn`, `tls_trusted`, `tls_expires_in`, `tls_leaf_expires_in`,
    /// `tls_names`, `tls_issuer`, `tls_chain`, `tls_ocsp_stapled`, `tls_fingerprint`.
    #[serde(default)]
    expect: Expectations,
}

impl Config for Tcp {
    const WORD: &'static str = "tcp";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        let bounds = Bounds::read(&self.expect, &[&PHASES, &ECHO, &TLS])?;
        let conversation = Conversation { talk: self.talk, frame: self.frame, echo: self.echo };
        conversation.exchange()?;
        let speech = self.tls.speech(settings)?;
        let endpoint = endpoint(&self.target, "tcp")?;
        Ok(Box::new(SocketProbe { speech, ..SocketProbe::new(endpoint, conversation, bounds, settings) }))
    }
}

#[cfg(test)]
mod tests {
    use netdiag_text::Quantity;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use crate::finding::Finding;
    use crate::parts::trial::{complaint, find, judged, plan, run};

    #[test]
    fn mistakes_are_pointed_at() {
        #[rustfmt::skip]
        let cases = [
            (r#"target = "h""#,                                           "port is missing"),
            (r#"target = "udp://h:1""#,                                   "no target of tcp"),
            (r#"target = "h:0""#,                                         "no target of tcp"),
            (r#"target = "h:1""#,                                         ""),
            ("target = \"h:1\"\nexpect = { conect = \"< 1s\" }",          "unknown measure `conect`"),
            ("target = \"h:1\"\nexpect = { connect = \"< 1\" }",          "unit"),
            ("target = \"h:1\"\ntalk = [{ expect = \"(\" }]",             "unclosed"),
            ("target = \"h:1\"\ntalk = [{ send = \"a\", expect = \"b\" }]", "steps of their own"),
            ("target = \"h:1\"\ntalk = [{ starttls = false }]",           "left out"),
            ("target = \"h:1\"\ntalk = [{ sned = \"a\" }]",               "unknown key `sned`"),
            ("target = \"h:1\"\ntalk = \"say a\"",                        "line 1"),
            ("target = \"h:1\"\ntalk = 5",                                "list of steps"),
            ("target = \"h:1\"\ntalk = [{ end = true }]\necho = 5",       "either"),
            ("target = \"h:1\"\necho = 0",                                "nothing"),
            ("target = \"h:1\"\nframe = \"u8\"",                          "without `talk`"),
            ("target = \"h:1\"\ntalk = [{ expect = '\\w{1,200}x' }]",  ":5:20: error: `\\w{1,200}x`"),
            ("target = \"h:1\"\ntls = { min = \"1.3\", max = \"1.2\" }",  "newer"),
        ];
        let many = |count| format!("target = \"h:1\"\ntalk = [{}]", "{ expect = \"a\" }, ".repeat(count));
        let script = |count| format!("target = \"h:1\"\ntalk = \"{}\"", "expect a\\n".repeat(count));
        for text in [many(64), script(64)] {
            assert_eq!(complaint("tcp", &text), "");
        }
        for text in [many(65), script(65)] {
            let complaint = complaint("tcp", &text);
            assert!(
                complaint.contains(":5:8: error: 65 expressions are expected, at most 64"),
                "{complaint}"
            );
        }
        for (text, words) in cases {
            let complaint = complaint("tcp", text);
            assert!(
                complaint.contains(words) && complaint.is_empty() == words.is_empty(),
                "{text}: {complaint}"
            );
        }
    }

    /// A server that greets, takes a line, and gives everything after it back.
    async fn greeter() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut heard = [0; 6];
                    let _ = stream.write_all(b"220 hello\r\n").await;
                    if stream.read_exact(&mut heard).await.is_ok() && heard == *b"EHLO\r\n" {
                        stream.write_all(b"250-STARTTLS\r\n").await.unwrap();
                    }
                });
            }
        });
        port
    }

    #[test]
    fn a_port_says_what_it_ought_to() {
        run(async {
            let port = greeter().await;
            let talk = |talk: &str| format!("target = \"127.0.0.1:{port}\"\n{talk}");
            #[rustfmt::skip]
            let cases = [
                ("", "outcome ok: true"),
                (r#"expect = { connect = "< 5s", outcome = "ok" }"#, "connect < 5s: true, outcome ok: true"),
                (r#"expect = { outcome = "refused" }"#, "outcome refused: false"),
                (r#"talk = [{ expect = "^220 " }, { send = "EHLO\r\n" }, { expect = "STARTTLS" }]"#, "outcome ok: true"),
                ("talk = '''\nexpect ^220\nsend EHLO\\r\\n\nexpect-text 250-\n'''", "outcome ok: true"),
                (r#"talk = [{ expect = "^554" }, { expect-end = true }]"#, "outcome ok: false"),
            ];
            for (lines, expected) in cases {
                let finding = find("tcp", &talk(lines)).await;
                assert_eq!(judged(&finding), expected, "{lines}: {finding:?}");
            }
            let failed = find("tcp", &talk(r#"talk = [{ expect = "^554" }]"#)).await;
            let seen = failed.assertions[0].seen.as_ref().unwrap().unshown();
            assert!(seen.contains(": step 1 (expect \"^554\"): timed out after "), "{seen}");
            assert!(seen.starts_with("timeout:") && seen.contains("it said \"220 hello"), "{seen}");
        });
    }

    #[test]
    fn a_hint_is_the_same_conversation() {
        let hint = |lines: &str| {
            let plan = plan("tcp", &format!("target = \"h:1\"\n{lines}")).unwrap();
            plan.checks[0].work.hint(&Finding::default()).unwrap().unshown().to_owned()
        };
        #[rustfmt::skip]
        let cases = [
            ("", "netdiag probe tcp://h:1"),
            ("timeout = \"300ms\"\nfamily = \"4\"\necho = \"64KiB\"", "netdiag probe -4 --timeout=300ms --echo=65536 tcp://h:1"),
            (r#"talk = [{ expect = "^220 " }, { send = 'EHLO\r\n' }, { starttls = true }, { expect-end = true }]"#,
             r"netdiag probe '--expect=^220 ' '--send=EHLO\r\n' --starttls --expect-end tcp://h:1"),
            ("frame = \"u8\"\ntalk = '''\n# greets\nexpect-text it's\nend\n'''", r"netdiag probe --frame=u8 '--expect-text=it'\''s' --end tcp://h:1"),
        ];
        for (lines, expected) in cases {
            assert_eq!(hint(lines), expected, "{lines}");
        }
        let plan = plan("tcp", "target = \"db:443\"").unwrap();
        #[rustfmt::skip]
        let cases = [("timeout", "netdiag trace --tcp --port 443 db"), ("refused", "netdiag probe tcp://db:443")];
        for (outcome, expected) in cases {
            let mut finding = Finding::default();
            finding.told("outcome", outcome);
            assert_eq!(plan.checks[0].work.hint(&finding).unwrap().unshown(), expected, "{outcome}");
        }
        let mut connected = Finding::default();
        connected.told("outcome", "timeout");
        connected.measured("connect", Quantity::Count(1.0));
        assert!(plan.checks[0].work.hint(&connected).unwrap().unshown().starts_with("netdiag probe"));
    }

    #[test]
    fn a_closed_port_refuses_and_that_can_be_what_is_wanted() {
        run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let target = format!("target = \"{}\"\n", listener.local_addr().unwrap());
            drop(listener);
            let refused = find("tcp", &format!("{target}expect = {{ outcome = \"refused\" }}")).await;
            assert_eq!(judged(&refused), "outcome refused: true");
            assert_eq!(judged(&find("tcp", &target).await), "outcome ok: false");
        });
    }

    #[test]
    fn an_echo_comes_back_whole() {
        run(async {
            let listener = TcpListener::bind("[::1]:0").await.unwrap();
            let target = format!("target = \"{}\"\necho = \"64KiB\"\n", listener.local_addr().unwrap());
            tokio::spawn(async move {
                let (stream, _) = listener.accept().await.unwrap();
                let (mut read, mut write) = stream.into_split();
                tokio::io::copy(&mut read, &mut write).await.unwrap();
            });
            let finding =
                find("tcp", &format!("{target}expect = {{ echoed = \"64KiB\", rate = \"> 1B/s\" }}")).await;
            assert_eq!(judged(&finding), "outcome ok: true, echoed 64KiB: true, rate > 1B/s: true");
        });
    }
}
