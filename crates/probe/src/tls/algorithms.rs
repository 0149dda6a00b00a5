//! Which signatures are verified: those of ring, and the pairs of curve and digest that ring lacks.
//!
//! In TLS 1.2 a signature scheme does not fix the curve, in TLS 1.3 it does: there only the first algorithm of a scheme counts.

use std::sync::LazyLock;

use p521::ecdsa::signature::hazmat::PrehashVerifier;
use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, ring as provider};
use rustls::pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm,
    SubjectPublicKeyInfoDer, alg_id,
};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use webpki::RawPublicKeyEntity;
use x509_parser::prelude::{FromDer, X509Certificate, X509Version};

/// Everything that can be verified.
pub(super) fn supported() -> WebPkiSupportedAlgorithms {
    *SUPPORTED
}

/// Schemes a peer may use whose signatures are not verified here; for those who go on with any peer.
pub(super) const UNVERIFIED: [SignatureScheme; 3] =
    [SignatureScheme::ED448, SignatureScheme::RSA_PKCS1_SHA1, SignatureScheme::ECDSA_SHA1_Legacy];

type Verifier = &'static dyn SignatureVerificationAlgorithm;

static SUPPORTED: LazyLock<WebPkiSupportedAlgorithms> = LazyLock::new(|| {
    let theirs = provider::default_provider().signature_verification_algorithms;
    let more: [Verifier; 5] = [&P521_SHA512, &P521_SHA384, &P521_SHA256, &P384_SHA512, &P256_SHA512];
    let mut mapping: Vec<(SignatureScheme, &'static [Verifier])> = theirs.mapping.to_vec();
    mapping.push((
        SignatureScheme::ECDSA_NISTP521_SHA512,
        leaked(vec![&P521_SHA512, &P384_SHA512, &P256_SHA512]),
    ));
    for (scheme, of_scheme) in &mut mapping {
        let own: Option<Verifier> = match *scheme {
            SignatureScheme::ECDSA_NISTP384_SHA384 => Some(&P521_SHA384),
            SignatureScheme::ECDSA_NISTP256_SHA256 => Some(&P521_SHA256),
            _ => None,
        };
        if let Some(own) = own {
            *of_scheme = leaked(of_scheme.iter().copied().chain([own]).collect());
        }
    }
    // Made once in a process.
    WebPkiSupportedAlgorithms {
        all: leaked(theirs.all.iter().copied().chain(more).collect()),
        mapping: Box::leak(mapping.into_boxed_slice()),
    }
});

/// The same for certificates of X.509 version 1, which the library does not read: the key is taken out for it. `None` if this is none.
pub(super) fn of_old(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
    first_only: bool,
) -> Option<Result<HandshakeSignatureValid, Error>> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    if certificate.version() == X509Version::V3 {
        return None;
    }
    let key = SubjectPublicKeyInfoDer::from(certificate.public_key().raw);
    let entity = RawPublicKeyEntity::try_from(&key).ok()?;
    let of_scheme = supported().mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
    let most = if first_only { 1 } else { usize::MAX };
    let mut algorithms = of_scheme.into_iter().flat_map(|(_, algorithms)| algorithms.iter()).take(most);
    let fits = algorithms.any(|one| entity.verify_signature(*one, message, signed.signature()).is_ok());
    let verdict = if fits {
        Ok(HandshakeSignatureValid::assertion())
    } else {
        Err(CertificateError::BadSignature.into())
    };
    Some(verdict)
}

fn leaked(algorithms: Vec<Verifier>) -> &'static [Verifier] {
    Box::leak(algorithms.into_boxed_slice())
}

/// ECDSA with a curve and a digest.
#[derive(Debug)]
struct Ecdsa {
    curve: Curve,
    digest: &'static Algorithm,
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
}

#[derive(Clone, Copy, Debug)]
enum Curve {
    P256,
    P384,
    P521,
}

static P521_SHA512: Ecdsa =
    Ecdsa { curve: Curve::P521, digest: &SHA512, key: alg_id::ECDSA_P521, signature: alg_id::ECDSA_SHA512 };
