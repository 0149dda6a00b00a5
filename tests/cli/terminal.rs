//! A command on a pseudo-terminal of its own, which is read the way a screen would show it.
//!
//! It knows the few sequences the program has a use for, and refuses any other.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use netdiag_lab::until;
use nix::pty::{Winsize, openpty};

/// What a run looks like: lines of a screen, whose last columns wrap as those of real terminals do.
#[derive(Default)]
struct Screen {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

const COLUMNS: usize = 60;

/// The screen of a terminal that was sent this.
pub(crate) fn shown(sent: &str) -> String {
    let mut screen = Screen::default();
    screen.show(sent);
    screen.text()
}

impl Screen {
    fn show(&mut self, text: &str) {
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            match character {
                '\r' => self.column = 0,
                '\n' => self.row += 1,
                '\x1b' => {
                    assert_eq!(rest.next(), Some('['), "{text:?}");
                    let sequence: String = rest.by_ref().take_while(|it| !it.is_ascii_alphabetic()).collect();
                    let end = rest.as_str().len();
                    let letter = text[..text.len() - end].chars().last().unwrap();
                    self.control(letter, sequence.parse().unwrap_or(1));
                }
                _ => self.put(character),
            }
        }
    }

    fn put(&mut self, character: char) {
        if self.column == COLUMNS {
            (self.row, self.column) = (self.row + 1, 0);
        }
        let (row, column) = (self.row, self.column);
        self.lines.resize(self.lines.len().max(row + 1), Vec::new());
        let line = &mut self.lines[row];
        line.resize(line.len().max(column + 1), ' ');
        line[column] = character;
        self.column += 1;
    }

    fn control(&mut self, letter: char, count: usize) {
        match letter {
            'A' => self.row = self.row.saturating_sub(count),
            'B' => self.row += count,
            'C' => self.column = (self.column + count).min(COLUMNS),
            'D' => self.column = self.column.saturating_sub(count),
            'J' => {
                self.lines.truncate(self.row + 1);
                self.lines[self.row..].iter_mut().for_each(|line| line.truncate(self.column));
            }
            'K' => self.lines[self.row..].iter_mut().take(1).for_each(Vec::clear),
            // Colours are not looked at.
            'm' => {}
            other => panic!("a sequence nobody knows: {other}"),
        }
    }

    fn text(&self) -> String {
        let line = |line: &Vec<char>| line.iter().collect::<String>().trim_end().to_owned() + "\n";
        self.lines.iter().map(line).collect()
    }
}

/// A run on a terminal of its own, and everything that terminal was sent.
pub(crate) struct OnTerminal {
    child: Child,
    pub(crate) keyboard: File,
    sent: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl OnTerminal {
    /// Any command on a terminal that says to be of this kind.
    pub(crate) fn of_kind(kind: &str, directory: &Path, words: &[&str]) -> Self {
        Self::in_surroundings(COLUMNS, &[("TERM", kind)], directory, words)
    }

    /// Any command on a terminal with so many columns, and these variables.
    pub(crate) fn in_surroundings(
        columns: usize,
        variables: &[(&str, &str)],
        directory: &Path,
        words: &[&str],
    ) -> Self {
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait", env!("CARGO_BIN_EXE_netdiag")]).args(words).current_dir(directory);
        Self::of_command(columns, variables, &mut command)
    }

    /// Any command that makes its terminal one that can interrupt, as setsid(1) does.
    pub(crate) fn of_command(columns: usize, variables: &[(&str, &str)], command: &mut Command) -> Self {
        let size = Winsize { ws_row: 40, ws_col: columns as u16, ws_xpixel: 0, ws_ypixel: 0 };
        let terminal = openpty(&size, None).unwrap();
        let slave = |_| terminal.slave.try_clone().unwrap();
        let [stdin, stdout, stderr] = [0, 1, 2].map(slave);
        let child = command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(variables.iter().copied())
            .stdin::<OwnedFd>(stdin)
            .stdout::<OwnedFd>(stdout)
            .stderr::<OwnedFd>(stderr)
            .spawn()
            .expect("setsid, of util-linux");
        drop(terminal.slave);
        let keyboard = File::from(terminal.master);
        let (mut screen, sent) = (keyboard.try_clone().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&sent);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            // A terminal nobody has open any more is an error to read.
            while let Ok(length @ 1..) = screen.read(&mut bytes) {
                kept.lock().unwrap().extend(&bytes[..length]);
            }
        });
        Self { child, keyboard, sent, reader }
    }

    pub(crate) fn waits_for(&self, words: &str) {
        let seen = || String::from_utf8_lossy(&self.sent.lock().unwrap()).contains(words).then_some(());
        until(words, PATIENCE, seen).unwrap();
    }

    /// Everything it was sent until the end.
    pub(crate) fn sent(mut self) -> String {
        until("the end", PATIENCE, || self.child.try_wait().unwrap()).unwrap();
        drop(self.keyboard);
        self.reader.join().unwrap();
        let sent = self.sent.lock().unwrap();
        String::from_utf8(sent.clone()).unwrap()
    }
}

const PATIENCE: Duration = Duration::from_secs(120);
