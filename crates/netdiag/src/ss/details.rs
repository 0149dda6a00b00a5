//! What to show of a socket beyond its addresses, as options ask for it.
//!
//! Options imply each other (`-e` shows timers too), so nothing else looks at them: this is decided once, before the listing.

use netdiag_sockdiag::{Extensions, unix};

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
        let Self { oneline, numeric, tipcinfo, peers, .. } = self;
        let silent = Self { oneline, numeric, tipcinfo, peers, ..Self::default() };
        self != silent
    }

    /// What to ask the kernel for of inet sockets.
    pub(crate) fn extensions(self) -> Extensions {
        let parts = [
            (self.memory, Extensions::MEMINFO | Extensions::SKMEMINFO),
            (self.info, Extensions::INFO | Extensions::VEGASINFO | Extensions::CONG),
            (self.tos, Extensions::TOS | Extensions::TCLASS),
        ];
        let asked = parts.into_iter().filter(|(wanted, _)| *wanted).map(|(_, extensions)| extensions);
        asked.fold(Extensions::empty(), Extensions::union)
    }

    /// What to ask the kernel for of Unix sockets.
    pub(crate) fn of_unix(self) -> u32 {
        let extended = unix::SHOW_VFS | unix::SHOW_ICONS | unix::SHOW_UID;
        let always = unix::SHOW_NAME | unix::SHOW_PEER | unix::SHOW_RQLEN;
        always | if self.identity { extended } else { 0 } | if self.memory { unix::SHOW_MEMINFO } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_asked_for_what_is_shown() {
        let none = Details::default();
        #[rustfmt::skip]
        let cases = [
            (none,                                          0,    false),
            (Details { oneline: true, numeric: true, tipcinfo: true, peers: true, ..none }, 0, false),
            (Details { timers: true, ..none },              0,    true),
            (Details { options: true, ..none },             0,    true),
            (Details { memory: true, ..none },              0x41, true),
            (Details { info: true, ..none },                0x0e, true),
            (Details { tos: true, ..none },                 0x30, true),
            (Details { info: true, memory: true, ..none },  0x4f, true),
        ];
        for (details, bits, any) in cases {
            assert_eq!((details.extensions().bits(), details.any_of_inet()), (bits, any), "{details:?}");
        }
    }
}
