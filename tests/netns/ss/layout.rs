//! Which columns there are, and how wide: on a terminal, for a pretended one, and for a pipe.

use std::fs::File;
use std::io::Read;
use std::process::Stdio;

use netdiag_lab::Host;
use nix::pty::{Winsize, openpty};

use super::program::{Run, link, ours, run, words};
use super::scene::Scene;
use crate::guard;

#[test]
fn columns_that_could_only_say_one_thing_are_left_out() {
    guard::namespace();
    let host = Scene::shared().host();
    #[rustfmt::skip]
    let cases = [
        ("-tn",                     "State Recv-Q Send-Q Local Address:Port Peer Address:Port"),
        ("-tun",                    "Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port"),
        ("-4n",                     "Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port"),
        ("-tnQ",                    "State Local Address:Port Peer Address:Port"),
        ("-tun --no-queues",        "Netid State Local Address:Port Peer Address:Port"),
        ("-tn state established",   "Recv-Q Send-Q Local Address:Port Peer Address:Port"),
        ("-tnQ state established",  "Local Address:Port Peer Address:Port"),
        ("-tunQ state established", "Netid Local Address:Port Peer Address:Port"),
        ("-tnB",                    "Recv-Q Send-Q Local Address:Port Peer Address:Port"),
    ];
    for (line, header) in cases {
        let run = ours(host, line);
        assert_eq!(run.rows()[0].join(" "), header, "ss {line}");
        let without = ours(host, &format!("{line} -H"));
        assert_eq!(without.rows(), run.rows()[1..], "ss {line} -H");
    }
}

#[test]
fn a_pipe_gets_lines_as_long_as_they_need_be() {
    guard::namespace();
    let output = ours(Scene::shared().host(), "-tan").stdout;
    assert!(output.lines().all(|line| !line.ends_with(' ')), "{output}");
    // Every address ends, and every port begins, in the same column.
    let column = output.find("Address:Port").unwrap() + "Address".len();
    assert!(output.lines().all(|line| line.as_bytes()[column] == b':'), "{output}");
}

#[test]
fn a_terminal_is_filled() {
    guard::namespace();
    let host = Scene::shared().host();
    for width in [80, 132, 200] {
        let output = on_terminal(host, "-tln4", width);
        let lines: Vec<&str> = output.lines().collect();
        assert_eq!(lines.len(), 1 + ours(host, "-tlnH4").stdout.lines().count());
        assert!(lines.iter().all(|line| line.len() == usize::from(width)), "{width}: {output}");
        assert_eq!(output, pretended(host, "-tln4", &width.to_string()).stdout, "COLUMNS={width}");
    }
}

#[test]
fn a_width_that_is_none_is_not_believed() {
    guard::namespace();
    let host = Scene::shared().host();
    let plain = ours(host, "-tln").stdout;
    for columns in ["", "0", "-5", "wide"] {
        assert_eq!(pretended(host, "-tln", columns).stdout, plain, "COLUMNS={columns}");
    }
    assert_eq!(on_terminal(host, "-tln", 0), plain, "a terminal that knows no width");
}

fn pretended(host: &Host, line: &str, columns: &str) -> Run {
    run(host, link().args(words(line)).env("COLUMNS", columns))
}

/// What a terminal of this width is sent, its carriage returns left out.
fn on_terminal(host: &Host, line: &str, width: u16) -> String {
    let size = Winsize { ws_row: 24, ws_col: width, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(&size, None).unwrap();
    let mut command = link();
    command.args(words(line)).stdin(Stdio::null()).stdout(terminal.slave);
    let mut child = host.spawn(&mut command).unwrap();
    // This process must not hold the terminal open, or it would be waited for here.
    drop(command);
    let mut bytes = Vec::new();
    // The end of a terminal reads as EIO.
    File::from(terminal.master).read_to_end(&mut bytes).ok();
    assert!(child.wait().unwrap().success());
    String::from_utf8(bytes).unwrap().replace('\r', "")
}
