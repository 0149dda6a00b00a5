//! How far a JSONPath reaches: how many nodes of a document it may look at, known before it looks at one.
//!
//! Whoever wrote the document may mean no good: behind `$..items..id`, a hundred objects around a million elements are looked at a
//! hundred times. The figure is never less than what is looked at; it can be more.

/// What of a path matters for that; it is a path, read by those who know what paths are.
#[derive(Debug, Default)]
pub(super) struct Reach(Vec<Segment>);

#[derive(Debug)]
struct Segment {
    /// `..`: the nodes below count, too.
    descends: bool,
    /// What stands between commas: each of them may lead to the same node.
    selectors: usize,
    /// Whether one of them may lead to every child.
    spreads: bool,
    /// The paths in its filters, and whether they begin at the root.
    filters: Vec<(bool, Reach)>,
}

/// Where a path is nested deeper than anybody would write it: the byte, and what is nested.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct TooDeep(pub(super) usize, pub(super) &'static str, pub(super) usize);

/// How large a document is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    /// Values, those in values included.
    pub(super) nodes: f64,
    /// How deep they lie in each other.
    pub(super) levels: f64,
}

/// Filters in filters. Each doubles the time it takes to read a path.
pub(super) const FILTERS_DEEP: usize = 6;
/// Parentheses and brackets in each other: they are read on the stack.
pub(super) const BRACKETS_DEEP: usize = 32;

impl Extent {
    /// Of a document that is there, to hold what is known of one before against.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn of(value: &serde_json::Value) -> Self {
        use serde_json::Value;

        let inner: Vec<Self> = match value {
            Value::Array(items) => items.iter().map(Self::of).collect(),
            Value::Object(entries) => entries.values().map(Self::of).collect(),
            _ => Vec::new(),
        };
        let nodes = 1.0 + inner.iter().map(|inner| inner.nodes).sum::<f64>();
        Self { nodes, levels: 1.0 + inner.iter().map(|inner| inner.levels).fold(0.0, f64::max) }
    }
}

impl Reach {
    /// Of a text that may be a path; what is none is for others to say.
    pub(super) fn of(text: &str) -> Result<Self, TooDeep> {
        let mut scan = Scan { text: text.as_bytes(), at: 0, filters: 0, brackets: 0 };
        scan.next_is(b"$");
        scan.path()
    }

    /// How many nodes it looks at, at most.
    pub(super) fn visits(&self, document: Extent) -> f64 {
        let Extent { nodes, levels } = document;
        // How many nodes are found, how often each may be, and whether one of them may be within another.
        let (mut found, mut times, mut nested) = (1.0_f64, 1.0_f64, false);
        let mut visits = 1.0;
        for segment in &self.0 {
            if segment.descends {
                // Every node is looked at from each of those found that it lies in.
                times *= if nested { levels } else { 1.0 };
                found = times * nodes;
                nested = true;
            }
            visits += found;
            let before = times;
            times *= segment.selectors as f64;
            found = match segment.spreads {
                true => times * nodes,
                false => found * segment.selectors as f64,
            };
            visits += found;
            for (from_root, filter) in &segment.filters {
                // Of every candidate all that lies in it may be looked at, or all of the document.
                let candidates = before * nodes;
                visits +=
                    match (*from_root, filter.0.iter().any(|segment| segment.descends || segment.spreads)) {
                        (_, false) => candidates * filter.0.len() as f64,
                        (true, true) => candidates * filter.visits(document),
                        (false, true) => before * levels * filter.visits(document),
                    };
            }
        }
        visits
    }
}

/// A text on its way to be a path.
struct Scan<'t> {
    text: &'t [u8],
    at: usize,
    filters: usize,
    brackets: usize,
}

