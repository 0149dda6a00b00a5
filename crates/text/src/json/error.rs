//! What went wrong, as JSON has it: one shape and one vocabulary for all tools.
//!
//! `kind` is for programs and the same in every version, `message` is for people and may change.

use schemars::JsonSchema;
use serde::Serialize;

use super::address::Address;

/// What went wrong.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
#[schemars(rename = "Error")]
pub struct ErrorRecord {
    /// What it is, in one word.
    #[schemars(extend("enum" = KINDS))]
    pub kind: &'static str,
    /// The system call that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<&'static str>,
    /// The system's error number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errno: Option<i32>,
    /// Who said so, where somebody else did than the one who was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Address>,
    /// The same in words.
    pub message: String,
}

/// Why something may be missing.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub struct Notice {
    /// What went wrong.
    #[serde(flatten)]
    pub error: ErrorRecord,
    /// How many things are missing for it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<u64>,
    /// The word of the Netid column, of the sockets it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub netid: Option<&'static str>,
    /// The address family, of what it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<&'static str>,
}

impl ErrorRecord {
    /// One of which there is nothing more to know.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, call: None, errno: None, from: None, message: message.into() }
    }
}

impl Notice {
    /// One that is about all of the run.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        ErrorRecord::new(kind, message).into()
    }

    /// Whether something that could be had is missing because of this. What this kernel does not have is not missing.
    pub fn leaves_gaps(&self) -> bool {
        self.error.kind != UNSUPPORTED
    }
}

impl From<ErrorRecord> for Notice {
    fn from(error: ErrorRecord) -> Self {
        Self { error, missing: None, netid: None, family: None }
    }
}

/// The kind of what this kernel does not have.
pub const UNSUPPORTED: &str = "unsupported";

/// Every kind there is. docs/json.md says what they mean.
#[rustfmt::skip]
pub const KINDS: &[&str] = &[
    // Of a peer and the way to it.
    "no-such-name", "name-server", "refused", "reset", "timeout", "silence", "host-unreachable", "net-unreachable",
    "protocol-unreachable", "no-route", "no-source", "overtaken", "prohibited", "no-such-socket", "queue-full", "closed", "tls",
    "protocol", "unexpected", "hop-limit", "reassembly", "too-big", "parameter-problem", "redirect", "source-quench", "icmp",
    // Of this host.
    "os", "not-measured",
    // Of a run or a list that is not whole.
    "interrupted", "deadline", "pending", "cut", "overrun", "changed", "malformed", "unknown-owners", "too-many", UNSUPPORTED,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_one_word_of_its_own() {
        for (at, kind) in KINDS.iter().enumerate() {
            assert!(kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{kind}");
            assert!(!KINDS[..at].contains(kind), "{kind}");
        }
        assert!(!Notice::new(UNSUPPORTED, "").leaves_gaps() && Notice::new("os", "").leaves_gaps());
    }
}
