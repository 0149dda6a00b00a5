//! [`run`]: an engine on a socket, the whole program of a ping.
//!
//! Consecutive sends leave in one system call and arrivals come in by one; the engine never notices.

use crate::clock::now;
use crate::control::Control;
use crate::engine::{Engine, Step};
use crate::error::Error;
use crate::probe::Probe;
use crate::socket::{BATCH, EchoSocket};

/// Drives `engine` until it is done, `control` stops it, or `report` fails.
///
/// # Errors
/// What `report` returned, or a failure to wait for the socket.
pub fn run<E: Engine, R: From<Error>>(
    engine: &mut E,
    socket: &mut EchoSocket,
    control: &Control,
    mut report: impl FnMut(E::Event) -> Result<(), R>,
) -> Result<(), R> {
    let mut batch: Vec<Probe> = Vec::with_capacity(BATCH);
    loop {
        while let Some(request) = control.take() {
            engine.handle(now(), request);
        }
        match engine.poll(now()) {
            Step::Send(probe) => {
                batch.push(probe);
                if batch.len() == BATCH {
                    flush(engine, socket, &mut batch);
                }
            }
            // What is reported or decided next may depend on the probes being on their way.
            step if !batch.is_empty() => {
                flush(engine, socket, &mut batch);
                if let Step::Report(event) = step {
                    report(event)?;
                }
            }
            Step::Report(event) => report(event)?,
            Step::Wait(until) => {
                socket.receive(until, control, |input| engine.handle(now(), input))?;
            }
            Step::Done => return Ok(()),
        }
    }
}

fn flush(engine: &mut impl Engine, socket: &mut EchoSocket, batch: &mut Vec<Probe>) {
    socket.send(batch, |input| engine.handle(now(), input));
    batch.clear();
}
