//! Pings of loopback: what they cost besides waiting, how fast they flood, how true they keep their interval.
//!
//! The wall clock holds at least the time between the probes, whoever sends them; only the rest can be saved.

use anyhow::Result;

use super::case::{Bench, Case, Limits, Rival};
use super::inside::Inside;
use super::measure::Figures;

/// One ping of loopback.
struct Run {
    title: &'static str,
    note: &'static str,
    /// What is typed after `ping`.
    line: &'static str,
    runs: u32,
    against: &'static [Against],
    limits: Limits,
}

/// What a run is compared with.
enum Against {
    /// The installed `ping` with the same words, and what the ratio ours/theirs should not exceed.
    Ping(Figures<Option<f64>>),
    /// As many sends and receives with nothing around them, for which these words are typed.
    BareFlood(&'static str),
}

use Against::{BareFlood, Ping};

const FLOOR: &str = "`bare_flood` makes one send and one receive per probe with arrivals stamped, and nothing else, so no ping \
    that makes these calls is faster. One `sendmmsg` for several probes would be, but then one time of this process's would \
    have to do for all of them and falsify their round trips, and departures stamped by the kernel cost more than that saves.";

#[rustfmt::skip]
const RUNS: [Run; 5] = [
    Run { title: "20 probes to loopback, 10 ms apart", note: "",
          line: "-c20 -i0.01 -q 127.0.0.1", runs: 1, against: &[Ping(Figures { wall: Some(1.02), cpu: Some(1.0), peak_memory: None })],
          limits: Limits::NONE },
    Run { title: "200 probes to loopback, 5 ms apart", note: "",
          line: "-c200 -i0.005 -q 127.0.0.1", runs: 1, against: &[Ping(Figures { wall: None, cpu: Some(0.1), peak_memory: None })],
          limits: Limits { core: Some(0.03), ..Limits::NONE } },
    Run { title: "500 probes to loopback, 10 ms apart", note: "",
          line: "-c500 -i0.01 -q 127.0.0.1", runs: 1, against: &[Ping(Figures::wall(0.75))],
          limits: Limits { wall_ms: Some(5000.0), ..Limits::NONE } },
    Run { title: "a flood of 200,000 probes to loopback", note: FLOOR,
          line: "-f -q -c200000 127.0.0.1", runs: 1, against: &[Ping(Figures::wall(0.83)), BareFlood("200000")],
          limits: Limits::NONE },
    Run { title: "a flood of 1,000,000 probes to loopback", note: "",
          line: "-f -q -c1000000 127.0.0.1", runs: 1, against: &[],
          limits: Limits { peak_mib: Some(8.0), ..Limits::NONE } },
];

pub(super) fn compare(inside: &Inside) -> Result<String> {
    RUNS.iter().map(|run| run.bench(inside).section(inside.extent.rounds)).collect()
}

impl Run {
    fn bench(&self, inside: &Inside) -> Bench {
        let rival = |against: &Against| match *against {
            Ping(at_most) => Rival { case: Case::new("ping", self.line), at_most },
            BareFlood(line) => Rival { case: Case::new(&inside.bare_flood, line), at_most: Figures::NONE },
        };
        Bench {
            title: self.title.to_owned(),
            note: self.note,
            runs: self.runs,
            rivals: self.against.iter().map(rival).collect(),
            ours: Case::new(&inside.netdiag, self.line).of("ping"),
            limits: self.limits,
        }
    }
}
