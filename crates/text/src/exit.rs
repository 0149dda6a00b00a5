//! Exit statuses: one enum of what they mean, and for each tool the table of its numbers.
//!
//! `ping` and `ss` are drop-ins: their numbers are upstream's, which is why a number by itself means nothing.

use std::fmt::Write as _;

/// What came of a call.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Exit {
    /// All was done, and was as expected.
    Success,
    /// All was done, and something was not as expected: not there, refused, too slow.
    Unexpected,
    /// The command line or a file it names cannot be meant: nothing was done.
    Misuse,
    /// A whole number of the command line is none, or out of its range.
    BadNumber,
    /// It could not be done or measured: this system or its permissions do not let us.
    CouldNot,
    /// What was to be written could not be written. That nobody reads it any more is a success.
    Unwritten,
    /// Time was up.
    TimedOut,
    /// The program to become cannot be run.
    NotExecutable,
    /// The program to become is not there.
    NotFound,
    /// A plugin's warning.
    PluginWarning,
    /// A plugin's critical state.
    PluginCritical,
    /// A plugin's word for what it could not find out.
    PluginUnknown,
    /// A signal of this number ended it.
    Signal(u8),
}

/// The statuses of one tool.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The tool's word on the command line.
    pub tool: &'static str,
    /// In the order of their numbers.
    pub rows: &'static [Row],
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What it means here as everywhere.
    pub exit: Exit,
    /// The number.
    pub status: u8,
    /// What it means for this tool.
    pub meaning: &'static str,
}

impl Exit {
    /// The number for a call of `tool`; that of our own tools for any other word.
    pub fn status(self, tool: Option<&str>) -> u8 {
        let table = TABLES.iter().find(|table| Some(table.tool) == tool);
        let row = table.and_then(|table| table.rows.iter().find(|row| row.exit == self));
        row.map_or_else(|| self.usual(), |row| row.status)
    }

    /// The number it has unless a table says otherwise.
    const fn usual(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Unexpected | Self::BadNumber | Self::PluginWarning => 1,
            Self::Misuse | Self::PluginCritical => 2,
            Self::CouldNot | Self::Unwritten | Self::PluginUnknown => 3,
            Self::TimedOut => 124,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
            Self::Signal(number) => 128_u8.saturating_add(number),
        }
    }
}

/// A row with the usual number.
const fn row(exit: Exit, meaning: &'static str) -> Row {
    Row { exit, status: exit.usual(), meaning }
}

/// A row with a number of upstream's.
const fn upstream(exit: Exit, status: u8, meaning: &'static str) -> Row {
    Row { exit, status, meaning }
}

/// The tables of all tools.
pub const TABLES: &[Table] = &[
    Table { tool: "ping", rows: PING },
    Table { tool: "trace", rows: TRACE },
    Table { tool: "mtr", rows: MTR },
    Table { tool: "traceroute", rows: TRACEROUTE },
    Table { tool: "tracepath", rows: TRACEPATH },
    Table { tool: "ss", rows: SS },
    Table { tool: "probe", rows: PROBE },
    Table { tool: "connect", rows: CONNECT },
    Table { tool: "serve", rows: SERVE },
    Table { tool: "check", rows: CHECK },
    Table { tool: "wait", rows: WAIT },
    Table { tool: "schema", rows: SCHEMA },
    Table { tool: "help", rows: HELP },
];

const MISUSE: Row = row(Exit::Misuse, "the command line cannot be meant");
const UNWRITTEN: Row = row(Exit::Unwritten, "the output could not be written");

const PING: &[Row] = &[
    row(Exit::Success, "answered, and within the bounds that were set"),
    row(
        Exit::Unexpected,
        "not answered, fewer answers than `-c` before the end of `-w`, or a bound was missed",
    ),
    row(Exit::BadNumber, "a whole number of the command line is none, or out of its range"),
    upstream(Exit::Unwritten, 1, "the output could not be written"),
    row(Exit::Misuse, "anything else that is wrong with the command line"),
    upstream(Exit::CouldNot, 2, "no such host, no socket, no permission, no route"),
];

const TRACE: &[Row] = &[
    row(Exit::Success, "every host was reached, and every path is within the bounds that were set"),
    row(Exit::Unexpected, "a host was not reached, or a bound was missed"),
    MISUSE,
    row(
        Exit::CouldNot,
        "no such host, no socket, no permission, no route; a bound could not be measured; or a host was not reached, and not all probes could be sent",
    ),
    UNWRITTEN,
];

const MTR: &[Row] = &[
    row(Exit::Success, "all hosts were asked, and reached; through a link called `mtr`, reached or not"),
    row(Exit::Unexpected, "a host was not reached; never through a link called `mtr`"),
    upstream(Exit::Misuse, 1, "the command line cannot be meant"),
    upstream(Exit::CouldNot, 1, "no such host, no socket, no permission, no route, no terminal"),
    upstream(Exit::Unwritten, 1, "the output could not be written"),
];

const TRACEROUTE: &[Row] = &[
    row(Exit::Success, "the path was walked, whether the host was reached or not"),
    upstream(Exit::CouldNot, 1, "no socket, no permission, no route, or a probe was refused"),
    upstream(Exit::Unwritten, 1, "the output could not be written"),
    row(Exit::Misuse, "the command line cannot be meant, or there is no such host"),
];

const TRACEPATH: &[Row] = &[
    row(Exit::Success, "the path was walked, whether the host was reached or not"),
    row(Exit::BadNumber, "a number of the command line is none, or out of its range"),
    upstream(Exit::CouldNot, 1, "no such host, no socket, or a probe was refused"),
    upstream(Exit::Unwritten, 1, "the output could not be written"),
    upstream(Exit::Misuse, 255, "anything else that is wrong with the command line"),
];

