//! What to show of a socket beyond its addresses, as options ask for it.
//!
//! Options imply each other (`-e` shows timers too), so nothing else looks at them: this is decided once, before the listing.

use netdiag_host::SocketDetails;

use super::args::Options;

/// Parts of the last column, and how they are put.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Details {
    /// Timers, and which options a connection negotiated (`-o`, `-e`, `-b`).
    pub(crate) timers: bool,
    /// Owner, inode, cookie, mark, control group (`-e`).
    pub(crate) identity: bool,
    /// Memory use (`-m`).
    pub(crate) memory: bool,
    /// What the other ends of unix sockets are called: JSON with `-e`, or a filter that asks for it.
    pub(crate) peers: bool,
    /// What the protocol knows (`-i`).
    pub(crate) info: bool,
    /// What TCP knows, for a filter that asks for it.
    pub(crate) tcp_info: bool,
    pub(crate) tos: bool,
    pub(crate) cgroup: bool,
    /// Socket options (`--inet-sockopt`).
    pub(crate) options: bool,
    /// The filter programs of packet sockets (`-b`).
    pub(crate) bpf: bool,
    /// What TIPC knows (`--tipcinfo`).
    pub(crate) tipcinfo: bool,
    /// A row is one line (`-O`).
    pub(crate) oneline: bool,
    /// Rates as whole numbers (`-n`).
    pub(crate) numeric: bool,
}

impl Details {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            timers: options.options || options.extended || options.bpf,
            identity: options.extended,
            peers: false,
            memory: options.memory,
            info: options.info,
            tcp_info: false,
            tos: options.tos,
            cgroup: options.cgroup,
            options: options.inet_sockopt,
            bpf: options.bpf,
            tipcinfo: options.tipcinfo,
            oneline: options.oneline,
            numeric: options.numeric,
        }
    }

    /// Whether there is anything to show of inet sockets.
    pub(crate) fn any_of_inet(self) -> bool {
        let Self { oneline, numeric, tipcinfo, peers, tcp_info, .. } = self;
        let silent = Self { oneline, numeric, tipcinfo, peers, tcp_info, ..Self::default() };
        self != silent
    }

    /// What to learn of each socket for it.
    pub(crate) fn extras(self) -> SocketDetails {
        SocketDetails {
            info: self.info || self.tcp_info,
            congestion: self.info,
            memory: self.memory,
            tos: self.tos,
            identity: self.identity,
            peers: self.peers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_inet_sockets_is_learnt_of_them() {
        let (none, silent) = (Details::default(), SocketDetails::default());
        #[rustfmt::skip]
        let cases = [
            (none,                                         silent,                                              false),
            (Details { oneline: true, numeric: true, tipcinfo: true, ..none }, silent,                          false),
            (Details { peers: true, ..none },              SocketDetails { peers: true, ..silent },                    false),
            (Details { tcp_info: true, ..none },           SocketDetails { info: true, ..silent },                    false),
            (Details { timers: true, ..none },             silent,                                              true),
            (Details { options: true, ..none },            silent,                                              true),
            (Details { memory: true, ..none },             SocketDetails { memory: true, ..silent },                   true),
            (Details { info: true, ..none },               SocketDetails { info: true, congestion: true, ..silent },   true),
            (Details { tos: true, ..none },                SocketDetails { tos: true, ..silent },                      true),
            (Details { identity: true, ..none },           SocketDetails { identity: true, ..silent },                 true),
        ];
        for (details, extras, any) in cases {
            assert_eq!((details.extras(), details.any_of_inet()), (extras, any), "{details:?}");
        }
    }
}