static P521_SHA384: Ecdsa =
    Ecdsa { curve: Curve::P521, digest: &SHA384, key: alg_id::ECDSA_P521, signature: alg_id::ECDSA_SHA384 };
static P521_SHA256: Ecdsa =
    Ecdsa { curve: Curve::P521, digest: &SHA256, key: alg_id::ECDSA_P521, signature: alg_id::ECDSA_SHA256 };
static P384_SHA512: Ecdsa =
    Ecdsa { curve: Curve::P384, digest: &SHA512, key: alg_id::ECDSA_P384, signature: alg_id::ECDSA_SHA512 };
static P256_SHA512: Ecdsa =
    Ecdsa { curve: Curve::P256, digest: &SHA512, key: alg_id::ECDSA_P256, signature: alg_id::ECDSA_SHA512 };

/// Verifies with one of the curve crates, whose types differ in nothing but their names.
macro_rules! verify {
    ($curve:ident, $key:ident, $digest:ident, $signature:ident) => {{
        let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes($key).map_err(|_| InvalidSignature)?;
        let signature = $curve::ecdsa::Signature::from_der($signature).map_err(|_| InvalidSignature)?;
        key.verify_prehash(&$digest, &signature).map_err(|_| InvalidSignature)
    }};
}

impl SignatureVerificationAlgorithm for Ecdsa {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let digest = digest(self.digest, message);
        // As a number it is the same; the library takes no digest of less than half a curve's length.
        let mut number = vec![0; P521_BYTES.saturating_sub(digest.as_ref().len())];
        number.extend(digest.as_ref());
        let short = digest.as_ref();
        match self.curve {
            Curve::P256 => verify!(p256, key, short, signature),
            Curve::P384 => verify!(p384, key, short, signature),
            Curve::P521 => verify!(p521, key, number, signature),
        }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

/// Bytes of a coordinate.
const P521_BYTES: usize = 66;

#[cfg(test)]
mod tests {
    use p521::ecdsa::signature::hazmat::PrehashSigner;

    use super::*;

    /// A key of the curve, as a certificate has it, and its signature of a digest.
    macro_rules! sign {
        ($curve:ident, $length:expr, $digest:expr) => {{
            let mut secret = [7; $length];
            secret[0] = 0;
            let key = $curve::ecdsa::SigningKey::from_slice(&secret).unwrap();
            let signature: $curve::ecdsa::Signature = key.sign_prehash($digest).unwrap();
            let public = $curve::ecdsa::VerifyingKey::from(&key).to_encoded_point(false);
            (public.as_bytes().to_vec(), signature.to_der().as_bytes().to_vec())
        }};
    }

    #[test]
    fn every_pair_of_curve_and_digest_is_verified() {
        for algorithm in [&P521_SHA512, &P521_SHA384, &P521_SHA256, &P384_SHA512, &P256_SHA512] {
            let message = digest(algorithm.digest, b"message");
            let mut padded = vec![0; P521_BYTES - message.as_ref().len()];
            padded.extend(message.as_ref());
            let (key, signature) = match algorithm.curve {
                Curve::P256 => sign!(p256, 32, message.as_ref()),
                Curve::P384 => sign!(p384, 48, message.as_ref()),
                Curve::P521 => sign!(p521, 66, &padded),
            };
            assert!(algorithm.verify_signature(&key, b"message", &signature).is_ok(), "{algorithm:?}");
            assert!(algorithm.verify_signature(&key, b"massage", &signature).is_err(), "{algorithm:?}");
            assert!(algorithm.verify_signature(&key[1..], b"message", &signature).is_err(), "{algorithm:?}");
        }
    }

    #[test]
    fn schemes_are_offered_once_each() {
        let mut schemes = supported().supported_schemes();
        schemes.extend(UNVERIFIED);
        let count = schemes.len();
        schemes.sort_by_key(|scheme| u16::from(*scheme));
        schemes.dedup();
        assert_eq!(schemes.len(), count);
        assert!(schemes.contains(&SignatureScheme::ECDSA_NISTP521_SHA512));
    }
}
