//! How wide each column gets.
//!
//! Off a terminal a column is as wide as its longest cell. On one, the columns share out what is left of the line; where
//! they do not fit, some begin another line, by padding alone: the terminal wraps and no newline is written.

use super::column::{Column, Style};

/// How one column's cells are placed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Width {
    /// All of it, the gap included.
    pub(crate) total: usize,
    /// The longest cell; longer than the column where the screen is too narrow.
    pub(crate) longest: usize,
    /// Blanks before the cell.
    pub(crate) gap: usize,
    pub(crate) right: bool,
    pub(crate) end: End,
}

/// What follows a column's cells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// Blanks up to the column's width.
    Padded,
    /// Two blanks if text follows on the line.
    Apart,
    /// Nothing.
    Bare,
}

/// The widths of the columns shown, each with its longest cell, on a line of `screen` characters if it has an end.
pub(crate) fn widths(columns: impl Iterator<Item = (Column, usize)>, screen: Option<usize>) -> Vec<Width> {
    let mut widths: Vec<Width> = Vec::new();
    // The column that ends the line, details aside.
    let mut last = None;
    for (column, longest) in columns {
        let Style { right, gap, .. } = column.style();
        let first = widths.iter().all(|width| width.total == 0);
        let gap = if first || longest == 0 { 0 } else { gap };
        // Details can be of several lines, and blanks at the end of the last one help nobody.
        let end = if column == Column::Ext { End::Bare } else { End::Padded };
        if end == End::Padded && longest > 0 {
            last = Some(widths.len());
        }
        let total = (longest + gap).min(screen.unwrap_or(usize::MAX));
        widths.push(Width { total, longest, gap, right, end });
    }
    match (screen, last) {
        (Some(screen), _) => share_out(&mut widths, screen),
        (None, Some(last)) => widths[last].end = End::Apart,
        (None, None) => {}
    }
    widths
}

/// Fills lines up: every column of a line gets the same share of what is left of it, the last ones what does not divide.
fn share_out(widths: &mut [Width], screen: usize) {
    let mut filled: Vec<&mut Width> = widths.iter_mut().filter(|width| width.total > 0).collect();
    let mut rest = &mut filled[..];
    while !rest.is_empty() {
        let mut used = 0;
        let fitting = rest
            .iter()
            .take_while(|width| {
                used += width.total;
                used <= screen
            })
            .count();
        let (line, others) = rest.split_at_mut(fitting.max(1));
        let left = screen - line.iter().map(|width| width.total).sum::<usize>();
        let (share, remainder) = (left / line.len(), left % line.len());
        for (n, width) in line.iter_mut().rev().enumerate() {
            width.total += share + usize::from(n < remainder);
        }
        rest = others;
    }
}

#[cfg(test)]
mod tests {
    use super::super::column::Column::*;
    use super::*;

    const TCP: [Column; 8] = [State, RecvQ, SendQ, Local, LocalPort, Peer, PeerPort, Ext];

    fn tcp(longest: [usize; 8], screen: Option<usize>) -> Vec<Width> {
        widths(TCP.into_iter().zip(longest), screen)
    }

    fn totals(longest: [usize; 8], screen: Option<usize>) -> Vec<usize> {
        tcp(longest, screen).iter().map(|width| width.total).collect()
    }

    #[test]
    fn a_line_without_end_is_as_long_as_its_cells() {
        let widths = tcp([6, 6, 6, 14, 4, 13, 5, 0], None);
        let totals: Vec<_> = widths.iter().map(|width| width.total).collect();
        assert_eq!(totals, [6, 7, 7, 15, 4, 14, 5, 0]);
        let ends: Vec<_> = widths.iter().map(|width| width.end).collect();
        assert_eq!(ends[..6], [End::Padded; 6]);
        assert_eq!(ends[6..], [End::Apart, End::Bare]);
    }

    #[test]
    fn what_is_left_of_a_screen_is_shared_the_rest_from_behind() {
        // 57 of 80 used, 23 left for 7 columns: 3 each, and 1 more for the last two.
        assert_eq!(totals([6, 6, 6, 14, 4, 13, 4, 0], Some(80)), [9, 10, 10, 18, 7, 18, 8, 0]);
    }

    #[test]
    fn a_narrow_screen_takes_several_lines() {
        let narrow = totals([6, 6, 6, 14, 4, 13, 4, 0], Some(30));
        assert_eq!(narrow, [9, 10, 11, 20, 10, 20, 10, 0]);
        assert_eq!(narrow.iter().sum::<usize>() % 30, 0);
        assert_eq!(totals([60, 6, 6, 14, 4, 13, 4, 0], Some(30))[0], 30);
    }

    proptest::proptest! {
        #[test]
        fn every_line_of_a_screen_is_full(longest: [u8; 8], screen in 1usize..300) {
            let total: usize = totals(longest.map(usize::from), Some(screen)).iter().sum();
            proptest::prop_assert_eq!(total % screen, 0);
        }
    }
}
