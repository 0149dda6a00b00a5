//! `tls = { … }`: how a check speaks TLS. Certificates are read when TLS is spoken, not with the file.
//!
//! Those of the system are read once in a process: that takes longer than most checks.

use std::path::PathBuf;
use std::sync::OnceLock;

use netdiag_probe::tls::{TlsClient, TlsVersion};
use netdiag_text::{Trusted, message, strerror};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::task::spawn_blocking;

use crate::finding::Finding;
use crate::source::{Complaint, Placed};

/// How to speak TLS.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trust {
    /// Trust the certificates in this PEM file, and no others.
    ca: Option<PathBuf>,
    /// Go on with a peer that is not to be trusted.
    #[serde(default)]
    insecure: bool,
    /// Ask for this name, and expect it in the certificate; the host's if absent.
    server_name: Option<String>,
    /// Offer these protocols, the best first.
    #[serde(default)]
    alpn: Vec<String>,
    /// Accept no older version.
    min: Option<Placed<Version>>,
    /// Offer no newer version.
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

impl Trust {
    /// Complains of versions that leave none to speak.
    pub(crate) fn check(&self) -> Result<(), Complaint> {
        let (least, most) = self.versions();
        match &self.max {
            Some(max) if least > most => Err(Complaint::new(&max.span, "`min` is newer than this")),
            _ => Ok(()),
        }
    }

    /// The same, with whatever the peer's certificate is taken and looked at.
    pub(crate) fn trusting_anybody(self) -> Self {
        Self { insecure: true, ..self }
    }

    /// Whether the peer's certificate is of no matter.
    pub(crate) fn trusts_anybody(&self) -> bool {
        self.insecure
    }

    fn versions(&self) -> (TlsVersion, TlsVersion) {
        let version = |placed: &Option<Placed<Version>>| {
            placed.as_ref().map(|version| match version.value {
                Version::V1_2 => TlsVersion::V1_2,
                Version::V1_3 => TlsVersion::V1_3,
            })
        };
        (version(&self.min).unwrap_or(TlsVersion::V1_2), version(&self.max).unwrap_or(TlsVersion::V1_3))
    }

    /// The client, or why there can be none.
    pub(crate) async fn client(&self) -> Result<TlsClient, Finding> {
        let path = self.ca.clone();
        let read = spawn_blocking(move || match path {
            None => Ok(SYSTEM.get_or_init(TlsClient::new).clone()),
            Some(path) => TlsClient::trusting_file(&path).map_err(|error| {
                let reason = message!("ca: {}: {}", path.display(), strerror(&error));
                Finding::unmeasured(reason, None)
            }),
        });
        let client =
            read.await.unwrap_or_else(|lost| Err(Finding::unmeasured(Trusted(&lost.to_string()), None)))?;
        let (at_least, at_most) = self.versions();
        let (insecure, server_name) = (self.insecure, self.server_name.clone());
        Ok(TlsClient { insecure, server_name, alpn: self.alpn.clone(), at_least, at_most, ..client })
    }
}

static SYSTEM: OnceLock<TlsClient> = OnceLock::new();
