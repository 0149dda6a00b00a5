//! Records laid out as the kernel's, and the lines they become, for the tests of rows in every format.

use netdiag_host::Socket;
use netdiag_sockdiag::{Query, State, inet};

use super::super::column::Column;
use super::super::details::Details;
use super::super::names::Names;
use super::{Layout, Text};
use crate::render::Renderer as _;

/// `-e -m -b --tipcinfo`.
pub(in crate::ss) const EXTENDED: Details = Details {
    timers: true,
    identity: true,
    peers: false,
    tcp_info: false,
    memory: true,
    info: false,
    tos: false,
    cgroup: false,
    options: false,
    bpf: true,
    tipcinfo: true,
    oneline: false,
    numeric: false,
};

pub(in crate::ss) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

pub(in crate::ss) fn attr(kind: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(4 + payload.len()).unwrap();
    let mut bytes = [len.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend_from_slice(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// An IP socket, as the kernel would send it.
#[derive(Clone, Debug)]
pub(in crate::ss) struct Inet {
    pub(in crate::ss) state: State,
    pub(in crate::ss) local: &'static str,
    pub(in crate::ss) remote: &'static str,
    pub(in crate::ss) queues: [u32; 2],
    pub(in crate::ss) uid: u32,
    pub(in crate::ss) inode: u32,
    /// The timer that runs, and how often it fired.
    pub(in crate::ss) timer: (u8, u8),
    pub(in crate::ss) attrs: Vec<Vec<u8>>,
}

impl Default for Inet {
    fn default() -> Self {
        Self {
            state: State::ESTABLISHED,
            local: "127.0.0.1:80",
            remote: "0.0.0.0:0",
            queues: [0, 0],
            uid: 0,
            inode: 7,
            timer: (0, 0),
            attrs: Vec::new(),
        }
    }
}

impl Inet {
    pub(in crate::ss) fn bytes(&self) -> Vec<u8> {
        let [rqueue, wqueue] = self.queues;
        let (timer, retransmits) = self.timer;
        let head = inet::Head {
            remote: self.remote.parse().unwrap(),
            timer,
            retransmits,
            rqueue,
            wqueue,
            uid: self.uid,
            inode: self.inode,
            ..inet::Head::new(self.local.parse().unwrap(), self.state)
        };
        let mut record = Vec::new();
        head.write_to(&mut record);
        record.extend(self.attrs.concat());
        record
    }
}

/// A vsock socket: local context and port, then the peer's.
pub(in crate::ss) fn vsock(kind: u8, state: u8, ends: [u32; 4]) -> Vec<u8> {
    [&[40, kind, state, 0][..], &words(&ends), &words(&[7, 5, 0])].concat()
}

/// A TIPC socket with what comes besides its address, type, inode and state.
pub(in crate::ss) fn tipc(kind: u32, state: u32, more: &[Vec<u8>]) -> Vec<u8> {
    let number = |kind, value| attr(kind, &words(&[value]));
    let basics = [number(1, 1), number(2, 4242), number(6, kind), number(7, 99), number(9, state)].concat();
    attr(0x8002, &[basics, more.concat()].concat())
}

/// An XDP socket.
pub(in crate::ss) fn xdp(attrs: &[Vec<u8>]) -> Vec<u8> {
    [&[44, 3, 0, 0][..], &words(&[77, 5, 0]), &attrs.concat()].concat()
}

/// What a record becomes with all columns, names being numbers.
pub(in crate::ss) fn line<'a, Q: Query>(
    record: &'a [u8],
    row: impl FnOnce(Q::Socket<'a>) -> Socket<'a>,
    details: Details,
) -> String {
    lines([row(Q::view(record).unwrap())], details)
}

pub(in crate::ss) fn lines<'a>(rows: impl IntoIterator<Item = Socket<'a>>, details: Details) -> String {
    let mut out = Vec::new();
    let layout = Layout {
        columns: Column::ALL.to_vec(),
        header: false,
        screen: None,
        names: Names::default(),
        details,
    };
    let mut text = Text::new(&mut out, layout);
    for row in rows {
        text.item(row).unwrap();
    }
    text.end(()).unwrap();
    drop(text);
    String::from_utf8(out).unwrap()
}
