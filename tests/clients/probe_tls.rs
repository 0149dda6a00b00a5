//! `netdiag probe tls://…` and `https://…` with `openssl s_server`: trusted, expired, self-signed, of another name.

use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use crate::fed::run;
use crate::peer::{Peer, address, is_listening};
use crate::program::netdiag;

/// A server with a certificate for `name`, valid in these years, and the file that has the certificate.
pub(crate) fn openssl(
    directory: &Path,
    name: &str,
    years: (i32, i32),
    more: &[&str],
) -> (Peer, String, PathBuf) {
    let (cert_file, key_file) = (directory.join("cert"), directory.join("key"));
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    std::fs::write(&cert_file, params.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    let at = address();
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-accept", &at.to_string()]).args(more);
    command.arg("-cert").arg(&cert_file).arg("-key").arg(&key_file);
    (Peer::listening(&mut command, || is_listening(at)), at.to_string(), cert_file)
}

#[test]
fn a_trusted_chain_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let (_peer, at, ca) =
        openssl(directory.path(), "peer.test", (2020, 2120), &["-www", "-alpn", "http/1.1"]);
    let options = format!("--ca {} --server-name peer.test", ca.display());
    let run = netdiag(&format!("probe {options} --alpn h2,http/1.1 tls://{at}"), b"");
    assert_eq!(run.status, 0, "{run}");
    for part in ["tls ", "TLSv1.3", "alpn http/1.1", "expires in", "(2120-01-01)", "for peer.test"] {
        assert!(run.text().contains(part), "{part}: {run}");
    }
    let run = netdiag(&format!("probe {options} --tls-max 1.2 tls://{at}"), b"");
    assert!(run.status == 0 && run.text().contains("TLSv1.2"), "{run}");
    let run = netdiag(&format!("probe {options} https://{at}/ --expect-body s_server"), b"");
    assert!(run.status == 0 && run.text().contains(" 200, "), "{run}");
}

#[test]
fn a_chain_nobody_trusts_is_shown_all_the_same() {
    #[rustfmt::skip]
    let cases = [
        // valid in these years, trusted, asked for,   what is wrong,    what is shown
        ((2001, 2002), true,  "peer.test",  "expired",         "(2002-01-01)"),
        ((2020, 2120), false, "peer.test",  "signed by itself",   "(2120-01-01)"),
        ((2020, 2120), true,  "other.test", "not valid for the name", "for peer.test"),
    ];
    for (years, trusted, name, wrong, shown) in cases {
        let directory = tempfile::tempdir().unwrap();
        let (_peer, at, ca) = openssl(directory.path(), "peer.test", years, &["-www"]);
        let trust = if trusted { format!("--ca {}", ca.display()) } else { String::new() };
        let run = netdiag(&format!("probe {trust} --server-name {name} tls://{at}"), b"");
        assert!(run.status == 1 && run.text().contains(": tls: tls: "), "{wrong}: {run}");
        assert!(run.text().contains(wrong) && run.text().contains(shown), "{wrong}: {run}");
        let run =
            netdiag(&format!("probe {trust} --insecure --format json --server-name {name} tls://{at}"), b"");
        let document: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
        let tls = &document["probes"][0]["hops"][0]["tls"];
        assert_eq!((run.status, tls["trusted"].as_bool()), (0, Some(false)), "{run}");
        assert_eq!(tls["chain"][0]["expires_in_us"].as_i64().unwrap() < 0, years.1 == 2002, "{run}");
    }
}

#[test]
fn who_speaks_no_tls_is_found_out() {
    let at = crate::scripted::server(|mut stream| {
        std::io::Write::write_all(&mut stream, b"220 plain text\r\n").unwrap();
        let _ = std::io::Read::read(&mut stream, &mut [0; 1000]);
    });
    let run = netdiag(&format!("probe tls://{at}"), b"");
    assert!(run.status == 1 && run.text().contains("tls: tls: "), "{run}");
    let closing =
        crate::scripted::server(|mut stream| drop(std::io::Read::read(&mut stream, &mut [0; 4000])));
    let run = netdiag(&format!("probe tls://{closing}"), b"");
    assert!(run.status == 1 && run.text().contains("closed by peer during the TLS handshake"), "{run}");
    let silent =
        crate::scripted::server(|mut stream| drop(std::io::Read::read_to_end(&mut stream, &mut Vec::new())));
    let run = netdiag(&format!("probe -t 2s tls://{silent}"), b"");
    assert!(run.status == 1 && run.text().contains("timeout: tls: timed out"), "{run}");
}

/// Runs a shell script with `openssl` in `directory`.
fn make(directory: &Path, script: &str) {
    let made = run(Command::new("sh").args(["-ec", script]).current_dir(directory), b"");
    assert!(made.status.success(), "{script}: {}", String::from_utf8_lossy(&made.stderr));
}

