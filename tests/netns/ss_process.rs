//! `ss -p` and its relatives on real processes, `-N` into real namespaces, and `-D` there and back.

use std::net::{TcpListener, UdpSocket};
use std::os::fd::AsRawFd;
use std::process::{Command, Output};

use netdiag_lab::{Host, Lab};

use crate::guard;

fn ss(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    command.arg("ss").args(words).env_remove("PROC_ROOT").env_remove("TCPDIAG_FILE");
    command
}

fn stdout(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn listed(host: &Host, words: &[&str]) -> String {
    stdout(host.output(&mut ss(words)).unwrap())
}

#[test]
fn a_socket_shows_its_owners_and_their_threads() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let socket = host.run(|| UdpSocket::bind("127.0.0.1:7000")).unwrap();
    let (fd, pid) = (socket.as_raw_fd(), std::process::id());
    let processes = listed(&host, &["-uanHp"]);
    assert!(
        processes.contains(" users:((\"") && processes.contains(&format!("\",pid={pid},fd={fd}))")),
        "{processes}"
    );
    // Alone, the option shows the column too; this thread is not the first one of the test program.
    let threads = listed(&host, &["-uanHT"]);
    let first = format!("pid={pid},tid={pid},fd={fd})");
    assert!(threads.contains(&first) && threads.matches(",tid=").count() > 1, "{threads}");
    assert!(!listed(&host, &["-uanH"]).contains("users:"));
}

#[test]
fn a_namespace_is_entered_by_process_and_by_path() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let _listener = host.run(|| TcpListener::bind("127.0.0.1:7000")).unwrap();
    let mut child = host.spawn(Command::new("sleep").arg("60")).unwrap();
    let path = host.path();
    let by_path = ["-tlnHQ", "-N", path.to_str().unwrap()];
    let by_process = ["-tlnHQ", "--netns", &child.id().to_string()];
    for words in [by_path, by_process] {
        assert_eq!(stdout(ss(&words).output().unwrap()), "LISTEN 127.0.0.1:7000 0.0.0.0:*\n", "{words:?}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn both_families_go_to_a_file_and_come_back() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let _listeners = ["127.0.0.1:7000", "[::1]:7000"].map(|at| host.run(|| TcpListener::bind(at)).unwrap());
    let file = tempfile::NamedTempFile::new().unwrap();
    let name = file.path().to_str().unwrap();
    assert_eq!(listed(&host, &["-ta", "-D", name]), "");
    let replayed = |words: &[&str]| stdout(ss(words).env("TCPDIAG_FILE", name).output().unwrap());
    assert_eq!(replayed(&["-tanH"]), listed(&host, &["-tanH"]));
    assert_eq!(replayed(&["-t6nHQ"]), "LISTEN [::1]:7000 [::]:*\n");
    assert_eq!(replayed(&["-tnH", "state", "established"]), "");
}
