//! `kind = "sockets"`: how many sockets there are of which kind, in which state, for how long, and what TCP knows of them.
//!
//! All states count unless some are named: `count` includes listeners and TIME-WAIT.

mod field;
mod measure;
mod selection;
mod tally;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_host::{Host, Snapshot};
use netdiag_text::{Bound, Message, Trusted, message};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use self::field::Seen;
use self::measure::{Aggregate, Measurement};
use self::selection::Selection;
use self::tally::Tally;
use crate::expect::{self, Expectations};
use crate::finding::Finding;
use crate::needs::Needs;
use crate::parts::command::quoted;
use crate::parts::unknown::incomplete;
use crate::proto::Proto;
use crate::settings::Settings;
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned, Work};
use crate::world::World;

/// Sockets of this host, counted and measured.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sockets {
    /// Which sockets, in the filter language of `netdiag ss`: `process = api and dport = 5432`; all if absent.
    filter: Option<Placed<String>>,
    /// The kinds of sockets; tcp, udp and unix if absent.
    proto: Option<Placed<Vec<Proto>>>,
    /// Conditions by measure: `"count(close-wait, age>30s)" = 0`, `"max(recvq)" = "< 1MiB"`, `ephemeral_used = "< 50%"`.
    expect: Placed<Expectations>,
}

#[derive(Debug)]
struct Counts {
    /// As written.
    filter: Option<String>,
    selection: Selection,
    protos: Vec<Proto>,
    expected: Vec<(Measurement, Bound)>,
}

impl Config for Sockets {
    const WORD: &'static str = "sockets";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        Ok(Box::new(self.counts(settings)?))
    }
}

impl Sockets {
    fn counts(self, _: &Settings<'_>) -> Result<Counts, Vec<Complaint>> {
        let selection = Selection::read(self.filter.as_ref())?;
        let mut protos = match &self.proto {
            Some(proto) => proto.value.clone(),
            None => vec![Proto::Tcp, Proto::Udp, Proto::Unix],
        };
        protos.retain(|proto| selection.may_be(*proto));
        if protos.is_empty() {
            let span = self
                .filter
                .as_ref()
                .map(|filter| &filter.span)
                .or_else(|| self.proto.as_ref().map(|proto| &proto.span));
            let message = "no kind of socket is left; `proto` has tcp, udp, raw, sctp and unix";
            return Err(Complaint::new(span.unwrap_or(&self.expect.span), message).into());
        }
        if self.expect.value.is_empty() {
            let complaint = Complaint::new(&self.expect.span, "nothing is expected");
            return Err(complaint.help("write { count = \"< 100\" }").into());
        }
        let expected = self.expect.value.iter().map(|(key, condition)| {
            let measure = Measurement::read(key)?;
            let bound = expect::bound(condition, measure.dimension())?;
            match protos.iter().any(|proto| measure.is_of(*proto)) {
                true => Ok((measure, bound)),
                false => Err(Complaint::new(&key.span, "no socket of these kinds can have that")),
            }
        });
        let expected = Complaint::collect(expected)?;
        Ok(Counts { filter: self.filter.map(|filter| filter.value), selection, protos, expected })
    }
}

impl Work for Counts {
    fn target(&self) -> Message {
        let protos = || Message::join(self.protos.iter().map(|proto| Trusted(proto.word())), ", ");
        self.filter.as_ref().map_or_else(protos, Message::from)
    }

    fn attempt<'a>(&'a self, world: &'a World, _: Instant) -> BoxFuture<'a, Finding> {
        async {
            if let Some(reason) = self.selection.refused() {
                return Finding::unmeasured(reason, Some("run it as root".into()));
            }
            let found = |snapshot: &Snapshot, names| {
                self.found(snapshot, &|cookie| world.seen_for(snapshot, cookie), names)
            };
            world.judge_sockets(self.selection.needs_owners(), found).await
        }
        .boxed()
    }

    fn hint(&self, finding: &Finding) -> Option<Message> {
        let failed = finding.assertions.iter().find(|assertion| !assertion.holds)?;
        let measure = self
            .expected
            .iter()
            .map(|(measure, _)| measure)
            .find(|measure| failed.subject == *measure.name)?;
        let protos = self.protos.iter().filter(|proto| measure.is_of(**proto));
        let options: String = protos.map(|proto| proto.option()).collect();
        let states = Message::join(measure.state_words.iter().map(|state| message!(" state {}", state)), "");
        let filter = self.filter.as_ref().map(|filter| message!(" {}", quoted(&filter.into())));
        Some(message!("netdiag ss -{}anpoi{}{}", Trusted(&options), states, filter.unwrap_or_default()))
    }

    fn needs(&self) -> Needs {
        let measures = self.expected.iter().map(|(measure, _)| measure.needs(&self.protos));
        let asked = match self.selection.asks_tcp_info() {
            true => netdiag_host::Needs::TCP_INFO.into(),
            false => Needs::default(),
        };
        measures.fold(Needs::owners_if(self.selection.needs_owners()) | asked, |all, needs| all | needs)
    }
}

impl Counts {
    fn found(&self, snapshot: &Snapshot, seen: Seen<'_>, names: bool) -> Finding {
        if let Some(finding) = incomplete(snapshot, &self.protos) {
            return finding;
        }
        let mut tallies: Vec<Tally<'_>> =
            self.expected.iter().map(|(measure, _)| Tally::new(measure.aggregate)).collect();
        for socket in snapshot.sockets().filter(|socket| self.protos.iter().any(|proto| proto.has(socket))) {
            let admitted = match self.selection.admits(&socket.subject(), &snapshot.owners) {
                Ok(admitted) => admitted,
                Err(unknown) => return Finding { unmeasured: Some(unknown), ..Finding::default() },
            };
            if admitted {
                let measures = self.expected.iter().zip(&mut tallies);
                let admitting = measures.filter(|((measure, _), _)| measure.admits(&socket, seen));
                admitting.for_each(|(_, tally)| tally.add(&socket, seen));
            }
        }
        let mut finding = Finding::default();
        let ephemeral =
            self.expected.iter().any(|(measure, _)| matches!(measure.aggregate, Aggregate::EphemeralUsed));
        let ephemeral = match ephemeral.then(|| Host::here().local_ports()).transpose() {
            Ok(ports) => ports,
            Err(why) => return Finding::unmeasured(why.message(), None),
        };
        for ((measure, bound), tally) in self.expected.iter().zip(tallies) {
            let (value, examples) = tally.finish(ephemeral.as_ref(), measure.dimension());
            let Some(value) = value else {
                finding.asserted(&measure.name, bound.to_string(), "no socket has one", true);
                continue;
            };
            let holds = bound.holds(&value);
            let seen = match holds || examples.is_empty() {
                true => Message::foreign(&value),
                false => message!("{}: {}", value, tally::examples(snapshot, &examples, names)),
            };
            finding.measured(&measure.name, value);
            finding.asserted(&measure.name, bound.to_string(), seen, holds);
        }
        finding
    }
}

#[cfg(test)]
mod tests;
