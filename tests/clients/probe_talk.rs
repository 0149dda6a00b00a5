//! `netdiag probe` of sockets: what is said and expected, echoes, and every way a peer can disappoint.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rcgen::{CertifiedKey, generate_simple_self_signed};

use crate::peer::{Peer, address, is_listening};
use crate::program::{NETDIAG, netdiag, words};
use crate::scripted::{pour, server};

#[test]
fn an_answer_in_single_bytes_is_found() {
    let at = server(|mut stream| {
        stream.set_nodelay(true).unwrap();
        for byte in b"220-hello\r\n220 ready\r\n" {
            stream.write_all(&[*byte]).unwrap();
        }
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        stream.write_all(format!("250 {line}").as_bytes()).unwrap();
    });
    let at = at.to_string();
    let greeting = ["probe", &at, "--expect", "^220 .*\\r\\n", "--send", "EHLO x\\r\\n"];
    // Whatever follows a match is still to be heard, be it the line's own end.
    for (reply, status) in [(["--expect", "^250 EHLO x$"], 1), (["--expect-text", "250 EHLO x\\r\\n"], 0)] {
        let run = words(&[&greeting[..], &reply, &["--expect-end"]].concat(), b"");
        assert_eq!(run.status, status, "{run}");
        assert!(run.text().contains(if status == 0 { "4 steps done" } else { "3 steps done" }), "{run}");
    }
}

