//! A browser loads a page and what belongs to it.

use std::fs;

use crate::client::shell;
use crate::server::Server;

#[test]
fn chromium_loads_a_page_and_its_assets() {
    let directory = tempfile::tempdir().unwrap();
    let (root, profile) = (directory.path().join("root"), directory.path().join("profile"));
    fs::create_dir_all(root.join("assets")).unwrap();
    let page = "<!DOCTYPE html><meta charset=utf-8><link rel=stylesheet href=assets/a.css>\
                <body><p id=said>nothing</p><img src=assets/dot.svg><script type=module src=assets/a.mjs></script>";
    fs::write(root.join("index.html"), page).unwrap();
    fs::write(root.join("assets/a.css"), "#said { color: rgb(1, 2, 3) }").unwrap();
    fs::write(root.join("assets/dot.svg"), "<svg xmlns='http://www.w3.org/2000/svg' width='7' height='9'/>")
        .unwrap();
    // It says something only once the style, the image and the data have arrived and were taken for what they are.
    let script = "const [data] = await Promise.all([fetch('assets/data.json').then(r => r.json()),
        new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', done))]);
        const said = document.getElementById('said');
        const image = document.querySelector('img');
        said.textContent = [data.word, getComputedStyle(said).color, image.naturalWidth, image.naturalHeight].join(' ');";
    fs::write(root.join("assets/a.mjs"), script).unwrap();
    fs::write(root.join("assets/data.json"), "{\"word\": \"hello\"}").unwrap();
    let server = Server::start(&format!("http {}", root.display()), &["127.0.0.1:0"], &["-v"]);
    let dom = shell(
        &format!(
            "chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
             --disable-background-networking --disable-component-update --disable-sync \
             --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' \
             --user-data-dir={} --virtual-time-budget=10000 --dump-dom http://127.0.0.1:{}/",
            profile.display(),
            server.port()
        ),
        b"",
    );
    let log = server.stop().log;
    assert!(dom.contains("hello rgb(1, 2, 3) 7 9"), "{dom}\n{log}");
}