impl Scan<'_> {
    fn next_is(&mut self, sign: &[u8]) -> bool {
        let is = self.text[self.at..].starts_with(sign);
        self.at += if is { sign.len() } else { 0 };
        is
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        self.at += self.text[self.at..].iter().take_while(|byte| wanted(**byte)).count();
    }

    /// The segments behind a `$` or `@`.
    fn path(&mut self) -> Result<Reach, TooDeep> {
        let mut segments = Vec::new();
        loop {
            let end = self.at;
            self.skip(|byte| byte.is_ascii_whitespace());
            let descends = self.next_is(b"..");
            let dotted = descends || self.next_is(b".");
            let mut segment = Segment { descends, selectors: 1, spreads: false, filters: Vec::new() };
            if (descends || !dotted) && self.next_is(b"[") {
                self.deeper()?;
                self.selectors(&mut segment)?;
                self.brackets -= 1;
            } else if dotted {
                segment.spreads = self.next_is(b"*");
                self.skip(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii());
            } else {
                self.at = end;
                return Ok(Reach(segments));
            }
            segments.push(segment);
        }
    }

    /// One bracket deeper, which has just begun.
    fn deeper(&mut self) -> Result<(), TooDeep> {
        self.brackets += 1;
        match self.brackets > BRACKETS_DEEP {
            true => Err(TooDeep(self.at - 1, "brackets", BRACKETS_DEEP)),
            false => Ok(()),
        }
    }

    /// What stands between brackets, the last one included.
    fn selectors(&mut self, segment: &mut Segment) -> Result<(), TooDeep> {
        while let Some(byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b']' => return Ok(()),
                b',' => segment.selectors += 1,
                b'*' | b':' => segment.spreads = true,
                b'\'' | b'"' => self.quoted(*byte),
                b'?' => {
                    segment.spreads = true;
                    self.filters += 1;
                    if self.filters > FILTERS_DEEP {
                        return Err(TooDeep(self.at - 1, "filters", FILTERS_DEEP));
                    }
                    self.filter(&mut segment.filters)?;
                    self.filters -= 1;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The paths in a filter, up to the comma or bracket that ends it.
    fn filter(&mut self, paths: &mut Vec<(bool, Reach)>) -> Result<(), TooDeep> {
        let around = self.brackets;
        while let Some(byte) = self.text.get(self.at) {
            if matches!(byte, b']' | b',') && self.brackets <= around {
                break;
            }
            self.at += 1;
            match byte {
                b'(' => self.deeper()?,
                b')' => self.brackets = self.brackets.saturating_sub(1).max(around),
                b'\'' | b'"' => self.quoted(*byte),
                b'$' => paths.push((true, self.path()?)),
                b'@' => paths.push((false, self.path()?)),
                _ => {}
            }
        }
        self.brackets = around;
        Ok(())
    }

    /// Up to the end of a text in quotes.
    fn quoted(&mut self, quote: u8) {
        while let Some(byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at = (self.at + 1).min(self.text.len()),
                byte if *byte == quote => return,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use serde_json_path::JsonPath;

    use super::*;

    #[test]
    fn no_path_leads_to_more_nodes_than_it_reaches() {
        let deep =
            (0..12).fold(json!({"id": 1, "items": [1, 2]}), |inner, n| json!({"items": [inner], "id": n}));
        let wide =
            json!({"a": [{"b": 1, "c": [1, 2, 3]}, {"b": 2}, {"d": {"b": [{"b": 3}]}}], "b": {"a": [[[4]]]}});
        #[rustfmt::skip]
        let paths = [
            "$", "$.a", "$..*", "$..items..id", "$..items..items..id", "$..[*,*]", "$..[*,*]..[*,*]", "$[*,*][*,*][*,*]",
            "$.a[*].c[0:2]", "$..[?@.b]", "$..[?@..b]", "$..[?@..b && $..c]", "$..['a','b','a']", "$.a[?@.b == 1 || @.b == 2]",
            "$..a..b..a", "$.a[ * ]..b", "$..[?length(@.c) > 1]", "$..[?@[?@.b]]", "$['a','a']..*", "$..items[?@.id, ?@.items]..id",
        ];
        for text in paths {
            let (path, reach) = (JsonPath::parse(text).unwrap(), Reach::of(text).unwrap());
            for document in [&deep, &wide, &Value::Null] {
                let found = path.query(document).len() as f64;
                assert!(found <= reach.visits(Extent::of(document)), "{text}: {found} in {document}");
            }
        }
    }

    #[test]
    fn what_is_looked_at_often_is_told_apart_from_what_is_looked_at_once() {
        let document = Extent { nodes: 1e6, levels: 100.0 };
        #[rustfmt::skip]
        let cases = [
            ("$.status",                    2.0),
            ("$.items[*].id",               3e6),
            ("$..id",                       2e6),
            ("$..items..id",                2e8),
            ("$..[?@.x == ',' || @['[?']]", 4e6),
            ("$.items[?$..id]",             1e12),
        ];
        for (text, least) in cases {
            let visits = Reach::of(text).unwrap().visits(document);
            assert!(least <= visits && visits <= 3.0 * least + 2.0, "{text}: {visits}");
        }
    }

    #[test]
    fn what_is_nested_too_deep_is_found_where_it_is() {
        let filters = |depth| format!("$.a{}@{}", "[?@".repeat(depth), "]".repeat(depth));
        let parentheses = |depth| format!("$[?{}@{}]", "(".repeat(depth), ")".repeat(depth));
        assert!(Reach::of(&filters(6)).is_ok() && Reach::of(&parentheses(31)).is_ok());
        let place = "$.a".len() + "[?@".len() * 6 + 1;
        for depth in [7, 24] {
            assert_eq!(Reach::of(&filters(depth)).unwrap_err(), TooDeep(place, "filters", 6));
        }
        let place = "$[?".len() + 31;
        for depth in [32, 4000] {
            assert_eq!(Reach::of(&parentheses(depth)).unwrap_err(), TooDeep(place, "brackets", 32));
        }
        for other in
            ["[".repeat(100_000), "$[?'".to_owned(), "$[?@['\\".to_owned(), "$..".to_owned(), String::new()]
        {
            let _ = Reach::of(&other);
        }
    }
}
