//! Certificates and keys in PEM files (RFC 7468), and what is wrong with those that are none.
//!
//! Errors do not name the file, and never quote from it: it may be a key.

use std::fmt::Display;
use std::io;
use std::path::Path;

use rustls::pki_types::CertificateDer;
#[cfg(feature = "server")]
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::{Error, PemObject};

use super::certificate::Certificate;

/// Every certificate in a file, in order; never none.
///
/// # Errors
/// The file cannot be read, or those of [`certificates_in`].
pub(crate) fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    certificates_in(&std::fs::read(path)?)
}

/// Every certificate in the text of a file, in order; never none.
///
/// # Errors
/// It has none, or one that is damaged.
pub(crate) fn certificates_in(text: &[u8]) -> io::Result<Vec<CertificateDer<'static>>> {
    let mut certificates = Vec::new();
    for (number, certificate) in (1..).zip(CertificateDer::pem_slice_iter(text)) {
        let certificate = certificate.map_err(|error| damaged(&error))?;
        let read = Certificate::read(&certificate);
        read.map_err(|_| invalid(&format_args!("certificate {number} in it is no X.509 certificate")))?;
        certificates.push(certificate);
    }
    match certificates.is_empty() {
        true => Err(none("certificate", text)),
        false => Ok(certificates),
    }
}

/// The first private key in a file.
///
/// # Errors
/// The file cannot be read, has none, or has one that is encrypted or damaged.
#[cfg(feature = "server")]
pub(crate) fn private_key(path: &Path) -> io::Result<PrivateKeyDer<'static>> {
    let text = std::fs::read(path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        Error::NoItemsFound if memchr::memmem::find(&text, b"ENCRYPTED").is_some() => {
            invalid(&"the private key in it is encrypted; `openssl pkey` writes it without a passphrase")
        }
        Error::NoItemsFound => none("private key", &text),
        error => damaged(&error),
    })
}

pub(crate) fn invalid(error: &dyn Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}

fn none(what: &str, text: &[u8]) -> io::Error {
    // A sequence whose length takes two bytes: what every certificate and key is, unwrapped.
    match text {
        [0x30, 0x82, ..] => invalid(&format_args!("no {what} in it as PEM: it seems to be DER")),
        _ => invalid(&format_args!("no {what} in it")),
    }
}

fn damaged(error: &Error) -> io::Error {
    match error {
        Error::MissingSectionEnd { .. } => invalid(&"damaged: a section of it has no end"),
        Error::IllegalSectionStart { .. } => invalid(&"damaged: the first line of a section is wrong"),
        Error::Base64Decode(_) => invalid(&"damaged: a section of it is not base64"),
        other => invalid(other),
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_without_quoting() {
        let good = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (cert, key) = (good.cert.pem(), good.signing_key.serialize_pem());
        let damaged = |text: &str, at: &str| text.replacen(at, &format!("{at}!"), 1);
        let wrapped =
            |label: &str, inside: &str| format!("-----BEGIN {label}-----\n{inside}\n-----END {label}-----\n");
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let outcome = |text: &[u8], certificate: bool| {
            std::fs::write(&path, text).unwrap();
            let read = if certificate {
                certificates(&path).map(|found| format!("{} of them", found.len()))
            } else {
                private_key(&path).map(|_| "a key".to_owned())
            };
            read.unwrap_or_else(|error| error.to_string())
        };
        #[rustfmt::skip]
        let cases: [(Vec<u8>, &str, &str); 10] = [
            // what is in it,                                as certificates,                       as a key
            ("".into(),                                      "no certificate in it",                "no private key in it"),
            ("hello\n".into(),                                 "no certificate in it",                "no private key in it"),
            (vec![0x30, 0x82, 1, 2, 3],                         "no certificate in it as PEM: it seems to be DER", "no private key in it as PEM: it seems to be DER"),
            (cert.clone().into(),                                "1 of them",                           "no private key in it"),
            (key.clone().into(),                                 "no certificate in it",                "a key"),
            (cert[..100].into(),                        "damaged: a section of it has no end", "damaged: a section"),
            (damaged(&cert, "\n").into(),                "damaged: a section of it is not base64", "damaged: a section"),
            ([&cert, &*wrapped("CERTIFICATE", "AAAA")].concat().into(), "certificate 2 in it is no X.509 certificate", "no private key in it"),
            (damaged(&key, "\n").into(),                 "damaged: a section of it is not base64", "damaged: a section of it is not base64"),
            (wrapped("ENCRYPTED PRIVATE KEY", "AAAA").into(), "no certificate in it",           "the private key in it is encrypted"),
        ];
        for (text, as_certificates, as_key) in cases {
            for (expected, certificate) in [(as_certificates, true), (as_key, false)] {
                let said = outcome(&text, certificate);
                let shown = text.escape_ascii();
                assert!(said.starts_with(expected), "{shown}: {said}");
            }
        }
    }
}
