//! Reads bytes as if the kernel had sent them: what fuzz targets call, and nobody else.
//!
//! It takes the sequence number and the port from the bytes themselves, so that messages are not passed over as foreign.

use crate::answer::{Answer, Arrival, Step};
use crate::error::Error;
use crate::frame::Frame;
use crate::{InetRequest, Query};

/// Reads a datagram to its end and every record in it as a socket, whatever it is.
pub fn datagram(bytes: &[u8]) {
    let _ = answer(bytes, record);
}

/// Looks at every field of a record.
fn record(bytes: &[u8]) {
    if let Ok(socket) = InetRequest::view(bytes) {
        let _ = (socket.local(), socket.remote(), socket.state(), socket.cookie());
        let _ = (socket.shutdown(), socket.v6only());
        for attr in socket.attrs {
            let _ = (attr.u8(), attr.u32(), attr.str(), attr.nested().count());
        }
    }
}

/// Reads `bytes` as one datagram and shows every record to `each`.
pub(crate) fn answer(bytes: &[u8], mut each: impl FnMut(&[u8])) -> (Answer, Result<(), Error>) {
    let first = Frame::at(bytes, 0).and_then(Result::ok);
    let (sequence, port) = first.map_or((0, 0), |frame| (frame.sequence, frame.port));
    let mut answer = Answer::new(sequence, port);
    answer.arrived(Arrival { len: bytes.len(), stored: bytes.len(), sender: 0 });
    loop {
        match answer.step(bytes) {
            Ok(Step::Record(record)) => each(&bytes[record]),
            Ok(_) => return (answer, Ok(())),
            Err(error) => return (answer, Err(error)),
        }
    }
}
