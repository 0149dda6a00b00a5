//! Any bytes as the options of an IPv4 header.
//!
//! Nothing may be read out of them that is not in them: every option, address and stamp takes bytes of its own.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netdiag_echo::ip_options::{ReceivedOption, received};

fuzz_target!(|bytes: &[u8]| {
    let taken = |option: &ReceivedOption| match option {
        ReceivedOption::RecordRoute(through) | ReceivedOption::SourceRoute { through, .. } => {
            3 + 4 * through.len()
        }
        ReceivedOption::Timestamps { entries, .. } => {
            let each = |(who, _): &(Option<_>, u32)| if who.is_some() { 8 } else { 4 };
            4 + entries.iter().map(each).sum::<usize>()
        }
        ReceivedOption::Nop => 1,
        ReceivedOption::Unknown(_) => 2,
    };
    assert!(received(bytes).iter().map(taken).sum::<usize>() <= bytes.len());
});
