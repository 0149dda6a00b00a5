//! `ss --count-by`: what piles up, from this kernel's own sockets and from a place that says what a kernel would.
//!
//! Sockets of other tests come and go meanwhile, so whatever is counted here is chosen by a port of its own.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use snapbox::str;

use crate::session::{Surroundings, reads, shows};

fn netdiag(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netdiag"))
        .arg("ss")
        .args(words)
        .env_remove("PROC_ROOT")
        .output()
        .unwrap()
}

fn lines(words: &[&str]) -> Vec<String> {
    let output = netdiag(words);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(|line| line.trim().to_owned()).collect()
}

/// Connections whose clients have gone, which the server has not noticed.
struct Pile {
    port: u16,
    _listener: TcpListener,
    _accepted: Vec<TcpStream>,
}

impl Pile {
    fn of(count: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let clients: Vec<_> = (0..count).map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap()).collect();
        let accepted = (0..count).map(|_| listener.accept().unwrap().0).collect();
        drop(clients);
        let this = Self { port, _listener: listener, _accepted: accepted };
        let since = Instant::now();
        while lines(&["-Htn", "state", "close-wait", &this.filter()]).len() < count {
            assert!(since.elapsed() < Duration::from_secs(60), "the clients' FINs do not arrive");
        }
        this
    }

    fn filter(&self) -> String {
        format!("sport = {0} or dport = {0}", self.port)
    }
}

#[test]
fn groups_are_what_counting_the_list_comes_to() {
    let pile = Pile::of(7);
    let filter = pile.filter();
    let counted = lines(&["-Htan", "--count-by", "state", &filter]);
    let mut by_hand = std::collections::BTreeMap::<String, usize>::new();
    for line in lines(&["-Htan", &filter]) {
        *by_hand.entry(line.split_whitespace().next().unwrap().to_owned()).or_default() += 1;
    }
    let mut by_hand: Vec<_> =
        by_hand.into_iter().map(|(state, count)| (std::cmp::Reverse(count), state)).collect();
    by_hand.sort();
    let expected: Vec<_> = by_hand.iter().map(|(count, state)| format!("{}  {state}", count.0)).collect();
    assert_eq!(counted, expected);
    assert!(counted.contains(&"7  CLOSE-WAIT".to_owned()) && counted.contains(&"1  LISTEN".to_owned()));
}

#[test]
fn a_pile_has_a_holder_a_service_and_a_user() {
    let pile = Pile::of(5);
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // The name of the process, which is not that of this thread.
    let comm = stat.split_once('(').unwrap().1.rsplit_once(')').unwrap().0.to_owned();
    let state = ["state", "close-wait", &pile.filter()];
    let by = |keys: &str| lines(&[&["-Htn", "--count-by", keys], &state[..]].concat());
    assert_eq!(by("process"), [format!("5  {comm}[{}]", std::process::id())]);
    assert_eq!(by("port,peer,netid"), [format!("5  {}  127.0.0.1  tcp", pile.port)]);
    let uid = fs::metadata("/proc/self").map(|file| std::os::unix::fs::MetadataExt::uid(&file)).unwrap();
    assert_eq!(by("user"), [format!("5  {uid}")]);
    // Both ends of a connection are of the same service, whichever of them is listed.
    let filter = pile.filter();
    assert_eq!(lines(&["-Htan", "--count-by", "port", &filter]), [format!("11  {}", pile.port)]);
    let document: Value = serde_json::from_slice(
        &netdiag(&[&["-tn", "--count-by", "state,port", "--format", "json"], &state[..]].concat()).stdout,
    )
    .unwrap();
    assert_eq!(document["counted"], json!([{ "count": 5, "state": "close-wait", "port": pile.port }]));
    assert_eq!((&document["count"], &document["complete"]), (&json!(5), &json!(true)));
    assert_eq!(document["count_by"], json!(["state", "port"]));
}

