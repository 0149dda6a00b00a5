//! `netdiag connect` with `nc`, `socat` and `openssl` at the other end: every byte arrives, both ways.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use socket2::{Domain, Socket, Type};

use crate::fed::{PATIENCE, noise, run};
use crate::peer::{Peer, address, is_listening};
use crate::program::{NETDIAG, netdiag};

#[test]
fn nc_gets_every_byte() {
    let data = noise(3_000_000);
    let at = address();
    let peer = Peer::at(at, &format!("nc -n -l {} {}", at.ip(), at.port()));
    // Its output is read when it has ended: until then the pipe is full, and we are made to wait.
    let reader = std::thread::spawn(move || peer.output());
    let run = netdiag(&format!("connect {} {}", at.ip(), at.port()), &data);
    assert_eq!((run.status, run.stderr.as_str(), run.stdout.len()), (0, "", 0));
    assert!(reader.join().unwrap().stdout == data);
}

#[test]
fn socat_gives_every_byte_back_after_our_end() {
    let data = noise(2_000_000);
    let at = address();
    let _peer = Peer::at(at, &format!("socat TCP4-LISTEN:{},bind={},fork EXEC:cat", at.port(), at.ip()));
    for form in [format!("{at}"), format!("tcp://{at}"), format!("{} {}", at.ip(), at.port())] {
        let run = netdiag(&format!("connect {form}"), &data);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{form}");
        assert!(run.stdout == data, "{form}");
    }
}

#[test]
fn ipv6_with_and_without_brackets() {
    let port = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let line = format!("TCP6-LISTEN:{port},bind=[::1],fork,reuseaddr");
    let _peer = Peer::listening(Command::new("socat").args([&line, "EXEC:cat"]), || {
        netdiag(&format!("connect -z ::1 {port}"), b"").status == 0
    });
    // The system may know localhost by its IPv4 address only; its resolver is asked by another way than ours.
    let is_known = ("localhost", port).to_socket_addrs().unwrap().any(|address| address.is_ipv6());
    for form in [format!("::1 {port}"), format!("[::1]:{port}"), format!("-6 localhost {port}")] {
        let run = netdiag(&format!("connect {form}"), b"six");
        if form.contains("localhost") && !is_known {
            assert!(run.status == 1 && run.stderr.contains("no such name"), "{form}: {run}");
        } else {
            assert!(run.status == 0 && run.stdout == b"six", "{form}: {run}");
        }
    }
}

#[test]
fn unix_sockets_of_every_kind() {
    let data = noise(100_000);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let shown = path.display();
    let _peer = Peer::on(&path, &format!("socat UNIX-LISTEN:{shown},fork EXEC:cat"));
    for form in [format!("{shown}"), format!("unix:{shown}"), format!("-U {shown}")] {
        let run = netdiag(&format!("connect {form}"), &data);
        assert!(run.status == 0 && run.stdout == data, "{form}: {}", run.stderr);
    }
    // Messages keep their bounds; `type=5` is SOCK_SEQPACKET.
    let path = directory.path().join("seq");
    let peer = Peer::on(&path, &format!("socat -u UNIX-LISTEN:{},type=5 -", path.display()));
    let run = netdiag(&format!("connect unix-seqpacket:{}", path.display()), b"sequenced");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert_eq!(peer.output().stdout, b"sequenced");
    let path = directory.path().join("dgram");
    let _peer = Peer::on(&path, &format!("socat UNIX-RECVFROM:{},fork EXEC:cat", path.display()));
    heard(&format!("unix-dgram:{}", path.display()), b"datagram");
}

#[test]
fn an_abstract_name() {
    let name = format!("netdiag-connect-{}", std::process::id());
    let listening = || std::fs::read_to_string("/proc/net/unix").unwrap().contains(&name);
    let listen = format!("ABSTRACT-LISTEN:{name},fork");
    let _peer = Peer::listening(Command::new("socat").args([&listen, "EXEC:cat"]), listening);
    let run = netdiag(&format!("connect unix:@{name}"), b"abstract");
    assert!(run.status == 0 && run.stdout == b"abstract", "{run}");
}

