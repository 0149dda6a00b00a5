//! Each service on each kind of socket, asked by `nc`, `socat`, `openssl` and Python.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use crate::client::{bytes, shell};
use crate::fed::noise;
use crate::server::Server;

#[test]
fn echo_gives_back_every_byte() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s").display().to_string();
    let name = format!("netdiag-echo-{}", std::process::id());
    let unix = [format!("unix:{path}"), format!("unix:@{name}"), format!("unix-seqpacket:@{name}-seq")];
    let addresses = ["127.0.0.1:0", "[::1]:0", &unix[0], &unix[1], &unix[2]];
    let server = Server::start("echo", &addresses, &[]);
    let port = |at: usize| server.listeners[at].rsplit(':').next().unwrap();
    // Large enough that every buffer on the way is full once.
    let data = noise(8 << 20);
    for client in [
        format!("nc -N 127.0.0.1 {}", port(0)),
        format!("nc -N ::1 {}", port(1)),
        format!("nc -N -U {path}"),
        format!("socat -t 20 - TCP4:127.0.0.1:{}", port(0)),
        format!("socat -t 20 - UNIX-CONNECT:{path}"),
        format!("socat -t 20 - ABSTRACT-CONNECT:{name}"),
    ] {
        let back = bytes(&client, &data);
        assert!(back == data, "{client}: {} of {}", back.len(), data.len());
    }
    let messages = format!(
        "python3 -c \"
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.connect('\\\\0{name}-seq')
for m in (b'one', b'x' * 100000, b'', b'four'): s.send(m); assert s.recv(200000) == m, m
s.shutdown(socket.SHUT_WR); assert s.recv(9) == b''
print('whole')\""
    );
    assert_eq!(shell(&messages, b""), "whole\n");
    server.logs(" end=", 7);
    let log = server.stop().log;
    assert_eq!(log.matches("received=8388608 sent=8388608").count(), 6, "{log}");
    // One that has just been told of may still be counted when it is told to stop.
    let mut ends = log.lines().filter(|line| !line.contains(": stopping; "));
    assert!(ends.all(|line| line.ends_with("end=closed")), "{log}");
    assert!(!std::path::Path::new(&path).exists());
}

#[test]
fn datagrams_come_back_from_where_they_were_sent() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("d").display().to_string();
    let unix = format!("unix-dgram:{path}");
    let server = Server::start("echo", &["udp://:0", &unix], &[]);
    let port = server.port();
    // A connected socket takes answers from the address it asked only.
    let ask = format!(
        "python3 -c \"
import socket
for family, host in (socket.AF_INET, '127.0.0.1'), (socket.AF_INET, '127.0.0.9'), (socket.AF_INET6, '::1'):
    s = socket.socket(family, socket.SOCK_DGRAM); s.settimeout(20); s.connect((host, {port}))
    for m in b'hello', b'', b'x' * 60000: s.send(m); assert s.recv(65536) == m, (host, len(m))
n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); n.sendto(b'nobody', '{path}')
d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); d.settimeout(20)
d.bind('{path}.me')
for m in b'hello', b'y' * 100000: d.sendto(m, '{path}'); assert d.recv(200000) == m
d.close()
d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); d.settimeout(20); d.bind('\\\\0{path}')
d.sendto(b'abstract', '{path}'); assert d.recv(99) == b'abstract'
print('whole')\""
    );
    assert_eq!(shell(&ask, b""), "whole\n");
    let log = server.stop().log;
    assert!(log.contains("datagrams=9 received=180015 answered=9"), "{log}");
    assert!(log.contains("datagrams=4 received=100019 answered=3") && log.contains("unanswered=1"), "{log}");
}

#[test]
fn discard_takes_everything_and_chargen_gives_without_end() {
    let discard = Server::start("discard", &["127.0.0.1:0"], &[]);
    let data = noise(4 << 20);
    assert_eq!(bytes(&format!("nc -N 127.0.0.1 {}", discard.port()), &data), b"");
    let log = discard.stop().log;
    assert!(log.contains("received=4194304 sent=0") && log.contains("end=closed"), "{log}");

    let chargen = Server::start("chargen", &["127.0.0.1:0", "udp://127.0.0.1:0"], &[]);
    let text = shell(&format!("nc -d 127.0.0.1 {} | head -c 14060", chargen.port()), b"");
    assert!(text.starts_with(" !\"#$%&'()*+,-./0123456789"), "{text}");
    assert_eq!(text.lines().count(), 190);
    assert_eq!(text[..7030], text[7030..]);
    let port = chargen.listeners[1].rsplit(':').next().unwrap();
    let ask = format!(
        "python3 -c \"
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(20); s.connect(('127.0.0.1', {port}))
lengths = set()
for _ in range(50): s.send(b''); lengths.add(len(s.recv(2000)))
print(max(lengths) <= 512, len(lengths) > 10)\""
    );
    assert_eq!(shell(&ask, b""), "True True\n");
}

