//! What fuzz targets call, and nobody else: any bytes as sockets in text and JSON, and any words as the command line.
//!
//! A record is made one of another family by its first byte, so that every view gets to see bytes not meant for it.

use std::cell::RefCell;
use std::io;

use clap::{Command, FromArgMatches};

use netdiag_host::{Cgroups, Socket, Table};
use netdiag_sockdiag::filter::AddressFamily;
use netdiag_sockdiag::fuzzing::{record, records};
use netdiag_sockdiag::{
    InetRequest, NetlinkRequest, PacketRequest, Query, TipcRequest, UnixRequest, VsockRequest, XdpRequest,
};

use super::args::Args;
use super::column::Column;
use super::details::Details;
use super::json::Json;
use super::messages;
use super::names::Names;
use super::refused::refuse;
use super::render::Renderer;
use super::selection::Selection;
use super::text::{Layout, Text};
use super::words::{Words, state_names};
use crate::failure::Failure;
use crate::fuzzed_call;
use crate::invocation::Invocation;
use crate::json::Shape;

/// Reads lines as words of a command line; the first byte says whether the call is through a link.
///
/// # Panics
/// If a refusal does something on a terminal, or what is not refused asks for nothing.
pub fn listing(input: &[u8]) {
    let Some((pick, words)) = input.split_first() else { return };
    let program: &[&str] = if pick % 2 == 0 { &["ss"] } else { &["netdiag", "ss"] };
    let call = fuzzed_call::call(program, words);
    match selection(&call) {
        Ok(Some(selection)) => {
            assert!(
                selection.tables != Default::default() && !selection.families.is_empty(),
                "{selection:?}"
            );
            assert!(!selection.states.is_empty(), "{selection:?}");
        }
        Ok(None) => {}
        Err(failure) => fuzzed_call::judge(&failure, &call),
    }
}

/// What a call asks for, but for its filter; nothing where it asks for help, or there is no such thing.
fn selection(call: &Invocation) -> Result<Option<Selection>, Failure> {
    thread_local! {
        static GRAMMAR: RefCell<Command> = fuzzed_call::grammar::<Args>("ss");
    }
    let found = GRAMMAR.with(|grammar| fuzzed_call::read(grammar, call));
    let args = match found.and_then(|found| Args::from_arg_matches(&found)) {
        Ok(args) => args,
        // The help behind a refusal takes longer to write than all the rest; who asks for it gets it on standard output.
        Err(error) if error.use_stderr() && is_worth_it(call) => {
            return refuse(&error, &<Args as clap::Args>::augment_args(Command::new("ss")), call)
                .map(|_| None);
        }
        Err(_) => return Ok(None),
    };
    let words = Words::new(&args.options.words, state_names(call))
        .map_err(|wrong| messages::wrong_word(wrong, call))?;
    Ok(Selection::new(&args.choices, &words.states).ok())
}

/// One call of some, which the fuzzer chooses.
fn is_worth_it(call: &Invocation) -> bool {
    let asks = call.words.iter().any(|word| word.to_string_lossy().contains("help"));
    !asks && call.words.iter().map(|word| word.len()).sum::<usize>().is_multiple_of(32)
}

/// Shows whatever sockets are in a datagram, and the datagram itself as one, in text and JSON.
pub fn sockets(datagram: &[u8]) {
    thread_local! {
        static FORMATS: RefCell<(u32, Vec<Box<dyn Renderer>>)> = const { RefCell::new((0, Vec::new())) };
    }
    FORMATS.with_borrow_mut(|(uses, formats)| {
        // The names of interfaces that do not exist are remembered, too.
        if uses.is_multiple_of(MOST_USES) {
            *formats = self::formats();
        }
        *uses = uses.wrapping_add(1);
        records(datagram, |record| show(formats, record.to_vec()));
        show(formats, datagram.to_vec());
        formats.iter_mut().for_each(|format| format.flush().expect("everything is taken"));
    });
}

/// How often formats are used before they are made anew.
const MOST_USES: u32 = 256;

/// Text and JSON, showing little and showing everything; seldom made, because their buffers are large. A table has the
/// same cells as text, and takes longer than all the rest.
fn formats() -> Vec<Box<dyn Renderer>> {
    let mut formats: Vec<Box<dyn Renderer>> = Vec::new();
    for details in [Details::default(), EVERYTHING] {
        // So does walking all groups there are.
        let names = || Names { cgroups: Cgroups::from_iter([]), ..Names::default() };
        let columns = Column::ALL.to_vec();
        let layout = Layout { columns, header: true, screen: Some(80), names: names(), details };
        formats.push(Box::new(Text::new(io::sink(), layout)));
        formats.push(Box::new(Json::new(io::sink(), Shape::Lines, names(), details)));
    }
    formats.iter_mut().for_each(|format| format.header().expect("everything is taken"));
    formats
}

fn show(formats: &mut [Box<dyn Renderer>], mut bytes: Vec<u8>) {
    for family in FAMILIES {
        if let Some(first) = bytes.first_mut() {
            *first = family.0;
        }
        record(&bytes);
        for row in rows(&bytes) {
            let _ = row.subject();
            formats.iter_mut().for_each(|format| format.item(row).expect("everything is taken"));
        }
    }
}

/// Whatever sockets these bytes can be read as; inet ones in each table that reads their attributes in its own way.
pub(super) fn rows(record: &[u8]) -> Vec<Socket<'_>> {
    let mut rows = Vec::new();
    if let Ok(socket) = InetRequest::view(record) {
        let tables = [Table::Tcp, Table::Mptcp, Table::Sctp];
        rows.extend(tables.map(|table| Socket::Inet(table, socket)));
    }
    rows.extend(UnixRequest::view(record).map(|socket| Socket::Unix(socket, None)));
    rows.extend(PacketRequest::view(record).map(Socket::Packet));
    rows.extend(NetlinkRequest::view(record).map(Socket::Netlink));
    rows.extend(VsockRequest::view(record).map(Socket::Vsock));
    rows.extend(TipcRequest::view(record).map(Socket::Tipc));
    rows.extend(XdpRequest::view(record).map(Socket::Xdp));
    rows
}

/// TIPC's records begin with an attribute, and so have no family.
pub(super) const FAMILIES: [AddressFamily; 7] = [
    AddressFamily::UNIX,
    AddressFamily::INET,
    AddressFamily::INET6,
    AddressFamily::NETLINK,
    AddressFamily::LINK,
    AddressFamily::VSOCK,
    AddressFamily::XDP,
];

/// All there is of every socket, in one line, numbers instead of names.
pub(super) const EVERYTHING: Details = Details {
    timers: true,
    identity: true,
    memory: true,
    info: true,
    tos: true,
    cgroup: true,
    options: true,
    bpf: true,
    tipcinfo: true,
    oneline: true,
    numeric: true,
    peers: false,
    tcp_info: false,
};
