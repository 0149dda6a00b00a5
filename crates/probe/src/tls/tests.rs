//! Handshakes with a server of rustls over loopback, its certificates made on the spot.

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedKey, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
    generate_simple_self_signed,
};
use rustls::ServerConfig;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey as Certified, SingleCertAndKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;

/// Shakes hands with a server that has this certificate and echoes four bytes.
fn shake(
    client: &TlsClient,
    certificate: &rcgen::Certificate,
    key: &KeyPair,
    alpn: &[&str],
) -> (Result<[u8; 4], Error>, TlsReport) {
    shake_with(client, vec![certificate.der().clone()], key, alpn)
}

/// The same with a chain, the server's own certificate first, which need not be of that key.
fn shake_with(
    client: &TlsClient,
    chain: Vec<CertificateDer<'static>>,
    key: &KeyPair,
    alpn: &[&str],
) -> (Result<[u8; 4], Error>, TlsReport) {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let own = Certified::new(chain, any_supported_type(&key).unwrap());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::new(SingleCertAndKey::from(own)));
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (far, _) = listener.accept().await.unwrap();
        let server = tokio::spawn(async move {
            let mut stream = acceptor.accept(far).await?;
            let mut bytes = [0; 4];
            stream.read_exact(&mut bytes).await?;
            stream.write_all(&bytes).await
        });
        let host = Host::Name("server.test".to_owned());
        let (stream, report) = client.handshake(PlainStream::Tcp(near), &host).await;
        let echoed = match stream {
            Ok(mut stream) => {
                stream.write_all(b"ping").await.unwrap();
                let mut bytes = [0; 4];
                stream.read_exact(&mut bytes).await.unwrap();
                server.await.unwrap().unwrap();
                Ok(bytes)
            }
            Err(error) => Err(error),
        };
        (echoed, report.unwrap())
    })
}

fn nobody() -> TlsClient {
    TlsClient::trusting(TrustedCertificates::default())
}

fn trusting(certificate: &rcgen::Certificate) -> TlsClient {
    let mut trusted = TrustedCertificates::default();
    trusted.add(certificate.der().clone()).unwrap();
    TlsClient::trusting(trusted)
}

/// A key and a certificate's parameters: for `names`, or for the common name of a CA if there are none.
fn parameters(names: &[&str], common: &str) -> (KeyPair, CertificateParams) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names.clone()).unwrap();
    params.distinguished_name.push(DnType::CommonName, common);
    if names.is_empty() {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    (KeyPair::generate().unwrap(), params)
}

#[test]
fn a_trusted_peer_tells_all_about_itself() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["server.test".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let client = TlsClient { alpn: vec!["h2".to_owned(), "http/1.1".to_owned()], ..trusting(&cert) };
    let (echoed, report) = shake(&client, &cert, &signing_key, &["http/1.1"]);
    assert_eq!(&echoed.unwrap(), b"ping");
    assert_eq!((report.version, report.alpn.as_deref()), (Some("TLSv1.3"), Some("http/1.1")));
    assert_eq!(report.distrust, None);
    let certificate = report.chain[0].as_ref().unwrap();
    assert_eq!(certificate.names, ["server.test", "127.0.0.1"]);
    let old = TlsClient { at_most: TlsVersion::V1_2, ..client };
    assert_eq!(shake(&old, &cert, &signing_key, &[]).1.version, Some("TLSv1.2"));
}

#[test]
fn a_distrusted_peer_is_shown_all_the_same() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["server.test".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2002, 1, 1);
    let cert = params.self_signed(&key).unwrap();
    let (echoed, report) = shake(&trusting(&cert), &cert, &key, &[]);
    assert!(echoed.unwrap_err().to_string().contains("expired"));
    let certificate = report.chain[0].as_ref().unwrap();
    assert_eq!(certificate.expires_in(SystemTime::now()), None);
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_009_843_200);
    assert_eq!(certificate.not_after, end);

    let (echoed, report) = shake(&nobody(), &cert, &key, &[]);
    assert!(matches!(echoed, Err(Error::Tls(_))));
    assert!(report.distrust.is_some());
    let lenient = TlsClient { insecure: true, ..nobody() };
    let (echoed, report) = shake(&lenient, &cert, &key, &[]);
    assert_eq!(&echoed.unwrap(), b"ping");
    assert!(report.distrust.is_some(), "{report:?}");
}

#[test]
fn a_name_the_certificate_has_not_is_refused() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["other.test".to_owned()]).unwrap();
    let client = trusting(&cert);
    let (echoed, report) = shake(&client, &cert, &signing_key, &[]);
    assert!(echoed.is_err() && report.distrust.unwrap().unshown().contains("name"));
    let asking = TlsClient { server_name: Some("other.test".to_owned()), ..client };
    assert_eq!(&shake(&asking, &cert, &signing_key, &[]).0.unwrap(), b"ping");
}

