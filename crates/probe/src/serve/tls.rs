//! Who a server is in TLS: a certificate from files, or one made at its start.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use netdiag_text::Secrets;
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::endpoint::{Endpoint, Host};
use crate::tls::{Certificate, pem, sentences};

/// A certificate and its key.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    /// The certificate as PEM text, for those who are to trust it; absent if it came from a file.
    pub made: Option<String>,
    /// What the certificate says of itself; absent if it was made.
    pub about: Option<Certificate>,
}

impl Identity {
    /// Reads a chain of certificates, the server's own first, and its key, both as PEM.
    ///
    /// # Errors
    /// A file cannot be read, or has nothing of the kind in it, or the one is not for the other; the file is named.
    pub fn from_files(certificate: &Path, key: &Path) -> io::Result<Self> {
        let of = |path: &Path| {
            let path = path.display().to_string();
            move |error: io::Error| io::Error::new(error.kind(), format!("{path}: {error}"))
        };
        let chain = pem::certificates(certificate).map_err(of(certificate))?;
        let key_read = pem::private_key(key).map_err(of(key))?;
        fits(&chain, &key_read, certificate).map_err(of(key))?;
        let about = chain.first().and_then(|own| Certificate::read(own).ok());
        Ok(Self { chain, key: key_read, made: None, about })
    }

    /// Makes a self-signed certificate, good for 90 days, for this machine's own names and those in `endpoints`.
    ///
    /// # Errors
    /// A host name no certificate could have.
    pub fn generate(endpoints: &[Endpoint]) -> io::Result<Self> {
        let other = |error: rcgen::Error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string());
        let key = KeyPair::generate().map_err(other)?;
        let mut params = CertificateParams::new(names(endpoints)).map_err(other)?;
        let now = SystemTime::now();
        params.not_before = (now - DAY).into();
        params.not_after = (now + 90 * DAY).into();
        let certificate = params.self_signed(&key).map_err(other)?;
        Ok(Self {
            made: Some(certificate.pem()),
            about: None,
            chain: vec![certificate.der().clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        })
    }

    /// Ready for handshakes; `protocols` are offered by ALPN.
    ///
    /// # Errors
    /// The key is not the certificate's.
    pub fn acceptor(self, protocols: &[&str]) -> io::Result<TlsAcceptor> {
        let invalid = |error: rustls::Error| {
            let why = Secrets::NONE.show(&sentences::of_tls(&error)).to_string();
            io::Error::new(io::ErrorKind::InvalidInput, why)
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(invalid)?.with_no_client_auth();
        let mut config = builder.with_single_cert(self.chain, self.key).map_err(invalid)?;
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn names(endpoints: &[Endpoint]) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    for endpoint in endpoints {
        let name = match endpoint {
            Endpoint::Tcp(inet) | Endpoint::Tls(inet) => match &inet.host {
                Host::Ip(address, _) if !address.is_unspecified() => address.to_string(),
                Host::Name(name) => name.trim_end_matches('.').to_owned(),
                Host::Ip(..) | Host::Any => continue,
            },
            Endpoint::Udp(_) | Endpoint::Unix(..) => continue,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Whether `key` can sign, and is that of the first certificate in the file of this name.
fn fits(
    chain: &[CertificateDer<'static>],
    key: &PrivateKeyDer<'static>,
    certificate: &Path,
) -> io::Result<()> {
    let signing = any_supported_type(key).map_err(|_| pem::invalid(&"no RSA, ECDSA or Ed25519 key"))?;
    match CertifiedKey::new(chain.to_vec(), signing).keys_match() {
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(pem::invalid(&format_args!("not the key of {}", certificate.display())))
        }
        // What cannot be compared is not known to differ.
        _ => Ok(()),
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
