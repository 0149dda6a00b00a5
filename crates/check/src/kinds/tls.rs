//! `kind = "tls"`: who a TLS server says it is, for how long yet, and how it speaks.
//!
//! The handshake goes on with a peer that cannot be trusted, so that everything else is known of it too; that it can be trusted is
//! expected unless something else is.

use netdiag_text::{Bound, Quantity};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expect::{Bounds, Expectations};
use crate::parts::probed::{PHASES, TLS};
use crate::parts::socket::{SocketProbe, endpoint};
use crate::parts::talk::Conversation;
use crate::parts::trust::Trust;
use crate::settings::Settings;
use crate::source::Placed;
use crate::work::{Config, Planned};

/// A TLS handshake with a TCP port.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Tls {
    /// Where to: `HOST:PORT`.
    target: Placed<String>,
    /// How TLS is spoken.
    #[serde(default)]
    tls: Trust,
    /// Conditions on `trusted` (`true` unless this or `fingerprint` is stated), `expires_in` (of the verified path, whatever the
    /// server sends besides; of the server's own certificate if nobody trusts it), `leaf_expires_in` (of its own), `version` (`TLSv1.3`), `cipher`, `alpn`, `names` (those the certificate is good for, separated by commas), `issuer`,
    /// `chain` (how many certificates were sent), `ocsp_stapled`, `fingerprint` (of its own certificate, as
    /// `openssl x509 -fingerprint -sha256` writes it: a pin), `outcome` (`ok` unless stated), `resolve`, `connect`, `tls`, `total`.
    #[serde(default)]
    expect: Expectations,
}

impl Config for Tls {
    const WORD: &'static str = "tls";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        let known = TLS.map(|(name, dimension)| (name.strip_prefix(PREFIX).unwrap_or(name), dimension));
        let mut bounds = Bounds::read(&self.expect, &[&PHASES, &known])?;
        let stated = ["trusted", "fingerprint", "outcome"].iter().any(|name| bounds.mentions(name));
        let speech = self.tls.speech(settings)?;
        if !speech.trusts_anybody() && !stated {
            bounds.put_first("trusted", Bound::exactly(Quantity::Text(true.to_string())));
        }
        let endpoint = endpoint(&self.target, "tls")?;
        Ok(Box::new(SocketProbe {
            speech: speech.trusting_anybody(),
            tls_prefix: "",
            ..SocketProbe::new(endpoint, Conversation::default(), bounds, settings)
        }))
    }
}

const PREFIX: &str = "tls_";

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use crate::parts::trial::{certified, complaint, find, judged, run};

    #[test]
    fn mistakes_are_pointed_at() {
        #[rustfmt::skip]
        let cases = [
            ("target = \"tcp://h:1\"",                              "no target of tls"),
            ("target = \"h:1\"\nexpect = { tls_version = \"x\" }",  "unknown measure"),
            ("target = \"h:1\"\ntls = { min = \"1.1\" }",           "unknown word `1.1`"),
        ];
        for (text, words) in cases {
            let complaint = complaint("tls", text);
            assert!(complaint.contains(words), "{text}: {complaint}");
        }
    }

    #[test]
    fn a_certificate_is_looked_at_whether_trusted_or_not() {
        run(async {
            let server = certified(b"").await;
            let (port, ca) = (server.port, server.ca.path().display());
            let trusting = format!("tls = {{ ca = \"{ca}\", server_name = \"db.test\" }}");
            let other = format!("tls = {{ ca = \"{ca}\", server_name = \"other.test\" }}");
            #[rustfmt::skip]
            let cases = [
                (&*trusting, "",                                          "outcome ok: true, trusted true: true"),
                (&trusting, r#"expect = { expires_in = "> 14d" }"#,       "outcome ok: true, trusted true: true, expires_in > 14d: true"),
                (&trusting, r#"expect = { expires_in = "> 40d" }"#,       "outcome ok: true, trusted true: true, expires_in > 40d: false"),
                (&trusting, r#"expect = { version = "TLSv1.3", names = "~db.test" }"#,
                    "outcome ok: true, trusted true: true, version TLSv1.3: true, names ~db.test: true"),
                (&other,    "",                                           "outcome ok: true, trusted true: false"),
                (&other,    "expect = { trusted = false }",               "outcome ok: true, trusted false: true"),
                ("",        r#"expect = { expires_in = "> 14d" }"#,       "outcome ok: true, trusted true: false, expires_in > 14d: true"),
                ("tls = { insecure = true }", "",                         "outcome ok: true"),
            ];
            for (tls, lines, expected) in cases {
                let finding = find("tls", &format!("target = \"127.0.0.1:{port}\"\n{tls}\n{lines}")).await;
                assert_eq!(judged(&finding), expected, "{tls} {lines}: {finding:?}");
            }
            let shown = find("tls", &format!("target = \"127.0.0.1:{port}\"")).await;
            let pin = shown.value("fingerprint").unwrap().to_string();
            assert_eq!((pin.len(), pin.split(':').count()), (95, 32), "{pin}");
            for (pin, holds) in [(pin.as_str(), true), (&"AA:".repeat(32), false)] {
                let lines = format!("target = \"127.0.0.1:{port}\"\nexpect = {{ fingerprint = \"{pin}\" }}");
                let finding = find("tls", &lines).await;
                assert_eq!(judged(&finding), format!("outcome ok: true, fingerprint {pin}: {holds}"));
            }
        });
    }

    #[test]
    fn what_speaks_no_tls_fails() {
        run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let target = format!("target = \"{}\"\n", listener.local_addr().unwrap());
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let _ = stream.try_write(b"220 hello\r\n");
                }
            });
            assert_eq!(judged(&find("tls", &target).await), "outcome ok: false, trusted true: false");
        });
    }
}
