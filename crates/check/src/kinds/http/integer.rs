//! Conditions on integers, exactly: identifiers and counters in JSON bodies have up to 64 bits, a float tells 53 of them apart.

/// The alternatives of a condition, one of which has to hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct IntegerBound(Vec<Test>);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Test {
    Less(i128),
    AtMost(i128),
    Equal(i128),
    NotEqual(i128),
    AtLeast(i128),
    Greater(i128),
    /// Both ends included.
    Between(i128, i128),
}

impl IntegerBound {
    /// Reads a condition that was read as one on numbers; `None` where anything in it is no integer.
    pub(super) fn read(text: &str) -> Option<Self> {
        text.split(',').map(|part| test(part.trim())).collect::<Option<_>>().map(Self)
    }

    /// Whether `value` is as it ought to be.
    pub(super) fn holds(&self, value: i128) -> bool {
        self.0.iter().any(|test| match test {
            Test::Less(wanted) => value < *wanted,
            Test::AtMost(wanted) => value <= *wanted,
            Test::Equal(wanted) => value == *wanted,
            Test::NotEqual(wanted) => value != *wanted,
            Test::AtLeast(wanted) => value >= *wanted,
            Test::Greater(wanted) => value > *wanted,
            Test::Between(low, high) => (*low..=*high).contains(&value),
        })
    }
}

/// What a sign in front of a number makes of it.
type Signed = fn(i128) -> Test;

fn test(text: &str) -> Option<Test> {
    // The longer sign first.
    let signs: [(&str, Signed); 7] = [
        ("<=", Test::AtMost),
        (">=", Test::AtLeast),
        ("!=", Test::NotEqual),
        ("==", Test::Equal),
        ("<", Test::Less),
        (">", Test::Greater),
        ("=", Test::Equal),
    ];
    let signed = signs.iter().find_map(|(sign, test)| Some((text.strip_prefix(sign)?, test)));
    if let Some((number, test)) = signed {
        return number.trim().parse().ok().map(test);
    }
    match text.split_once("..") {
        Some((low, high)) => Some(Test::Between(low.trim().parse().ok()?, high.trim().parse().ok()?)),
        None => text.parse().ok().map(Test::Equal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_beyond_a_float_are_told_apart() {
        #[rustfmt::skip]
        let cases = [
            ("9007199254740993",                       9_007_199_254_740_993,      9_007_199_254_740_992),
            ("= 18446744073709551615",                 18_446_744_073_709_551_615, 18_446_744_073_709_551_614),
            ("!= 9007199254740993",                    9_007_199_254_740_992,      9_007_199_254_740_993),
            ("> 9007199254740992",                     9_007_199_254_740_993,      9_007_199_254_740_992),
            ("<= -9007199254740993",                   -9_007_199_254_740_993,     -9_007_199_254_740_992),
            ("1, 9007199254740993..9007199254740995",  9_007_199_254_740_995,      9_007_199_254_740_996),
            ("< 3",                                    2,                          3),
        ];
        for (text, good, bad) in cases {
            let bound = IntegerBound::read(text).unwrap();
            assert!(bound.holds(good) && !bound.holds(bad), "{text}");
        }
        assert_eq!([IntegerBound::read("< 0.5"), IntegerBound::read("1, 1e3")], [None, None]);
    }
}