#[test]
fn a_certificate_that_is_trusted_itself_may_be_of_any_kind() {
    // What `openssl req -x509 -subj /CN=server.test` makes: a CA's, and no other name in it.
    let (key, params) = parameters(&[], "server.test");
    let plain = params.self_signed(&key).unwrap();
    let (echoed, report) = shake(&trusting(&plain), &plain, &key, &[]);
    assert_eq!((&echoed.unwrap(), report.distrust), (b"ping", None));
    assert_eq!(report.path.len(), 1);
    let (key, params) = parameters(&[], "other.test");
    let other = params.self_signed(&key).unwrap();
    let (echoed, _) = shake(&trusting(&other), &other, &key, &[]);
    assert!(echoed.unwrap_err().to_string().contains("not valid for the name server.test"));

    // One that somebody else has signed, who is not trusted.
    let (issuer_key, issuer_params) = parameters(&[], "CA");
    let issuer = Issuer::from_params(&issuer_params, &issuer_key);
    let (key, params) = parameters(&["server.test"], "leaf");
    let leaf = params.signed_by(&key, &issuer).unwrap();
    assert!(shake(&trusting(&leaf), &leaf, &key, &[]).0.is_ok());
    // Trusted itself, it is still out of date when it is.
    let (key, mut params) = parameters(&["server.test"], "leaf");
    params.not_after = date_time_ymd(2002, 1, 1);
    let old = params.signed_by(&key, &issuer).unwrap();
    assert!(shake(&trusting(&old), &old, &key, &[]).0.unwrap_err().to_string().contains("expired"));
}

#[test]
fn what_the_server_sends_for_nothing_does_not_expire() {
    let soon = SystemTime::now() + Duration::from_secs(86_400);
    let later = SystemTime::now() + Duration::from_secs(40 * 86_400);
    let (issuer_key, mut issuer_params) = parameters(&[], "CA");
    issuer_params.not_after = later.into();
    let issuer = issuer_params.self_signed(&issuer_key).unwrap();
    let signer = Issuer::from_params(&issuer_params, &issuer_key);
    let (key, params) = parameters(&["server.test"], "leaf");
    let leaf = params.signed_by(&key, &signer).unwrap();
    // As in May 2020: an issuer about to expire that nobody needs any more.
    let (old_key, mut old_params) = parameters(&[], "old");
    old_params.not_after = soon.into();
    let old = old_params.self_signed(&old_key).unwrap();
    let chain = vec![leaf.der().clone(), old.der().clone()];
    let (_, report) = shake_with(&trusting(&issuer), chain.clone(), &key, &[]);
    assert_eq!((report.chain.len(), report.path.len()), (2, 2));
    assert_eq!(report.first_to_expire().unwrap().subject, "CN=CA");
    let (_, report) = shake_with(&TlsClient { insecure: true, ..nobody() }, chain, &key, &[]);
    assert_eq!(report.first_to_expire().unwrap().subject, "CN=leaf");
}

#[test]
fn a_chain_of_somebody_else_is_not_trusted_by_those_who_go_on_with_anybody() {
    let (key, params) = parameters(&["server.test"], "leaf");
    let cert = params.self_signed(&key).unwrap();
    let stranger = KeyPair::generate().unwrap();
    let (echoed, _) = shake(&trusting(&cert), &cert, &stranger, &[]);
    assert!(echoed.unwrap_err().to_string().contains("does not prove"));
    let lenient = TlsClient { insecure: true, ..trusting(&cert) };
    let (echoed, report) = shake(&lenient, &cert, &stranger, &[]);
    assert_eq!(&echoed.unwrap(), b"ping");
    assert!(report.distrust.unwrap().unshown().contains("does not prove") && report.path.is_empty());
}

#[test]
fn distrust_is_a_sentence_that_helps() {
    let (issuer_key, issuer_params) = parameters(&[], "CA");
    let signer = Issuer::from_params(&issuer_params, &issuer_key);
    let (key, params) = parameters(&["server.test"], "leaf");
    let leaf = params.signed_by(&key, &signer).unwrap();
    let alone = params.self_signed(&key).unwrap();
    let (ca_key, ca_params) = parameters(&[], "server.test");
    let ca = ca_params.signed_by(&ca_key, &signer).unwrap();
    let issuer = issuer_params.self_signed(&issuer_key).unwrap();
    let (mail_key, mut mail_params) = parameters(&["server.test"], "mail");
    mail_params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::EmailProtection];
    let mail = mail_params.signed_by(&mail_key, &signer).unwrap();
    #[rustfmt::skip]
    let cases = [
        // who is trusted,     the server's,  its key,    what is said
        (nobody(),             &leaf,         &key,       "the server has to send the certificates between"),
        (nobody(),             &alone,        &key,       "signed by itself"),
        (trusting(&issuer),    &ca,           &ca_key,    "a CA's certificate as its own"),
        (trusting(&issuer),    &mail,         &mail_key,  "not for servers"),
    ];
    for (client, certificate, key, words) in cases {
        let (echoed, report) = shake(&client, certificate, key, &[]);
        let said = echoed.unwrap_err().to_string();
        assert!(
            said.contains(words) && report.distrust.is_some_and(|why| why.unshown() == said),
            "{words}: {said}"
        );
    }
}