#[test]
fn udp_is_heard_until_it_is_silent() {
    let at = address();
    let row = format!("{:08X}:{:04X}", u32::from_ne_bytes(at.ip().octets()), at.port());
    let bound = || std::fs::read_to_string("/proc/net/udp").unwrap().contains(&row);
    let listen = format!("UDP4-RECVFROM:{},bind={},fork", at.port(), at.ip());
    let _peer = Peer::listening(Command::new("socat").args([&listen, "EXEC:cat"]), bound);
    for form in [format!("-u {at}"), format!("udp://{at}")] {
        heard(&form, b"echo");
    }
    // Nobody answers nothing.
    let run = netdiag(&format!("connect -w 0.3 -u {at}"), b"");
    assert_eq!((run.status, run.stdout.as_slice()), (0, &b""[..]), "{run}");
}

/// Sends a datagram and waits until it comes back, however long that takes; silence would end it, so it is stopped.
fn heard(form: &str, datagram: &[u8]) {
    let mut command = Command::new(NETDIAG);
    command.args(["connect", "-w", "120"]).args(form.split(' ')).env_clear().env("LC_ALL", "C");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(datagram).unwrap();
    let mut back = vec![0; datagram.len()];
    let read = child.stdout.take().unwrap().read_exact(&mut back);
    // It may have ended by itself, and then what it wrote tells why.
    let _ = child.kill();
    child.wait().unwrap();
    assert!(read.is_ok() && back == datagram, "{form}: {}", back.escape_ascii());
}

#[test]
fn tls_to_openssl() {
    let directory = tempfile::tempdir().unwrap();
    let (cert_file, key_file) = (directory.path().join("cert"), directory.path().join("key"));
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["peer.test".to_owned()]).unwrap();
    std::fs::write(&cert_file, cert.pem()).unwrap();
    std::fs::write(&key_file, signing_key.serialize_pem()).unwrap();
    let at = address();
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-rev", "-accept", &at.to_string()]);
    let _peer =
        Peer::listening(command.arg("-cert").arg(&cert_file).arg("-key").arg(&key_file), || is_listening(at));
    let ca = format!("--ca {}", cert_file.display());
    let run = netdiag(&format!("connect {ca} --server-name peer.test tls://{at}"), b"abc\n");
    assert!(run.status == 0 && run.stdout == b"cba\n", "{run}");
    let run = netdiag(&format!("connect {ca} tls://{at}"), b"abc\n");
    assert!(run.status == 1 && run.stderr.contains("not valid for the name"), "{run}");
    let run = netdiag(&format!("connect tls://{at}"), b"abc\n");
    assert!(run.status == 1 && run.stderr.contains("certificate"), "{run}");
    let run = netdiag(&format!("connect --insecure tls://{at}"), b"abc\n");
    assert!(run.status == 0 && run.stdout == b"cba\n", "{run}");
}

#[test]
fn listening_once_for_nc() {
    let (there, back) = (noise(1_000_000), noise(500_000));
    let at = address();
    let mut ours = Command::new(NETDIAG);
    ours.args(["connect", "-l", "-w", "20", &at.to_string()]);
    let input = back.clone();
    let listener = std::thread::spawn(move || run(&mut ours, &input));
    netdiag_lab::until("us to listen", PATIENCE, || is_listening(at).then_some(())).unwrap();
    let mut nc = Command::new("nc");
    nc.args(["-N", &at.ip().to_string(), &at.port().to_string()]);
    let theirs = run(&mut nc, &there);
    let ours = listener.join().unwrap();
    assert!(ours.status.success() && ours.stdout == there, "{}", String::from_utf8_lossy(&ours.stderr));
    assert!(theirs.stdout == back);
}

/// Listeners at one port of both loopback addresses; that of IPv4 hangs: its queue is full.
fn half_hanging() -> (TcpListener, TcpListener, Vec<TcpStream>, u16) {
    let v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
    let port = v6.local_addr().unwrap().port();
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&at.into()).unwrap();
    socket.listen(0).unwrap();
    let patience = Duration::from_millis(200);
    let mut queued = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&at, patience) {
        queued.push(stream);
    }
    (socket.into(), v6, queued, port)
}

#[test]
fn an_address_that_hangs_leaves_the_others_their_time() {
    let (_hangs, _answers, _queued, port) = half_hanging();
    for line in [format!("probe -t 4s :{port}"), format!("probe -t 10s --race :{port}")] {
        let run = netdiag(&line, b"");
        assert!(
            run.status == 0 && run.text().contains(&format!("[::1]:{port}: connected in")),
            "{line}: {run}"
        );
        let hung = format!("  127.0.0.1:{port}: ");
        assert!(run.text().contains(&hung), "{line}: {run}");
    }
    let run = netdiag(&format!("connect -z -w 8 :{port}"), b"");
    assert!(run.status == 0 && run.stdout == format!("tcp://*:{port} open\n").as_bytes(), "{run}");
    let run = netdiag(&format!("connect -w 8 :{port}"), b"");
    assert!(run.stderr.contains(&format!("127.0.0.1:{port}: no answer yet")), "{run}");
    // Where none answers, each is told.
    let run = netdiag(&format!("probe -4 -t 0.3s :{port}"), b"");
    assert!(run.status == 1 && run.text().contains("timeout: connect: timed out"), "{run}");
}

