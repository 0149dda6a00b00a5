//! What an interface has counted since it was made.
//!
//! The kernel's list of counters grows at its end from release to release: one that is missing is not 0.

/// The counters of an interface, by the kernel's names for them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[doc(alias = "rtnl_link_stats64")]
pub struct LinkCounters(Vec<u64>);

impl LinkCounters {
    /// What they are called, in the kernel's order.
    #[rustfmt::skip]
    pub const NAMES: [&str; 25] = [
        "rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped", "multicast",
        "collisions", "rx_length_errors", "rx_over_errors", "rx_crc_errors", "rx_frame_errors", "rx_fifo_errors", "rx_missed_errors",
        "tx_aborted_errors", "tx_carrier_errors", "tx_fifo_errors", "tx_heartbeat_errors", "tx_window_errors", "rx_compressed",
        "tx_compressed", "rx_nohandler", "rx_otherhost_dropped",
    ];

    /// These values, in the order of the names; what they do not reach to is not counted.
    pub fn new(values: impl IntoIterator<Item = u64>) -> Self {
        Self(values.into_iter().take(Self::NAMES.len()).collect())
    }

    /// Reads what the kernel sent (`struct rtnl_link_stats64`), as much of it as there is.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let values = bytes.chunks_exact(size_of::<u64>());
        Self::new(values.filter_map(|value| value.first_chunk().copied().map(u64::from_ne_bytes)))
    }

    /// The value of a counter; `None` if this kernel does not count it.
    pub fn get(&self, name: &str) -> Option<u64> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All that this kernel counts.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Self::NAMES.into_iter().zip(self.0.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use netlink_packet_core::Nla;
    use netlink_packet_route::link::{LinkAttribute, Stats64};

    use super::*;

    #[test]
    fn counters_have_the_names_upstreams_types_give_them() {
        let mut stats = Stats64::default();
        (stats.rx_packets, stats.tx_dropped, stats.rx_otherhost_dropped) = (1, 2, 3);
        (stats.rx_missed_errors, stats.tx_carrier_errors, stats.collisions) = (4, 5, 6);
        let attribute = LinkAttribute::Stats64(stats);
        let mut bytes = vec![0; attribute.value_len()];
        attribute.emit_value(&mut bytes);
        let counters = LinkCounters::read(&bytes);
        #[rustfmt::skip]
        let expected = [
            ("rx_packets", 1), ("tx_dropped", 2), ("rx_otherhost_dropped", 3), ("rx_missed_errors", 4), ("tx_carrier_errors", 5),
            ("collisions", 6),
        ];
        for (name, value) in expected {
            assert_eq!(counters.get(name), Some(value), "{name}");
        }
        assert_eq!(counters.iter().map(|(_, value)| value).sum::<u64>(), 21);
    }

    #[test]
    fn what_an_older_kernel_does_not_count_is_absent() {
        let counters = LinkCounters::read(&[0; 8 * 23]);
        assert_eq!((counters.get("tx_compressed"), counters.get("rx_nohandler")), (Some(0), None));
        assert_eq!(LinkCounters::read(&[0; 15]).iter().count(), 1);
        assert_eq!(LinkCounters::default().get("rx_packets"), None);
    }
}
