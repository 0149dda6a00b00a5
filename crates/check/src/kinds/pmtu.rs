//! `kind = "pmtu"`: packets of a size get through unfragmented.
//!
//! Echo requests tell: one that fits is answered, one that does not is refused here or by a router. A path on which small ones are
//! answered and large ones vanish without a word is a black hole, which stalls connections instead of slowing them.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_echo::{AskOptions, Error, Family, PathMtuDiscovery, PingEvent, RunControl, SocketOptions, ask};
use netdiag_text::{Message, Quantity, Trusted, message, strerror};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use crate::finding::Finding;
use crate::parts::destination::Destination;
use crate::parts::echo;
use crate::settings::Settings;
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned, Work};
use crate::world::World;

/// Packets of a size get to a host unfragmented, as echo requests show.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Pmtu {
    /// The host: an address or a name. It must answer pings.
    target: Placed<String>,
    /// Bytes of IP packet, its header included, that must get through: 1500.
    mtu: Placed<u32>,
}

#[derive(Debug)]
struct Through {
    target: Destination,
    mtu: u32,
}

/// What became of packets of one size.
#[derive(Debug)]
enum Fate {
    Answered,
    /// Refused as too large, by whom, and what would be taken if that was said.
    TooLarge(Option<SocketAddr>, Option<u32>),
    /// Refused for another reason.
    Refused(Message),
    Lost,
}

impl Config for Pmtu {
    const WORD: &'static str = "pmtu";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        Ok(Box::new(self.through(settings)?))
    }
}

impl Pmtu {
    fn through(self, settings: &Settings<'_>) -> Result<Through, Complaint> {
        let target = Destination::read(&self.target, settings.family)?;
        // Every link takes 68 bytes (RFC 791), and no packet has more than 16 bits of length.
        if !(68..=65_535).contains(&self.mtu.value) {
            return Err(Complaint::new(&self.mtu.span, "a packet has 68 to 65535 bytes"));
        }
        Ok(Through { target, mtu: self.mtu.value })
    }
}

impl Work for Through {
    fn target(&self) -> Message {
        self.target.words()
    }

    fn attempt<'a>(&'a self, _: &'a World, deadline: Instant) -> BoxFuture<'a, Finding> {
        async move {
            let to = match self.target.look_up().await {
                Ok(to) => to,
                Err(finding) => return finding,
            };
            // Half of what is left is for the small ones.
            let patience = deadline.saturating_duration_since(Instant::now()) / 2;
            let send = |size| echo::apart(deadline, move |control| ping(to, size, patience, control));
            let large = match send(self.mtu).await {
                Ok(fate) => fate,
                Err(error) => return echo::unmeasured(&error),
            };
            let small = match large {
                Fate::Lost => match send(SMALL).await {
                    Ok(fate) => Some(fate),
                    Err(error) => return echo::unmeasured(&error),
                },
                _ => None,
            };
            self.found(&large, small.as_ref())
        }
        .boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        let target = self.target.argument();
        Some(message!("netdiag ping --find-mtu {}", target))
    }
}

impl Through {
    fn found(&self, large: &Fate, small: Option<&Fate>) -> Finding {
        let mut finding = Finding::default();
        let known = match large {
            Fate::Answered => Some(self.mtu),
            Fate::TooLarge(_, mtu) => *mtu,
            Fate::Refused(_) | Fate::Lost => None,
        };
        if let Some(mtu) = known {
            // At least that, where everything got through.
            finding.measured("mtu", Quantity::Count(mtu.into()));
        }
        let seen = match (large, small) {
            (Fate::Answered, _) => "they do".into(),
            (Fate::TooLarge(by, mtu), _) => {
                let who = by.map_or_else(|| "this host".into(), |by| Message::foreign(&by.ip()));
                match mtu {
                    Some(mtu) => message!("{} takes {} bytes", who, mtu),
                    None => message!("{} takes less", who),
                }
            }
            (Fate::Refused(reason), _) => reason.clone(),
            (Fate::Lost, Some(Fate::Answered)) => {
                message!(
                    "a black hole: packets of {} bytes are answered, those of {} vanish without a word",
                    SMALL,
                    self.mtu
                )
            }
            (Fate::Lost, _) => "no answer, not even to small packets".into(),
        };
        let holds = matches!(large, Fate::Answered);
        finding.asserted("path MTU", message!("packets of {} bytes get through", self.mtu), seen, holds);
        finding
    }
}

