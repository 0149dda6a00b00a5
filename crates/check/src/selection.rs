//! Which checks of a plan are run: by their tags, their names, and how they ended last time.
//!
//! What a chosen check depends on is run with it, chosen or not; that is the run's business, not decided here.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::str::FromStr;

pub use glob::Pattern;

use crate::plan::{Check, Plan};

/// What must be true of a check; nothing chooses all.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// One of these must be so.
    pub tags: Vec<Tags>,
    /// One of these patterns must be like its name.
    pub names: Vec<Pattern>,
    /// Its name must be among these, as [`Plan::written`] has them.
    pub only: Option<HashSet<String>>,
}

/// Tags a check must all have, or with a `!` must not have: `net,!slow`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tags(Vec<(bool, String)>);

/// Nothing stands between two commas, or behind a `!`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MissingTag;

impl fmt::Display for MissingTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tag is missing")
    }
}

impl Error for MissingTag {}

impl FromStr for Tags {
    type Err = MissingTag;

    fn from_str(text: &str) -> Result<Self, MissingTag> {
        let tag = |part: &str| {
            let part = part.trim();
            let (wanted, tag) = part.strip_prefix('!').map_or((true, part), |tag| (false, tag));
            if tag.is_empty() { Err(MissingTag) } else { Ok((wanted, tag.to_owned())) }
        };
        text.split(',').map(tag).collect::<Result<_, _>>().map(Self)
    }
}

impl Selection {
    /// The places in the plan of the checks chosen.
    pub fn choose(&self, plan: &Plan) -> Vec<usize> {
        let chosen = plan.checks.iter().enumerate().filter(|(_, check)| self.admits(plan, check));
        chosen.map(|(index, _)| index).collect()
    }

    fn admits(&self, plan: &Plan, check: &Check) -> bool {
        let tagged = |Tags(tags): &Tags| tags.iter().all(|(wanted, tag)| check.tags.contains(tag) == *wanted);
        (self.tags.is_empty() || self.tags.iter().any(tagged))
            && (self.names.is_empty() || self.names.iter().any(|name| name.matches(check.name.unshown())))
            && self.only.as_ref().is_none_or(|only| only.contains(&plan.written(&check.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Notation, Variables};

    type Words<'a> = &'a [&'a str];

    #[test]
    fn tags_are_and_within_and_or_between() {
        let check = |name: &str, tags: &str| {
            format!(
                "[[check]]\nname = \"{name}\"\nkind = \"sysctl\"\nkey = \"a\"\nvalue = 1\ntags = [{tags}]\n"
            )
        };
        let text = ["version = 1\n", &check("ab", "\"a\", \"b\""), &check("b", "\"b\""), &check("none", "")]
            .concat();
        let plan = Plan::read("f", &text, Notation::Toml, &Variables::default()).unwrap();
        let choose = |tags: &[&str], names: &[&str], only: Option<&[&str]>| {
            let selection = Selection {
                tags: tags.iter().map(|tags| tags.parse().unwrap()).collect(),
                names: names.iter().map(|name| Pattern::new(name).unwrap()).collect(),
                only: only.map(|only| only.iter().map(|name| (*name).to_owned()).collect()),
            };
            let names = selection.choose(&plan).into_iter().map(|index| plan.checks[index].name.unshown());
            names.collect::<Vec<_>>().join(" ")
        };
        #[rustfmt::skip]
        let cases: [(Words<'_>, Words<'_>, Option<Words<'_>>, &str); 10] = [
            (&[],           &[],          None,          "ab b none"),
            (&["b"],        &[],          None,          "ab b"),
            (&["a,b"],      &[],          None,          "ab"),
            (&["!a"],       &[],          None,          "b none"),
            (&["b,!a"],     &[],          None,          "b"),
            (&["a", "!b"],  &[],          None,          "ab none"),
            (&["c"],        &[],          None,          ""),
            (&[],           &["*b"],      None,          "ab b"),
            (&["a"],        &["b", "n*"], None,          ""),
            (&[],           &[],          Some(&["b"]),  "b"),
        ];
        for (tags, names, only, chosen) in cases {
            assert_eq!(choose(tags, names, only), chosen, "{tags:?} {names:?} {only:?}");
        }
        for text in ["", "a,,b", "!"] {
            assert!(text.parse::<Tags>().is_err(), "{text}");
        }
    }
}