/// A certificate of the CA `ca.pem`, for peer.test, its key made by `key`; `more` goes to the signing.
fn signed(key: &str, more: &str) -> String {
    format!(
        "openssl ecparam -name prime256v1 -genkey -noout -out ca.key\n\
         openssl req -x509 -key ca.key -subj /CN=lab -days 9 -out ca.pem\n\
         {key} -out key\n\
         openssl req -new -key key -subj /CN=peer.test -out request\n\
         openssl x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -out cert {more}"
    )
}

const SAN: &str = "-extfile /dev/stdin <<'.'\nsubjectAltName=DNS:peer.test\n.\n";

#[test]
fn certificates_of_every_kind_are_verified_or_gone_on_with() {
    let alone = |key: &str| {
        format!("openssl req -x509 -nodes -newkey {key} -keyout key -subj /CN=peer.test -days 9 -out cert")
    };
    let named = |key: &str| format!("{} -addext subjectAltName=DNS:peer.test", alone(key));
    let ec = |curve: &str| format!("openssl ecparam -name {curve} -genkey -noout");
    #[rustfmt::skip]
    let cases = [
        // what it is,               how it is made,                                    trusted by,   without that
        ("plain, by its CN",         alone("rsa:2048"),                                 "--ca cert",  "signed by itself"),
        ("P-521",                    named("ec -pkeyopt ec_paramgen_curve:secp521r1"),  "--ca cert",  "signed by itself"),
        ("P-384, SHA-512",           signed(&ec("secp384r1"), &format!("-sha512 {SAN}")), "--ca ca.pem", "no trusted issuer"),
        ("P-521, SHA-512, a chain",  signed(&ec("secp521r1"), &format!("-sha512 {SAN}")), "--ca ca.pem", "no trusted issuer"),
        ("a leaf alone",             signed(&ec("prime256v1"), SAN),                    "--ca cert",  "no trusted issuer"),
        ("version 1",                signed(&ec("prime256v1"), ""),                     "--ca cert",  "version 1"),
        ("RSA-1024",                 named("rsa:1024"),                                 "--insecure", "signed by itself"),
        ("Ed448",                    named("ed448"),                                    "--insecure", ""),
    ];
    for (what, script, trust, words) in cases {
        let directory = tempfile::tempdir().unwrap();
        make(directory.path(), &script);
        let at = address();
        let mut command = Command::new("openssl");
        command.args([
            "s_server",
            "-quiet",
            "-www",
            "-cipher",
            "DEFAULT@SECLEVEL=0",
            "-accept",
            &at.to_string(),
        ]);
        command.args(["-cert", "cert", "-key", "key"]).current_dir(directory.path());
        let _peer = Peer::listening(&mut command, || is_listening(at));
        let place = format!("{}/", directory.path().display());
        let trust = trust.replace("--ca ", &format!("--ca {place}"));
        for version in ["1.2", "1.3"].into_iter().skip(usize::from(what == "Ed448")) {
            let options = format!("--server-name peer.test --tls-max {version} --tls-min {version}");
            let run = netdiag(&format!("probe {options} {trust} https://{at}/ --expect-body s_server"), b"");
            assert_eq!(run.status, 0, "{what}: {run}");
            let run = netdiag(&format!("probe {options} --insecure https://{at}/"), b"");
            assert_eq!(run.status, 0, "{what}: {run}");
            let run = netdiag(&format!("probe {options} https://{at}/"), b"");
            assert!(run.status == 1 && run.text().contains(words), "{what}: {run}");
        }
    }
}

#[test]
fn errors_of_tls_are_sentences() {
    let directory = tempfile::tempdir().unwrap();
    #[rustfmt::skip]
    let cases: [(&[&str], &str, &str); 4] = [
        (&["-tls1_3"],                                      "--tls-max 1.2",  "no version of TLS that is allowed here"),
        (&["-tls1_2"],                                      "--tls-min 1.3",  "no version of TLS that is allowed here"),
        (&["-tls1_2", "-cipher", "AES128-SHA"],             "",               "no cipher, key exchange or signature in common"),
        (&["-Verify", "1", "-verify_return_error", "-tls1_2"], "--insecure",  "wants a client certificate"),
    ];
    for (options, ours, words) in cases {
        let (_peer, at, ca) = openssl(directory.path(), "peer.test", (2020, 2120), options);
        let trust = format!("--ca {} --server-name peer.test", ca.display());
        let run = netdiag(&format!("probe {trust} {ours} tls://{at}"), b"");
        assert!(run.status == 1 && run.text().contains(words), "{options:?}: {run}");
    }
    let plain = crate::scripted::server(|mut stream| {
        std::io::Write::write_all(&mut stream, b"220 plain text\r\n").unwrap();
        let _ = std::io::Read::read(&mut stream, &mut [0; 1000]);
    });
    let run = netdiag(&format!("probe tls://{plain}"), b"");
    assert!(run.text().contains("tls: the peer does not speak TLS\n"), "{run}");
}
