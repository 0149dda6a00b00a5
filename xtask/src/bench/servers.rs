//! Servers: ours beside those people use for the same, all asked by the same client.
//!
//! A server is not measured by what it costs but by how fast it answers, so these tables have figures of their own.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::inside::Inside;
use super::{load, report};

pub(super) fn compare(inside: &Inside) -> Result<String> {
    let directory = tempfile::tempdir()?;
    fs::write(directory.path().join("page.html"), vec![b'x'; 4096])?;
    let rounds = inside.extent.rounds;
    let mut page =
        "\n## Servers on loopback\n\n| work | ours | theirs | ours / theirs |\n|---|--:|--:|--:|\n"
            .to_owned();
    for row in [round_trips, bulk, http] {
        page.push_str(&row(inside, directory.path(), rounds)?);
    }
    page.push_str(&idle(inside)?);
    page.push_str(
        "\nTimes are better when lower, requests in a second when higher. `bare loop` is one thread that waits for its \
        connections with epoll, reads and writes, and does nothing else: the time it takes is the kernel's and the client's, \
        and no server can be much faster. `bare echo` is a thread that reads 64 KiB and writes them; the echo in Python is of \
        ten lines.\n",
    );
    Ok(page)
}

/// 64-byte round trips on 64 connections.
fn round_trips(inside: &Inside, directory: &Path, rounds: u32) -> Result<String> {
    println!("measuring round trips");
    let ours = Server::ours(inside, &["echo"])?;
    let socat = Server::start("socat", |port| {
        vec![format!("TCP-LISTEN:{port},fork,reuseaddr,backlog=128"), "PIPE".to_owned()]
    })?;
    let script = directory.join("echo.py");
    fs::write(&script, PYTHON_ECHO)?;
    let python = Server::start("python3", |port| vec![script.display().to_string(), port.to_string()])?;
    let bare = load::bare_loop()?;
    let measure = |to: SocketAddr| load::round_trips(to, 64, 500).map(|time| time.as_secs_f64());
    let rivals = [
        ("`socat` forking", socat.address, Some(1.0)),
        ("Python, threaded", python.address, Some(0.2)),
        ("bare loop", bare, Some(1.1)),
    ];
    let row = |(name, to, at_most)| {
        let turns = in_turns(rounds, || measure(ours.address), || measure(to))?;
        Ok(turns.line(&format!("64-byte echoes, 64 connections, {name}"), 1e3, " ms", at_most))
    };
    rivals.into_iter().map(row).collect()
}

/// A gigabyte there and back on one connection.
fn bulk(inside: &Inside, _: &Path, rounds: u32) -> Result<String> {
    println!("measuring throughput");
    let ours = Server::ours(inside, &["echo"])?;
    let bare = load::bare_echo()?;
    let measure = |to: SocketAddr| load::bulk(to, 1 << 30).map(|time| time.as_secs_f64());
    let row = in_turns(rounds, || measure(ours.address), || measure(bare))?;
    Ok(row.line("1 GiB echoed on one connection, bare echo", 1e3, " ms", Some(1.0 / 0.9)))
}

/// A file of 4 KiB to 64 connections.
fn http(inside: &Inside, directory: &Path, rounds: u32) -> Result<String> {
    println!("measuring HTTP");
    let root = directory.display().to_string();
    let ours = Server::ours(inside, &["http", &root, "--quiet"])?;
    let nginx = Server::start("nginx", |port| {
        let file = directory.join("nginx.conf");
        let text = NGINX.replace("PORT", &port.to_string()).replace("ROOT", &root);
        // What it cannot read it complains of itself.
        let _ = fs::write(&file, text);
        vec!["-p".to_owned(), root.clone(), "-c".to_owned(), file.display().to_string()]
    })?;
    let python = Server::start("python3", |port| {
        ["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1", "--directory", &root]
            .map(str::to_owned)
            .to_vec()
    })?;
    let mut page = String::new();
    for (name, server, at_least) in [("nginx", &nginx, 0.5), ("`python3 -m http.server`", &python, 20.0)] {
        let row = in_turns(rounds.min(3), || requests(ours.address), || requests(server.address))?;
        page.push_str(
            &row.line_at_least(&format!("HTTP, a file of 4 KiB, 64 connections, {name}"), at_least),
        );
    }
    Ok(page)
}