#[test]
fn what_is_not_said_is_told_apart() {
    let silent = server(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    let run = netdiag(&format!("probe -t 2s {silent} --expect 220"), b"");
    assert_eq!(run.status, 1, "{run}");
    assert!(
        run.text().contains("timeout")
            && run.text().contains("first byte: step 1 (expect \"220\"): timed out"),
        "{run}"
    );
    let endless = server(|stream| pour(&stream, &[b'x'; 10_000]));
    let run = netdiag(&format!("probe {endless} --expect 220"), b"");
    assert!(run.status == 1 && run.text().contains("1048576 bytes, and no match for \"220\""), "{run}");
    let brief = server(|mut stream| stream.write_all(b"\x1b[2Jno\n").unwrap());
    let run = netdiag(&format!("probe {brief} --expect 220"), b"");
    assert!(run.status == 1 && run.text().contains("closed by peer before \"220\" came"), "{run}");
    assert!(run.text().contains("heard \"\\x1b[2Jno\\n\""), "{run}");
}

#[test]
fn messages_have_frames() {
    let at = server(|mut stream| {
        let mut length = [0; 2];
        while stream.read_exact(&mut length).is_ok() {
            let mut message = vec![0; u16::from_be_bytes(length).into()];
            stream.read_exact(&mut message).unwrap();
            // Two messages in one piece, the second cut.
            stream.write_all(&[&length[..], &message, b"\0\x02o"].concat()).unwrap();
            stream.write_all(b"k").unwrap();
        }
    });
    let line = format!("probe {at} --frame u16be --send ping --expect ^ping$ --expect ^ok$");
    let run = netdiag(&line, b"");
    assert_eq!(run.status, 0, "{run}");
    let run = netdiag(&line.replace("^ok", "^ko"), b"");
    assert!(run.status == 1 && run.text().contains("\"ok\" does not match \"^ko$\""), "{run}");
    let run = netdiag(&format!("probe {at} --frame delimiter:g --send ping"), b"");
    assert!(run.status == 1 && run.text().contains("the delimiter in it"), "{run}");
}

#[test]
fn nc_is_talked_to_until_both_have_ended() {
    let at = address();
    let line = format!("printf '220 hello\\r\\n' | exec nc -n -N -l {} {}", at.ip(), at.port());
    let peer = Peer::listening(Command::new("sh").args(["-c", &line]), || is_listening(at));
    let script = ["--expect", "^220 .*\\r\\n", "--send", "QUIT\\r\\n", "--end", "--expect-end"];
    let run = words(&[&["probe", "-t", "20s", &at.to_string()][..], &script].concat(), b"");
    assert!(run.status == 0 && run.text().contains("ok, 4 steps done"), "{run}");
    assert_eq!(peer.output().stdout, b"QUIT\r\n");
}

#[test]
fn an_echo_is_compared_byte_by_byte() {
    let at = address();
    let _peer = Peer::at(at, &format!("socat TCP4-LISTEN:{},bind={},fork EXEC:cat", at.port(), at.ip()));
    let run = netdiag(&format!("probe --echo 2M {at}"), b"");
    assert!(run.status == 0 && run.text().contains("2097152 bytes back at"), "{run}");
    let damaging = server(|mut stream| {
        let mut bytes = vec![0; 1000];
        stream.read_exact(&mut bytes).unwrap();
        bytes[700] ^= 1;
        stream.write_all(&bytes).unwrap();
    });
    let run = netdiag(&format!("probe --echo 1000 {damaging}"), b"");
    assert!(run.status == 1 && run.text().contains("byte 700 came back as"), "{run}");
    let short = server(|mut stream| {
        let mut bytes = vec![0; 900];
        stream.read_exact(&mut bytes).unwrap();
        stream.write_all(&bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let _rest = stream.read_to_end(&mut Vec::new());
    });
    let run = netdiag(&format!("probe --echo 1000 {short}"), b"");
    assert!(run.status == 1 && run.text().contains("closed by peer after 900 of 1000 bytes"), "{run}");
}

#[test]
fn datagrams_are_answered_refused_or_nothing() {
    let socket = UdpSocket::bind(address()).unwrap();
    let at = socket.local_addr().unwrap();
    let echo = thread::spawn(move || {
        let mut room = [0; 2000];
        loop {
            let (length, from) = socket.recv_from(&mut room).unwrap();
            if &room[..length] == b"stop" {
                return;
            }
            // Empty ones are the silence that is asked about.
            if length > 0 {
                socket.send_to(&room[..length], from).unwrap();
            }
        }
    });
    let run = netdiag(&format!("probe udp://{at} --send hi --expect ^hi$"), b"");
    assert_eq!(run.status, 0, "{run}");
    let run = netdiag(&format!("probe udp://{at} --echo 5000"), b"");
    assert!(run.status == 0 && run.text().contains("5000 bytes back"), "{run}");
    let run = netdiag(&format!("probe udp://{at} -t 0.1s"), b"");
    assert!(run.status == 3 && run.text().contains("silence"), "{run}");
    let run = netdiag(&format!("probe udp://{at} --send stop"), b"");
    assert_eq!(run.status, 0, "{run}");
    echo.join().unwrap();
    let run = netdiag(&format!("probe udp://{at}"), b"");
    assert!(run.status == 1 && run.text().contains("refused"), "{run}");
}

#[test]
fn unix_sockets_are_probed_like_others() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let _peer = Peer::on(&path, &format!("socat UNIX-LISTEN:{},fork EXEC:cat", path.display()));
    let url = format!("unix:{}", path.display());
    for line in [String::new(), "--send a --expect a --end --expect-end".to_owned(), "--echo 100k".to_owned()]
    {
        let run = netdiag(&format!("probe {url} {line}"), b"");
        assert_eq!(run.status, 0, "{line}: {run}");
    }
}

/// A mail server as far as the beginning of TLS, then a reverser of lines.
const STARTTLS: &str = r#"
import socket, ssl, sys
address, port, cert, key = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
for stream in iter(lambda listener=socket.create_server((address, int(port))): listener.accept()[0], None):
    stream.sendall(b"220-peer.test\r\n220 ready\r\n")
    lines = stream.makefile("rb", buffering=0)
    if not lines.readline().startswith(b"EHLO"):
        continue
    stream.sendall(b"250-peer.test\r\n250 STARTTLS\r\n")
    if lines.readline() != b"STARTTLS\r\n":
        continue
    stream.sendall(b"220 go ahead\r\n")
    try:
        secure = context.wrap_socket(stream, server_side=True)
        secure.sendall(secure.recv(1000).strip()[::-1] + b"\n")
        secure.unwrap().close()
    except OSError:
        continue
"#;

#[test]
fn starttls_with_python() {
    let directory = tempfile::tempdir().unwrap();
    let (cert_file, key_file) = (directory.path().join("cert"), directory.path().join("key"));
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["peer.test".to_owned()]).unwrap();
    std::fs::write(&cert_file, cert.pem()).unwrap();
    std::fs::write(&key_file, signing_key.serialize_pem()).unwrap();
    let at = address();
    let mut command = Command::new("python3");
    command.args(["-c", STARTTLS, &at.ip().to_string(), &at.port().to_string()]);
    let _peer = Peer::listening(command.arg(&cert_file).arg(&key_file), || is_listening(at));
    let talk = directory.path().join("talk");
    let script = "expect ^220 .*\\r\\n\nsend EHLO x\\r\\n\nexpect-text 250 STARTTLS\\r\\n\nsend STARTTLS\\r\\n\n\
                  expect ^220 .*\\r\\n\nstarttls\nsend abc\\n\nexpect-text cba\\n\nexpect-end\n";
    std::fs::write(&talk, script).unwrap();
    let line = |more: &str| format!("probe {at} --talk {} {more}", talk.display());
    let run = netdiag(&line(&format!("--ca {} --server-name peer.test", cert_file.display())), b"");
    assert!(run.status == 0 && run.text().contains("TLSv1.3"), "{run}");
    let run = netdiag(&line(""), b"");
    assert!(run.status == 1 && run.text().contains("not trusted"), "{run}");
    let early = server(|mut stream| stream.write_all(b"220 go\r\n250 injected\r\n").unwrap());
    let run = words(&["probe", &early.to_string(), "--expect-text", "go\\r\\n", "--starttls"], b"");
    assert!(run.status == 1 && run.text().contains("spoke on before TLS"), "{run}");
}

