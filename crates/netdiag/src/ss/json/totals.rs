//! How many sockets there are (`-s`).
//!
//! Numbers of the whole machine are called so: they count the sockets of other network namespaces too.

use crate::json::record::record;

record! {
    /// How many sockets there are, as the kernel counts them; a number it does not tell is missing.
    Totals {
        /// Those in the kernel's tables, by what they are.
        in_use: InUse,
    } maybe {
        /// Sockets of every family.
        all_sockets: u64,
        /// TCP connections that are established, or whose other end has closed (`CurrEstab`).
        tcp_established: u64,
        /// TCP connections in `TIME-WAIT`.
        tcp_time_wait: u64,
        /// TCP sockets of the whole machine, in whichever state.
        machine_tcp_allocated: u64,
        /// TCP sockets of the whole machine that no process holds any more.
        machine_tcp_orphaned: u64,
    }
}

record! {
    /// Numbers by what is counted.
    InUse {
        /// TCP sockets, `TIME-WAIT` not among them.
        tcp: Versions,
        /// UDP sockets.
        udp: Versions,
        /// Raw sockets.
        raw: Versions,
        /// Packets that are being put together from fragments.
        frag: Versions,
    }
}

record! {
    /// A number for each version of IP.
    Versions {
    } maybe {
        /// Those of IPv4.
        inet: u64,
        /// Those of IPv6.
        inet6: u64,
    }
}
