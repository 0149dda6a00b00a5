//! What a table for people has besides the cells that text has.
//!
//! It is made of the record, not of the text: whether a queue is full no number in it says.

use std::time::Duration;

use netdiag_host::fields::{Facts, FullQueues};
use netdiag_host::{Held, Owners};
use netdiag_sockdiag::State;
use netdiag_text::duration::Short;

use super::count::shown;
use super::names::Names;

/// Of one row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extra {
    pub(crate) full: FullQueues,
    /// Who holds it: `api[812]`.
    pub(crate) process: String,
    /// With `-i`, of TCP: the round-trip time, how many segments were sent again, what holds the sender back.
    pub(crate) info: [String; 3],
}

impl Extra {
    /// Reads it.
    pub(crate) fn of(facts: &Facts<'_>, names: &Names) -> Self {
        let process = names.owners.as_deref().map(|owners| process(owners, facts.socket.inode()));
        Self { full: facts.full_queues(), process: process.unwrap_or_default(), info: info(facts) }
    }
}

fn info(facts: &Facts<'_>) -> [String; 3] {
    let connection = facts.connection.filter(|_| facts.socket.state() != State::LISTEN);
    let Some(tcp) = connection.map(|connection| connection.info) else {
        return Default::default();
    };
    let rtt = tcp.rtt().map(|rtt| Short(Duration::from_micros(rtt.into())).to_string());
    let retrans = tcp.total_retrans().map(|segments| segments.to_string());
    let limit = tcp.send_limit().map(|limit| limit.name().to_owned());
    [rtt, retrans, limit].map(Option::unwrap_or_default)
}

/// The processes that hold a socket, the oldest first; `?` where one may that was not seen.
fn process(owners: &Owners, inode: u32) -> String {
    let holders = match owners.held(inode) {
        Held::Yes(holders) => holders,
        Held::No => return String::new(),
        Held::Unknown(_) => return "?".to_owned(),
    };
    let mut tasks: Vec<_> = holders.iter().map(|owner| owner.task).collect();
    tasks.sort_by_key(|task| task.pid);
    tasks.dedup_by_key(|task| task.pid);
    let named = tasks.iter().take(NAMED).map(|task| format!("{}[{}]", shown(&task.comm), task.pid));
    let mut names = named.collect::<Vec<_>>().join(", ");
    if let Some(more) = tasks.len().checked_sub(NAMED).filter(|&more| more > 0) {
        names += &format!(" +{more}");
    }
    names
}

/// How many processes a cell has room for.
const NAMED: usize = 3;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use netdiag_host::{OwnerScope, ProcRoot, Socket, Table};
    use netdiag_sockdiag::{InetRequest, Query};

    use super::*;
    use crate::ss::text::fixture::{Inet, attr};

    #[test]
    fn processes_are_named_once_each_and_so_many() {
        let place = tempfile::tempdir().unwrap();
        for pid in [1, 11, 12, 13, 14] {
            let dir = place.path().join(pid.to_string());
            fs::create_dir_all(dir.join("fd")).unwrap();
            fs::write(dir.join("stat"), format!("{pid} (a\x1bpi) S 1")).unwrap();
            let inodes = if pid == 11 { &[7, 8][..] } else { &[7] };
            for (fd, inode) in (0..).zip([inodes, inodes].concat()) {
                symlink(format!("socket:[{inode}]"), dir.join(format!("fd/{fd}"))).unwrap();
            }
        }
        let owners = Owners::new(ProcRoot::at(place.path()), OwnerScope::default());
        assert_eq!(process(&owners, 7), r"a\x1bpi[1], a\x1bpi[11], a\x1bpi[12] +2");
        assert_eq!(process(&owners, 8), r"a\x1bpi[11]");
        assert_eq!((process(&owners, 9), process(&owners, 0)), (String::new(), String::new()));
        fs::remove_dir_all(place.path().join("1")).unwrap();
        let owners = Owners::new(ProcRoot::at(place.path()), OwnerScope::default());
        assert_eq!((process(&owners, 9), process(&owners, 0)), ("?".to_owned(), String::new()));
    }

    #[test]
    fn what_tcp_knows_is_of_connections() {
        let mut bytes = [0; 232];
        bytes[0] = State::ESTABLISHED.0;
        bytes[68..72].copy_from_slice(&114_u32.to_ne_bytes());
        bytes[100..104].copy_from_slice(&7_u32.to_ne_bytes());
        let of = |state, bytes: &[u8]| {
            let record = Inet { state, attrs: vec![attr(2, bytes)], ..Inet::default() }.bytes();
            let socket = Socket::Inet(Table::Tcp, InetRequest::view(&record).unwrap());
            Extra::of(&Facts::new(socket), &Names::default()).info
        };
        assert_eq!(of(State::ESTABLISHED, &bytes), ["0.114 ms", "7", "app"]);
        assert_eq!(of(State::LISTEN, &bytes), ["", "", ""]);
        assert_eq!(of(State::ESTABLISHED, &bytes[..60]), ["", "", ""]);
    }
}
