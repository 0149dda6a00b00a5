//! A host: one network namespace, and ways to run code and programs in it.
//!
//! The namespace is held by a file descriptor, not by a thread or a name: it vanishes with the last
//! [`Host`], socket, device or process in it, however the test ends.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::panic;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};

use crate::{Error, until};

/// A network namespace with `lo` up and duplicate address detection off. Clones are the same host.
#[derive(Clone, Debug)]
pub struct Host(Arc<Namespace>);

#[derive(Debug)]
struct Namespace {
    name: String,
    net: OwnedFd,
    /// What is found in place of which file.
    files: Vec<(PathBuf, PathBuf)>,
}

impl Host {
    /// The namespace that hosts are made from. Where the kernel can do that, they get small TCP and UDP
    /// tables of their own: else listing a host's sockets would mean walking the tables of the whole
    /// machine, a tenth of a second each time.
    pub(crate) fn nursery() -> Result<Self, Error> {
        let net = thread::spawn(new_namespace).join().expect("the thread does not panic")?;
        let nursery = Self(Arc::new(Namespace { name: "nursery".to_owned(), net, files: Vec::new() }));
        for table in ["tcp_child_ehash_entries", "udp_child_hash_entries"] {
            // A kernel that cannot do it has no such file, and everything works without it.
            nursery.sysctl(&format!("net.ipv4.{table}"), TABLE).ok();
        }
        Ok(nursery)
    }

    pub(crate) fn new(nursery: &Self, name: &str) -> Result<Self, Error> {
        Self::of(nursery.run(new_namespace)?, name)
    }

    /// One that is not made from the nursery.
    pub(crate) fn among_all(name: &str) -> Result<Self, Error> {
        Self::of(thread::spawn(new_namespace).join().expect("the thread does not panic")?, name)
    }

    fn of(net: OwnedFd, name: &str) -> Result<Self, Error> {
        let host = Self(Arc::new(Namespace { name: name.to_owned(), net, files: Vec::new() }));
        for scope in ["all", "default"] {
            for (sysctl, value) in [("accept_dad", 0), ("dad_transmits", 0), ("router_solicitations", 0)] {
                host.sysctl(&format!("net.ipv6.conf.{scope}.{sysctl}"), value)?;
            }
        }
        host.up("lo")?;
        Ok(host)
    }

    /// The name given to [`Lab::host`](crate::Lab::host): for messages, the kernel knows nothing of it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The namespace as a file that `setns` and `--netns PATH` take, good as long as this process holds
    /// the host.
    pub fn path(&self) -> PathBuf {
        format!("/proc/{}/fd/{}", std::process::id(), self.0.net.as_raw_fd()).into()
    }

    /// The same host for code and programs that find each second file in place of the first: a `resolv.conf` in place of
    /// `/etc/resolv.conf`. Both must be there.
    ///
    /// # Errors
    /// [`Error::Os`] if this process is out of file descriptors.
    pub fn seeing(&self, files: impl IntoIterator<Item = (PathBuf, PathBuf)>) -> Result<Self, Error> {
        let net = self.0.net.try_clone().map_err(Error::os("dup"))?;
        let files = self.0.files.iter().cloned().chain(files).collect();
        Ok(Self(Arc::new(Namespace { name: self.0.name.clone(), net, files })))
    }

    /// Runs `task` inside the host, on a thread of its own, and hands back what it returns. A panic in
    /// it goes on here. Sockets opened in `task` belong to the host wherever they are used later.
    pub fn run<T: Send>(&self, task: impl FnOnce() -> T + Send) -> T {
        let inside = || {
            setns(&self.0.net, CloneFlags::CLONE_NEWNET).expect("whoever made a namespace may enter it");
            if !self.0.files.is_empty() {
                put_in_place(&self.0.files).expect("the files are there, and may be bound over others");
            }
            task()
        };
        thread::scope(|scope| {
            let thread = thread::Builder::new().name(self.0.name.clone()).spawn_scoped(scope, inside);
            thread.expect("a thread can be had").join().unwrap_or_else(|panic| panic::resume_unwind(panic))
        })
    }

