//! The namespace is what the other tests take for granted, and the program runs inside it.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use crate::guard;

#[test]
fn loopback_carries_a_connection() {
    guard::namespace();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect_timeout(&listener.local_addr().unwrap(), Duration::from_secs(10)).unwrap();
    let (mut far, _) = listener.accept().unwrap();
    drop(near);
    assert_eq!(far.read(&mut [0]).unwrap(), 0);
}

#[test]
fn the_program_runs() {
    guard::namespace();
    let output = Command::new(env!("CARGO_BIN_EXE_netdiag")).arg("--version").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        concat!("netdiag ", env!("CARGO_PKG_VERSION"), "\n")
    );
}
