//! Plain decimal numbers, without a unit: read as digits with at most one point, written with three digits that count.
//!
//! Neither sign nor exponent, neither infinity nor "not a number" is read, so whatever comes out of here can be compared.

/// Reads a number; `None` for anything else than digits with at most one point among them.
pub(crate) fn read(text: &str) -> Option<f64> {
    let (whole, part) = split(text)?;
    format!("{whole}.{part}").parse().ok().filter(|number: &f64| number.is_finite())
}

/// The digits before and after the point; each is `0` if there are none, but never both.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let zero = |text| if str::is_empty(text) { "0" } else { text };
    let is_number = digits(whole) && digits(part) && !(whole.is_empty() && part.is_empty());
    is_number.then(|| (zero(whole), zero(part)))
}

/// The number at the beginning, and what follows it without the blanks between them.
pub(crate) fn and_unit(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    (number, unit.trim_start())
}

/// Whether this would be a number if it had no minus.
pub(crate) fn is_negative(text: &str) -> bool {
    text.strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit() || first == '.'))
}

/// At most two decimals, none that are idle; whole numbers stay whole.
pub(crate) fn short(value: f64) -> String {
    let decimals = match value.abs() {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    without_idle_zeros(&format!("{value:.decimals$}")).to_owned()
}

/// The number in the largest of these units that it has one of, once it is rounded: `1 MiB`, not `1024 KiB`.
pub(crate) fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    let smallest = units.last().copied().unwrap_or((1.0, ""));
    let (factor, unit) =
        units.iter().copied().find(|(factor, _)| value >= factor * ROUNDS_TO_ONE).unwrap_or(smallest);
    format!("{} {unit}", short(value / factor))
}

/// Of a unit as much as three digits of the next smaller one cannot tell from it.
const ROUNDS_TO_ONE: f64 = 0.9995;

/// Decimals up to the last that is not zero.
pub(crate) fn without_idle_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_and_a_point() {
        #[rustfmt::skip]
        let cases = [
            ("5", Some(5.0)), ("2.50", Some(2.5)), (".5", Some(0.5)), ("5.", Some(5.0)), ("007", Some(7.0)),
            ("", None), (".", None), ("1.2.3", None), ("-1", None), ("+1", None), ("1e3", None), ("inf", None), ("nan", None),
            ("0x10", None), ("1_000", None), (" 1", None), ("٣", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(read(&"9".repeat(400)), None, "a number beyond what a double can hold");
    }

    #[test]
    fn the_unit_is_the_largest_there_is_one_of() {
        let units = [(1e6, "M"), (1e3, "k"), (1.0, "")];
        let cases = [
            (0.0, "0 "),
            (0.25, "0.25 "),
            (999.0, "999 "),
            (999.6, "1 k"),
            (999_400.0, "999 k"),
            (999_600.0, "1 M"),
        ];
        for (value, text) in cases {
            assert_eq!(scaled(value, &units), text, "{value}");
        }
    }

    #[test]
    fn three_digits_count() {
        #[rustfmt::skip]
        let cases = [
            (0.0, "0"), (1.0, "1"), (1.46, "1.46"), (1.464, "1.46"), (9.999, "10"), (10.04, "10"), (10.06, "10.1"), (99.5, "99.5"),
            (100.0, "100"), (1234.5, "1234"), (-2.5, "-2.5"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text, "{value}");
        }
    }
}
