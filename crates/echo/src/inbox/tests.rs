//! Control messages, constructed as the kernel and an interface with a clock of its own would send them.

use nix::sys::socket::Timestamps;

use super::*;
use crate::probe::Seq;
use crate::stamp::Clock;

const WALL: Duration = Duration::from_secs(1_700_000_000);
/// An interface counts from when it came up.
const UP: Duration = Duration::from_secs(77);
const MS: Duration = Duration::from_millis(1);
const NEVER: Duration = Duration::ZERO;

/// `SCM_TIMESTAMPING` with a system's and an interface's own stamp; the field between is always empty.
fn stamps(system: Duration, hardware: Duration) -> ControlMessageOwned {
    let [system, hw_trans, hw_raw] = [system, NEVER, hardware].map(TimeSpec::from);
    ControlMessageOwned::ScmTimestampsns(Timestamps { system, hw_trans, hw_raw })
}

/// The error-queue entry that goes with the transmit stamp of a datagram.
fn transmitted(datagram: u32) -> ControlMessageOwned {
    let error = libc::sock_extended_err {
        ee_errno: libc::ENOMSG.cast_unsigned(),
        ee_origin: libc::SO_EE_ORIGIN_TIMESTAMPING,
        ee_type: 0,
        ee_code: 0,
        ee_pad: 0,
        ee_info: 0,
        ee_data: datagram,
    };
    ControlMessageOwned::Ipv4RecvErr(error, None)
}

#[test]
fn stamps_of_system_and_interface_are_told_apart() {
    #[rustfmt::skip]
    let cases = [
        // item,                                               software,   hardware
        (stamps(WALL, UP),                                     Some(WALL), Some(UP)),
        (stamps(WALL, NEVER),                                  Some(WALL), None),
        (stamps(NEVER, UP),                                    None,       Some(UP)),
        (stamps(NEVER, NEVER),                                 None,       None),
        (ControlMessageOwned::ScmTimestampns(WALL.into()),     Some(WALL), None),
        (ControlMessageOwned::Ipv4Ttl(64),                     None,       None),
        (ControlMessageOwned::ScmTimestampns(TimeSpec::new(-1, 0)),             None, None),
        (ControlMessageOwned::ScmTimestampns(TimeSpec::new(-1, i64::MAX)),      None, None),
        (ControlMessageOwned::ScmTimestampns(TimeSpec::new(1, 1_000_000_000)),  None, None),
    ];
    for (item, software, hardware) in cases {
        let told = format!("{item:?}");
        let control = Control::of([item]);
        assert_eq!((control.software, control.hardware), (software, hardware), "{told}");
    }
}

#[test]
fn an_interface_that_stamps_both_ways_times_the_round_trip() {
    let start = crate::now();
    let mut clock = StampClock::starting_at(start, WALL);
    let mut departures = Departures::default();
    departures.push(Seq::FIRST);
    let reading = clock.read_as(start + 2 * MS, WALL + 2 * MS);
    let left = |system, hardware| {
        let control = Control::of([stamps(system, hardware), transmitted(0)]);
        assert!(control.is_transmit_stamp());
        match control.departure(&departures, &clock, &reading) {
            Some(Input::Left(Seq::FIRST, departure)) => departure,
            other => panic!("{other:?}"),
        }
    };
    // With SOF_TIMESTAMPING_OPT_TX_SWHW they come one after the other.
    let Departure::Software(mut kernel) = left(WALL + MS, NEVER) else { panic!("not the system's") };
    assert_eq!(left(NEVER, UP), Departure::Hardware(UP));
    kernel.hardware = Some(UP);

    let reading = clock.read_as(start + 30 * MS, WALL + 30 * MS);
    let rtt = Duration::from_micros(20_123);
    let arrival = Control::of([stamps(WALL + 22 * MS, UP + rtt)]).arrival(&clock, &reading);
    let sent = Stamp { user: start, kernel: Some(kernel) };
    assert_eq!(arrival.since(&sent), (rtt, Clock::Hardware));
    // An interface that stamps one way only leaves it to the system.
    let arrival = Control::of([stamps(WALL + 22 * MS, NEVER)]).arrival(&clock, &reading);
    assert_eq!(arrival.since(&sent), (21 * MS, Clock::Kernel));
}

#[test]
fn a_stamp_of_a_datagram_nobody_sent_is_nobodys() {
    let start = crate::now();
    let mut clock = StampClock::starting_at(start, WALL);
    let reading = clock.read_as(start + MS, WALL + MS);
    let control = Control::of([stamps(WALL, UP), transmitted(1)]);
    assert!(control.departure(&Departures::default(), &clock, &reading).is_none());
}
