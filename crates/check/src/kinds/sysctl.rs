//! `kind = "sysctl"`: a kernel parameter is as stated.

use std::io;
use std::path::{Path, PathBuf};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_text::{Message, Ours, message, strerror};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use super::command::command;
use super::{Config, Planned, Work};
use crate::bound::Bound;
use crate::expect::{self, Expected};
use crate::file::{Complaint, Placed};
use crate::finding::Finding;
use crate::quantity::{Dimension, Quantity};
use crate::settings::Settings;
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
    path: PathBuf,
    wanted: Bound,
    /// Whether it is compared as a number.
    number: bool,
}

impl Config for Sysctl {
    const WORD: &'static str = "sysctl";

    fn plan(self, _: &Settings) -> Planned {
        let Some(path) = path(&self.key.value) else {
            let message = "no name of a parameter, such as net.core.somaxconn";
            return Err(Complaint::new(&self.key.span, message).into());
        };
        let as_number = expect::bound(&self.value, Dimension::Count);
        let number = as_number.is_ok();
        let wanted = as_number.or_else(|_| expect::bound(&self.value, Dimension::Text))?;
        Ok(Box::new(Parameter { key: self.key.value, path, wanted, number }))
    }
}

/// Its file under `/proc/sys`; `None` where the name would lead elsewhere.
fn path(key: &str) -> Option<PathBuf> {
    // As sysctl(8) has it, the first separator decides what dots mean: `net/ipv4/conf/eth0.1/forwarding`.
    let slashes = key.find(['.', '/']).is_some_and(|at| key[at..].starts_with('/'));
    let relative = if slashes { key.to_owned() } else { key.replace('.', "/") };
    let plain = relative.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains('\0'));
    plain.then(|| Path::new("/proc/sys").join(relative))
}

impl Work for Parameter {
    fn target(&self) -> Message {
        Message::from(&self.key)
    }

    fn attempt<'a>(&'a self, _: &'a World, _: Instant) -> BoxFuture<'a, Finding> {
        async { self.found(std::fs::read_to_string(&self.path)) }.boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        Some(command("sysctl", None, &[&self.key]))
    }
}

impl Parameter {
    fn found(&self, text: io::Result<String>) -> Finding {
        let text = match text {
            Ok(text) => text.trim().to_owned(),
            Err(error) => {
                let reason = message!("{}: {}", self.path.display(), Ours(&strerror(&error)));
                return Finding::unmeasured(reason, None);
            }
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
    fn a_name_is_a_file_below_proc_sys() {
        #[rustfmt::skip]
        let cases = [
            ("net.core.somaxconn",               Some("/proc/sys/net/core/somaxconn")),
            ("net/ipv4/conf/eth0.1/forwarding",  Some("/proc/sys/net/ipv4/conf/eth0.1/forwarding")),
            ("net/../../etc/passwd",             None),
            ("/etc/passwd",                      None),
            ("net..core",                        None),
            ("net.core\0",                       None),
            ("",                                 None),
        ];
        for (key, file) in cases {
            assert_eq!(path(key), file.map(PathBuf::from), "{key}");
        }
    }

    #[test]
    fn a_value_is_compared_as_what_it_ought_to_be() {
        let parameter = |wanted: &str, number: bool| Parameter {
            key: "k".to_owned(),
            path: PathBuf::from("/proc/sys/k"),
            wanted: Bound::parse(wanted, if number { Dimension::Count } else { Dimension::Text }).unwrap(),
            number,
        };
        let holds = |parameter: Parameter, text: &str| parameter.found(Ok(text.to_owned())).holds();
        assert!(holds(parameter(">= 1024", true), "4096\n") && !holds(parameter(">= 1024", true), "128\n"));
        assert!(holds(parameter("32768", true), "32768\t60999\n"));
        assert!(holds(parameter("~bbr", false), "cubic bbr\n") && !holds(parameter("bbr", false), "cubic\n"));
        assert!(!holds(parameter("1", true), "yes\n"));
        let denied = parameter("1", true).found(Err(io::ErrorKind::PermissionDenied.into()));
        assert!(denied.unmeasured.is_some());
    }
}
