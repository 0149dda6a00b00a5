//! The block at the end of a run, and the line about how it stands.

use std::io::{self, Write};

use netdiag_echo::Statistics;
use netdiag_text::distribution::PERCENTILES;
use netdiag_text::duration::Millis;

use super::super::render::Measured;
use super::layout::Layout;
use crate::printf::General;

/// The line `SIGQUIT` asks for, on standard error.
pub(super) fn status(measured: Measured<'_>, layout: &Layout) -> io::Result<()> {
    let Statistics { received, transmitted, .. } = measured.statistics;
    let loss = loss(measured.statistics).unwrap_or_default() as i64;
    let mut line = format!("\r{received}/{transmitted} packets, {loss}% loss");
    if let Some([min, mean, max, _, smoothed]) = times(measured.statistics).filter(|_| layout.timed) {
        line += &format!(", min/avg/ewma/max = {min}/{mean}/{smoothed}/{max} ms");
    }
    writeln!(io::stderr(), "{line}")
}

/// The block after everything; a newline first, because a signal may have echoed `^C`.
pub(super) fn write(
    out: &mut impl Write,
    name: &str,
    measured: Measured<'_>,
    layout: &Layout,
) -> io::Result<()> {
    let Statistics { transmitted, received, duplicates, corrupted, errors, .. } = *measured.statistics;
    writeln!(out, "\n--- {name} ping statistics ---")?;
    write!(out, "{transmitted} packets transmitted, {received} received")?;
    for (count, what) in [(duplicates, "duplicates"), (corrupted, "corrupted"), (errors, "errors")] {
        if count > 0 {
            write!(out, ", +{count} {what}")?;
        }
    }
    if let Some(loss) = loss(measured.statistics) {
        let millis = (measured.statistics.sending.as_micros() + 500) / 1000;
        write!(out, ", {}% packet loss, time {millis}ms", General(loss.into()))?;
    }
    writeln!(out)?;
    write_times(out, measured.statistics, layout)?;
    if layout.percentiles {
        write_percentiles(out, measured)?;
    }
    Ok(())
}

fn write_times(out: &mut impl Write, statistics: &Statistics, layout: &Layout) -> io::Result<()> {
    let mut separator = "";
    if let Some([min, mean, max, deviation, _]) =
        times(statistics).filter(|_| layout.timed && statistics.received > 0)
    {
        write!(out, "rtt min/avg/max/mdev = {min}/{mean}/{max}/{deviation} ms")?;
        separator = ", ";
    }
    if statistics.pipe > 1 {
        write!(out, "{separator}pipe {}", statistics.pipe)?;
        separator = ", ";
    }
    if let Some(smoothed) = statistics.rtts.smoothed().filter(|_| layout.rates && statistics.transmitted > 1)
    {
        let between = statistics.sending / u32::try_from(statistics.transmitted - 1).unwrap_or(u32::MAX);
        write!(out, "{separator}ipg/ewma {}/{} ms", Millis(between), Millis(smoothed))?;
    }
    writeln!(out)
}

fn write_percentiles(out: &mut impl Write, measured: Measured<'_>) -> io::Result<()> {
    let times: Option<Vec<String>> = PERCENTILES
        .into_iter()
        .map(|percent| Some(Millis(measured.figures.percentile(percent)?).to_string()))
        .collect();
    match times {
        Some(times) => writeln!(out, "rtt p50/p90/p95/p99 = {} ms", times.join("/")),
        None => Ok(()),
    }
}

/// Lost probes in percent, in C's single precision; `None` if none was sent.
fn loss(statistics: &Statistics) -> Option<f32> {
    let lost = statistics.transmitted.saturating_sub(statistics.received);
    (statistics.transmitted > 0).then(|| lost as f32 * 100.0 / statistics.transmitted as f32)
}

/// min, mean, max, deviation and moving average, if anything was timed.
fn times(statistics: &Statistics) -> Option<[Millis; 5]> {
    let rtts = &statistics.rtts;
    Some([rtts.min()?, rtts.mean()?, rtts.max()?, rtts.deviation()?, rtts.smoothed()?].map(Millis))
}
