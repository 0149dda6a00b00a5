//! How many sockets there are (`-s`).
//!
//! Numbers of the whole machine are called so: they count the sockets of other network namespaces too.

use std::collections::BTreeMap;

use crate::json::record::record;

record! {
    /// How many sockets there are, as the kernel counts them; a number it does not tell is missing.
    Totals {
        /// Those in the kernel's tables, by what they are.
        in_use: InUse,
    } maybe {
        /// Sockets of this network namespace, counted one by one.
        states: CountsByState,
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
    /// Numbers by state, by the word `ss state WORD` takes, for each protocol; a protocol that could not be listed is missing, and a
    /// state no socket is in.
    CountsByState {
    } maybe {
        /// TCP sockets, both versions of IP.
        tcp: BTreeMap<&'static str, u64>,
        /// UDP sockets, both versions of IP.
        udp: BTreeMap<&'static str, u64>,
        /// Raw sockets, both versions of IP.
        raw: BTreeMap<&'static str, u64>,
        /// Unix sockets of all types.
        unix: BTreeMap<&'static str, u64>,
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
