//! `kind = "exec"`: a command ends as expected.
//!
//! It is a process group of its own: what is left of it at the deadline is killed, its descendants included, as far as they have not
//! left the group.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_text::{
    Bound, Bytes, Cropped, Dimension, Message, Quantity, Truncated, Trusted, message, strerror,
};
use nix::libc::ENOEXEC;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout_at};

use crate::expect::{self, Expected};
use crate::finding::Finding;
use crate::parts::command::quoted;
use crate::settings::Settings;
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned, Work};
use crate::world::World;

/// A command ends as expected; its input is empty.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Exec {
    /// The program and its arguments; no shell is involved. It runs in the directory of the check file.
    cmd: Placed<Vec<String>>,
    /// Its exit status: 0 if absent.
    rc: Option<Placed<Expected>>,
    /// What it writes, without the line ends behind: `~part`, `/regex/`, `= all of it`; the first 64 KiB count.
    stdout: Option<Placed<Expected>>,
    /// What it writes to standard error, likewise.
    stderr: Option<Placed<Expected>>,
}

#[derive(Debug)]
struct Program {
    cmd: Vec<String>,
    /// Where it runs: its file's directory, so that relative paths begin there.
    directory: Option<PathBuf>,
    rc: Bound,
    stdout: Option<Bound>,
    stderr: Option<Bound>,
}

/// What a program wrote.
struct Written {
    /// The beginning, without the line ends behind.
    kept: Vec<u8>,
    /// Whether there was more.
    cut: bool,
}

/// How a program ended.
struct End {
    status: std::process::ExitStatus,
    stdout: Written,
    stderr: Written,
    took: std::time::Duration,
}

impl Config for Exec {
    const WORD: &'static str = "exec";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        Ok(Box::new(self.program(settings)?))
    }
}

impl Exec {
    fn program(self, settings: &Settings<'_>) -> Result<Program, Complaint> {
        if self.cmd.value.first().is_none_or(String::is_empty) {
            return Err(Complaint::new(&self.cmd.span, "a program is missing: [\"PROGRAM\", \"ARGUMENT\"]"));
        }
        if self.cmd.value.iter().any(|word| word.contains('\0')) {
            return Err(Complaint::new(&self.cmd.span, "no argument can have a NUL byte"));
        }
        let text = |expected: Option<Placed<Expected>>| {
            expected.map(|expected| expect::bound(&expected, Dimension::Text)).transpose()
        };
        let rc = match &self.rc {
            Some(rc) => expect::bound(rc, Dimension::Count)?,
            None => Bound::exactly(Quantity::Count(0.0)),
        };
        let directory = settings.directory.map(Path::to_owned);
        Ok(Program {
            cmd: self.cmd.value,
            directory,
            rc,
            stdout: text(self.stdout)?,
            stderr: text(self.stderr)?,
        })
    }
}

impl Work for Program {
    fn target(&self) -> Message {
        Message::join(&self.cmd, " ")
    }

    fn attempt<'a>(&'a self, world: &'a World, deadline: Instant) -> BoxFuture<'a, Finding> {
        async move {
            if !world.exec() {
                return Finding::unmeasured("exec is off", Some("run it without --no-exec".into()));
            }
            match self.run(deadline).await {
                Ok(Some(end)) => self.found(&end),
                Ok(None) => {
                    let mut finding = Finding::default();
                    finding.asserted("end", "in time", "it was still running, and killed", false);
                    finding
                }
                Err(error) => self.not_run(&error),
            }
        }
        .boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        let command = Message::join(self.cmd.iter().map(|word| quoted(&word.into())), " ");
        Some(match &self.directory {
            Some(directory) => {
                message!("cd {} && {}", quoted(&Message::foreign(&directory.display())), command)
            }
            None => command,
        })
    }
}

impl Program {
    /// Runs it until `deadline`; `None` if it had to be killed.
    async fn run(&self, deadline: Instant) -> io::Result<Option<End>> {
        let (program, arguments) = self.cmd.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let start = Instant::now();
        let mut command = Command::new(program);
        command.args(arguments).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        let mut group = Group(command.spawn()?);
        let (stdout, stderr) = (group.0.stdout.take(), group.0.stderr.take());
        let end = async {
            let (stdout, stderr) = tokio::join!(read(stdout), read(stderr));
            // Waited for last: as long as it has not been, its number belongs to nobody else.
            let status = group.0.wait().await?;
            Ok::<_, io::Error>(End { status, stdout: stdout?, stderr: stderr?, took: start.elapsed() })
        };
        match timeout_at(deadline, end).await {
            Ok(end) => end.map(Some),
            Err(_) => Ok(None),
        }
    }

    /// A program that is not there, or that nobody may run, fails as it does in a shell; one there is no room for is not measured.
    fn not_run(&self, error: &io::Error) -> Finding {
        let seen = message!("not run: {}: {}", self.cmd[0], Trusted(&strerror(error)));
        let is_its_fault = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
            || error.raw_os_error() == Some(ENOEXEC);
        if !is_its_fault {
            return Finding::unmeasured(seen, None);
        }
        let mut finding = Finding::default();
        finding.asserted("rc", self.rc.to_string(), seen, false);
        finding
    }