    /// Starts a program inside the host.
    ///
    /// # Errors
    /// As [`Command::spawn`].
    pub fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        self.run(|| command.spawn())
    }

    /// Runs a program inside the host to its end and collects what it wrote; its input is empty.
    ///
    /// # Errors
    /// As [`Command::output`], and [`io::ErrorKind::TimedOut`] after a minute, the program killed.
    pub fn output(&self, command: &mut Command) -> io::Result<Output> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.spawn(command)?;
        let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
        let status = wait(&mut child)?;
        Ok(Output { status, stdout: collected(stdout)?, stderr: collected(stderr)? })
    }

    /// Writes a sysctl of the host: `net.ipv4.ip_forward`, or with slashes where a part has a dot.
    ///
    /// # Errors
    /// [`Error::Os`] if there is no such sysctl or it refuses the value.
    pub fn sysctl(&self, name: &str, value: impl ToString) -> Result<(), Error> {
        let (path, value) = (sysctl_path(name), value.to_string());
        self.run(|| fs::write(&path, &value)).map_err(Error::os(format!("writing {value} to {path}")))
    }

    /// Reads a sysctl of the host, without the newline.
    ///
    /// # Errors
    /// [`Error::Os`] if there is no such sysctl.
    pub fn read_sysctl(&self, name: &str) -> Result<String, Error> {
        let path = sysctl_path(name);
        let value = self.run(|| fs::read_to_string(&path)).map_err(Error::os(format!("reading {path}")))?;
        Ok(value.trim_end().to_owned())
    }

    /// Turns the host into a router for both IP versions that answers every packet that deserves an
    /// ICMP error, however many there are.
    ///
    /// # Errors
    /// [`Error::Os`] if a sysctl is missing.
    pub fn forward(&self) -> Result<(), Error> {
        self.sysctl("net.ipv4.ip_forward", 1)?;
        self.sysctl("net.ipv6.conf.all.forwarding", 1)?;
        self.sysctl("net.ipv4.icmp_ratelimit", 0)?;
        self.sysctl("net.ipv4.icmp_ratemask", 0)?;
        self.sysctl("net.ipv6.icmp.ratelimit", 0)
    }

    pub(crate) fn net(&self) -> &OwnedFd {
        &self.0.net
    }
}

/// Leaves the thread in a namespace of its own.
fn new_namespace() -> Result<OwnedFd, Error> {
    unshare(CloneFlags::CLONE_NEWNET).map_err(|errno| match errno {
        Errno::EPERM => Error::NotPermitted(errno.into()),
        _ => Error::os("unshare(CLONE_NEWNET)")(errno.into()),
    })?;
    let net =
        File::open("/proc/thread-self/ns/net").map_err(Error::os("opening /proc/thread-self/ns/net"))?;
    Ok(net.into())
}

/// Binds each second file over the first, for this thread and what it starts.
fn put_in_place(files: &[(PathBuf, PathBuf)]) -> nix::Result<()> {
    unshare(CloneFlags::CLONE_NEWNS)?;
    mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
    for (place, file) in files {
        mount(Some(file), place, None::<&str>, MsFlags::MS_BIND, None::<&str>)?;
    }
    Ok(())
}

fn sysctl_path(name: &str) -> String {
    if name.contains('/') {
        format!("/proc/sys/{name}")
    } else {
        format!("/proc/sys/{}", name.replace('.', "/"))
    }
}

type Drained = thread::JoinHandle<io::Result<Vec<u8>>>;

fn drain(pipe: Option<impl io::Read + Send + 'static>) -> Drained {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.expect("it was asked for").read_to_end(&mut bytes)?;
        Ok(bytes)
    })
}

fn collected(drained: Drained) -> io::Result<Vec<u8>> {
    drained.join().expect("reading does not panic")
}

fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    until("the program to end", LONGEST_RUN, || child.try_wait().transpose()).unwrap_or_else(|timed_out| {
        child.kill()?;
        child.wait()?;
        Err(io::Error::new(io::ErrorKind::TimedOut, timed_out))
    })
}

const LONGEST_RUN: Duration = Duration::from_secs(300);

/// How many buckets the socket tables of a host have.
const TABLE: u32 = 1024;
