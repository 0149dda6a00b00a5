//! `tls = { … }`: how a check speaks TLS. Certificates that a file names are read with it, so that a wrong name is a mistake in it.
//!
//! Those of the system are read once in a process, when TLS is first spoken: that takes longer than most checks.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use netdiag_probe::tls::{TlsClient, TlsVersion, TrustedCertificates};
use netdiag_text::{Message, Trusted, message, strerror};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::task::spawn_blocking;

use crate::finding::Finding;
use crate::settings::Settings;
use crate::source::{Complaint, Placed, contents};

/// How to speak TLS, as written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { ca = \"ca.pem\" }")]
pub(crate) struct Trust {
    /// Trust the certificates in this PEM file, and no others.
    ca: Option<Placed<PathBuf>>,
    /// Skip verification of the peer's certificate.
    #[serde(default)]
    insecure: bool,
    /// Ask for this name (SNI), and expect it in the certificate; the host's if absent.
    server_name: Option<String>,
    /// Offer these protocols (ALPN), preferred ones first.
    #[serde(default)]
    alpn: Vec<String>,
    /// Oldest version to accept.
    min: Option<Placed<Version>>,
    /// Newest version to offer.
    max: Option<Placed<Version>>,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
enum Version {
    #[serde(rename = "1.2")]
    V1_2,
    #[serde(rename = "1.3")]
    V1_3,
}

/// How TLS is spoken.
#[derive(Clone, Debug)]
pub(crate) struct Speech {
    /// Who trusts the certificates that the file names; those of the system are trusted if it names none.
    own: Option<TlsClient>,
    insecure: bool,
    server_name: Option<String>,
    alpn: Vec<String>,
    least: TlsVersion,
    most: TlsVersion,
    /// The same as options of the command.
    words: Vec<Message>,
}

impl Trust {
    /// Decides, and reads the certificates.
    pub(crate) fn speech(self, settings: &Settings<'_>) -> Result<Speech, Complaint> {
        let version = |placed: &Option<Placed<Version>>| {
            placed.as_ref().map(|version| match version.value {
                Version::V1_2 => TlsVersion::V1_2,
                Version::V1_3 => TlsVersion::V1_3,
            })
        };
        let least = version(&self.min).unwrap_or(TlsVersion::V1_2);
        let most = version(&self.max).unwrap_or(TlsVersion::V1_3);
        if let Some(max) = self.max.as_ref().filter(|_| least > most) {
            return Err(Complaint::new(&max.span, "`min` is newer than this"));
        }
        let trusting = |ca: &Placed<PathBuf>| {
            let found = settings.path(&ca.value);
            let path = found.display();
            trusting(&found).map_err(|why| Complaint::new(&ca.span, message!("{}: {}", path, why)))
        };
        let own = self.ca.as_ref().map(trusting).transpose()?;
        let words = self.words(settings);
        let Self { insecure, server_name, alpn, .. } = self;
        Ok(Speech { own, insecure, server_name, alpn, least, most, words })
    }

    fn words(&self, settings: &Settings<'_>) -> Vec<Message> {
        let ca = self.ca.as_ref().map(|ca| message!("--ca={}", settings.path(&ca.value).display()));
        let insecure = self.insecure.then(|| Message::from("--insecure"));
        let name = self.server_name.as_ref().map(|name| message!("--server-name={}", name));
        let alpn = (!self.alpn.is_empty()).then(|| message!("--alpn={}", self.alpn.join(",")));
        let version = |version: &Placed<Version>| {
            Trusted(match version.value {
                Version::V1_2 => "1.2",
                Version::V1_3 => "1.3",
            })
        };
        let least = self.min.as_ref().map(|least| message!("--tls-min={}", version(least)));
        let most = self.max.as_ref().map(|most| message!("--tls-max={}", version(most)));
        [ca, insecure, name, alpn, least, most].into_iter().flatten().collect()
    }
}

/// Who trusts the certificates in this file, and no others.
fn trusting(path: &Path) -> Result<TlsClient, Message> {
    let trusted = TrustedCertificates::in_text(&contents(path, MOST)?);
    trusted.map(TlsClient::trusting).map_err(|error| Trusted(&strerror(&error)).into())
}

/// Bytes of a file of certificates: those of a whole system are a quarter of a megabyte.
const MOST: u64 = 4 << 20;

impl Default for Speech {
    fn default() -> Self {
        let (least, most) = (TlsVersion::V1_2, TlsVersion::V1_3);
        Self {
            own: None,
            insecure: false,
            server_name: None,
            alpn: Vec::new(),
            least,
            most,
            words: Vec::new(),
        }
    }
}

impl Speech {
    /// The same, with whatever the peer's certificate is taken and looked at.
    pub(crate) fn trusting_anybody(self) -> Self {
        Self { insecure: true, ..self }
    }

