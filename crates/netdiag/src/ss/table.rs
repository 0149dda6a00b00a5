//! Tables for people: the cells of the classic layout, fitted to the terminal, with sizes one can read.
//!
//! A table is laid out when a batch of rows is full, so a long listing is several tables, each with widths and headers of
//! its own.

use netdiag_host::fields::FullQueues;
use netdiag_text::size::Short;
use netdiag_text::table::{self, Cell, Color, Heading, Look};

use super::cells::Cells;
use super::column::Column;
use super::people::Extra;

/// What a table shows that text does not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct More {
    /// Processes as `api[812]`, in place of the cell that scripts take apart.
    pub(crate) holders: bool,
    /// What TCP knows, in columns.
    pub(crate) info: bool,
}

/// The cells of some rows, one for each column in `shown`, and what each row has besides, as a table no wider than `screen`.
pub(crate) fn lay_out(
    (cells, extras): (&Cells, &[Extra]),
    shown: &[Column],
    more: More,
    screen: Option<usize>,
    look: Look,
) -> String {
    let mut rows = rows(cells, shown);
    if more.holders && shown.contains(&Column::Process) {
        for (row, extra) in rows.iter_mut().zip(extras) {
            row[Column::Process as usize].clone_from(&extra.process);
        }
    }
    let columns: Vec<Column> = shown.iter().copied().filter(|&column| is_used(column, &rows)).collect();
    let heading = |column: &Column| Heading {
        name: header(*column),
        figures: matches!(column, Column::RecvQ | Column::SendQ),
    };
    let known: &[Heading] = if more.info { &INFO } else { &[] };
    // What TCP knows stands before who holds the socket and what has no column of its own.
    let before = columns.iter().position(|column| matches!(column, Column::Process | Column::Ext));
    let (left, right) = columns.split_at(before.unwrap_or(columns.len()));
    let headings: Vec<_> =
        left.iter().map(heading).chain(known.iter().copied()).chain(right.iter().map(heading)).collect();
    let none = Extra::default();
    let rows = rows.iter().enumerate().map(|(at, row)| {
        let extra = extras.get(at).unwrap_or(&none);
        let info = extra.info.iter().take(known.len()).map(Cell::new);
        let of = move |column: &Column| cell(*column, row, extra.full);
        left.iter().map(of).chain(info).chain(right.iter().map(of))
    });
    table::lay_out(&headings, rows, screen, look)
}

const INFO: [Heading; 3] = [
    Heading { name: "RTT", figures: true },
    Heading { name: "Retrans", figures: true },
    Heading { name: "Limited by", figures: false },
];

/// The text of one row, by column.
type Row = [String; Column::ALL.len()];

fn rows(cells: &Cells, shown: &[Column]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut at = 0;
    while at < cells.len() {
        let mut row = Row::default();
        for &column in shown {
            let text = String::from_utf8_lossy(cells.read(&mut at).as_bytes()).into_owned();
            // An address and its port are one thing to a person.
            row[home(column) as usize] += &text;
        }
        rows.push(row);
    }
    rows
}

/// The column that shows what `column` holds.
fn home(column: Column) -> Column {
    match column {
        Column::LocalPort => Column::Local,
        Column::PeerPort => Column::Peer,
        other => other,
    }
}

fn is_used(column: Column, rows: &[Row]) -> bool {
    let may_be_empty = matches!(column, Column::Process | Column::Ext);
    home(column) == column && (!may_be_empty || rows.iter().any(|row| !row[column as usize].is_empty()))
}

fn header(column: Column) -> &'static str {
    match column {
        Column::Local => "Local Address:Port",
        Column::Peer => "Peer Address:Port",
        Column::Ext => "Details",
        other => other.style().header,
    }
}

fn cell(column: Column, row: &Row, full: FullQueues) -> Cell {
    let text = row[column as usize].trim();
    let state = row[Column::State as usize].as_str();
    match column {
        Column::State => match color(state) {
            Some(color) => Cell::new(text).fg(color),
            None => Cell::new(text),
        },
        Column::RecvQ => queue(text, state, full.receive),
        Column::SendQ => queue(text, state, full.send),
        Column::Ext => Cell::new(text.replace('\t', "")),
        _ => Cell::new(text),
    }
}

/// A full queue is red, and says so.
fn queue(text: &str, state: &str, full: bool) -> Cell {
    // A listener counts connections, not bytes.
    let text = if state == "LISTEN" { text.to_owned() } else { size(text) };
    if full { Cell::new(format!("{text} full")).fg(Color::Red) } else { Cell::new(text) }
}

/// Green is connected, yellow on its way out, red waiting for its own process.
fn color(state: &str) -> Option<Color> {
    Some(match state {
        "ESTAB" => Color::Green,
        "LISTEN" => Color::Cyan,
        "SYN-SENT" | "SYN-RECV" => Color::Magenta,
        "FIN-WAIT-1" | "FIN-WAIT-2" | "TIME-WAIT" | "LAST-ACK" | "CLOSING" => Color::Yellow,
        "CLOSE-WAIT" => Color::Red,
        _ => return None,
    })
}