#[test]
fn this_host_is_both_its_loopback_addresses() {
    for at in [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))] {
        let tcp = TcpListener::bind(at).unwrap();
        let udp = std::net::UdpSocket::bind(at).unwrap();
        let answering = udp.try_clone().unwrap();
        std::thread::spawn(move || {
            while let Ok((_, from)) = answering.recv_from(&mut [0; 10]) {
                let _ = answering.send_to(b"here", from);
            }
        });
        let (tcp_port, udp_port) = (tcp.local_addr().unwrap().port(), udp.local_addr().unwrap().port());
        let lines = [
            format!("probe :{tcp_port}"),
            format!("connect -z :{tcp_port}"),
            format!("wait -w 5s {tcp_port}"),
            format!("probe udp://:{udp_port}"),
            format!("connect -z -u :{udp_port}"),
            format!("wait -w 5s udp://:{udp_port}"),
            format!("probe udp://:{udp_port} --send hi --expect ^here$"),
        ];
        for line in lines {
            let run = netdiag(&line, b"");
            assert_eq!(run.status, 0, "{at}: {line}: {run}");
        }
        // What was said to nobody is said again to the other.
        let run = netdiag(&format!("connect -u -w 1 :{udp_port}"), b"hi");
        assert_eq!((run.status, run.stdout.as_slice()), (0, &b"here"[..]), "{at}: {run}");
    }
}

#[test]
fn letters_of_nc_do_what_they_do_there() {
    // Takes what it is told, and never ends by itself.
    let silent = crate::scripted::server(|mut stream| {
        let _ = std::io::Read::read_to_end(&mut stream, &mut Vec::new());
        std::thread::sleep(PATIENCE);
    });
    let talking =
        crate::scripted::server(|mut stream| drop(std::io::Write::write_all(&mut stream, b"hello")));
    #[rustfmt::skip]
    let cases = [
        (format!("connect -q 0.1 {silent}"),    0, ""),
        (format!("connect -N -q 0 {silent}"),   0, ""),
        (format!("connect -d {talking}"),       0, "hello"),
        (format!("connect -N -n {talking}"),    0, "hello"),
        ("connect -n localhost 1".to_owned(),   2, ""),
        ("connect -n -z localhost 1-3".to_owned(), 2, ""),
    ];
    for (line, status, said) in cases {
        let run = netdiag(&line, b"");
        assert_eq!((run.status, run.text()), (status, said), "{line}: {run}");
    }
}

#[test]
fn a_path_that_was_listened_at_goes_with_us_and_with_nobody_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    for (target, signal) in
        [("unix:", Signal::SIGTERM), ("unix-dgram:", Signal::SIGINT), ("unix-seqpacket:", Signal::SIGHUP)]
    {
        let start = || {
            let mut command = Command::new(NETDIAG);
            command.args(["connect", "-l", &format!("{target}{}", path.display())]);
            command.stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap()
        };
        let mut first = start();
        netdiag_lab::until("us to listen", PATIENCE, || path.exists().then_some(())).unwrap();
        // Another is told that it is in use, and leaves it where it is.
        let mut second = start();
        let refused =
            netdiag_lab::until("the other to end", PATIENCE, || second.try_wait().unwrap()).unwrap();
        assert!(!refused.success() && path.exists(), "{target}");
        // The signal may come before it is waited for.
        let status = netdiag_lab::until("us to end", PATIENCE, || {
            let _ = kill(Pid::from_raw(first.id().cast_signed()), signal);
            std::thread::sleep(Duration::from_millis(20));
            first.try_wait().unwrap()
        });
        let status = status.unwrap();
        if status.code() == Some(128 + signal as i32) {
            assert!(!path.exists(), "{target}");
        } else {
            // It was too early to be asked nicely; then the path is left over, and is taken over.
            assert_eq!(
                std::os::unix::process::ExitStatusExt::signal(&status),
                Some(signal as i32),
                "{target}"
            );
        }
    }
}
