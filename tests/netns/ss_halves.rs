//! Long lists of TCP sockets, which are asked for in halves where the kernel answers two questions at the same time.

use std::collections::{HashMap, HashSet};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use netdiag_lab::{Host, Lab};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::SockRef;

use crate::guard;
use crate::scarce_threads::limited;

/// Connections that are there all the time, and both of whose ends are.
struct Crowd {
    host: Host,
    _listeners: Vec<TcpListener>,
    _connections: Vec<(TcpStream, TcpStream)>,
    /// Local and remote address of each end.
    ends: Vec<(SocketAddr, SocketAddr)>,
}

impl Crowd {
    /// More sockets than are asked for in one question, a few of them of IPv6.
    fn new(host: Host) -> Self {
        let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        setrlimit(Resource::RLIMIT_NOFILE, most, most).unwrap();
        host.run(|| {
            let listen = |at: &str| TcpListener::bind(at).unwrap();
            let listeners = vec![listen("127.0.0.1:80"), listen("127.0.0.1:0"), listen("[::1]:80")];
            let mut connections = Vec::new();
            for nth in 0..CONNECTIONS {
                let listener = &listeners[if nth % 100 == 0 { 2 } else { nth % 2 }];
                let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
                connections.push((listener.accept().unwrap().0, near));
            }
            let both = |stream: &TcpStream| (stream.local_addr().unwrap(), stream.peer_addr().unwrap());
            let ends = connections.iter().flat_map(|(far, near)| [both(far), both(near)]).collect();
            Self { host: host.clone(), _listeners: listeners, _connections: connections, ends }
        })
    }

    fn ss(&self, words: &[&str]) -> Output {
        let mut ss = Command::new(env!("CARGO_BIN_EXE_netdiag"));
        let output = self.host.output(ss.arg("ss").args(words)).unwrap();
        assert!(output.status.success(), "{words:?} {:?}", str::from_utf8(&output.stderr));
        output
    }
}

/// How often each connection is in a list.
fn counted(text: &[u8]) -> HashMap<(SocketAddr, SocketAddr), usize> {
    let mut counts = HashMap::new();
    for line in str::from_utf8(text).unwrap().lines() {
        let mut addresses = line.split_whitespace().filter_map(|word| word.parse::<SocketAddr>().ok());
        if let (Some(local), Some(remote)) = (addresses.next(), addresses.next()) {
            *counts.entry((local, remote)).or_default() += 1;
        }
    }
    counts
}

/// A kernel that pauses in the middle of a bucket counts its sockets to find its way back. It misses one, or tells one twice, if another
/// of that bucket has come or gone meanwhile: now and then, in halves or not, but not the same one again, and not many.
#[test]
fn whatever_lives_through_a_list_is_in_it_once() {
    guard::namespace();
    let crowd = Crowd::new(Lab::new().unwrap().host_among_all("host").unwrap());
    let mut once_wrong = HashSet::new();
    let rounds = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (over, told) = mpsc::channel::<()>();
        // They come and go meanwhile, among the same ports, until the other end of the channel is gone.
        let (host, rounds) = (&crowd.host, &rounds);
        scope.spawn(move || {
            host.run(move || {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let to = listener.local_addr().unwrap();
                while matches!(told.try_recv(), Err(mpsc::TryRecvError::Empty)) {
                    let fleeting: Vec<_> = (0..20).map(|_| TcpStream::connect(to).unwrap()).collect();
                    for near in fleeting {
                        let (far, _) = listener.accept().unwrap();
                        // What is reset does not linger, which would fill the ports.
                        SockRef::from(&far).set_linger(Some(Duration::ZERO)).unwrap();
                        drop((far, near));
                    }
                    rounds.fetch_add(1, Ordering::Relaxed);
                }
            });
        });
        while rounds.load(Ordering::Relaxed) == 0 {
            thread::yield_now();
        }
        for words in
            [&["-tanH"][..], &["-tanH", "state", "established"], &["-tanHi", "-O"], &["-tanH", "sport >= 1"]]
        {
            for _ in 0..3 {
                let output = crowd.ss(words);
                let counts = counted(&output.stdout);
                let wrong: Vec<_> = crowd
                    .ends
                    .iter()
                    .map(|ends| (ends, counts.get(ends).copied().unwrap_or_default()))
                    .filter(|(_, count)| *count != 1)
                    .collect();
                assert!(wrong.len() < 3, "{words:?} {wrong:?}");
                for (ends, count) in wrong {
                    assert!(once_wrong.insert(*ends), "{words:?} {ends:?} again, {count} times");
                }
            }
        }
        drop(over);
    });
    assert!(rounds.load(Ordering::Relaxed) > 1, "nothing came and went");
}