/// Bytes with a unit from 10 KiB on; what is no number stays as it is.
fn size(text: &str) -> String {
    match text.parse::<u32>() {
        Ok(bytes) if bytes >= 0x2800 => Short(bytes.into()).to_string(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use netdiag_text::Charset;

    use super::*;

    const SHOWN: [Column; 7] = [
        Column::State,
        Column::RecvQ,
        Column::Local,
        Column::LocalPort,
        Column::Peer,
        Column::PeerPort,
        Column::Ext,
    ];

    fn table(rows: &[[&str; 7]], screen: Option<usize>, look: Look) -> String {
        let mut cells = Cells::with_room(0);
        for text in rows.as_flattened() {
            cells.add(|cell| cell.push(text.as_bytes()));
        }
        lay_out((&cells, &[]), &SHOWN, More::default(), screen, look)
    }

    const PLAIN: Look = Look { header: true, color: false, charset: Charset::Unicode };
    const ROWS: [[&str; 7]; 3] = [
        ["LISTEN", "0     ", "*:", "http-alt", "*:", "*", ""],
        ["ESTAB", "1234567", "[::1]:", "22", "[::1]:", "40000", ""],
        ["TIME-WAIT", "-1    ", "127.0.0.1:", "22", "10.0.0.255:", "*", ""],
    ];

    #[test]
    fn rows_are_aligned_and_columns_without_content_are_left_out() {
        let expected = "\
State        Recv-Q  Local Address:Port  Peer Address:Port
LISTEN            0  *:http-alt          *:*
ESTAB      1.18 MiB  [::1]:22            [::1]:40000
TIME-WAIT        -1  127.0.0.1:22        10.0.0.255:*
";
        assert_eq!(table(&ROWS, None, PLAIN), expected);
    }

    #[test]
    fn full_queues_say_so_and_holders_and_what_tcp_knows_have_columns() {
        let shown =
            [Column::State, Column::RecvQ, Column::SendQ, Column::Local, Column::LocalPort, Column::Process];
        let rows = [
            ["LISTEN", "2", "1", "*:", "80", " users:((\"a\",pid=1,fd=3))"],
            ["ESTAB", "100", "1234567", "[::1]:", "22", ""],
        ];
        let mut cells = Cells::with_room(0);
        for text in rows.as_flattened() {
            cells.add(|cell| cell.push(text.as_bytes()));
        }
        let full = |receive, send| FullQueues { receive, send };
        let extras = [
            Extra { full: full(true, false), process: "a[1]".to_owned(), info: Default::default() },
            Extra {
                full: full(false, true),
                process: "b[2]".to_owned(),
                info: ["0.1 ms", "7", "rwnd"].map(str::to_owned),
            },
        ];
        let more = More { holders: true, info: true };
        let expected = "\
State   Recv-Q         Send-Q  Local Address:Port     RTT  Retrans  Limited by  Process
LISTEN  2 full              1  *:80                                             a[1]
ESTAB      100  1.18 MiB full  [::1]:22            0.1 ms        7  rwnd        b[2]
";
        assert_eq!(lay_out((&cells, &extras), &shown, more, None, PLAIN), expected);
        let colored = lay_out((&cells, &extras), &shown, more, None, Look { color: true, ..PLAIN });
        assert!(colored.matches("\x1b[").count() > expected.matches("full").count(), "{colored:?}");
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), expected);
        let classic = lay_out((&cells, &extras), &shown, More::default(), None, PLAIN);
        assert!(classic.contains("users:((") && !classic.contains("RTT"), "{classic}");
    }

    #[test]
    fn a_screen_is_never_exceeded() {
        let mut rows = ROWS;
        rows[1][6] = " ino:1 sk:2\n\t cubic rto:200 rtt:1/2 cwnd:10 bytes_sent:100 bytes_acked:100";
        let text = table(&rows, Some(60), PLAIN);
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        assert!(text.contains("Details") && text.contains("ino:1") && text.contains("rto:200"), "{text}");
        assert!(!text.contains('\t'));
    }

    #[test]
    fn color_says_nothing_that_words_do_not() {
        let colored = table(&ROWS, None, Look { header: false, color: true, ..PLAIN });
        assert!(colored.contains('\x1b'));
        let plain = table(&ROWS, None, Look { header: false, ..PLAIN });
        assert!(!plain.contains('\x1b'));
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
    }

    #[test]
    fn sizes_have_units_when_they_are_long() {
        #[rustfmt::skip]
        let cases = [
            ("0", "0"), ("9999", "9999"), ("10239", "10239"), ("10240", "10 KiB"), ("613376", "599 KiB"),
            ("1048575", "1 MiB"), ("2147483647", "2 GiB"), ("-5", "-5"), ("", ""), ("x", "x"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(size(bytes), expected);
        }
    }
}
