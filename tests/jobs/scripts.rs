//! The six jobs, each a script that anybody could run: it ends with status 0 if everything it looked for was there.

use crate::guard;
use crate::scene::{Scene, here};

/// Runs a script; what it last says is that it is done.
#[track_caller]
fn does(name: &str) {
    guard::namespace();
    let scene = Scene::empty();
    let output = scene.output(scene.command("bash").arg(here().join(name)));
    let words = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && words.ends_with("done\n"),
        "{name}: {}\n{words}\n{complaints}",
        output.status
    );
    assert!(scene.is_tidy(), "{name} wrote below $HOME");
}

#[test]
fn an_incident() {
    does("incident.sh");
}

#[test]
fn a_file_for_ci() {
    does("ci.sh");
}

#[test]
fn json_in_python() {
    does("json.sh");
}

#[test]
fn a_network_engineers_day() {
    does("engineer.sh");
}

#[test]
fn packaging() {
    does("packaging.sh");
}

#[test]
fn a_screen_without_colour() {
    does("screen.sh");
}
