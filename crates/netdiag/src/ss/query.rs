//! The list of socket tables that `-A` takes: `tcp,unix_dgram,!raw`.
//!
//! It is read from left to right, so an item can take away what one before it has added.

use netdiag_host::{Family, Table};
use std::fmt;

/// Some tables, to add to the selection or to take away.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Item {
    pub(crate) tables: Vec<Table>,
    pub(crate) add: bool,
}

/// An item that names no table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UnknownTable(String);

impl fmt::Display for UnknownTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is illegal socket table id", self.0)
    }
}

impl std::error::Error for UnknownTable {}

/// What is listed unless told otherwise: TIPC only when asked for.
pub(crate) fn usual() -> impl Iterator<Item = Table> {
    Table::ALL.into_iter().filter(|&table| table != Table::Tipc)
}

/// Reads the whole list.
///
/// # Errors
/// The first item that names no table.
pub(crate) fn parse(list: &str) -> Result<Vec<Item>, UnknownTable> {
    list.split(',').map(item).collect()
}

fn item(word: &str) -> Result<Item, UnknownTable> {
    let (name, add) = match word.strip_prefix('!') {
        Some(name) => (name, false),
        None => (word, true),
    };
    let tables = tables(name).ok_or_else(|| UnknownTable(word.to_owned()))?;
    Ok(Item { tables, add })
}

fn tables(name: &str) -> Option<Vec<Table>> {
    let one = |table| Some(vec![table]);
    match name {
        "all" => Some(usual().collect()),
        "inet" => Some(Family::Inet.tables().collect()),
        "unix" => Some(Family::Unix.tables().collect()),
        "packet" => Some(Family::Link.tables().collect()),
        "vsock" => Some(Family::Vsock.tables().collect()),
        "tcp" => one(Table::Tcp),
        "mptcp" => one(Table::Mptcp),
        "udp" => one(Table::Udp),
        "dccp" => one(Table::Dccp),
        "sctp" => one(Table::Sctp),
        "raw" => one(Table::Raw),
        "unix_stream" | "u_str" => one(Table::UnixStream),
        "unix_dgram" | "u_dgr" => one(Table::UnixDgram),
        "unix_seqpacket" | "u_seq" => one(Table::UnixSeqpacket),
        "packet_raw" | "p_raw" => one(Table::PacketRaw),
        "packet_dgram" | "p_dgr" => one(Table::PacketDgram),
        "netlink" => one(Table::Netlink),
        "tipc" => one(Table::Tipc),
        "vsock_stream" | "v_str" => one(Table::VsockStream),
        "vsock_dgram" | "v_dgr" => one(Table::VsockDgram),
        "xdp" => one(Table::Xdp),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_add_or_take_away() {
        let add = |tables: &[Table]| Item { tables: tables.to_vec(), add: true };
        let take = |tables: &[Table]| Item { tables: tables.to_vec(), add: false };
        #[rustfmt::skip]
        let cases = [
            ("tcp",         Ok(vec![add(&[Table::Tcp])])),
            ("u_str,!raw",  Ok(vec![add(&[Table::UnixStream]), take(&[Table::Raw])])),
            ("packet",      Ok(vec![add(&[Table::PacketRaw, Table::PacketDgram])])),
            ("!vsock",      Ok(vec![take(&[Table::VsockStream, Table::VsockDgram])])),
            ("bogus",       Err("bogus")),
            ("",            Err("")),
            ("tcp,",        Err("")),
            ("tcp,!bogus",  Err("!bogus")),
            ("!!tcp",       Err("!!tcp")),
            ("TCP",         Err("TCP")),
        ];
        for (list, expected) in cases {
            assert_eq!(parse(list), expected.map_err(|word| UnknownTable(word.to_owned())), "{list}");
        }
    }

    #[test]
    fn all_leaves_out_tipc() {
        let all = parse("all").unwrap();
        assert!(!all[0].tables.contains(&Table::Tipc));
        assert_eq!(all[0].tables.len(), Table::ALL.len() - 1);
        assert_eq!(parse("inet").unwrap()[0].tables.len(), 6);
    }
}
