//! Reads bytes as if the kernel had sent them: what fuzz targets call, and nobody else.
//!
//! It takes the sequence number and the port from the bytes themselves, so that messages are not passed over as foreign.

use crate::answer::{Answer, Arrival, Step};
use crate::error::Error;
use crate::filter::Subject;
pub use crate::filter::fuzzing::expression;
pub use crate::filter::language::fuzzing::filter as filter_text;
use crate::frame::Frame;
use crate::{
    InetAttrs, InetRequest, NetlinkRequest, PacketRequest, Query, Recorder, Replay, TipcRequest, UnixRequest,
    VsockRequest, XdpRequest,
};

/// Reads a datagram to its end and every record in it as a socket, whatever it is.
pub fn datagram(bytes: &[u8]) {
    let _ = answer(bytes, record);
}

/// Calls accessors of every view that takes these bytes.
pub fn record(record: &[u8]) {
    if let Ok(socket) = InetRequest::view(record) {
        let _ = (socket.local(), socket.remote(), socket.shutdown(), socket.v6only(), socket.protocol());
        let _ = (socket.state(), socket.cookie(), Subject::from(&socket));
        let attrs = InetAttrs::new(socket.attrs);
        let _ =
            (attrs.tcp_info().map(|info| info.rehash()), attrs.congestion(), attrs.ulp(), attrs.options());
        let _ = (
            attrs.mem_info().map(|info| info.drops()),
            attrs.cgroup(),
            attrs.mptcp_info(),
            attrs.sctp_info(),
        );
        let _ = (attrs.locals().map(Iterator::count), attrs.md5_keys().map(Iterator::count));
        for attr in socket.attrs {
            let _ = (attr.u8(), attr.u32(), attr.str(), attr.nested().count());
        }
    }
    if let Ok(socket) = UnixRequest::view(record) {
        let _ = (socket.name(), socket.vfs(), socket.peer(), socket.pending().map(Iterator::count));
        let _ = (socket.rqueue(), socket.wqueue(), socket.shutdown(), socket.uid());
        let _ = socket.mem_info().map(|info| (info.drops(), info.len()));
    }
    if let Ok(socket) = PacketRequest::view(record) {
        let _ = socket.info().map(|info| (info.interface(), info.flags()));
        let _ = (socket.memberships().map(Iterator::count), socket.filter().map(Iterator::count));
        let _ = (socket.rx_ring(), socket.tx_ring(), socket.fanout(), socket.uid(), socket.mem_info());
    }
    if let Ok(socket) = NetlinkRequest::view(record) {
        let _ = socket.groups().map(|groups| (groups.low(), groups.numbers().count()));
        let _ = (socket.mem_info(), socket.flags());
    }
    if let Ok(socket) = VsockRequest::view(record) {
        let _ = (socket.local_cid(), socket.inode());
    }
    if let Ok(socket) = TipcRequest::view(record) {
        let _ = (socket.kind(), socket.state(), socket.node(), socket.reference(), socket.cookie());
        let _ = socket.connection().map(|peer| (peer.node(), peer.reference(), peer.via()));
        let _ = socket.stats().map(|stats| (stats.rqueue(), stats.wqueue(), stats.drops()));
    }
    if let Ok(socket) = XdpRequest::view(record) {
        let _ = (socket.bound(), socket.umem(), socket.stats(), socket.rx_ring(), socket.mem_info());
    }
}

/// Reads a file of sockets; what was read is the same after it has been written and read again.
///
/// # Panics
/// If it is not.
pub fn recording(file: &[u8]) {
    let sockets = replayed(file);
    let mut recorder = Recorder::new(Vec::new());
    for socket in &sockets {
        let socket = InetRequest::view(socket).expect("it was a socket before");
        recorder.socket(&socket).expect("memory takes everything");
    }
    recorder.done(false).expect("memory takes everything");
    let again = recorder.finish().expect("memory takes everything");
    assert_eq!(replayed(&again), sockets);
}

/// The records of the sockets in a file, as far as it can be read.
fn replayed(file: &[u8]) -> Vec<Vec<u8>> {
    let mut replay = Replay::new(file);
    let mut records = Vec::new();
    while let Ok(Some(socket)) = replay.next() {
        let mut record = Vec::new();
        socket.write_to(&mut record);
        records.push(record);
    }
    records
}

/// Reads `bytes` as one datagram and shows every record to `each`; whether it was read to its end.
pub fn records(bytes: &[u8], each: impl FnMut(&[u8])) -> bool {
    answer(bytes, each).1.is_ok()
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
