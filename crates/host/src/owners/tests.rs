//! Walks over trees that look like `/proc`.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

/// A directory with processes in it.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for name in ["self", "sys", "12x", "1"] {
            fs::create_dir(tree.0.path().join(name)).unwrap();
        }
        fs::write(tree.0.path().join("1000"), "a file").unwrap();
        tree
    }

    /// Adds a task by its directory, its name, and where its descriptors lead.
    fn task(&self, dir: &str, comm: &[u8], files: &[(u32, &str)]) {
        let dir = self.0.path().join(dir);
        fs::create_dir_all(dir.join("fd")).unwrap();
        fs::write(dir.join("stat"), [b"7 (", comm, b") S 1 7 7 0 -1"].concat()).unwrap();
        for (fd, link) in files {
            symlink(link, dir.join("fd").join(fd.to_string())).unwrap();
        }
    }

    fn owners(&self, scope: OwnerScope) -> Owners {
        Owners::new(ProcRoot::at(self.0.path()), scope)
    }
}

/// Pid, tid, name and descriptor of each owner, sorted: the order of a real directory is not that of `/proc`.
fn list(owners: &Owners, inode: u32) -> Vec<(u32, u32, String, u32)> {
    let mut list: Vec<_> = owners
        .of(inode)
        .map(|Owner { task, fd, .. }| (task.pid, task.tid, task.comm.escape_ascii().to_string(), fd))
        .collect();
    list.sort();
    list
}

#[test]
fn a_process_is_in_the_group_its_manager_sees() {
    #[rustfmt::skip]
    let cases: [(&str, Option<&str>); 4] = [
        ("0::/system.slice/a.service\n",                                        Some("/system.slice/a.service")),
        ("4:memory:/x\n1:name=systemd:/user.slice/b.scope\n0::/\n",            Some("/user.slice/b.scope")),
        ("3:cpu,cpuacct:/y\n",                                                 None),
        ("",                                                                   None),
    ];
    for (text, expected) in cases {
        let tree = Tree::new();
        tree.task("10", b"a", &[(3, "socket:[5]")]);
        fs::write(tree.0.path().join("10/cgroup"), text).unwrap();
        let scope = OwnerScope { cgroups: true, ..OwnerScope::default() };
        let group = |scope| {
            let owners = tree.owners(scope);
            owners.of(5).next().unwrap().task.cgroup.as_deref().map(|path| path.escape_ascii().to_string())
        };
        assert_eq!(group(scope).as_deref(), expected, "{text}");
        assert_eq!(group(OwnerScope::default()), None);
    }
}

#[test]
fn a_socket_has_the_owners_that_link_to_it() {
    let tree = Tree::new();
    tree.task(
        "10",
        b"one",
        &[(0, "/dev/null"), (3, "socket:[100]"), (4, "socket:[100]"), (5, "socket:[200]")],
    );
    tree.task("11", b"a)b (c\x1b\xff", &[(3, "socket:[100]"), (4, "pipe:[200]")]);
    tree.task("12", b"none", &[(0, "anon_inode:[eventfd]"), (1, "socket:[99999999999]")]);
    let owners = tree.owners(OwnerScope::default());
    let one = |fd| (10, 10, "one".to_owned(), fd);
    assert_eq!(list(&owners, 100), [one(3), one(4), (11, 11, r"a)b (c\x1b\xff".to_owned(), 3)]);
    assert_eq!(list(&owners, 200), [one(5)]);
    assert_eq!(list(&owners, 300), []);
    assert_eq!(owners.known.get().unwrap().tasks.len(), 2, "only those with sockets are kept");
    assert!(owners.walk().is_none(), "nothing was kept from us");
}

#[test]
fn threads_are_owners_of_their_own_when_asked_for() {
    let tree = Tree::new();
    tree.task("10", b"main", &[(3, "socket:[100]")]);
    tree.task("10/task/10", b"main", &[(3, "socket:[100]")]);
    tree.task("10/task/11", b"worker", &[(3, "socket:[100]"), (9, "socket:[200]")]);
    let process = tree.owners(OwnerScope::default());
    assert_eq!(list(&process, 100), [(10, 10, "main".to_owned(), 3)]);
    assert_eq!(list(&process, 200), []);
    let threads = tree.owners(OwnerScope { threads: true, ..OwnerScope::default() });
    let worker = |fd| (10, 11, "worker".to_owned(), fd);
    assert_eq!(list(&threads, 100), [(10, 10, "main".to_owned(), 3), worker(3)]);
    assert_eq!(list(&threads, 200), [worker(9)]);
}

