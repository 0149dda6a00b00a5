//! `--ping-hops`: echo requests to each router itself, once the path is known.
//!
//! What a router answers to a ping says nothing of the path through it, and the ping may take another way to it.

use std::time::Duration;

use netdiag_echo::{Error, ManyTargets, Payload, Ping, PingConfig, RunControl, Sockets, Statistics, now};
use netdiag_text::duration::Series;
use netdiag_text::percentage;

use super::render::Outcome;

/// Pings the routers of all paths, each once for several paths, so many times at this interval.
pub(super) fn ping_hops(
    outcomes: &mut [Outcome],
    sockets: &mut Sockets,
    (count, interval, timeout): (u64, Duration, Duration),
    control: &RunControl,
) -> Result<(), Error> {
    let (mut many, start) = (ManyTargets::default(), now());
    let mut pinged = Vec::new();
    for outcome in &*outcomes {
        let routers = outcome.hops.iter().filter_map(|report| report.hop.current());
        for to in routers.filter(|to| *to != outcome.target.to) {
            let Some(ident) = sockets.ident(to) else { continue };
            let payload = Payload::new(DATA);
            let secret = payload.secret;
            let config = PingConfig {
                count: Some(count),
                interval,
                linger: Some(timeout),
                timeout: Some(timeout),
                ..PingConfig::new(to, ident, payload)
            };
            if many.add(to, secret, Ping::new(config, start), start).is_ok() {
                pinged.push(to);
            }
        }
    }
    netdiag_echo::run(&mut many, sockets, control, |_| Ok::<(), Error>(()))?;
    let told: Vec<&Statistics> = many.engines().map(Ping::statistics).collect();
    for outcome in outcomes {
        let of = |to| pinged.iter().position(|pinged| *pinged == to).and_then(|at| told.get(at));
        outcome.pings = (outcome.hops.iter())
            .filter_map(|report| Some((report.hop.distance, (*of(report.hop.current()?)?).clone())))
            .collect();
    }
    Ok(())
}

/// What a router answered, in words.
pub(super) fn pinged(statistics: &Statistics) -> String {
    let Statistics { transmitted, received, rtts, .. } = statistics;
    let lost = statistics
        .loss()
        .filter(|share| *share > 0.0)
        .map(|share| format!(", {} lost", percentage::Short(share)));
    let times = rtts.min().zip(rtts.mean()).zip(rtts.max());
    let times = times.map(|((min, mean), max)| format!(", {}", Series([min, mean, max])));
    format!("{received}/{transmitted} pings{}{}", lost.unwrap_or_default(), times.unwrap_or_default())
}

/// As ping has it.
const DATA: usize = 56;
