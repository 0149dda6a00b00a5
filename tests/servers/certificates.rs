//! Certificates and keys that will not do, each told apart; and one that is served though it is out of date.

use std::fs;
use std::path::Path;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use crate::client::shell;
use crate::server::Server;

/// Writes a certificate valid in these years and its key: `NAME.pem` and `NAME.key`.
fn make(directory: &Path, name: &str, years: (i32, i32)) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    let certificate = params.self_signed(&key).unwrap().pem();
    fs::write(directory.join(format!("{name}.pem")), certificate).unwrap();
    fs::write(directory.join(format!("{name}.key")), key.serialize_pem()).unwrap();
}

#[test]
fn what_will_not_do_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    make(place, "good", (2020, 2120));
    make(place, "other", (2020, 2120));
    fs::write(place.join("empty"), "").unwrap();
    fs::write(place.join("text"), "hello\n").unwrap();
    fs::write(place.join("none.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .unwrap();
    fs::write(place.join("none.key"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        .unwrap();
    let whole = fs::read(place.join("good.pem")).unwrap();
    fs::write(place.join("cut.pem"), &whole[..200]).unwrap();
    #[rustfmt::skip]
    let cases = [
        // certificate, key,         what is said
        ("good.pem",    "other.key", "other.key: not the key of good.pem"),
        ("good.pem",    "empty",     "empty: no private key in it"),
        ("good.pem",    "text",      "text: no private key in it"),
        ("good.pem",    "none.key",  "none.key: no RSA, ECDSA or Ed25519 key"),
        ("good.pem",    "nowhere",   "nowhere: No such file or directory"),
        ("empty",       "good.key",  "empty: no certificate in it"),
        ("text",        "good.key",  "text: no certificate in it"),
        ("good.key",    "good.key",  "good.key: no certificate in it"),
        ("none.pem",    "good.key",  "none.pem: certificate 1 in it is no X.509 certificate"),
        ("cut.pem",     "good.key",  "cut.pem: damaged: a section of it has no end"),
        (".",           "good.key",  ".: Is a directory"),
    ];
    for (certificate, key, words) in cases {
        let line = format!(
            "sh -c 'cd {} && {} serve echo 127.0.0.1:0 --cert {certificate} --key {key}; echo status $?'",
            place.display(),
            env!("CARGO_BIN_EXE_netdiag"),
        );
        assert_eq!(shell(&line, b""), format!("status 2\nnetdiag: {words}\n"), "{certificate} {key}");
    }
}

#[test]
fn one_out_of_date_is_served_with_a_word() {
    let directory = tempfile::tempdir().unwrap();
    for (name, years, word, seen) in [
        ("old", (2001, 2002), "old.pem: expired ", "expired"),
        ("new", (2110, 2120), "new.pem: not valid before 2110-01-01; it is served", "not yet valid"),
    ] {
        make(directory.path(), name, years);
        let [cert, key] = ["pem", "key"].map(|kind| directory.path().join(format!("{name}.{kind}")));
        let [cert, key] = [cert, key].map(|path| path.display().to_string());
        let server = Server::start("http", &["127.0.0.1:0"], &["--cert", &cert, "--key", &key]);
        let url = format!("https://127.0.0.1:{}/status/204", server.port());
        let refused = shell(&format!("curl -sS --cacert {cert} {url}"), b"");
        assert!(refused.contains(seen), "{name}: {refused}");
        let log = server.stop().log;
        assert!(log.starts_with("netdiag: ") && log.contains(word), "{name}: {log}");
        // The address is nobody's: the warning comes before that is found out.
        let program = env!("CARGO_BIN_EXE_netdiag");
        let line = format!("{program} serve http 198.51.100.1:1 --format jsonl --cert {cert} --key {key}");
        let said = shell(&line, b"");
        let warning = said.lines().nth(1).unwrap();
        assert!(said.starts_with("{\"record\":\"begin\",") && warning.contains(word), "{said}");
        assert!(warning.starts_with("{\"record\":\"warning\",\"time\":\""), "{said}");
    }
}