#[test]
fn contexts_are_read_when_asked_for() {
    let tree = Tree::new();
    tree.task("10", b"one", &[(3, "socket:[100]")]);
    fs::create_dir(tree.0.path().join("10/attr")).unwrap();
    fs::write(tree.0.path().join("10/attr/current"), b"system_u:system_r:sshd_t:s0\0").unwrap();
    let context = |owners: Owners| owners.of(100).next().unwrap().task.context.clone();
    assert_eq!(context(tree.owners(OwnerScope::default())), None);
    let scope = OwnerScope { contexts: true, ..OwnerScope::default() };
    assert_eq!(context(tree.owners(scope)).as_deref(), Some(&b"system_u:system_r:sshd_t:s0"[..]));
}

#[test]
fn there_is_no_walk_before_a_socket_with_an_inode() {
    let owners = Tree::new().owners(OwnerScope::default());
    assert_eq!(owners.of(0).count(), 0);
    assert!(owners.known.get().is_none());
    assert_eq!(owners.of(1).count(), 0, "the tree is gone by now");
    assert!(matches!(owners.cut_short(), Some(CutShort::Unreadable { .. })));
    assert!(matches!(owners.held(1), Held::Unknown(_)) && matches!(owners.held(0), Held::No));
}

#[test]
fn this_process_owns_its_sockets_the_highest_descriptor_first() {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::MetadataExt;

    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let twin = socket.try_clone().unwrap();
    let path = format!("/proc/self/fd/{}", socket.as_raw_fd());
    let inode = u32::try_from(fs::metadata(path).unwrap().ino()).unwrap();
    let owners = Owners::new(ProcRoot::default(), OwnerScope::default());
    let ours = std::process::id();
    let fds: Vec<_> =
        owners.of(inode).filter(|owner| owner.task.pid == ours).map(|owner| owner.fd.cast_signed()).collect();
    let mut expected = [socket.as_raw_fd(), twin.as_raw_fd()];
    expected.sort_unstable_by_key(|&fd| std::cmp::Reverse(fd));
    assert_eq!(fds, expected);
}

#[test]
fn a_process_whose_first_thread_has_ended_is_found_by_another() {
    let tree = Tree::new();
    tree.task("10", b"main", &[]);
    tree.task("10/task/10", b"main", &[]);
    tree.task("10/task/11", b"one", &[(3, "socket:[100]")]);
    tree.task("10/task/12", b"two", &[(3, "socket:[100]")]);
    let owners = tree.owners(OwnerScope::default());
    assert_eq!(list(&owners, 100), [(10, 10, "main".to_owned(), 3)], "one process, once");
}

#[test]
fn who_holds_a_socket_alone_is_known_only_where_all_are_seen() {
    let tree = Tree::new();
    tree.task("10", b"one", &[(3, "socket:[100]")]);
    let named = |name: &'static [u8]| move |task: &Task| *task.comm == *name;
    let whole = tree.owners(OwnerScope::default());
    assert_eq!(whole.held(100).known(), Some(true));
    assert_eq!(whole.held_by(100, named(b"other")).known(), Some(false));
    assert_eq!(whole.held(200).known(), Some(false));

    // Without its first process the place hides some.
    fs::remove_dir(tree.0.path().join("1")).unwrap();
    let some = tree.owners(OwnerScope::default());
    assert_eq!(some.held_by(100, named(b"one")).known(), Some(true), "whoever else does");
    assert_eq!(some.held_by(100, named(b"other")).known(), None, "nobody says that one is alone");
    assert_eq!(some.held(200).known(), None);
    assert!(matches!(some.held(200), Held::Unknown(CutShort::Hidden(path)) if path == tree.0.path()));
    assert_eq!(some.held(0).known(), Some(false), "inode 0 is that of no socket");
}

#[test]
fn a_place_without_processes_tells_of_no_owners() {
    let empty = tempfile::tempdir().unwrap();
    let gone = empty.path().join("gone");
    for (root, words) in [(empty.path(), "does not show"), (&gone, "No such file")] {
        let owners = Owners::new(ProcRoot::at(root), OwnerScope::default());
        let why = owners.walk().unwrap().to_string();
        assert!(why.contains(words), "{why}");
    }
}