#[test]
fn a_list_in_halves_is_the_same_in_every_format_and_ipv4_comes_first() {
    guard::namespace();
    let crowd = Crowd::new(Lab::new().unwrap().host("host").unwrap());
    let output = crowd.ss(&["-tanH", "--explain"]);
    let text = str::from_utf8(&output.stdout).unwrap();
    assert_eq!(output.stdout, crowd.ss(&["-tanH"]).stdout, "one order");
    let first_v6 = text.lines().position(|line| line.contains("[::1]")).unwrap();
    assert!(text.lines().skip(first_v6).all(|line| line.contains("[::")), "IPv4 comes first");
    let mut of_one_question: Vec<&str> = text.lines().collect();
    of_one_question.sort_unstable();
    // A filter that says nothing, and is one more than the kernel can decide, changes nothing.
    let filtered = crowd.ss(&["-tanH", "sport >= 0 and not uid = 4294967294"]);
    let mut lines: Vec<&str> = str::from_utf8(&filtered.stdout).unwrap().lines().collect();
    lines.sort_unstable();
    assert!(lines == of_one_question);
    let json = crowd.ss(&["-tan", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(document["sockets"].as_array().unwrap().len(), text.lines().count());
    assert_eq!((&document["count"], &document["complete"]), (&text.lines().count().into(), &true.into()));
    let explained = str::from_utf8(&output.stderr).unwrap();
    let count = |part: &str| -> Option<usize> {
        let line = explained.lines().find(|line| line.contains(part))?;
        line.split_once(": ")?.1.split_once(": ")?.1.split(' ').next()?.parse().ok()
    };
    match explained.contains("not asked for in halves") {
        // An older kernel, or one processor.
        true => assert!(explained.contains("kernels before 6.9") || explained.contains("one processor")),
        false => {
            let halves = count("first half").unwrap() + count("second half").unwrap();
            let bound = count("bound and no more").unwrap();
            assert_eq!(halves + bound, text.lines().count(), "{explained}");
            assert!(count("second half").unwrap() > 0, "{explained}");
        }
    }
}

#[test]
fn without_a_second_thread_or_a_second_socket_the_list_is_whole() {
    guard::namespace();
    let crowd = Crowd::new(Lab::new().unwrap().host("host").unwrap());
    let lines = crowd.ss(&["-tanH"]).stdout;
    let mut expected: Vec<&str> = str::from_utf8(&lines).unwrap().lines().collect();
    expected.sort_unstable();
    let alone = crowd.host.run(|| limited(1, &["ss", "-tanH", "--explain"]));
    let few = crowd.host.run(|| {
        let limit = "ulimit -n 4; exec \"$0\" \"$@\"";
        let mut command = Command::new("sh");
        command.args(["-c", limit, env!("CARGO_BIN_EXE_netdiag"), "ss", "-tanH", "--explain"]);
        command.output().unwrap()
    });
    for (output, why) in [(alone, "no second thread: Resource temporarily"), (few, "does not say how many")] {
        let told = str::from_utf8(&output.stderr).unwrap();
        assert!(output.status.success(), "{told}");
        let mut lines: Vec<&str> = str::from_utf8(&output.stdout).unwrap().lines().collect();
        lines.sort_unstable();
        assert!(lines == expected, "{why}");
        assert!(told.contains("not asked for in halves"), "{told}");
        let older = told.contains("kernels before 6.9") || told.contains("one processor");
        assert!(told.contains(why) || older, "{told}");
    }
}

/// Both ends of each are here.
const CONNECTIONS: usize = 2600;
