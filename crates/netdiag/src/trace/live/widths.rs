//! How wide the columns of the live view are, and which of them a narrow terminal goes without.

use super::columns::Column;
use super::recent::MOST;

/// The first of these that is there is left out where there is no room, then the next.
const LEFT_OUT: [Column; 16] = [
    Column::Jitter,
    Column::Deviation,
    Column::P95,
    Column::Notes,
    Column::Median,
    Column::Mean,
    Column::Max,
    Column::Min,
    Column::Dropped,
    Column::Received,
    Column::Sent,
    Column::Recent,
    Column::Last,
    Column::Verdict,
    Column::Silent,
    Column::Answered,
];

/// The columns there is room for and their widths, given how wide each would like to be.
pub(super) fn fitted(wanted: &[(Column, usize)], room: usize) -> Vec<(Column, usize)> {
    let mut shown = wanted.to_vec();
    let least = |shown: &[(Column, usize)]| {
        let widths = shown.iter().map(|(column, wanted)| least(*column, *wanted));
        widths.sum::<usize>() + GAP * shown.len().saturating_sub(1)
    };
    for left_out in LEFT_OUT {
        if least(&shown) <= room {
            break;
        }
        shown.retain(|(column, _)| *column != left_out);
    }
    let mut spare = room.saturating_sub(least(&shown));
    let wanted: Vec<usize> = shown.iter().map(|(_, wanted)| *wanted).collect();
    shown.iter_mut().for_each(|(column, width)| *width = self::least(*column, *width));
    // Who it is comes first, then what is to be noted.
    for grown in [Column::Host, Column::Notes, Column::Recent] {
        for ((_, width), wanted) in shown.iter_mut().zip(&wanted).filter(|((column, _), _)| *column == grown)
        {
            let more = wanted.saturating_sub(*width).min(spare);
            (*width, spare) = (*width + more, spare - more);
        }
    }
    shown
}

/// How narrow a column may become that would like to be so wide.
fn least(column: Column, wanted: usize) -> usize {
    match column {
        Column::Host => wanted.min(HOST),
        Column::Recent => wanted.min(RECENT),
        Column::Notes => wanted.min(NOTES),
        _ => wanted,
    }
}

/// How wide the bars would like to be.
pub(super) const BARS: usize = MOST;
/// Blanks between two columns.
pub(super) const GAP: usize = 2;
/// An IPv4 address.
const HOST: usize = 15;
const RECENT: usize = 11;
const NOTES: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_goes_without_what_says_least() {
        let wanted = [
            (Column::Hop, 3),
            (Column::Host, 30),
            (Column::Verdict, 14),
            (Column::Answered, 8),
            (Column::Last, 7),
            (Column::P95, 7),
            (Column::Jitter, 6),
            (Column::Recent, BARS),
            (Column::Notes, 40),
        ];
        let shown = |room| fitted(&wanted, room);
        let width = |columns: &[(Column, usize)]| {
            columns.iter().map(|(_, width)| width).sum::<usize>() + GAP * (columns.len() - 1)
        };
        assert_eq!(shown(500), wanted);
        for room in 26..300 {
            assert!(width(&shown(room)) <= room, "{room}: {:?}", shown(room));
        }
        assert_eq!(
            shown(80).iter().map(|(column, _)| *column).collect::<Vec<_>>(),
            [Column::Hop, Column::Host, Column::Verdict, Column::Answered, Column::Last, Column::Recent]
        );
        assert_eq!(shown(30), [(Column::Hop, 3), (Column::Host, 15), (Column::Answered, 8)]);
        assert_eq!(shown(0), [(Column::Hop, 3), (Column::Host, 15)]);
    }
}
