//! `kind = "sysctl"`: a kernel parameter is as stated.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_host::{self as host, CutShort, Host};
use netdiag_text::{Bound, Dimension, Message, Quantity};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use crate::expect::{self, Expected};
use crate::finding::Finding;
use crate::parts::command::command;
use crate::settings::Settings;
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned, Work};
use crate::world::World;

/// A kernel parameter (`sysctl(8)`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sysctl {
    /// The parameter's name with dots or slashes: `net.core.somaxconn`.
    key: Placed<String>,
    /// What it ought to be: `>= 1024`, `0`, `cubic`, `~bbr`; numbers are compared with the first number of the value.
    value: Placed<Expected>,
}

#[derive(Debug)]
struct Parameter {
    key: String,
    parameter: host::Sysctl,
    wanted: Bound,
    /// Whether it is compared as a number.
    number: bool,
}

impl Config for Sysctl {
    const WORD: &'static str = "sysctl";

    fn plan(self, _: &Settings<'_>) -> Planned {
        let Some(parameter) = host::Sysctl::named(&self.key.value) else {
            let message = "no name of a parameter, such as net.core.somaxconn";
            return Err(Complaint::new(&self.key.span, message).into());
        };
        let as_number = expect::bound(&self.value, Dimension::Count);
        let number = as_number.is_ok();
        let wanted = as_number.or_else(|_| expect::bound(&self.value, Dimension::Text))?;
        Ok(Box::new(Parameter { key: self.key.value, parameter, wanted, number }))
    }
}

impl Work for Parameter {
    fn target(&self) -> Message {
        Message::from(&self.key)
    }

    fn attempt<'a>(&'a self, _: &'a World, _: Instant) -> BoxFuture<'a, Finding> {
        async { self.found(Host::here().sysctl(&self.parameter)) }.boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        Some(command("sysctl", None, &[&self.key]))
    }
}

impl Parameter {
    fn found(&self, text: Result<String, CutShort>) -> Finding {
        let text = match text {
            Ok(text) => text,
            Err(why) => return Finding::unmeasured(why.message(), None),
        };
        let mut finding = Finding::default();
        let number = text.split_whitespace().next().and_then(|word| word.parse().ok());
        let value =
            if self.number { number.map(Quantity::Count) } else { Some(Quantity::Text(text.clone())) };
        finding.measured("value", value.unwrap_or(Quantity::Text(text)));
        finding.judge("value", &self.wanted);
        finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_compared_as_what_it_ought_to_be() {
        let parameter = |wanted: &str, number: bool| Parameter {
            key: "k".to_owned(),
            parameter: host::Sysctl::named("kernel.k").unwrap(),
            wanted: Bound::parse(wanted, if number { Dimension::Count } else { Dimension::Text }).unwrap(),
            number,
        };
        let holds = |parameter: Parameter, text: &str| parameter.found(Ok(text.to_owned())).holds();
        assert!(holds(parameter(">= 1024", true), "4096") && !holds(parameter(">= 1024", true), "128"));
        assert!(holds(parameter("32768", true), "32768\t60999"));
        assert!(holds(parameter("~bbr", false), "cubic bbr") && !holds(parameter("bbr", false), "cubic"));
        assert!(!holds(parameter("1", true), "yes"));
        let denied = parameter("1", true).found(Err(CutShort::Unsupported));
        assert!(denied.unmeasured.is_some());
    }
}
