//! What an attempt at a check of a socket does, whatever the kind: connect, run an exchange, judge.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_probe::talk::Step;
use netdiag_probe::{Client, Connector, Endpoint, Exchange, Report};
use netdiag_text::{Message, MessagePart, Trusted, message};
use tokio::time::Instant;

use crate::expect::Bounds;
use crate::finding::Finding;
use crate::parts::command::{command, timeout};
use crate::parts::destination::argument;
use crate::parts::probed;
use crate::parts::talk::Conversation;
use crate::parts::trust::Speech;
use crate::settings::Settings;
use crate::source::{Complaint, Placed};
use crate::work::Work;
use crate::world::World;

/// A probe of a socket, and what is expected of it.
#[derive(Debug)]
pub(crate) struct SocketProbe {
    pub(crate) endpoint: Endpoint,
    /// What is done with it, as written.
    pub(crate) conversation: Conversation,
    pub(crate) connector: Connector,
    /// How to speak TLS, if it comes to that.
    pub(crate) speech: Speech,
    pub(crate) bounds: Bounds,
    /// How long an attempt may take.
    pub(crate) timeout: Duration,
    /// Notes what else there is to know once the probe is done.
    pub(crate) further: fn(&mut Finding, &Endpoint, &Report),
    /// What names of what TLS shows begin with.
    pub(crate) tls_prefix: &'static str,
}

/// How to connect.
pub(crate) fn connector(settings: &Settings<'_>) -> Connector {
    Connector { family: settings.family, race: settings.family.is_none(), ..Connector::default() }
}

/// Reads an endpoint: `scheme` is put before what is written without one.
pub(crate) fn endpoint(target: &Placed<String>, scheme: &str) -> Result<Endpoint, Complaint> {
    let text = match target.value.contains("://") {
        true => target.value.clone(),
        false => format!("{scheme}://{}", target.value),
    };
    let endpoint = text.parse::<Endpoint>();
    let endpoint = endpoint.map_err(|wrong| {
        let complaint = Complaint::new(&target.span, message!("`{}`: {}", target.value, wrong));
        match text.starts_with("http://") || text.starts_with("https://") {
            true => complaint.help("write HOST:PORT; a URL is the target of kind `http`"),
            false => complaint,
        }
    })?;
    let fits = match &endpoint {
        Endpoint::Tcp(inet) | Endpoint::Tls(inet) | Endpoint::Udp(inet) => {
            text.starts_with(&format!("{scheme}://")) && inet.port != 0
        }
        Endpoint::Unix(..) => false,
    };
    match fits {
        true => Ok(endpoint),
        false => {
            Err(Complaint::new(&target.span, message!("no target of {}; write HOST:PORT", Trusted(scheme))))
        }
    }
}

impl SocketProbe {
    /// A probe with nothing special about it: whatever it shows of TLS is called so, and nothing further is noted.
    pub(crate) fn new(
        endpoint: Endpoint,
        conversation: Conversation,
        bounds: Bounds,
        settings: &Settings<'_>,
    ) -> Self {
        let connector = connector(settings);
        Self {
            endpoint,
            conversation,
            connector,
            speech: Speech::default(),
            bounds,
            timeout: settings.timeout,
            further: |_, _, _| {},
            tls_prefix: "tls_",
        }
    }

    fn speaks_tls(&self, exchange: &Exchange) -> bool {
        let begins = |step: &Step| matches!(step, Step::StartTls);
        matches!(self.endpoint, Endpoint::Tls(_))
            || matches!(exchange, Exchange::Script(script, _) if script.steps.iter().any(begins))
    }

    async fn probe(&self, deadline: Instant) -> Finding {
        let exchange = match self.conversation.exchange() {
            Ok(exchange) => exchange,
            Err(wrong) => return Finding::unmeasured(wrong.message, wrong.help),
        };
        let tls = match self.speaks_tls(&exchange) {
            true => match self.speech.client().await {
                Ok(tls) => Some(tls),
                Err(finding) => return finding,
            },
            false => None,
        };
        let client = Client { connector: self.connector.clone(), tls, patience: None };
        let report = client.socket(&self.endpoint, &exchange, deadline, &mut |_, _| {}).await;
        let mut finding = Finding::default();
        probed::outcome(&mut finding, &report, &self.bounds);
        if finding.unmeasured.is_none() {
            probed::phases(&mut finding, &report, report.phases.total());
            probed::echo(&mut finding, &report);
            probed::tls(&mut finding, report.tls.as_ref(), self.tls_prefix);
            (self.further)(&mut finding, &self.endpoint, &report);
            self.bounds.judge(&mut finding);
        }
        finding
    }
}

impl Work for SocketProbe {
    fn target(&self) -> Message {
        match &self.endpoint {
            Endpoint::Tcp(inet) | Endpoint::Tls(inet) | Endpoint::Udp(inet) => Message::foreign(inet),
            Endpoint::Unix(_, name) => Message::foreign(name),
        }
    }

    fn attempt<'a>(&'a self, _: &'a World, deadline: Instant) -> BoxFuture<'a, Finding> {
        self.probe(deadline).boxed()
    }

    fn hint(&self, finding: &Finding) -> Option<Message> {
        // A connection that comes about has shown the way.
        if let Endpoint::Tcp(inet) | Endpoint::Tls(inet) = &self.endpoint
            && probed::is_lost_on_the_way(finding)
            && finding.value("connect").is_none()
        {
            let (host, port) = (argument(&inet.host), inet.port.to_string());
            return Some(command(
                "netdiag trace",
                self.connector.family,
                &[&"--tcp", &"--port", &port, &host],
            ));
        }
        let words = timeout(self.timeout).into_iter().chain(self.speech.words().iter().cloned());
        let words = words.chain(self.conversation.words()).chain([Message::foreign(&self.endpoint)]);
        let words: Vec<Message> = words.collect();
        let words: Vec<&dyn MessagePart> = words.iter().map(|word| word as &dyn MessagePart).collect();
        Some(command("netdiag probe", self.connector.family, &words))
    }
}