    fn found(&self, end: &End) -> Finding {
        use std::os::unix::process::ExitStatusExt;

        let mut finding = Finding::default();
        finding.measured("time", Quantity::Time(end.took));
        match (end.status.code(), end.status.signal()) {
            (Some(code), _) => {
                finding.measured("rc", Quantity::Count(code.into()));
                finding.judge("rc", &self.rc);
            }
            (None, signal) => {
                let seen = message!("killed by signal {}", signal.unwrap_or_default());
                finding.asserted("rc", self.rc.to_string(), seen, false);
            }
        }
        for (name, bound, text) in
            [("stdout", &self.stdout, &end.stdout), ("stderr", &self.stderr, &end.stderr)]
        {
            let Some(bound) = bound else { continue };
            let holds = bound.holds(&Quantity::Text(text.text()));
            finding.asserted(name, bound.to_string(), text.shown(), holds);
        }
        if !finding.holds() && self.stderr.is_none() && !end.stderr.kept.is_empty() {
            finding.told("stderr", end.stderr.shown());
        }
        finding
    }
}

/// A program and all it has started; dropped, what is left of them is killed.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // Only of one not waited for is the number known to be its own.
        if let Some(pid) = self.0.id().and_then(|pid| i32::try_from(pid).ok()) {
            // It may have ended just now.
            let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

/// All that is written, of which the beginning is kept: the writer must not wait for us.
async fn read(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Written> {
    let (mut kept, mut cut) = (Vec::new(), false);
    let Some(mut pipe) = pipe else { return Ok(Written { kept, cut }) };
    let mut buffer = vec![0; 8192];
    loop {
        let length = pipe.read(&mut buffer).await?;
        if length == 0 {
            let end = kept.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
            kept.truncate(end);
            return Ok(Written { kept, cut });
        }
        let room = MOST.saturating_sub(kept.len()).min(length);
        kept.extend_from_slice(&buffer[..room]);
        cut |= room < length;
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.kept).into_owned()
    }

    /// As much as has room in a report.
    fn shown(&self) -> Message {
        message!("{}", Cropped(Truncated(Bytes(&self.kept), self.cut), SHOWN))
    }
}

/// Bytes of output that are kept.
const MOST: usize = 64 * 1024;
/// Columns of it that are shown.
const SHOWN: usize = 200;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::parts::trial::{PLAIN, written};

    fn attempt(lines: &str, exec: bool, within: Duration) -> Finding {
        let program = written::<Exec>(lines).unwrap().program(&PLAIN).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new(crate::needs::Needs::default(), exec);
            program.attempt(&world, Instant::now() + within).await
        })
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_command_ends_as_expected_or_not() {
        #[rustfmt::skip]
        let cases = [
            ("cmd = [\"true\"]",                                                  true),
            ("cmd = [\"false\"]",                                                 false),
            ("cmd = [\"false\"]\nrc = 1",                                         true),
            ("cmd = [\"sh\", \"-c\", \"exit 7\"]\nrc = \"5..9\"",                 true),
            ("cmd = [\"echo\", \"a b\"]\nstdout = \"a b\"",                       true),
            ("cmd = [\"echo\", \"a b\"]\nstdout = \"~c\"",                        false),
            ("cmd = [\"sh\", \"-c\", \"echo x >&2\"]\nstderr = \"/^x$/\"",        true),
            ("cmd = [\"sh\", \"-c\", \"kill -9 $$\"]",                            false),
            ("cmd = [\"cat\"]",                                                   true),
            ("cmd = [\"/no/such/program\"]",                                      false),
            ("cmd = [\"/dev/null\"]\nrc = \"!= 0\"",                              false),
        ];
        for (lines, holds) in cases {
            let finding = attempt(lines, true, MINUTE);
            assert_eq!((finding.holds(), &finding.unmeasured), (holds, &None), "{lines}: {finding:?}");
        }
        let off = attempt("cmd = [\"true\"]", false, MINUTE);
        assert_eq!(&off.unmeasured.unwrap().reason, "exec is off");
    }

    #[test]
    fn much_output_is_cut_and_not_waited_for() {
        let finding =
            attempt("cmd = [\"sh\", \"-c\", \"yes | head -c 3000000\"]\nstdout = \"z\"", true, MINUTE);
        let seen = finding.assertions.last().unwrap().seen.as_ref().unwrap();
        let shown = netdiag_text::Secrets::NONE.show(seen);
        assert!(shown.width() <= SHOWN + 1 && shown.as_str().ends_with('…'), "{shown}");
    }

    #[test]
    fn no_more_output_is_kept_than_the_bound() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let most = 64 << 10;
        for (length, kept, cut) in [(most, most, false), (most + 1, most, true), (50 * most, most, true)] {
            let output = vec![b'x'; length];
            let written = runtime.block_on(read(Some(&output[..]))).unwrap();
            assert_eq!((written.kept.len(), written.cut), (kept, cut), "{length}");
        }
    }

    #[test]
    fn at_the_deadline_the_whole_group_is_killed() {
        let dir = std::env::temp_dir();
        let file = dir.join(format!("netdiag-check-exec-{}", std::process::id()));
        let lines = format!("cmd = [\"sh\", \"-c\", \"sleep 1000 & echo $! > {}; wait\"]", file.display());
        let finding = attempt(&lines, true, Duration::from_secs(3));
        assert!(!finding.holds() && finding.unmeasured.is_none(), "{finding:?}");
        let pid: i32 = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
        std::fs::remove_file(&file).unwrap();
        // Killed, it may remain as a zombie until somebody waits for it.
        let gone = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
            stat.map_or(true, |stat| stat.contains(") Z "))
        };
        let end = std::time::Instant::now() + MINUTE;
        while !gone() {
            assert!(std::time::Instant::now() < end, "{pid} lives");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn hints_can_be_pasted() {
        let program =
            written::<Exec>("cmd = [\"sh\", \"-c\", \"it's\", \"\"]").unwrap().program(&PLAIN).unwrap();
        assert_eq!(
            program.hint(&Finding::default()).as_ref().map(Message::unshown),
            Some(r"sh -c 'it'\''s' ''")
        );
        assert!(written::<Exec>("cmd = []").unwrap().program(&PLAIN).is_err());
    }
}
