//! Handshakes with a server of rustls over loopback, its certificates made on the spot.

use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, CertifiedKey, KeyPair, date_time_ymd, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
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
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config =
        builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
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
    TlsClient::trusting(RootCertStore::empty())
}

#[test]
fn a_trusted_peer_tells_all_about_itself() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["server.test".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let client =
        TlsClient { alpn: vec!["h2".to_owned(), "http/1.1".to_owned()], ..TlsClient::trusting(roots) };
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
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let (echoed, report) = shake(&TlsClient::trusting(roots), &cert, &key, &[]);
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
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let client = TlsClient::trusting(roots);
    let (echoed, report) = shake(&client, &cert, &signing_key, &[]);
    assert!(echoed.is_err() && report.distrust.unwrap().contains("name"));
    let asking = TlsClient { server_name: Some("other.test".to_owned()), ..client };
    assert_eq!(&shake(&asking, &cert, &signing_key, &[]).0.unwrap(), b"ping");
}
