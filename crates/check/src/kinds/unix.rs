//! `kind = "unix"`: somebody listens on a unix socket, and its path has the mode and the owner it ought to have.

use std::os::unix::fs::MetadataExt;

use netdiag_host::{group_name, user_name};
use netdiag_probe::{Connector, Endpoint, Peer, UnixKind, UnixName};
use netdiag_text::{Dimension, Message, Quantity};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expect::{Bounds, Expectations};
use crate::finding::Finding;
use crate::parts::probed::{ECHO, PHASES, TLS};
use crate::parts::socket::SocketProbe;
use crate::parts::talk::{Bytes, Conversation, Talk};
use crate::parts::trust::Trust;
use crate::settings::Settings;
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned};

/// A connection to a unix socket.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Unix {
    /// The socket's path, or `@NAME` of the abstract namespace.
    path: Placed<String>,
    /// What the socket is of; a stream if absent.
    #[serde(default, rename = "type")]
    kind: SocketType,
    /// What is said there: a list of steps, or their text as `--talk` of `netdiag probe` reads it.
    talk: Option<Placed<Talk>>,
    /// How messages are told apart: `fixed:N`, `delimiter:TEXT`, `u8`, `u16be` and so on to `u64le`.
    frame: Option<Placed<String>>,
    /// So many bytes are sent and have to come back.
    echo: Option<Placed<Bytes>>,
    /// How TLS is spoken after a `starttls`.
    #[serde(default)]
    tls: Trust,
    /// Conditions on `outcome` (`ok`, `refused`, `no-such-socket`, `queue-full`, …; `ok` unless stated), `mode` (four octal
    /// digits: `0660`), `owner` and `group` (by name, or by number where there is none), `peer_pid`, `peer_uid` and `peer_user`
    /// (who called `listen`, as it was then; datagram sockets have no such peer), `connect`, `tls`, `ttfb`, `transfer`, `total`,
    /// `echoed`, `rate` and what TLS shows.
    #[serde(default)]
    expect: Expectations,
}

/// `unix(7)`.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum SocketType {
    /// `SOCK_STREAM`.
    #[default]
    Stream,
    /// `SOCK_DGRAM`.
    Dgram,
    /// `SOCK_SEQPACKET`.
    Seqpacket,
}

const PATH: [(&str, Dimension); 6] = [
    ("mode", Dimension::Text),
    ("owner", Dimension::Text),
    ("group", Dimension::Text),
    ("peer_pid", Dimension::Count),
    ("peer_uid", Dimension::Count),
    ("peer_user", Dimension::Text),
];

impl Config for Unix {
    const WORD: &'static str = "unix";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        let kind = match self.kind {
            SocketType::Stream => UnixKind::Stream,
            SocketType::Dgram => UnixKind::Dgram,
            SocketType::Seqpacket => UnixKind::Seqpacket,
        };
        let endpoint = settings
            .unix(kind, &self.path.value)
            .map_err(|wrong| Complaint::new(&self.path.span, Message::foreign(&wrong)))?;
        let bounds = Bounds::read(&self.expect, &[&PHASES, &PATH, &ECHO, &TLS])?;
        let conversation = Conversation { talk: self.talk, frame: self.frame, echo: self.echo };
        conversation.exchange()?;
        let speech = self.tls.speech(settings)?;
        Ok(Box::new(SocketProbe {
            connector: Connector::default(),
            speech,
            further: |finding, endpoint, report| {
                path(finding, endpoint);
                peer(finding, report.peer);
            },
            ..SocketProbe::new(endpoint, conversation, bounds, settings)
        }))
    }
}

/// Notes whose the path is and who may connect.
fn path(finding: &mut Finding, endpoint: &Endpoint) {
    let Endpoint::Unix(_, UnixName::Path(path)) = endpoint else { return };
    let Ok(metadata) = std::fs::metadata(path) else { return };
    let owner = user(metadata.uid());
    let group = group_name(metadata.gid());
    let values = [
        ("mode", format!("{:04o}", metadata.mode() & 0o7777)),
        ("owner", owner),
        ("group", group.unwrap_or_else(|| metadata.gid().to_string())),
    ];
    values.into_iter().for_each(|(name, value)| finding.measured(name, Quantity::Text(value)));
}