#[test]
fn counts_need_no_sockets_and_refuse_what_does_not_go_with_them() {
    let none =
        ["netdiag", "ss", "-tn", "--count-by", "state,user", "sport = 0 and dport = 0 and uid = 12345"];
    shows(
        &none,
        str![[r#"
$ netdiag ss -tn --count-by state,user sport = 0 and dport = 0 and uid = 12345
Count  State  User

"#]],
    );
    for other in ["--kill", "--events"] {
        let output = netdiag(&["-t", "--count-by", "state", other]);
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(words.contains("exclude each other") && words.contains(other), "{words}");
        assert!(!output.status.success(), "{words}");
    }
}

/// A place like `/proc`: two workers of a service share a listener, its connections are one's, a client's socket is another's.
fn place(all_seen: bool) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    fs::create_dir(root.join("net")).unwrap();
    let line = |local: &str, remote: &str, state: &str, uid: u32, inode: u32| {
        format!(
            "   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000 {uid} 0 {inode} 1 0 20 4 30 10 -1\n"
        )
    };
    let (service, client) = ("0100007F:1F90", "0200000A:9C40");
    let text = [
        "  sl  local_address rem_address   st\n".to_owned(),
        line(service, "00000000:0000", "0A", 33, 71),
        line(service, client, "08", 33, 72),
        line(service, client, "08", 33, 73),
        line(service, client, "06", 0, 0),
        line("0100007F:9C41", "0900000A:01BB", "01", 1000, 74),
        line("0100007F:9C42", "0900000A:01BB", "01", 1000, 99),
    ];
    fs::write(root.join("net/tcp"), text.concat()).unwrap();
    let process = |pid: u32, comm: &str, group: &str, inodes: &[u32]| {
        let dir = root.join(pid.to_string());
        fs::create_dir_all(dir.join("fd")).unwrap();
        fs::write(dir.join("stat"), format!("{pid} ({comm}) S 1 7 7 0 -1")).unwrap();
        fs::write(dir.join("cgroup"), format!("0::{group}\n")).unwrap();
        for inode in inodes {
            symlink(format!("socket:[{inode}]"), dir.join(format!("fd/{inode}"))).unwrap();
        }
    };
    if all_seen {
        process(1, "init", "/init.scope", &[]);
    }
    process(812, "api", "/system.slice/api.service", &[71, 72, 73]);
    process(813, "api", "/system.slice/api.service", &[71]);
    process(900, "curl", "/user.slice/user-1000.slice/session-3.scope", &[74]);
    place
}

fn at(place: &Path, words: &[&str]) -> String {
    let environment = [("PROC_ROOT", place.to_str().unwrap())];
    let surroundings = Surroundings { environment: &environment, ..Surroundings::default() };
    surroundings.session(&[&["netdiag", "ss", "-4tan"], words].concat())
}

#[test]
fn processes_units_users_and_services_of_a_place() {
    let place = place(true);
    let sessions = ["state,process", "unit,user", "port,peer", "local,family,netid,cgroup"]
        .map(|keys| at(place.path(), &["--count-by", keys]));
    reads(
        &sessions.concat(),
        str![[r#"
$ netdiag ss -4tan --count-by state,process
Count  State       Process
    2  CLOSE-WAIT  api[812]
    1  ESTAB       curl[900]
    1  ESTAB       -
    1  LISTEN      api[812]+1
    1  TIME-WAIT   -
$ netdiag ss -4tan --count-by unit,user
Count  Unit             User
    3  api.service      33
    1  session-3.scope  1000
    1  -                1000
    1  -                -
$ netdiag ss -4tan --count-by port,peer
Count  Port  Peer
    3  8080  10.0.0.2
    2  443   10.0.0.9
    1  8080  -
$ netdiag ss -4tan --count-by local,family,netid,cgroup
Count  Local      Family  Netid  Cgroup
    6  127.0.0.1  inet    tcp    -

"#]],
    );
    let json = at(place.path(), &["--count-by", "process,unit,user,port,peer", "--format", "jsonl"]);
    reads(
        &json,
        str![[r#"
$ netdiag ss -4tan --count-by process,unit,user,port,peer --format jsonl
{"record":"begin","schema":"netdiag.ss/1","netdiag":"0.1.0","time":"[..]Z","count_by":["process","unit","user","port","peer"]}
{"record":"group","count":2,"process":{"pid":812,"comm":"api"},"peer":{"address":"10.0.0.2"},"port":8080,"uid":33,"unit":"api.service"}
{"record":"group","count":1,"process":{"pid":812,"comm":"api","others":1},"port":8080,"uid":33,"unit":"api.service"}
{"record":"group","count":1,"process":{"pid":900,"comm":"curl"},"peer":{"address":"10.0.0.9"},"port":443,"uid":1000,"unit":"session-3.scope"}
{"record":"group","count":1,"peer":{"address":"10.0.0.9"},"port":443,"uid":1000}
{"record":"group","count":1,"peer":{"address":"10.0.0.2"},"port":8080}
{"record":"end","time":"[..]Z","complete":true,"notices":[],"count":6}

"#]],
    );
}

#[test]
fn who_could_not_be_seen_is_not_nobody() {
    let place = place(false);
    let root = place.path().to_str().unwrap().to_owned();
    let sessions = [&["--count-by", "process"][..], &["--count-by", "process", "--format", "json"]]
        .map(|words| at(place.path(), words));
    reads(
        &sessions.concat().replace(&root, "/place"),
        str![[r#"
$ netdiag ss -4tan --count-by process
Count  Process
    2  api[812]
    1  api[812]+1
    1  curl[900]
    1  -
    1  ?
---- stderr
netdiag: some owners are not shown: /place does not show the processes of others; run it as root, or mount it without hidepid
$ netdiag ss -4tan --count-by process --format json
{"schema":"netdiag.ss/1","netdiag":"0.1.0","time":"[..]Z","count_by":["process"],"sockets":[
],"counted":[
{"count":2,"process":{"pid":812,"comm":"api"}},
{"count":1,"process":{"pid":812,"comm":"api","others":1}},
{"count":1,"process":{"pid":900,"comm":"curl"}},
{"count":1},
{"count":1,"unknown":["process"]}
],"end_time":"[..]Z","complete":false,"notices":[{"kind":"unknown-owners","message":"/place does not show the processes of others"}],"count":6}
---- stderr
netdiag: some owners are not shown: /place does not show the processes of others; run it as root, or mount it without hidepid

"#]],
    );
}
