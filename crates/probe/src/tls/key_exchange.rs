//! Key exchange on P-521, which ring lacks: in TLS 1.2 a server shows a certificate of a curve only to those who know the curve.
//!
//! It is offered last, so that nobody who can do better is held up by it.

use p521::ecdh::EphemeralSecret;
use p521::elliptic_curve::rand_core::OsRng;
use p521::{EncodedPoint, PublicKey};
use rustls::crypto::{ActiveKeyExchange, CryptoProvider, SharedSecret, SupportedKxGroup, ring};
use rustls::{Error, NamedGroup, PeerMisbehaved};

use super::algorithms;

/// What ring offers, and what is made here.
pub(super) fn provider() -> CryptoProvider {
    let mut provider = ring::default_provider();
    provider.kx_groups.push(&P521);
    provider.signature_verification_algorithms = algorithms::supported();
    provider
}

/// The curve.
#[derive(Debug)]
struct P521Group;

static P521: P521Group = P521Group;

/// Our half of an exchange.
struct Half {
    secret: EphemeralSecret,
    public: EncodedPoint,
}

impl SupportedKxGroup for P521Group {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let secret = EphemeralSecret::random(&mut OsRng);
        let public = EncodedPoint::from(secret.public_key());
        Ok(Box::new(Half { secret, public }))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

impl ActiveKeyExchange for Half {
    fn complete(self: Box<Self>, theirs: &[u8]) -> Result<SharedSecret, Error> {
        let theirs = PublicKey::from_sec1_bytes(theirs).map_err(|_| PeerMisbehaved::InvalidKeyShare)?;
        Ok(SharedSecret::from(&self.secret.diffie_hellman(&theirs).raw_secret_bytes()[..]))
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_bytes()
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_come_to_one_secret() {
        let (ours, theirs) = (P521.start().unwrap(), P521.start().unwrap());
        let (our_key, their_key) = (ours.pub_key().to_vec(), theirs.pub_key().to_vec());
        assert_eq!(our_key.len(), 133);
        let secrets = (ours.complete(&their_key).unwrap(), theirs.complete(&our_key).unwrap());
        assert_eq!(secrets.0.secret_bytes(), secrets.1.secret_bytes());
        let other = P521.start().unwrap();
        assert!(other.complete(&our_key[..132]).is_err());
    }
}
