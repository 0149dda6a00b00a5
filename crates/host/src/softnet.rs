//! What each processor did with packets it received (`/proc/net/softnet_stat`): the whole machine's, whichever namespace asks.
//!
//! The counters have 32 bits and nothing sets them back, so here, unlike elsewhere, a counter that went backwards has wrapped around.

use std::fs;

use crate::{CutShort, Host, Part};

/// One processor's counters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Softnet {
    /// The number of the processor; `None` before Linux 5.10, which leaves offline ones out without saying which.
    pub cpu: Option<u32>,
    /// Packets it has taken from its queue.
    pub processed: u32,
    /// Packets dropped because its queue was full (`net.core.netdev_max_backlog`).
    pub dropped: u32,
    /// How often it stopped with work left, because its time or budget was used up (`net.core.netdev_budget`).
    pub squeezed: u32,
}

impl Host {
    /// The counters of all processors that are online.
    pub fn softnet(&self) -> Part<Vec<Softnet>> {
        self.part(|| {
            let path = self.proc_root().net("softnet_stat");
            let text = match fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) => return Part::cut_short(Vec::new(), CutShort::unreadable(path, error)),
            };
            let lines: Vec<Option<Softnet>> = text.lines().map(read).collect();
            let broken = lines.iter().filter(|line| line.is_none()).count() as u64;
            let cut_short = (broken > 0).then_some(CutShort::Malformed(broken));
            Part { known: lines.into_iter().flatten().collect(), cut_short }
        })
    }
}

/// A line of hexadecimal numbers; kernels have added to its end.
pub(crate) fn read(line: &str) -> Option<Softnet> {
    let numbers: Option<Vec<u32>> =
        line.split_whitespace().map(|word| u32::from_str_radix(word, 16).ok()).collect();
    let numbers = numbers?;
    let [processed, dropped, squeezed, ..] = numbers[..] else { return None };
    Some(Softnet { cpu: numbers.get(CPU).copied(), processed, dropped, squeezed })
}

/// The column of the processor's number.
const CPU: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_processor() {
        let new = "0000272d 00000001 0000000a 0 0 0 0 0 0 0 0 00000000 00000003 00000000 00000000";
        let known = Softnet { cpu: Some(3), processed: 0x272d, dropped: 1, squeezed: 10 };
        #[rustfmt::skip]
        let cases = [
            (new,                                         Some(known)),
            ("0000272d 00000001 0000000a 0 0 0 0 0 0 0 0", Some(Softnet { cpu: None, ..known })),
            ("0000272d 00000001",                         None),
            ("0000272d x 0000000a",                       None),
            ("",                                          None),
        ];
        for (line, expected) in cases {
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn this_machine_has_processors() {
        let softnet = Host::here().softnet();
        assert!(softnet.is_whole() && !softnet.known.is_empty(), "{softnet:?}");
    }
}