#[test]
fn repeats_come_to_figures() {
    let at = server(drop);
    let run = netdiag(&format!("probe -c 4 -i 1ms {at}"), b"");
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(run.text().matches(": ok, ").count(), 4);
    for words in ["4 probes, 4 ok, 0 failed", "connect min/avg/max/mdev = ", "total p50/p90/p95/p99 = "] {
        assert!(run.text().contains(words), "{words}: {run}");
    }
    let run = netdiag(&format!("probe -c 2 -i 1ms --info --format jsonl {at} {}", address()), b"");
    let lines: Vec<serde_json::Value> =
        run.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = lines.iter().map(|line| line["record"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["begin", "probe", "probe", "probe", "probe", "summary", "summary", "end"]);
    assert_eq!((lines[1]["outcome"].as_str(), lines[2]["outcome"].as_str()), (Some("ok"), Some("refused")));
    assert!(lines[1]["kernel"]["mss_bytes"].as_u64().unwrap() > 500, "{run}");
    assert_eq!((lines[5]["ok"].as_u64(), lines[6]["failed"].as_u64(), run.status), (Some(2), Some(2), 1));
}

#[test]
fn an_interrupted_run_says_what_it_measured() {
    let at = server(drop);
    for format in ["text", "json"] {
        let mut command = Command::new(NETDIAG);
        command.args(["probe", "-c", "2", "-i", "20s", "--format", format, &at.to_string()]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        // The first probe is written when it has ended; in JSON the second line is it.
        out.read_line(&mut text).unwrap();
        if format == "json" {
            out.read_exact(&mut [0]).unwrap();
        }
        kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
        out.read_to_string(&mut text).unwrap();
        assert!(child.wait().unwrap().success(), "{text}");
        let summary = if format == "json" { "\"sent\":1,\"ok\":1" } else { "1 probe, 1 ok, 0 failed" };
        assert!(text.contains(summary), "{text}");
        let told = text.contains("\"complete\":false,\"notices\":[{\"kind\":\"interrupted\",");
        assert_eq!(told, format == "json", "{text}");
    }
}

#[test]
fn a_probe_that_failed_has_no_time() {
    let at = server(|mut stream| drop(stream.write_all(b"hello\n")));
    let closed = address();
    let silent = UdpSocket::bind(address()).unwrap().local_addr().unwrap();
    #[rustfmt::skip]
    let cases = [
        (format!("tcp://{at} --expect hello"),           true),
        (format!("tcp://{at} --expect bye"),             false),
        (format!("tcp://{closed}"),                      false),
        (format!("udp://{silent}"),                      false),
    ];
    for (line, timed) in cases {
        let run = netdiag(&format!("probe --format json {line}"), b"");
        let document: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
        let probe = &document["probes"][0];
        assert_eq!(probe["total_us"].as_f64().is_some_and(|time| time > 0.0), timed, "{line}: {run}");
        assert_eq!(probe.as_object().unwrap().contains_key("total_us"), timed, "{line}: {run}");
    }
}
