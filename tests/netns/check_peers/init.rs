//! `--init` from end to end: what it writes of a host holds there at once, and no longer once something is gone.

use std::fs;
use std::process::Output;

use netdiag_lab::Host;

use super::scene::Scene;
use super::{netdiag, results};
use crate::guard;
use crate::server::Server;

fn check(host: &Host, words: &[&str]) -> Output {
    host.output(netdiag().arg("check").args(words)).unwrap()
}

/// The names of the checks that ended so.
fn named(output: &Output, verdict: &str) -> Vec<String> {
    let results = results(output);
    let named = results.iter().filter(|result| result["verdict"] == verdict);
    named.map(|result| result["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_written_holds_until_something_is_gone() {
    guard::namespace();
    let mut scene = Scene::new();
    scene.dnsmasq();
    let host = &scene.client;
    let serve = |kind: &str, addresses: &[&str]| {
        Server::spawn(kind, addresses, &["-q"], |command| host.spawn(command))
    };
    let echo = serve("echo", &["127.0.0.1:7000"]);
    let _http = serve("http", &["[::]:8080", "0.0.0.0:80"]);
    let _discard = serve("discard", &["udp://127.0.0.1:5353"]);
    let passing = serve("echo", &["127.0.0.1:0"]);
    let file = scene.file("net.toml");
    let path = file.to_str().unwrap();
    let written = check(host, &["--init", path]);
    assert!(written.status.success() && written.stdout.is_empty(), "{written:?}");

    let output = check(host, &[path, "-o", "json"]);
    #[rustfmt::skip]
    let all = [
        "tcp 0.0.0.0 80 netdiag", "tcp 127.0.0.1 7000 netdiag", "tcp :: 8080 netdiag", "udp 127.0.0.1 5353 netdiag",
        "way out, IPv4", "way out, IPv6",
    ];
    assert_eq!((output.status.code(), named(&output, "pass")), (Some(0), all.map(str::to_owned).to_vec()));
    offers(&scene, &fs::read_to_string(&file).unwrap(), passing.listeners[0].rsplit(':').next().unwrap());

    assert!(echo.stop().status.success());
    let output = check(host, &[path, "-o", "json"]);
    assert_eq!((output.status.code(), named(&output, "fail")), (Some(1), vec![all[1].to_owned()]));
    host.remove_route("0.0.0.0/0").unwrap();
    let output = check(host, &[path, "-o", "json"]);
    assert_eq!(named(&output, "fail"), [all[1], all[4]]);
    assert_eq!(named(&output, "pass").len(), 4);
}

/// What it offers in comments can be run as well, and what comes and goes is only offered.
fn offers(scene: &Scene, text: &str, passing: &str) {
    assert!(text.contains(&format!("# port = {passing}\n")), "{text}");
    let commands = text.lines().filter_map(|line| line.split_once("netdiag check '")?.1.strip_suffix('\''));
    let commands: Vec<String> = commands.map(|words| words.replace("NAME", "web.lab.test")).collect();
    assert_eq!(
        commands,
        ["icmp:10.0.1.254?loss=0%", "icmp:fd00:1::254?loss=0%", "dns:web.lab.test?server=10.0.2.1"]
    );
    let words: Vec<&str> = commands.iter().map(String::as_str).chain(["-o", "json"]).collect();
    let output = check(&scene.client, &words);
    assert!(output.status.success() && named(&output, "pass").len() == 3, "{output:?}");
}