/// Requests in a second, as wrk counts them.
fn requests(to: SocketAddr) -> Result<f64> {
    let url = format!("http://{to}/page.html");
    let output =
        Command::new("wrk").args(["-t1", "-c64", "-d2s", &url]).output().context("cannot run wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(!text.contains("Non-2xx"), "{url} was not served: {text}");
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    rate.context("wrk counted nothing")?.trim().parse().context("Requests/sec")
}

/// What a connection that says nothing costs us.
fn idle(inside: &Inside) -> Result<String> {
    const CONNECTIONS: usize = 9_000;
    println!("opening {CONNECTIONS} connections");
    let ours = Server::ours(inside, &["echo", "--max-conns", "20000"])?;
    let before = ours.resident_kib()?;
    let held = (0..CONNECTIONS).map(|_| load::connect(ours.address)).collect::<Result<Vec<TcpStream>>>()?;
    // The last of them answers, so all have been accepted.
    load::round_trips(ours.address, 1, 1)?;
    let each = (ours.resident_kib()? - before) / held.len() as f64;
    let judged = report::judged(Some(each), 2, " KiB", Some(4.0));
    Ok(format!("| {CONNECTIONS} idle connections, memory of ours for each | {judged} | | |\n"))
}

/// A server that runs until this is dropped.
pub(super) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Ours of a kind, on a port the kernel chose.
    fn ours(inside: &Inside, words: &[&str]) -> Result<Self> {
        Self::at(inside, words, &["127.0.0.1:0".to_owned()])
    }

    /// Ours of a kind, at all these addresses; its own is the last.
    pub(super) fn at(inside: &Inside, words: &[&str], addresses: &[String]) -> Result<Self> {
        let mut command = Command::new(&inside.netdiag);
        command.arg("serve").args(words).args(addresses).args(["--format", "jsonl"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("the output is piped")?);
        let mut line = String::new();
        // Before the listeners comes what is served.
        for _ in 0..=addresses.len() {
            line.clear();
            output.read_line(&mut line)?;
        }
        let ready: serde_json::Value =
            serde_json::from_str(&line).with_context(|| format!("netdiag serve said {line:?}"))?;
        let port = ready["listener"]["port"]
            .as_u64()
            .and_then(|port| u16::try_from(port).ok())
            .context("it named no port")?;
        Ok(Self { child, address: (Ipv4Addr::LOCALHOST, port).into() })
    }

    /// A program on a port that was free a moment ago; waits until it listens.
    fn start(program: &str, words: impl FnOnce(u16) -> Vec<String>) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = Command::new(program);
        command.args(words(port)).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child =
            command.spawn().with_context(|| format!("cannot run {program}; the comparison needs it"))?;
        let server = Self { child, address: (Ipv4Addr::LOCALHOST, port).into() };
        let end = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(server.address).is_err() {
            if Instant::now() > end {
                bail!("{program} does not listen");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
    }

    fn resident_kib(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix(" kB"));
        line.context("no VmRSS")?.trim().parse().context("VmRSS")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which its clients have noticed. Asked for it, it ends its own children, too.
        let pid = Pid::from_raw(self.child.id().cast_signed());
        let _ = kill(pid, Signal::SIGTERM);
        let _ = self.child.wait();
    }
}

/// Ours and theirs, round by round.
struct Turns(Vec<(f64, f64)>);

fn in_turns(
    rounds: u32,
    mut ours: impl FnMut() -> Result<f64>,
    mut theirs: impl FnMut() -> Result<f64>,
) -> Result<Turns> {
    ours()?;
    theirs()?;
    Ok(Turns((0..rounds).map(|_| Ok((ours()?, theirs()?))).collect::<Result<_>>()?))
}

impl Turns {
    fn medians(&self) -> [f64; 3] {
        [
            report::median(self.0.iter().map(|(ours, _)| *ours).collect()),
            report::median(self.0.iter().map(|(_, theirs)| *theirs).collect()),
            report::median(self.0.iter().map(|(ours, theirs)| ours / theirs).collect()),
        ]
    }

    fn line(&self, work: &str, scale: f64, unit: &str, at_most: Option<f64>) -> String {
        let [ours, theirs, ratio] = self.medians();
        let ratio = report::judged(Some(ratio), 2, "", at_most);
        format!("| {work} | {:.1}{unit} | {:.1}{unit} | {ratio} |\n", ours * scale, theirs * scale)
    }

    fn line_at_least(&self, work: &str, at_least: f64) -> String {
        let [ours, theirs, ratio] = self.medians();
        let mut line = format!("| {work} | {ours:.0}/s | {theirs:.0}/s | {ratio:.2} (≥ {at_least})");
        let missed = if ratio < at_least { " ✗ |\n" } else { " |\n" };
        // A string takes everything.
        let _ = line.write_str(missed);
        line
    }
}

const PYTHON_ECHO: &str = "\
import socketserver, sys
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
Server(('127.0.0.1', int(sys.argv[1])), Echo).serve_forever()
";

const NGINX: &str = "\
daemon off;
worker_processes auto;
pid nginx.pid;
error_log /dev/null;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server { listen 127.0.0.1:PORT; root ROOT; }
}
";