    /// The options with which the command speaks it so.
    pub(crate) fn words(&self) -> &[Message] {
        &self.words
    }

    /// Whether the peer's certificate is of no matter.
    pub(crate) fn trusts_anybody(&self) -> bool {
        self.insecure
    }

    /// The client.
    ///
    /// # Errors
    /// A finding that says so: what the system trusts could not be read.
    pub(crate) async fn client(&self) -> Result<TlsClient, Finding> {
        let client = match &self.own {
            Some(own) => own.clone(),
            None => {
                let read = spawn_blocking(|| SYSTEM.get_or_init(TlsClient::new).clone());
                read.await.map_err(|lost| Finding::unmeasured(Trusted(&lost.to_string()), None))?
            }
        };
        Ok(TlsClient {
            insecure: self.insecure,
            server_name: self.server_name.clone(),
            alpn: self.alpn.clone(),
            at_least: self.least,
            at_most: self.most,
            ..client
        })
    }
}

static SYSTEM: OnceLock<TlsClient> = OnceLock::new();

#[cfg(test)]
mod tests {
    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use crate::kinds::Kind;
    use crate::parts::trial::complaint;

    /// What a check of each kind that speaks TLS has to say besides.
    const KINDS: [(&str, &str); 5] = [
        ("dns", "server = \"127.0.0.1\"\nquery = \"a.test\""),
        ("http", "url = \"https://127.0.0.1/\""),
        ("tcp", "target = \"127.0.0.1:1\""),
        ("tls", "target = \"127.0.0.1:1\""),
        ("unix", "path = \"/none\""),
    ];

    #[test]
    fn certificates_that_cannot_be_read_are_a_mistake_in_the_file() {
        let speaking = Kind::ALL.iter().filter(|kind| {
            let schema = (kind.schema)(&mut schemars::SchemaGenerator::default()).to_value();
            schema["properties"].get("tls").is_some()
        });
        assert_eq!(speaking.map(|kind| kind.word).collect::<Vec<_>>(), KINDS.map(|(kind, _)| kind));
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name).display().to_string();
        // Nobody ever writes to it.
        mkfifo(path("pipe").as_str(), Mode::S_IRWXU).unwrap();
        std::fs::write(path("text"), "no certificate").unwrap();
        std::fs::File::create(path("long")).unwrap().set_len(super::MOST + 1).unwrap();
        let files = [
            (path("typo.pem"), "No such file or directory"),
            (path("pipe"), "no regular file"),
            ("/dev/zero".to_owned(), "no regular file"),
            (path("text"), "no certificate"),
            (path("long"), "longer than 4 MiB"),
        ];
        for (kind, lines) in KINDS {
            for (file, words) in &files {
                let complaint = complaint(kind, &format!("tls = {{ ca = \"{file}\" }}\n{lines}"));
                // In the fourth line, where the name of the file is.
                let place = format!("net.toml:4:14: error: {file}: ");
                assert!(
                    complaint.contains(&place) && complaint.contains(words),
                    "{kind} {file}: {complaint}"
                );
            }
        }
    }
}
