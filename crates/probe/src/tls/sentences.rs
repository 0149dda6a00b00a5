//! Errors of TLS as sentences: what is wrong, and what would help.
//!
//! The library shows many of its errors as the names of its own types; none of that is for people.

use netdiag_text::{Message, Trusted, message};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

use super::certificate::Certificate;

/// Why a peer's certificates are not to be trusted as those of `name`.
pub(crate) fn of_certificate(
    error: &webpki::Error,
    chain: &[CertificateDer<'static>],
    name: &ServerName<'_>,
) -> Message {
    use webpki::Error as E;
    let own = chain.first().and_then(|own| Certificate::read(own).ok());
    let words = match error {
        E::CertExpired { not_after, .. } => match own.filter(|own| seconds(own) == not_after.as_secs()) {
            Some(_) => "the certificate has expired: the server needs a new one",
            None => "a certificate that vouches for the server's has expired: the server has to send another",
        },
        E::CertNotValidYet { .. } => "the certificate is not valid yet, or this machine's clock is slow",
        E::CertNotValidForName(_) => return of_name(own.as_ref(), name),
        E::UnknownIssuer => return unknown_issuer(own.as_ref(), chain.len()),
        E::CaUsedAsEndEntity if own.as_ref().is_some_and(Certificate::is_self_signed) => {
            return unknown_issuer(own.as_ref(), chain.len());
        }
        E::CaUsedAsEndEntity => {
            "the server shows a CA's certificate as its own; given as ca, that very certificate is trusted"
        }
        E::EndEntityUsedAsCa => "the certificate was signed by one that is no CA's",
        E::InvalidSignatureForPublicKey => {
            "the certificate's signature is not its issuer's: it was tampered with, or two issuers have one name"
        }
        E::NameConstraintViolation => "the certificate's issuer may not vouch for this name",
        E::PathLenConstraintViolated => "a CA on the way may not vouch for another CA",
        E::RequiredEkuNotFoundContext(_) | E::EmptyEkuExtension => {
            "the certificate is not for servers (extended key usage)"
        }
        E::UnsupportedCertVersion => {
            "the certificate is of X.509 version 1 or 2; given as ca, that very certificate is trusted"
        }
        E::UnsupportedCriticalExtension => "the certificate has a critical extension that is not known here",
        E::UnsupportedSignatureAlgorithmContext(_)
        | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        | E::SignatureAlgorithmMismatch => UNVERIFIED,
        E::MaximumPathBuildCallsExceeded
        | E::MaximumPathDepthExceeded
        | E::MaximumSignatureChecksExceeded
        | E::MaximumNameConstraintComparisonsExceeded => {
            "the chain of certificates is too long to be followed"
        }
        E::CertRevoked | E::CertDistrusted => "the certificate was revoked",
        _ => "the certificate is malformed (RFC 5280)",
    };
    words.into()
}

const UNVERIFIED: &str = "the certificate's key or signature is of a kind that cannot be verified here: RSA of less than 2048 bits, SHA-1, \
                          DSA, or a rare curve";

fn seconds(certificate: &Certificate) -> u64 {
    certificate.not_after.duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

fn of_name(own: Option<&Certificate>, name: &ServerName<'_>) -> Message {
    let name = name.to_str();
    match own.map(|own| own.names.join(", ")).unwrap_or_default() {
        names if names.is_empty() => {
            message!("the certificate is not valid for the name {}: it has no names (subjectAltName)", name)
        }
        names => message!("the certificate is not valid for the name {}, only for {}", name, names),
    }
}

fn unknown_issuer(own: Option<&Certificate>, sent: usize) -> Message {
    let Some(own) = own else { return "nobody trusted has signed the certificate".into() };
    match own.is_self_signed() {
        true => {
            "the certificate is signed by itself, and is not among the trusted; given as ca, it is".into()
        }
        false if sent == 1 => message!(
            "no trusted issuer of the certificate is known: {}; it has to be given as ca, or the server has to send the certificates \
             between",
            own.issuer
        ),
        false => message!(
            "nobody trusted has signed the certificate, nor what the server sent with it; issuer: {}",
            own.issuer
        ),
    }
}

/// What a handshake, or the connection afterwards, failed for.
pub(crate) fn of_tls(error: &Error) -> Message {
    let words = match error {
        Error::InvalidCertificate(CertificateError::BadSignature) => {
            "the peer does not prove that the certificate's key is its own"
        }
        Error::InvalidCertificate(CertificateError::BadEncoding) => "the certificate is malformed (RFC 5280)",
        Error::InvalidCertificate(_) => UNVERIFIED,
        Error::AlertReceived(alert) => return of_alert(*alert),
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::InvalidEmptyPayload
            | InvalidMessage::MessageTooLarge,
        ) => "the peer does not speak TLS",
        Error::InvalidMessage(_) => "the peer sent a malformed message of TLS",
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled,
        ) => "the peer speaks no version of TLS that is allowed here; only 1.2 and 1.3 are spoken at all",
        Error::PeerIncompatible(
            PeerIncompatible::NoCipherSuitesInCommon
            | PeerIncompatible::NoKxGroupsInCommon
            | PeerIncompatible::NoSignatureSchemesInCommon,
        ) => "the peer has no cipher, key exchange or signature in common with us",
        Error::PeerIncompatible(_) => "the peer lacks a part of TLS that is needed here",
        Error::PeerMisbehaved(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerSentOversizedRecord => "the peer breaks the rules of TLS",
        Error::NoCertificatesPresented => "the peer showed no certificate",
        Error::DecryptError => "what the peer sent cannot be decrypted",
        Error::NoApplicationProtocol => "the peer speaks none of the protocols offered (ALPN)",
        Error::FailedToGetCurrentTime => "this machine does not tell the time",
        Error::FailedToGetRandomBytes => "this machine gives no random numbers",
        _ => "TLS failed for a reason of our own",
    };
    words.into()
}

/// What the peer ended the handshake with (RFC 8446 §6).
fn of_alert(alert: AlertDescription) -> Message {
    let words = match alert {
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
            "the peer has no cipher, key exchange or signature in common with us, or wants a client certificate"
        }
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
            "the peer wants a client certificate, and there is none to show"
        }
        AlertDescription::ProtocolVersion => {
            "the peer speaks no version of TLS that is allowed here; only 1.2 and 1.3 are spoken at all"
        }
        AlertDescription::UnrecognisedName => "the peer knows no server of the name asked for",
        AlertDescription::NoApplicationProtocol => "the peer speaks none of the protocols offered (ALPN)",
        AlertDescription::InternalError => "the peer failed for a reason of its own",
        AlertDescription::AccessDenied => "the peer does not let us in",
        AlertDescription::UnknownCA => "the peer does not trust the certificate's issuer",
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown => "the peer does not take the certificate",
        _ => {
            let name = alert.as_str().map_or_else(|| u8::from(alert).to_string(), str::to_owned);
            return message!("the peer ended the connection with the alert {}", Trusted(&name));
        }
    };
    words.into()
}
