//! Records laid out as the kernel's, and the lines they become, for the tests of rows.

use netdiag_sockdiag::Query;

use super::super::columns::Column;
use super::super::details::Details;
use super::super::names::Names;
use super::super::render::{Renderer, SocketRow};
use super::{Layout, Text};

/// `-e -m -b --tipcinfo`.
pub(super) const EVERYTHING: Details = Details {
    timers: true,
    identity: true,
    peers: false,
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

pub(super) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

pub(super) fn attr(kind: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(4 + payload.len()).unwrap();
    let mut bytes = [len.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend_from_slice(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// What a record becomes with all columns, names being numbers.
pub(super) fn line<'a, Q: Query>(
    record: &'a [u8],
    row: impl FnOnce(Q::Socket<'a>) -> SocketRow<'a>,
    details: Details,
) -> String {
    lines([row(Q::view(record).unwrap())], details)
}

pub(super) fn lines<'a>(rows: impl IntoIterator<Item = SocketRow<'a>>, details: Details) -> String {
    let mut out = Vec::new();
    let layout = Layout {
        columns: Column::ALL.to_vec(),
        header: false,
        screen: None,
        names: Names::default(),
        details,
    };
    let mut text = Text::new(&mut out, layout).unwrap();
    for row in rows {
        text.socket(row).unwrap();
    }
    text.finish().unwrap();
    drop(text);
    String::from_utf8(out).unwrap()
}
