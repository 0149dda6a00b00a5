//! `kind = "conntrack"`: the kernel's table of connections (`nf_conntrack`) has room.
//!
//! Where the kernel does not track connections there is no table, and nothing to measure.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_host::{self as host, CutShort, Host};
use netdiag_text::{Dimension, Message, Quantity};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use crate::expect::{Bounds, Expectations};
use crate::finding::Finding;
use crate::settings::Settings;
use crate::work::{Config, Planned, Work};
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

    fn plan(self, _: &Settings<'_>) -> Planned {
        Ok(Box::new(Table { bounds: Bounds::read(&self.expect, &[&MEASURES])? }))
    }
}

impl Work for Table {
    fn target(&self) -> Message {
        "nf_conntrack".into()
    }

    fn attempt<'a>(&'a self, _: &'a World, _: Instant) -> BoxFuture<'a, Finding> {
        async { self.found(Host::here().conntrack()) }.boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        Some("sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max".into())
    }
}

impl Table {
    fn found(&self, table: Result<host::Conntrack, CutShort>) -> Finding {
        let table = match table {
            Ok(table) => table,
            Err(reason) => {
                let remedy =
                    "without the module nf_conntrack, or a rule that needs it, no connection is tracked";
                return Finding::unmeasured(reason.message(), Some(remedy.into()));
            }
        };
        let mut finding = Finding::default();
        finding.measured("used", Quantity::Ratio(table.used()));
        finding.measured("count", Quantity::Count(table.count as f64));
        finding.measured("max", Quantity::Count(table.max as f64));
        self.bounds.judge(&mut finding);
        finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::trial::{PLAIN, written};
    use crate::parts::trial::{complaint, judged};

    fn found(table: Result<host::Conntrack, CutShort>, expect: &str) -> Finding {
        let conntrack = written::<Conntrack>(&format!("expect = {{ {expect} }}\n")).unwrap();
        let bounds = Bounds::read(&conntrack.expect, &[&MEASURES]).unwrap();
        Table { bounds }.found(table)
    }

    #[test]
    fn a_table_has_room_or_not() {
        #[rustfmt::skip]
        let cases = [
            (700, "used = \"< 75%\"",              "used < 75%: true"),
            (800, "used = \"< 75%\"",              "used < 75%: false"),
            (800, "count = \"> 100\", max = 1000", "count > 100: true, max 1000: true"),
        ];
        for (count, expect, judgement) in cases {
            let table = host::Conntrack { count, max: 1000 };
            assert_eq!(judged(&found(Ok(table), expect)), judgement, "{count} {expect}");
        }
        let untold = found(Err(CutShort::Unsupported), "count = 0").unmeasured.unwrap();
        assert!(untold.remedy.unwrap().unshown().contains("nf_conntrack"), "{:?}", untold.reason);
    }

    #[test]
    fn mistakes_are_pointed_at() {
        assert!(written::<Conntrack>("").is_err());
        assert!(complaint("conntrack", "expect = { usd = 1 }").contains("unknown measure `usd`"));
        let plain = written::<Conntrack>("expect = { used = \"< 1%\" }\n").unwrap().plan(&PLAIN);
        assert_eq!(plain.unwrap().target(), "nf_conntrack");
    }
}