/// Notes who listens.
fn peer(finding: &mut Finding, peer: Option<Peer>) {
    let Some(Peer { pid, uid, .. }) = peer else { return };
    finding.measured("peer_pid", pid.map(|pid| Quantity::Count(pid.into())));
    finding.measured("peer_uid", Quantity::Count(uid.into()));
    finding.measured("peer_user", Quantity::Text(user(uid)));
}

/// A user's name, or number where it has none.
fn user(uid: u32) -> String {
    user_name(uid).unwrap_or_else(|| uid.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tokio::io::AsyncWriteExt;
    use tokio::net::{UnixDatagram, UnixListener};

    use crate::parts::trial::{complaint, find, judged, run};

    #[test]
    fn mistakes_are_pointed_at() {
        #[rustfmt::skip]
        let cases = [
            ("path = \"\"".to_owned(),                          "missing"),
            (format!("path = \"/{}\"", "a".repeat(108)),        "too long"),
            ("path = \"/s\"\ntype = \"raw\"".to_owned(),        "unknown word `raw`"),
            ("path = \"/s\"\nexpect = { mod = 1 }".to_owned(),  "unknown measure `mod`"),
        ];
        for (text, words) in cases {
            let complaint = complaint("unix", &text);
            assert!(complaint.contains(words), "{text}: {complaint}");
        }
    }

    #[test]
    fn sockets_of_all_kinds() {
        run(async {
            let directory = tempfile::tempdir().unwrap();
            let at = |name: &str| directory.path().join(name).display().to_string();
            let listener = UnixListener::bind(at("s")).unwrap();
            std::fs::set_permissions(at("s"), std::fs::Permissions::from_mode(0o640)).unwrap();
            tokio::spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    // Some only look whether it is there.
                    let _ = stream.write_all(b"hello\n").await;
                }
            });
            let _datagrams = UnixDatagram::bind(at("d")).unwrap();
            drop(UnixListener::bind(at("gone")).unwrap());
            let (pid, uid) = (std::process::id(), nix::unistd::Uid::effective());
            let peer =
                format!("expect = {{ peer_pid = {pid}, peer_uid = {uid}, peer_user = \"!= nobody-else\" }}");
            let me = format!(
                "outcome ok: true, peer_pid {pid}: true, peer_uid {uid}: true, peer_user != nobody-else: true"
            );
            #[rustfmt::skip]
            let cases = [
                ("s",    "",                                        "outcome ok: true"),
                ("s",    r#"talk = [{ expect = "^hello$" }]"#,      "outcome ok: true"),
                ("s",    r#"expect = { mode = "0640" }"#,           "outcome ok: true, mode 0640: true"),
                ("s",    r#"expect = { mode = "0660" }"#,           "outcome ok: true, mode 0660: false"),
                ("s",    r#"expect = { owner = "/./" }"#,           "outcome ok: true, owner /./: true"),
                ("s",    &peer,                                     &me),
                ("s",    "expect = { peer_uid = 4294967294 }",      "outcome ok: true, peer_uid 4294967294: false"),
                ("d",    r#"type = "dgram""#,                       "outcome ok: true"),
                ("d",    "type = \"dgram\"\nexpect = { peer_uid = 0 }", "outcome ok: true, peer_uid 0: false"),
                ("gone", r#"expect = { outcome = "refused" }"#,     "outcome refused: true"),
                ("none", r#"expect = { outcome = "no-such-socket" }"#, "outcome no-such-socket: true"),
                ("none", r#"expect = { mode = "0640" }"#,           "outcome ok: false, mode 0640: false"),
            ];
            for (name, lines, expected) in cases {
                let finding = find("unix", &format!("path = \"{}\"\n{lines}", at(name))).await;
                assert_eq!(judged(&finding), expected, "{name} {lines}: {finding:?}");
            }
        });
    }
}
