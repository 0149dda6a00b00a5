//! Checks tried out as a file has them, for the tests of kinds.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use crate::finding::Finding;
use crate::plan::Plan;
use crate::settings::Settings;
use crate::source::{Complaint, Notation, Variables, read, toml};
use crate::work::Config;
use crate::world::World;

/// What is written of a kind, from lines of TOML.
pub(crate) fn written<C: Config>(lines: &str) -> Result<C, Vec<Complaint>> {
    read::<C>(&toml(lines).expect("it is TOML"), &[])
}

/// Settings of a check that says nothing about them.
pub(crate) const PLAIN: Settings<'static> =
    Settings { family: None, timeout: Duration::from_secs(5), directory: None };

/// Runs a test's servers and checks.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let result = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), test).await });
    runtime.shutdown_background();
    result.expect("a test ends within a minute")
}

/// The plan of one check.
pub(crate) fn plan(kind: &str, lines: &str) -> Result<Plan, String> {
    let text = format!("version = 1\n[[check]]\nkind = \"{kind}\"\n{lines}\n");
    Plan::read("net.toml", &text, Notation::Toml, &Variables::default())
        .map_err(|rejected| rejected.to_string())
}

/// What is wrong with one check; nothing if it is right.
pub(crate) fn complaint(kind: &str, lines: &str) -> String {
    plan(kind, lines).err().unwrap_or_default()
}

/// What one attempt at a check finds; what does not answer is waited for for a second and a half.
pub(crate) async fn find(kind: &str, lines: &str) -> Finding {
    let plan = plan(kind, lines).unwrap();
    let world = World::default();
    plan.checks[0].work.attempt(&world, Instant::now() + Duration::from_millis(1500)).await
}

/// Its assertions in short.
pub(crate) fn judged(finding: &Finding) -> String {
    let assertions = finding.assertions.iter();
    let words: Vec<String> = assertions
        .map(|assertion| {
            format!("{} {}: {}", assertion.subject.unshown(), assertion.wanted.unshown(), assertion.holds)
        })
        .collect();
    words.join(", ")
}

/// A TLS server, and the certificate to trust it by.
pub(crate) struct Certified {
    pub(crate) port: u16,
    pub(crate) ca: NamedTempFile,
}

/// A server of `db.test` that hears something first, if there is an answer to be given.
pub(crate) async fn certified(answer: &'static [u8]) -> Certified {
    let answers: Option<Answers> =
        (!answer.is_empty()).then(|| Box::new(|_: &[u8]| answer.to_vec()) as Answers);
    serving(answers).await
}

/// A server of `db.test` that makes its answer of what it heard.
pub(crate) async fn certified_by(answer: fn(&[u8]) -> Vec<u8>) -> Certified {
    serving(Some(Box::new(answer))).await
}

type Answers = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// A server whose certificate is good for thirty days yet.
async fn serving(answers: Option<Answers>) -> Certified {
    let mut params = rcgen::CertificateParams::new(vec!["db.test".to_owned()]).unwrap();
    params.not_after = (SystemTime::now() + Duration::from_secs(30 * 86_400)).into();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let mut ca = NamedTempFile::new().unwrap();
    ca.write_all(certificate.pem().as_bytes()).unwrap();
    let private = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Clients that do not trust it hang up.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let Some(answers) = &answers else { continue };
            let mut heard = [0; 4096];
            if let Ok(length) = stream.read(&mut heard).await {
                let _ = stream.write_all(&answers(&heard[..length])).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    Certified { port, ca }
}