/// Sends packets of `size` bytes, headers included, until something comes of it.
fn ping(to: SocketAddr, size: u32, patience: Duration, control: &RunControl) -> Result<Fate, Error> {
    let family = Family::of(to);
    let headers = match family {
        Family::V4 => 28,
        Family::V6 => 48,
    };
    let how = AskOptions {
        size: (size as usize).saturating_sub(headers),
        interval: patience / (PROBES + 1),
        once: true,
        options: SocketOptions { path_mtu: Some(PathMtuDiscovery::Probe), ..SocketOptions::default() },
        ..AskOptions::new(patience)
    };
    let mut fate = Fate::Lost;
    ask(to, PROBES.into(), &how, control, |event| {
        if let Some(told) = told(event) {
            fate = told;
        }
    })?;
    Ok(fate)
}

/// What an event says about the size.
fn told(event: PingEvent) -> Option<Fate> {
    const EMSGSIZE: i32 = nix::errno::Errno::EMSGSIZE as i32;
    match event {
        PingEvent::Reply(_) => Some(Fate::Answered),
        PingEvent::Icmp { from, error, fatal: true, .. } => {
            let too_large =
                matches!((error.family, error.kind, error.code), (Family::V4, 3, 4) | (Family::V6, 2, _));
            Some(match too_large {
                // Routers of old do not say what they take.
                true => Fate::TooLarge(Some(from), (error.info != 0).then_some(error.info)),
                false => {
                    Fate::Refused(message!("{} says ICMP type {} code {}", from.ip(), error.kind, error.code))
                }
            })
        }
        PingEvent::Refused(error) if error.errno == EMSGSIZE => {
            Some(Fate::TooLarge(None, (error.info != 0).then_some(error.info)))
        }
        PingEvent::Refused(error) => {
            Some(Fate::Refused(Trusted(&strerror(&io::Error::from_raw_os_error(error.errno))).into()))
        }
        PingEvent::SendFailed(_, error) if error.raw_os_error() == Some(EMSGSIZE) => {
            Some(Fate::TooLarge(None, None))
        }
        PingEvent::SendFailed(_, error) => {
            Some(Fate::Refused(message!("sending: {}", Trusted(&strerror(&error)))))
        }
        _ => None,
    }
}

/// How often a size is tried.
const PROBES: u32 = 3;
/// What every path takes.
const SMALL: u32 = 84;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::trial::{PLAIN, written};

    fn through(mtu: u32) -> Through {
        written::<Pmtu>(&format!("target = \"10.0.0.1\"\nmtu = {mtu}")).unwrap().through(&PLAIN).unwrap()
    }

    #[test]
    fn what_became_of_packets_is_told() {
        let router = Some("10.0.0.254:0".parse().unwrap());
        #[rustfmt::skip]
        let cases = [
            (Fate::Answered,                      None,                 true,  "they do"),
            (Fate::TooLarge(router, Some(1400)),  None,                 false, "10.0.0.254 takes 1400 bytes"),
            (Fate::TooLarge(router, None),        None,                 false, "10.0.0.254 takes less"),
            (Fate::TooLarge(None, Some(1280)),    None,                 false, "this host takes 1280 bytes"),
            (Fate::Lost,                          Some(Fate::Answered), false, "a black hole: packets of 84 bytes"),
            (Fate::Lost,                          Some(Fate::Lost),     false, "no answer"),
        ];
        for (large, small, holds, words) in cases {
            let finding = through(1500).found(&large, small.as_ref());
            assert_eq!(finding.holds(), holds, "{large:?}");
            let seen = finding.assertions[0].seen.as_ref().unwrap().unshown();
            assert!(seen.starts_with(words), "{large:?}: {seen}");
        }
    }

    #[test]
    fn sizes_are_those_of_packets() {
        for mtu in [0, 67, 65_536] {
            let pmtu: Pmtu = written(&format!("target = \"10.0.0.1\"\nmtu = {mtu}")).unwrap();
            assert!(pmtu.through(&PLAIN).is_err(), "{mtu}");
        }
        let hint = through(1500).hint(&Finding::default());
        assert_eq!(hint.as_ref().map(Message::unshown), Some("netdiag ping --find-mtu 10.0.0.1"));
        let through = written::<Pmtu>("target = \"[fd00::1]\"\nmtu = 1500").unwrap().through(&PLAIN).unwrap();
        let hint = through.hint(&Finding::default());
        assert_eq!(hint.as_ref().map(Message::unshown), Some("netdiag ping --find-mtu fd00::1"));
    }
}