#[test]
fn tls_is_spoken_to_whoever_trusts_the_certificate() {
    let directory = tempfile::tempdir().unwrap();
    let certificate = directory.path().join("cert.pem").display().to_string();
    let key = directory.path().join("key.pem").display().to_string();
    let server = Server::start("echo", &["127.0.0.1:0"], &["--tls", "--cert-out", &certificate]);
    assert!(server.listeners[0].starts_with("tls://"), "{:?}", server.listeners);
    let ask = |port: u16| {
        format!(
            "openssl s_client -quiet -verify_return_error -verify_hostname localhost -CAfile {certificate} -connect 127.0.0.1:{port}"
        )
    };
    let python = format!(
        "python3 -c \"
import socket, ssl
context = ssl.create_default_context(cafile='{certificate}')
for name in 'localhost', '127.0.0.1':
    s = context.wrap_socket(socket.create_connection(('127.0.0.1', {})), server_hostname=name)
    data = bytes(range(256)) * 4096
    s.settimeout(20)
    for at in range(0, len(data), 16384): s.sendall(data[at:at + 16384])
    back = b''
    while len(back) < len(data): back += s.recv(65536)
    assert back == data
    s.unwrap()
print('whole')\"",
        server.port()
    );
    assert_eq!(shell(&python, b""), "whole\n");
    let refused = shell(&format!("curl -sS https://127.0.0.1:{}/", server.port()), b"");
    assert!(refused.contains("certificate"), "{refused}");
    drop(server);

    let made = format!(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -out {certificate} -keyout {key}"
    );
    shell(&made, b"");
    let server = Server::start("http", &["tls://127.0.0.1:0"], &["--cert", &certificate, "--key", &key]);
    let url = format!("https://localhost:{}/bytes/12", server.port());
    assert_eq!(shell(&format!("curl -sS --cacert {certificate} {url}"), b""), "012345678901");
    let about = shell(&format!("{} -showcerts", ask(server.port())), b"GET /status/204 HTTP/1.0\r\n\r\n");
    assert!(about.contains("HTTP/1.0 204"), "{about}");
}

#[test]
fn services_do_not_talk_to_services() {
    let server = Server::start("echo", &["udp://127.0.0.1:0", "udp://127.0.0.2:0"], &[]);
    // Another program, whose port the kernel chose among those of clients.
    let chargen = Server::start("chargen", &["udp://127.0.0.1:0"], &[]);
    let other: SocketAddr = chargen.listeners[0].strip_prefix("udp://").unwrap().parse().unwrap();
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap();
    let first: u16 = range.split_whitespace().next().unwrap().parse().unwrap();
    let at = |index: usize| -> SocketAddr {
        server.listeners[index].strip_prefix("udp://").unwrap().parse().unwrap()
    };
    let ask = |from: (u8, u16)| {
        let socket = UdpSocket::bind(SocketAddr::from(([127, 0, 0, from.0], from.1))).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        socket.send_to(b"hello", at(0)).unwrap();
        socket.recv(&mut [0; 10]).is_ok()
    };
    #[rustfmt::skip]
    let cases = [
        // from,               answered
        ((3, 0),               true),
        ((3, at(0).port()),    false),
        ((3, at(1).port()),    false),
        ((3, other.port()),    false),
        ((3, first - 1),       false),
    ];
    for (from, answered) in cases {
        assert_eq!(ask(from), answered, "{from:?}");
    }
    let log = server.stop().log;
    assert!(log.contains("unanswered=4") && !log.contains("forged"), "{log}");
    for (kind, warned) in [("echo", true), ("chargen", true), ("discard", false)] {
        let log = Server::start(kind, &["udp://0.0.0.0:0"], &[]).stop().log;
        assert_eq!(log.contains("by a forged sender"), warned, "{kind}: {log}");
    }
}
