//! `kind = "conntrack"`: the kernel's table of connections (`nf_conntrack`) has room.
//!
//! Where the kernel does not track connections there is no table, and nothing to measure.

use std::path::Path;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_text::{Message, Ours, message, strerror};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use super::{Config, Planned, Work};
use crate::expect::{Bounds, Expectations};
use crate::finding::Finding;
use crate::quantity::{Dimension, Quantity};
use crate::settings::Settings;
use crate::world::World;

/// The kernel's table of tracked connections has room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Conntrack {
    /// Conditions on `used` (of the most there may be: `< 75%`), `count`, `max`.
    expect: Expectations,
}

const MEASURES: [(&str, Dimension); 3] =
    [("used", Dimension::Ratio), ("count", Dimension::Count), ("max", Dimension::Count)];

#[derive(Debug)]
struct Table {
    bounds: Bounds,
}

impl Config for Conntrack {
    const WORD: &'static str = "conntrack";

    fn plan(self, _: &Settings) -> Planned {
        Ok(Box::new(Table { bounds: Bounds::read(&self.expect, &[&MEASURES])? }))
    }
}

impl Work for Table {
    fn target(&self) -> Message {
        "nf_conntrack".into()
    }

    fn attempt<'a>(&'a self, _: &'a World, _: Instant) -> BoxFuture<'a, Finding> {
        async { self.found(Path::new("/proc/sys/net/netfilter")) }.boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        Some("sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max".into())
    }
}

impl Table {
    fn found(&self, directory: &Path) -> Finding {
        let of = |name: &str| number(&directory.join(name));
        let (count, most) = match (of("nf_conntrack_count"), of("nf_conntrack_max")) {
            (Ok(count), Ok(most)) => (count, most),
            (Err(reason), _) | (_, Err(reason)) => {
                let remedy =
                    "without the module nf_conntrack, or a rule that needs it, no connection is tracked";
                return Finding::unmeasured(reason, Some(remedy.into()));
            }
        };
        let mut finding = Finding::default();
        // No limit is none that could be reached.
        finding.measured("used", Quantity::Ratio(if most > 0.0 { count / most } else { 0.0 }));
        finding.measured("count", Quantity::Count(count));
        finding.measured("max", Quantity::Count(most));
        self.bounds.judge(&mut finding);
        finding
    }
}

fn number(path: &Path) -> Result<f64, Message> {
    let wrong = |why: &str| message!("{}: {}", Ours(&path.display().to_string()), Ours(why));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&strerror(&error)))?;
    text.trim().parse().map_err(|error: std::num::ParseFloatError| wrong(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::trial::{complaint, judged};
    use super::super::{PLAIN, written};
    use super::*;

    fn found(count: &str, expect: &str) -> Finding {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("nf_conntrack_count"), count).unwrap();
        std::fs::write(directory.path().join("nf_conntrack_max"), "1000\n").unwrap();
        let conntrack = written::<Conntrack>(&format!("expect = {{ {expect} }}\n")).unwrap();
        let bounds = Bounds::read(&conntrack.expect, &[&MEASURES]).unwrap();
        Table { bounds }.found(directory.path())
    }

    #[test]
    fn a_table_has_room_or_not() {
        #[rustfmt::skip]
        let cases = [
            ("700\n",  "used = \"< 75%\"",            "used < 75%: true"),
            ("800\n",  "used = \"< 75%\"",            "used < 75%: false"),
            ("800\n",  "count = \"> 100\", max = 1000", "count > 100: true, max 1000: true"),
        ];
        for (count, expect, judgement) in cases {
            assert_eq!(judged(&found(count, expect)), judgement, "{count} {expect}");
        }
        for text in ["", "many"] {
            assert!(
                found(text, "count = 0").unmeasured.unwrap().reason.unshown().contains("nf_conntrack_count"),
                "{text}"
            );
        }
        let bounds = Bounds::default();
        assert!(Table { bounds }.found(Path::new("/no/such")).unmeasured.is_some());
    }

    #[test]
    fn mistakes_are_pointed_at() {
        assert!(written::<Conntrack>("").is_err());
        assert!(complaint("conntrack", "expect = { usd = 1 }").contains("unknown measure `usd`"));
        let plain = written::<Conntrack>("expect = { used = \"< 1%\" }\n").unwrap().plan(&PLAIN);
        assert_eq!(plain.unwrap().target(), "nf_conntrack");
    }
}
