//! One-shot probes of sockets: connect, perhaps TLS, then a script, an echo, or nothing.
//!
//! Whoever wants to look at a connection while it is open is called just before it is closed.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::channel::{Channel, secure};
use crate::connect::Connector;
use crate::echo::echo;
use crate::endpoint::{Endpoint, Host, HostPort};
use crate::error::Error;
use crate::framing::Framing;
use crate::message_socket::{MessageSocket, UdpReply};
use crate::phases::Phase;
use crate::report::{Found, Report};
use crate::stream::Stream;
use crate::talk::{Script, ScriptRun};
use crate::tls::TlsClient;

/// How to probe.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// How to connect.
    pub connector: Connector,
    /// How to speak TLS; without it, TLS cannot be spoken.
    pub tls: Option<TlsClient>,
    /// How long a UDP port that may well say nothing is listened to; a second if absent.
    pub patience: Option<Duration>,
}

/// What to do with a socket once it is connected.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Exchange {
    /// Nothing. A UDP socket is nudged, for connecting it shows nothing.
    #[default]
    Nothing,
    /// A conversation.
    Script(Script, Option<Framing>),
    /// This many bytes there and back.
    Echo(u64),
}

/// Is shown both ends of a TCP connection while it is still open, perhaps more than once.
pub type Observer<'a> = &'a mut (dyn FnMut(SocketAddr, SocketAddr) + Send);

impl Client {
    /// Probes a socket.
    pub async fn socket(
        &self,
        endpoint: &Endpoint,
        exchange: &Exchange,
        deadline: Instant,
        look: Observer<'_>,
    ) -> Report {
        match endpoint {
            Endpoint::Udp(inet) => self.each_udp(inet, exchange, deadline, look).await,
            _ => self.one_socket(endpoint, endpoint, exchange, deadline, look).await,
        }
    }

    /// Connecting a UDP socket shows nothing, so what is done shows whether the next address is to be tried.
    async fn each_udp(
        &self,
        inet: &HostPort,
        exchange: &Exchange,
        deadline: Instant,
        look: Observer<'_>,
    ) -> Report {
        let mut each = match self.each_address(inet, deadline).await {
            Ok(each) => each,
            Err(report) => return *report,
        };
        let endpoint = Endpoint::Udp(inet.clone());
        while let Some((to, until)) = each.next_one() {
            let is_nudge = matches!(exchange, Exchange::Nothing);
            // A conversation takes its time: only who is not there is passed over.
            let until = if is_nudge { until } else { deadline };
            let report = self.one_socket(&Endpoint::Udp(to), &endpoint, exchange, until, look).await;
            let failed = report.result.as_ref().err();
            let is_nobody = report.phases.first_byte.is_none()
                && failed.is_some_and(|failed| failed.error.means_nobody_there());
            each.record(report);
            if !is_nudge && !is_nobody {
                break;
            }
        }
        each.report()
    }

    /// Probes `to`, one place of `endpoint`.
    async fn one_socket(
        &self,
        to: &Endpoint,
        endpoint: &Endpoint,
        exchange: &Exchange,
        deadline: Instant,
        look: Observer<'_>,
    ) -> Report {
        let mut report = Report::new();
        let Some(channel) = self.open(to, deadline, &mut report).await else { return report };
        let channel = self.run(exchange, endpoint, channel, deadline, &mut report).await;
        if let (Some(Channel::Stream(_)), Some((local, peer))) = (&channel, report.addresses) {
            look(local, peer);
        }
        report
    }

    /// Connects, and secures what is to be secured; `None` if that failed, and then the report says why.
    pub(crate) async fn open(
        &self,
        endpoint: &Endpoint,
        deadline: Instant,
        report: &mut Report,
    ) -> Option<Channel> {
        let channel = report.opened(self.connector.open(endpoint, deadline).await)?;
        report.addresses = channel.addresses();
        if let Channel::Messages(socket) = &channel {
            socket.hear_routers();
        }
        report.peer = channel.peer();
        match (endpoint, channel) {
            (Endpoint::Tls(inet), channel) => self.secure(channel, &inet.host, deadline, report).await,
            (_, channel) => Some(channel),
        }
    }

    /// Begins TLS.
    pub(crate) async fn secure(
        &self,
        channel: Channel,
        host: &Host,
        deadline: Instant,
        report: &mut Report,
    ) -> Option<Channel> {
        let (Some(tls), Channel::Stream(Stream::Plain(plain))) = (&self.tls, channel) else {
            let error = Error::Tls("TLS needs a stream, and certificates to trust".into());
            return report.settled(Err(error.during(Phase::Tls)));
        };
        let secured = secure(tls, plain, host, deadline).await;
        report.tls = secured.report;
        report.phases.tls = secured.result.is_ok().then_some(secured.took);
        report.settled(secured.result).map(Channel::Stream)
    }

    async fn run(
        &self,
        exchange: &Exchange,
        endpoint: &Endpoint,
        mut channel: Channel,
        deadline: Instant,
        report: &mut Report,
    ) -> Option<Channel> {
        match exchange {
            Exchange::Nothing => {
                if let (Endpoint::Udp(_), Channel::Messages(packets)) = (endpoint, &channel) {
                    let patience = self.patience.unwrap_or(PATIENCE);
                    nudge(packets, deadline.min(Instant::now() + patience), report).await;
                }
                Some(channel)
            }
            Exchange::Echo(length) => {
                let (echoed, result) = echo(&mut channel, *length, &mut report.phases, deadline).await;
                report.found = Found::Echo(echoed);
                report.result = result;
                Some(channel)
            }
            Exchange::Script(script, framing) => {
                let host = match endpoint {
                    Endpoint::Tcp(inet) | Endpoint::Tls(inet) | Endpoint::Udp(inet) => &inet.host,
                    Endpoint::Unix(..) => &Host::Any,
                };
                let tls = self.tls.as_ref().map(|tls| (tls, host));
                let talk = ScriptRun { script, framing: framing.as_ref(), tls };
                let (mut talked, result) = talk.play(channel, &mut report.phases, deadline).await;
                report.tls = talked.tls.take().or_else(|| report.tls.take());
                report.found = Found::Script(Box::new(talked));
                report.settled(result)
            }
        }
    }

    /// Looks up a name as every other program here would.
    pub async fn name(&self, host: &Host, deadline: Instant) -> Report {
        let mut report = Report::new();
        let start = Instant::now();
        let inet = HostPort { host: host.clone(), port: 0 };
        let found = self.connector.addresses(&inet, deadline).await;
        if let Some(addresses) = report.settled(found.map_err(|error| error.during(Phase::Resolve))) {
            report.phases.resolve = Some(start.elapsed());
            report.found = Found::Addresses(addresses.iter().map(SocketAddr::ip).collect());
        }
        report
    }
}

async fn nudge(packets: &MessageSocket, deadline: Instant, report: &mut Report) {
    let start = Instant::now();
    let heard = packets.nudge(deadline).await;
    let result = match heard {
        Ok(UdpReply::Answered) => {
            report.phases.first_byte = Some(start.elapsed());
            Ok(())
        }
        Ok(UdpReply::Silent) => Err(Error::Silence(start.elapsed())),
        Err(error) => Err(error),
    };
    report.result = result.map_err(|error| error.during(Phase::FirstByte));
}

/// How long a port that may well say nothing is listened to, unless somebody wants to listen longer.
const PATIENCE: Duration = Duration::from_secs(1);
