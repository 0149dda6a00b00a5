//! Where peers are checked: a client, a router, and behind a wire a server on which real servers run.
//!
//! Their ports are the usual ones, as every test has hosts of its own. Resolvers look at the files of the scene, not at the
//! machine's, so no question ever leaves it.

use std::fmt::Display;
use std::fs::{self, File};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use netdiag_lab::{Host, Lab, Path, Plan, Wire, until};
use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

use super::{AGAIN, Case};
use crate::server::{PATIENCE, Server};

/// The hosts and what runs on them, until it is dropped.
pub(super) struct Scene {
    /// Its resolver is the server.
    pub(super) client: Host,
    pub(super) server: Host,
    pub(super) wire: Wire,
    /// Files of the servers; anybody may read them.
    pub(super) files: TempDir,
    servers: Vec<Server>,
    programs: Vec<Program>,
}

/// A program of somebody else's.
struct Program(Child);

impl Scene {
    pub(super) fn new() -> Self {
        let Path { client, server, wire, .. } =
            Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
        // The kernel sends one host only so many errors a second, and here they come from one.
        server.sysctl("net.ipv4.icmp_ratelimit", 0).unwrap();
        let files = tempfile::tempdir().unwrap();
        fs::set_permissions(files.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let client = resolving(&client, &files);
        Self { client, server, wire, files, servers: Vec::new(), programs: Vec::new() }
    }

    /// Where a file of the scene is.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// Its path as text.
    pub(super) fn named(&self, name: &str) -> String {
        self.file(name).display().to_string()
    }

    /// Asserts how checks of one kind end on the client, those of unix sockets on the server. In them `{files}` is where the
    /// files are, and `{again}` asks for further attempts.
    #[track_caller]
    pub(super) fn expect(&self, kind: &str, cases: &[Case<'_>]) {
        let place = self.files.path().display().to_string();
        let lines = |(lines, ..): &Case<'_>| {
            format!("kind = '{kind}'\n{lines}").replace("{files}", &place).replace("{again}", AGAIN)
        };
        let lines: Vec<String> = cases.iter().map(lines).collect();
        let cases =
            cases.iter().zip(&lines).map(|((_, verdict, words), lines)| (lines.as_str(), *verdict, *words));
        // The names of datagram sockets hold in their own network only.
        let host = if kind == "unix" { &self.server } else { &self.client };
        super::expect(host, &cases.collect::<Vec<_>>());
    }

    /// Serves what `netdiag serve` can, wrongly as `options` ask.
    pub(super) fn serve(&mut self, kind: &str, addresses: &[&str], options: &[&str]) {
        let options = [options, &["-q"]].concat();
        let server = Server::spawn(kind, addresses, &options, |command| self.server.spawn(command));
        self.servers.push(server);
    }

    /// Stops what was served last.
    pub(super) fn stop_serving(&mut self) {
        assert!(self.servers.pop().unwrap().stop().status.success());
    }

    /// nginx at ports 80 and 443 and on the path `http.sock`. Its certificate, which is `ca.pem`, is good for `web.lab.test`
    /// and its address, for 30 days.
    pub(super) fn nginx(&mut self) {
        let key = KeyPair::generate().unwrap();
        let mut params =
            CertificateParams::new(["web.lab.test", Path::SERVER_V4].map(str::to_owned)).unwrap();
        params.not_after = (SystemTime::now() + Duration::from_secs(30 * 86_400)).into();
        fs::write(self.file("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(self.file("key.pem"), key.serialize_pem()).unwrap();
        fs::write(self.file("index.html"), "<h1>hello</h1>\n").unwrap();
        fs::write(self.file("nginx.conf"), nginx_conf(&self.files.path().display())).unwrap();
        let mut command = Command::new("nginx");
        command.args(["-e", "error.log", "-c"]).arg(self.file("nginx.conf")).arg("-p").arg(self.files.path());
        self.run(command, 443);
    }

    /// dnsmasq, which knows `lab.test`, refuses other names, and gives those of `broken.test` to a server that is wrong.
    pub(super) fn dnsmasq(&mut self) {
        fs::write(self.file("dnsmasq.conf"), DNSMASQ_CONF).unwrap();
        let mut command = Command::new("dnsmasq");
        // Which also keeps it the user it is, and from writing its id anywhere.
        command.arg("--no-daemon").arg(format!("--conf-file={}", self.named("dnsmasq.conf")));
        self.run(command, 53);
    }

    /// Starts a program on the server and waits until it takes connections.
    fn run(&mut self, mut command: Command, port: u16) {
        let log = File::create(self.file("log")).unwrap();
        // Where Debian has servers is not on everybody's path.
        command.env("PATH", "/usr/sbin:/usr/bin:/bin").stdin(Stdio::null()).stdout(log.try_clone().unwrap());
        let child = self.server.spawn(command.stderr(log));
        let mut child = child.unwrap_or_else(|error| panic!("this test needs {command:?}: {error}"));
        until(format!("{command:?} to listen"), PATIENCE, || {
            let said = || fs::read_to_string(self.file("log")).unwrap();
            assert!(child.try_wait().unwrap().is_none(), "{command:?} ended: {}", said());
            self.server.run(|| TcpStream::connect((Path::SERVER_V4, port))).ok()
        })
        .unwrap();
        self.programs.push(Program(child));
    }
}

/// The host with the server as its resolver.
fn resolving(host: &Host, files: &TempDir) -> Host {
    let texts = [
        ("resolv.conf", format!("nameserver {}\noptions timeout:20 attempts:1\n", Path::SERVER_V4)),
        ("nsswitch.conf", "hosts: files dns\n".to_owned()),
    ];
    let in_place = texts.map(|(name, text)| {
        let path = files.path().join(name);
        fs::write(&path, text).unwrap();
        (PathBuf::from("/etc").join(name), path)
    });
    host.seeing(in_place).unwrap()
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn nginx_conf(place: &dyn Display) -> String {
    format!(
        "user root; daemon off; master_process off; pid {place}/nginx.pid; error_log {place}/error.log;\n\
         events {{ }}\n\
         http {{ access_log off; client_body_temp_path {place}/1; proxy_temp_path {place}/2; fastcgi_temp_path {place}/3;\n\
         uwsgi_temp_path {place}/4; scgi_temp_path {place}/5; types {{ text/html html; }}\n\
         server {{ listen 10.0.2.1:80; listen [fd00:2::1]:80; listen 10.0.2.1:443 ssl; listen unix:{place}/http.sock;\n\
         ssl_certificate {place}/ca.pem; ssl_certificate_key {place}/key.pem; ssl_protocols TLSv1.2 TLSv1.3;\n\
         root {place};\n\
         location = /moved {{ return 302 /index.html; }}\n\
         location = /down {{ return 503; }}\n\
         location = /health {{ default_type application/json; return 200 '{{\"status\":\"UP\",\"queue\":3}}'; }} }} }}\n"
    )
}

const DNSMASQ_CONF: &str = "\
no-resolv
no-hosts
bind-interfaces
except-interface=lo
listen-address=10.0.2.1
listen-address=fd00:2::1
local=/lab.test/
host-record=web.lab.test,10.0.2.1,fd00:2::1,300
host-record=two.lab.test,10.0.2.7,300
host-record=half.lab.test,10.0.2.1,fd00:2::77,300
cname=www.lab.test,web.lab.test
mx-host=lab.test,mail.lab.test,10
txt-record=lab.test,\"v=spf1 -all\"
srv-host=_http._tcp.lab.test,web.lab.test,80,0,5
server=/broken.test/10.0.2.1#5353
";
