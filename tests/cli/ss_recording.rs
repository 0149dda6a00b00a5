//! `ss` reading back records no kernel at hand would send: timers by number, the delayed acknowledgement among them.
//!
//! Kernels after 6.18 tell of that one. The rest of the record is from a capture, whose byte order is that of its machine.

#![cfg(target_endian = "little")]

use std::os::unix::process::CommandExt;
use std::process::Command;

use serde_json::Value;

/// The first record of a capture with this timer in it, and the end of the dump.
fn with_timer(number: u8, expires: u32, retransmits: u8) -> Vec<u8> {
    let capture = include_bytes!("../data/inet-tcp4.bin");
    let len = u32::from_le_bytes(*capture.first_chunk().unwrap()) as usize;
    let mut message = capture[..len].to_vec();
    assert_eq!(message[4], 20, "the first message is a record");
    message[18..20].copy_from_slice(&[number, retransmits]);
    message[68..72].copy_from_slice(&expires.to_le_bytes());
    // NLMSG_DONE
    message.extend([20, 0, 0, 0, 3, 0, 0, 0]);
    message.extend([0; 12]);
    message
}

/// What `ss` prints for a file of records.
fn replayed(recording: &[u8], words: &[&str]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), recording).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    command.arg("ss").args(words).env_clear().env("TCPDIAG_FILE", file.path());
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_timer_has_its_name() {
    #[rustfmt::skip]
    let cases = [
        // number, ms,      count, text,                           name
        (0,        0,       0,     "",                             None),
        (1,        204,     3,     " timer:(on,204ms,3)",          Some("on")),
        (2,        7_140_000, 0,   " timer:(keepalive,119min,0)",  Some("keepalive")),
        (3,        59_999,  0,     " timer:(timewait,59sec,0)",    Some("timewait")),
        (4,        1_304,   255,   " timer:(persist,1.304sec,255)", Some("persist")),
        (5,        40,      0,     " timer:(delack,040ms,0)",      Some("delack")),
        (6,        1,       1,     " timer:(unknown,001ms,1)",     Some("unknown")),
        (255,      u32::MAX, 1,    " timer:(unknown,71582min,1)",  Some("unknown")),
    ];
    for (number, expires, count, text, name) in cases {
        let recording = with_timer(number, expires, count);
        let line = replayed(&recording, &["-tanHoO"]);
        assert_eq!(line.contains("timer:"), name.is_some(), "{line}");
        assert!(line.trim_end().ends_with(text), "{line} should end in {text:?}");

        let document: Value =
            serde_json::from_str(&replayed(&recording, &["-tan", "--format", "json"])).unwrap();
        let timer = &document["sockets"][0]["timer"];
        assert_eq!(timer["name"].as_str(), name);
        if name.is_some() {
            assert_eq!(
                (timer["expires_us"].as_u64(), timer["timeouts"].as_u64()),
                (Some(u64::from(expires) * 1000), Some(count.into()))
            );
        }
    }
}

#[test]
fn under_the_name_of_upstream_only_the_first_half_counts() {
    let v4 = include_bytes!("../data/inet-tcp4.bin");
    let v6 = include_bytes!("../data/inet-tcp6-extended.bin");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), [&v4[..], v6].concat()).unwrap();
    let lines = |program: &str, words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
        command.arg0(program).args(words).env_clear().env("TCPDIAG_FILE", file.path());
        let output = command.output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().lines().count()
    };
    assert_eq!(lines("netdiag", &["ss", "-tanHO"]), 12 + 11);
    assert_eq!(lines("ss", &["-tanHO"]), 12);
    assert_eq!((lines("ss", &["-tanHO6"]), lines("netdiag", &["ss", "-tanHO6"])), (0, 11));
}
