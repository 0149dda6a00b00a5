//! What every target lacked when waiting ended without it, as lines in columns.
//!
//! A target that was as waited for is in it, too: it says which of them to leave alone.

use netdiag_text::duration::Short;
use netdiag_text::terminal::{padded, width};

use super::course::{Course, shown};

/// The table; `down` is what was waited for.
pub(super) fn table(courses: &[Course<'_>], down: bool) -> String {
    let first = if down { "first down" } else { "first up" };
    let mut rows = vec![["target", "looks", first, "last error"].map(str::to_owned)];
    rows.extend(courses.iter().map(row));
    let wide = |column: usize| rows.iter().map(|row| width(&row[column])).max().unwrap_or_default();
    let [target_wide, looks_wide, first_wide] = [0, 1, 2].map(wide);
    let lines = rows.iter().map(|[target, looks, first, last]| {
        // Looks are counted in ASCII.
        let (target, first) = (padded(target, target_wide), padded(first, first_wide));
        format!("  {target}  {looks:>looks_wide$}  {first}  {last}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn row(course: &Course<'_>) -> [String; 4] {
    let last = match (&course.last, course.ready) {
        (_, Some(_)) => "none".to_owned(),
        (Some(last), None) => shown(&last.message),
        (None, None) if course.looks == 0 => "no look has ended".to_owned(),
        (None, None) => "not for long enough".to_owned(),
    };
    let first = course.first.map_or_else(|| "never".to_owned(), |first| Short(first).to_string());
    [course.shown(), course.looks.to_string(), first, last]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::subject::Subject;
    use super::*;
    use crate::json::ErrorRecord;

    #[test]
    fn every_target_has_a_line() {
        let typed = ["db:1", "unix:/run/\u{1b}s", "[::1]:65535", "udp://h:2"];
        let subjects = typed.map(|typed| Subject::new(typed, typed.parse().unwrap(), None));
        let ms = Duration::from_millis;
        let mut courses = subjects.each_ref().map(Course::new);
        (courses[0].looks, courses[0].last) =
            (12, Some(ErrorRecord::new("refused", "connect: connection refused")));
        (courses[1].looks, courses[1].first, courses[1].ready) = (1, Some(ms(1)), Some(ms(1)));
        (courses[2].looks, courses[2].first) = (3, Some(ms(1500)));
        let lines = [
            "  target           looks  first up  last error",
            "  db:1                12  never     connect: connection refused",
            "  unix:/run/\\x1bs      1  1 ms      none",
            "  [::1]:65535          3  1.5 s     not for long enough",
            "  udp://h:2            0  never     no look has ended",
        ];
        assert_eq!(table(&courses, false), lines.join("\n"));
        let wide = ["数据库.test:1", "h:22"].map(|typed| Subject::new(typed, typed.parse().unwrap(), None));
        let lines = [
            "  target         looks  first up  last error",
            "  数据库.test:1      0  never     no look has ended",
            "  h:22               0  never     no look has ended",
        ];
        assert_eq!(table(&wide.each_ref().map(Course::new), false), lines.join("\n"));
        assert!(table(&courses, true).starts_with("  target           looks  first down  last"));
    }
}
