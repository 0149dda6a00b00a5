//! `netdiag connect` through a wire that loses, delays and reorders: TCP mends it, and not a byte is missing.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use netdiag_lab::{Host, Lab, Path, Pick, Plan, packet, until};

use crate::guard;

const PATIENCE: Duration = Duration::from_secs(120);

fn bad(seed: u64) -> Plan {
    Plan {
        seed,
        only: packet::any,
        jitter: Duration::from_millis(1),
        loss: Pick::Chance(0.02),
        duplicate: Pick::Chance(0.02),
        reorder: Pick::Chance(0.05),
        reorder_by: Duration::from_millis(4),
        ..Plan::delayed(Duration::from_millis(2))
    }
}

/// Starts `netdiag connect` with the words of `line`, a file as its input.
fn connect(host: &Host, line: &str, input: &std::path::Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    command.arg("connect").args(line.split(' ')).stdin(std::fs::File::open(input).unwrap());
    host.spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped())).unwrap()
}

fn noise(seed: u64, length: usize) -> Vec<u8> {
    let next = |state: &mut u64| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Some((*state >> 56) as u8)
    };
    let mut state = seed;
    std::iter::from_fn(|| next(&mut state)).take(length).collect()
}

#[test]
fn every_byte_arrives_both_ways() {
    guard::namespace();
    let directory = tempfile::tempdir().unwrap();
    let files = ["there", "back"].map(|name| directory.path().join(name));
    let data = [noise(1, 300_000), noise(2, 200_000)];
    files.iter().zip(&data).for_each(|(file, data)| std::fs::write(file, data).unwrap());
    let path = Path::new(&Lab::new().unwrap(), bad(3), bad(4)).unwrap();
    for server in Path::SERVERS {
        let address =
            if server.contains(':') { format!("[{server}]:7000") } else { format!("{server}:7000") };
        let far = connect(&path.server, &format!("-l -w 20 {address}"), &files[1]);
        let listens =
            || path.server.run(|| std::net::TcpListener::bind((server, 7000)).is_err().then_some(()));
        until("the server to listen", PATIENCE, listens).unwrap();
        let near = connect(&path.client, &format!("-w 20 {address}"), &files[0]);
        for (end, child, expected) in [("near", near, &data[1]), ("far", far, &data[0])] {
            let output = child.wait_with_output().unwrap();
            let words = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{end} {server}: {words}");
            assert!(output.stdout == *expected, "{end} {server}: {} bytes, {words}", output.stdout.len());
        }
    }
    let lost = [netdiag_lab::Way::There, netdiag_lab::Way::Back].map(|way| path.wire.ledger(way).dropped);
    assert!(lost.iter().all(|lost| *lost > 0), "{lost:?}");
}
