//! What to show of a socket beyond its addresses, as options ask for it.
//!
//! Options imply each other (`-e` shows timers too), so nothing else looks at them: this is decided once, before the listing.

use netdiag_sockdiag::Extensions;

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
    /// What the protocol knows (`-i`).
    pub(crate) info: bool,
    pub(crate) tos: bool,
    pub(crate) cgroup: bool,
    /// Socket options (`--inet-sockopt`).
    pub(crate) options: bool,
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
            memory: options.memory,
            info: options.info,
            tos: options.tos,
            cgroup: options.cgroup,
            options: options.inet_sockopt,
            oneline: options.oneline,
            numeric: options.numeric,
        }
    }

    /// Whether there is anything to show.
    pub(crate) fn any(self) -> bool {
        let silent = Self { oneline: self.oneline, numeric: self.numeric, ..Self::default() };
        self != silent
    }

    /// What to ask the kernel for.
    pub(crate) fn extensions(self) -> Extensions {
        let parts = [
            (self.memory, Extensions::MEMINFO | Extensions::SKMEMINFO),
            (self.info, Extensions::INFO | Extensions::VEGASINFO | Extensions::CONG),
            (self.tos, Extensions::TOS | Extensions::TCLASS),
        ];
        let asked = parts.into_iter().filter(|(wanted, _)| *wanted).map(|(_, extensions)| extensions);
        asked.fold(Extensions::empty(), Extensions::union)
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
            (Details { oneline: true, numeric: true, ..none }, 0, false),
            (Details { timers: true, ..none },              0,    true),
            (Details { options: true, ..none },             0,    true),
            (Details { memory: true, ..none },              0x41, true),
            (Details { info: true, ..none },                0x0e, true),
            (Details { tos: true, ..none },                 0x30, true),
            (Details { info: true, memory: true, ..none },  0x4f, true),
        ];
        for (details, bits, any) in cases {
            assert_eq!((details.extensions().bits(), details.any()), (bits, any), "{details:?}");
        }
    }
}
