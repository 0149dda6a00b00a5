//! Tables for people: the cells of the classic layout, fitted to the terminal, with sizes one can read.
//!
//! A table is laid out when a batch of rows is full, so a long listing is several tables, each with widths and headers of
//! its own.

use netdiag_text::size::Short;
use netdiag_text::table::{self, Cell, Color, Heading, Look};

use super::cells::Cells;
use super::column::Column;

/// The cells of some rows, one for each column in `shown`, as a table no wider than `screen`.
pub(crate) fn lay_out(cells: &Cells, shown: &[Column], screen: Option<usize>, look: Look) -> String {
    let rows = rows(cells, shown);
    let columns: Vec<Column> = shown.iter().copied().filter(|&column| is_used(column, &rows)).collect();
    let heading = |column: &Column| Heading {
        name: header(*column),
        figures: matches!(column, Column::RecvQ | Column::SendQ),
    };
    let headings: Vec<_> = columns.iter().map(heading).collect();
    let rows = rows.iter().map(|row| columns.iter().map(|&column| cell(column, row)));
    table::lay_out(&headings, rows, screen, look)
}

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

fn cell(column: Column, row: &Row) -> Cell {
    let text = row[column as usize].trim();
    let state = row[Column::State as usize].as_str();
    match column {
        Column::State => match color(state) {
            Some(color) => Cell::new(text).fg(color),
            None => Cell::new(text),
        },
        // A listener counts connections, not bytes.
        Column::RecvQ | Column::SendQ if state != "LISTEN" => Cell::new(size(text)),
        Column::Ext => Cell::new(text.replace('\t', "")),
        _ => Cell::new(text),
    }
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
        lay_out(&cells, &SHOWN, screen, look)
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
