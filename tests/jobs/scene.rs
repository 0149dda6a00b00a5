//! A host with everything on it that the documents talk to, and a directory to work in.
//!
//! The names of the documents lead to loopback, `/run` is a directory of the test, and certificates of the servers are trusted.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use netdiag_lab::{Host, Lab, until};
use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

const NETDIAG: &str = env!("CARGO_BIN_EXE_netdiag");

/// Far more than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Names that lead to 127.0.0.1.
const NAMES: &str =
    "localhost host gateway gw db db.internal x example.com mail.example.com smtp.test api.test";

/// The host; what runs on it ends with it.
pub(crate) struct Scene {
    host: Host,
    directory: TempDir,
    servers: Vec<Child>,
}

impl Scene {
    /// A host on which nothing listens yet.
    pub(crate) fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for name in ["bin", "etc", "run", "work/public"] {
            fs::create_dir_all(directory.path().join(name)).unwrap();
        }
        let at = |name: &str| directory.path().join(name);
        fs::write(at("etc/hosts"), format!("127.0.0.1 {NAMES}\n::1 localhost\n127.0.0.2 echo.test\n"))
            .unwrap();
        std::os::unix::fs::symlink(NETDIAG, at("bin/netdiag")).unwrap();
        let host = Lab::new().unwrap().host("reader").unwrap();
        let host = host.seeing([("/etc/hosts".into(), at("etc/hosts")), ("/run".into(), at("run"))]).unwrap();
        Self { host, directory, servers: Vec::new() }
    }

    /// A host with the servers of the documents.
    pub(crate) fn furnished() -> Self {
        let mut scene = Self::empty();
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = NAMES.split(' ').map(str::to_owned).collect();
        let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap().pem();
        fs::write(scene.directory.path().join("etc/ca.pem"), &certificate).unwrap();
        scene.file("cert.pem", &certificate);
        scene.file("key.pem", &key.serialize_pem());
        scene.file("public/index.html", "hello\n");
        scene.file("public/health", "\"ok\"\n");
        scene.refresh();
        scene.program("run-tests", "exit 0\n");
        scene.program("page", "exit 0\n");
        scene.serve("echo 127.0.0.1:5432 127.0.0.2:7 127.0.0.1:7001 127.0.0.1:22 unix:/run/app.sock");
        scene.serve("http ./public 127.0.0.1:80 127.0.0.1:8000 127.0.0.1:8081 tls://127.0.0.1:443 --cert cert.pem --key key.pem");
        scene.converse(25, "220 ready\r\n", &[("EHLO", "250 hello\r\n"), ("QUIT", "221 bye\r\n")]);
        scene.converse(6379, "", &[("PING", "+PONG\r\n")]);
        scene
    }

    /// Where commands run.
    pub(crate) fn work(&self) -> PathBuf {
        self.directory.path().join("work")
    }

    pub(crate) fn file(&self, name: &str, text: &str) {
        fs::write(self.work().join(name), text).unwrap();
    }

    /// Writes the files again that lines of the documents write themselves: `net.toml`, a check of which passes, and the certificate
    /// that is trusted.
    pub(crate) fn refresh(&self) {
        fs::copy(self.directory.path().join("etc/ca.pem"), self.work().join("ca.pem")).unwrap();
        let check = "[[check]]\nkind = \"sysctl\"\nkey = \"kernel.ostype\"\nvalue = \"Linux\"\n";
        self.file("net.toml", &format!("version = 1\n{check}"));
    }

    fn program(&self, name: &str, text: &str) {
        self.file(name, &format!("#!/bin/sh\n{text}"));
        fs::set_permissions(self.work().join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A program as it is started here.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let path =
            format!("{}:{}", self.directory.path().join("bin").display(), std::env::var("PATH").unwrap());
        command.current_dir(self.work()).env_clear().env("PATH", path).env("LC_ALL", "C.UTF-8");
        // A home that whoever writes there unasked is caught with.
        command.env("HOME", self.directory.path().join("home"));
        command.env("SSL_CERT_FILE", self.directory.path().join("etc/ca.pem"));
        command
    }

    /// Runs it to its end.
    pub(crate) fn output(&self, command: &mut Command) -> Output {
        self.host.output(command).unwrap()
    }

    /// Starts it.
    pub(crate) fn spawn(&self, command: &mut Command) -> Child {
        self.host.spawn(command).unwrap()
    }

    /// Runs `task` on this host.
    pub(crate) fn run<T: Send>(&self, task: impl FnOnce() -> T + Send) -> T {
        self.host.run(task)
    }

    /// Whether nothing was written where nobody asked for it.
    pub(crate) fn is_tidy(&self) -> bool {
        !self.directory.path().join("home").exists()
    }

    /// Starts `netdiag serve`, and waits until all of it listens.
    fn serve(&mut self, words: &str) {
        let ports = self.directory.path().join(format!("ports{}", self.servers.len()));
        let mut command = self.command("netdiag");
        command.arg("serve").args(words.split(' ')).arg("--port-file").arg(&ports).arg("-q");
        self.servers.push(self.spawn(command.stdout(Stdio::null())));
        until("all of it listens", PATIENCE, || ports.exists().then_some(())).unwrap();
    }

    /// Listens on a port: greets, and answers each line that begins with one of the words.
    fn converse(&self, port: u16, greeting: &'static str, answers: &'static [(&'static str, &'static str)]) {
        let listener = self.run(|| TcpListener::bind(("127.0.0.1", port))).unwrap();
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut heard = Vec::new();
                let mut going = stream.write_all(greeting.as_bytes()).is_ok();
                while going {
                    let mut bytes = [0; 512];
                    let read = stream.read(&mut bytes).unwrap_or(0);
                    heard.extend(&bytes[..read]);
                    going = read > 0;
                    while let Some(end) = heard.iter().position(|byte| *byte == b'\n') {
                        let line: Vec<u8> = heard.drain(..=end).collect();
                        let answer = answers.iter().find(|(word, _)| line.starts_with(word.as_bytes()));
                        going &= answer.is_none_or(|(_, answer)| stream.write_all(answer.as_bytes()).is_ok());
                    }
                }
            }
        });
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        for server in &mut self.servers {
            // It may have ended by itself.
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// The directory of this target.
pub(crate) fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/jobs").canonicalize().unwrap()
}