const SS: &[Row] = &[
    row(Exit::Success, "listed; a list that changed while it was read is told of on standard error"),
    upstream(
        Exit::CouldNot,
        1,
        "a part could not be listed, or as `netdiag` closed (`-K`), or is not supported; an operand of the filter names nothing",
    ),
    upstream(Exit::Unwritten, 1, "the output could not be written"),
    upstream(Exit::Misuse, 255, "the options or the grammar of the filter cannot be meant"),
];

const PROBE: &[Row] = &[
    row(Exit::Success, "all was as expected"),
    row(Exit::Unexpected, "something was not"),
    MISUSE,
    row(Exit::CouldNot, "something could not be measured, and nothing else was wrong"),
    UNWRITTEN,
];

const CONNECT: &[Row] = &[
    row(Exit::Success, "all was carried; with `-z`, a port is open"),
    row(Exit::Unexpected, "refused, reset or unreachable, or there is no such name"),
    MISUSE,
    row(Exit::CouldNot, "it could not be tried"),
    UNWRITTEN,
    row(Exit::TimedOut, "time was up"),
];

const SERVE: &[Row] = &[
    row(Exit::Success, "told to stop, and all connections ended"),
    row(Exit::Misuse, "the command line cannot be meant, an address in use or not of this host included"),
    row(Exit::CouldNot, "this system does not let us"),
    row(Exit::Unwritten, "who was to be told that it is ready could not be"),
];

const CHECK: &[Row] = &[
    row(Exit::Success, "everything is as stated, or was skipped, or only warned"),
    row(Exit::Unexpected, "something is not as stated; with `--fail-on-flaky`, or only at a later attempt"),
    row(Exit::PluginWarning, "with `-o nagios` on standard output: something warned or was flaky"),
    row(Exit::Misuse, "a file, option or selection is wrong, or the place of a report"),
    row(Exit::PluginCritical, "with `-o nagios` on standard output: something is not as stated"),
    row(Exit::CouldNot, "something required could not be measured, or the deadline came first"),
    row(Exit::PluginUnknown, "with `-o nagios` on standard output: the same, or nothing could begin"),
    row(Exit::Unwritten, "a report could not be written"),
];

const WAIT: &[Row] = &[
    row(Exit::Success, "ready; with a command, the status is the command's"),
    row(Exit::Unexpected, "the process of `--pid-alive` has ended"),
    MISUSE,
    row(Exit::TimedOut, "time was up"),
    upstream(Exit::CouldNot, 125, "waiting itself failed"),
    row(Exit::NotExecutable, "the command cannot be run"),
    row(Exit::NotFound, "the command is not there"),
];

const SCHEMA: &[Row] = &[row(Exit::Success, "printed"), MISUSE, UNWRITTEN];

const HELP: &[Row] = &[row(Exit::Success, "printed"), row(Exit::Misuse, "there is no such topic"), UNWRITTEN];

/// The tables as the page of the documents has them.
pub fn markdown() -> String {
    let mut page = PREFACE.to_owned();
    for Table { tool, rows } in TABLES {
        write!(page, "\n## {tool}\n\n| status | meaning |\n|--:|---|\n").expect("a string takes everything");
        for Row { status, meaning, .. } in *rows {
            writeln!(page, "| {status} | {meaning} |").expect("a string takes everything");
        }
    }
    page
}

const PREFACE: &str = "\
# Exit statuses

`netdiag ping`, `mtr`, `traceroute`, `tracepath` and `ss` have upstream's; all other tools agree on what a number means: 0 as expected, 1 not, 2 the command
line cannot be meant, 3 it could not be done or measured. `wait` has 125 for the last, as `timeout` does. A signal N that ends a tool makes 128 + N. Output that nobody reads any more
(a broken pipe) is no failure. `check --healthcheck` makes all but 0 a 1, `check --warn-only` makes 0 of 1 and of the 3 of a check.

This page is written by `SNAPSHOTS=overwrite cargo test -p netdiag-text exit`.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_has_its_numbers() {
        #[rustfmt::skip]
        let cases = [
            (Exit::Misuse,      ["ping", "ss", "wait", "check", ""], [2, 255, 2, 2, 2]),
            (Exit::CouldNot,    ["ping", "ss", "wait", "probe", ""], [2, 1, 125, 3, 3]),
            (Exit::Unwritten,   ["ping", "ss", "check", "serve", ""], [1, 1, 3, 3, 3]),
            (Exit::Signal(15),  ["ping", "ss", "check", "serve", ""], [143; 5]),
            (Exit::Unexpected,  ["ping", "probe", "check", "connect", ""], [1; 5]),
        ];
        for (exit, tools, statuses) in cases {
            assert_eq!(tools.map(|tool| exit.status(Some(tool))), statuses, "{exit:?}");
        }
        assert_eq!(Exit::Misuse.status(None), 2);
    }

    #[test]
    fn tables_are_in_the_order_of_their_numbers_and_name_each_exit_once() {
        for Table { tool, rows } in TABLES {
            assert!(rows.is_sorted_by_key(|row| row.status), "{tool}");
            for (number, row) in rows.iter().enumerate() {
                assert!(!rows[..number].iter().any(|other| other.exit == row.exit), "{tool} {row:?}");
            }
        }
    }

    #[test]
    fn the_documents_say_the_same() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/exit-statuses.md");
        if std::env::var_os("SNAPSHOTS").is_some_and(|mode| mode == "overwrite") {
            std::fs::write(path, markdown()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), markdown());
    }
}
