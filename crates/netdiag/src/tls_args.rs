//! The options of every command that speaks TLS as a client.
//!
//! Certificates to trust are read only when TLS is really spoken: that takes milliseconds.

use std::path::PathBuf;

use clap::ValueEnum;
use netdiag_probe::tls::{TlsClient, TlsVersion};
use netdiag_text::{Exit, strerror};

use crate::failure::Failure;
use crate::invocation::Invocation;

/// How to speak TLS.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "TLS")]
pub(crate) struct TlsArgs {
    /// Trust the certificates in this PEM file, and no others
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Skip verification of the peer's certificate
    #[arg(long)]
    insecure: bool,

    /// Ask for this name (SNI), and expect it in the certificate
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,

    /// Offer these protocols (ALPN), preferred ones first
    #[arg(long, value_name = "PROTOCOL,…", value_delimiter = ',')]
    alpn: Vec<String>,

    /// Oldest version to accept
    #[arg(long, value_name = "1.2|1.3", hide_possible_values = true)]
    tls_min: Option<Version>,

    /// Newest version to offer
    #[arg(long, value_name = "1.2|1.3", hide_possible_values = true)]
    tls_max: Option<Version>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Version {
    #[value(name = "1.2")]
    V1_2,
    #[value(name = "1.3")]
    V1_3,
}

impl TlsArgs {
    /// The client asked for.
    pub(crate) fn client(&self, call: &Invocation) -> Result<TlsClient, Failure> {
        let client = match &self.ca {
            None => TlsClient::new(),
            Some(path) => TlsClient::trusting_file(path).map_err(|error| {
                call.failure(Exit::Misuse, format_args!("--ca {}: {}", path.display(), strerror(&error)))
            })?,
        };
        let client = TlsClient {
            insecure: self.insecure,
            server_name: self.server_name.clone(),
            alpn: self.alpn.clone(),
            at_least: self.tls_min.map_or(client.at_least, TlsVersion::from),
            at_most: self.tls_max.map_or(client.at_most, TlsVersion::from),
            ..client
        };
        match client.at_least <= client.at_most {
            true => Ok(client),
            false => Err(call.failure(Exit::Misuse, "--tls-min is newer than --tls-max")),
        }
    }
}

impl From<Version> for TlsVersion {
    fn from(version: Version) -> Self {
        match version {
            Version::V1_2 => Self::V1_2,
            Version::V1_3 => Self::V1_3,
        }
    }
}
