//! Control messages, constructed as the kernel would send them.

use nix::sys::socket::Timestamps;

use super::*;
use crate::probe::{Ident, Probe, Seq};
use crate::stamp::SendCall;

const WALL: Duration = Duration::from_secs(1_700_000_000);
const MS: Duration = Duration::from_millis(1);
const NEVER: Duration = Duration::ZERO;

/// `SCM_TIMESTAMPING` with a system's and an interface's own stamp; the field between is always empty.
fn stamps(system: Duration, hardware: Duration) -> ControlMessageOwned {
    let [system, hw_trans, hw_raw] = [system, NEVER, hardware].map(TimeSpec::from);
    ControlMessageOwned::ScmTimestampsns(Timestamps { system, hw_trans, hw_raw })
}

/// An error-queue entry.
fn error(origin: u8, info: u32, data: u32) -> libc::sock_extended_err {
    libc::sock_extended_err {
        ee_errno: libc::EMSGSIZE.cast_unsigned(),
        ee_origin: origin,
        ee_type: 3,
        ee_code: 4,
        ee_pad: 0,
        ee_info: info,
        ee_data: data,
    }
}

/// The error-queue entry that goes with the transmit stamp of a datagram.
fn transmitted(stage: u32, datagram: u32) -> ControlMessageOwned {
    ControlMessageOwned::Ipv4RecvErr(error(libc::SO_EE_ORIGIN_TIMESTAMPING, stage, datagram), None)
}

fn probe() -> Probe {
    Probe::new("192.0.2.1:0".parse().unwrap(), Seq(7), 56)
}

#[test]
fn the_systems_stamp_is_taken_in_every_form_it_comes_in() {
    #[rustfmt::skip]
    let cases = [
        // item,                                               stamp
        (stamps(WALL, NEVER),                                  Some(WALL)),
        (stamps(WALL, MS),                                     Some(WALL)),
        (stamps(NEVER, MS),                                    None),
        (ControlMessageOwned::ScmTimestampns(WALL.into()),     Some(WALL)),
        (ControlMessageOwned::ScmTimestamp(TimeVal::new(1_700_000_000, 0)), Some(WALL)),
        (ControlMessageOwned::ScmTimestamp(TimeVal::new(1, 999_999)),       Some(Duration::from_micros(1_999_999))),
        (ControlMessageOwned::ScmTimestamp(TimeVal::new(1, i64::MAX)),      None),
        (ControlMessageOwned::Ipv4Ttl(64),                     None),
        (ControlMessageOwned::ScmTimestampns(TimeSpec::new(-1, 0)),             None),
        (ControlMessageOwned::ScmTimestampns(TimeSpec::new(-1, i64::MAX)),      None),
        (ControlMessageOwned::ScmTimestampns(TimeSpec::new(1, 1_000_000_000)),  None),
    ];
    for (item, stamp) in cases {
        let told = format!("{item:?}");
        assert_eq!(Ancillary::of([item]).stamp, stamp, "{told}");
    }
}

#[test]
fn a_transmit_stamp_tells_how_far_which_probe_has_come() {
    let start = crate::now();
    let mut clock = StampClock::reading(start, WALL);
    let reading = clock.read_as(start + 2 * MS, WALL + 2 * MS);
    let mut departures = Departures::default();
    departures.push(probe(), SendCall { began: start, returned: start + MS });
    #[rustfmt::skip]
    let cases = [
        // stage, datagram, stamp,         expected
        (1,       0,        WALL + MS,     Some(Departure::Queued(start + MS))),
        (0,       0,        WALL + 2 * MS, Some(Departure::Left(start + 2 * MS))),
        (2,       0,        WALL + MS,     None),  // acknowledged, which is TCP's
        (0,       1,        WALL + MS,     None),  // of a datagram nobody sent
        (0,       0,        NEVER,         None),
        (0,       0,        WALL - MS,     None),  // from before the run
    ];
    for (stage, datagram, stamp, expected) in cases {
        let told = Ancillary::of([stamps(stamp, NEVER), transmitted(stage, datagram)]);
        assert!(told.is_transmit_stamp());
        let departed = match told.departed(&mut departures, &clock, &reading) {
            Some(Input::Departed(which, departure)) if which == probe() => Some(departure),
            None => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(departed, expected, "stage {stage} of {datagram} at {stamp:?}");
    }
}

#[test]
fn an_error_names_its_probe_where_it_went_and_who_says_so() {
    let start = crate::now();
    let mut clock = StampClock::reading(start, WALL);
    let reading = clock.read_as(start + 2 * MS, WALL + 2 * MS);
    let to = Some("192.0.2.1:0".parse().unwrap());
    let mut request = [7; 24];
    wire::write_request(Ident(9), &probe(), &mut request);

    let offender = libc::sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: 0,
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes([192, 0, 2, 254]) },
        sin_zero: [0; 8],
    };
    let told = Ancillary::of([
        stamps(WALL + MS, NEVER),
        ControlMessageOwned::Ipv4Ttl(63),
        ControlMessageOwned::Ipv4RecvErr(error(libc::SO_EE_ORIGIN_ICMP, 1400, 0), Some(offender)),
    ]);
    let Some(Input::Answer(answer)) =
        told.queued_error((Family::V4, Quoting::Request), to, &request, &clock, &reading)
    else {
        panic!("no answer in {told:?}")
    };
    assert_eq!(answer.probe, AnsweredProbe { ident: Ident(9), seq: 7, to });
    assert_eq!(answer.from, "192.0.2.254:0".parse().unwrap());
    assert_eq!(answer.at, Arrival { user: start + 2 * MS, kernel: Some(start + MS) });
    let icmp = IcmpError { family: Family::V4, kind: 3, code: 4, info: 1400 };
    let kind =
        AnswerKind::Icmp { error: icmp, quoted: &[], data: &[7; 16], extensions: &[], hop_limit: Some(63) };
    assert_eq!(answer.kind, kind);

    let local =
        Ancillary::of([ControlMessageOwned::Ipv4RecvErr(error(libc::SO_EE_ORIGIN_LOCAL, 1400, 0), None)]);
    let expected = LocalError { errno: libc::EMSGSIZE, info: 1400 };
    match local.queued_error((Family::V4, Quoting::Request), to, &request, &clock, &reading) {
        Some(Input::Refused(LocalRefusal { probe: None, to: went, error })) if went == to => {
            assert_eq!(error, expected);
        }
        other => panic!("{other:?}"),
    }
    assert!(told.queued_error((Family::V4, Quoting::Request), to, &request[..7], &clock, &reading).is_none());
}

#[test]
fn an_error_about_a_datagram_names_its_probe_where_it_quotes_the_number() {
    let payload = Payload { size: 100, secret: Some(7), pattern: Vec::new() };
    let mut data = vec![0; payload.size];
    payload.write(Seq(0x1_0009), &mut data);
    let quoting = Quoting::Data(Ident(40_000));
    assert_eq!(quoting.probe(Family::V4, None, &data), Some((Ident(40_000), Some(9), &data[..])));
    for length in 0..16 {
        let cut = &data[..length];
        let told = if length < 8 { &[][..] } else { cut };
        assert_eq!(quoting.probe(Family::V6, None, cut), Some((Ident(40_000), None, told)), "{length} bytes");
    }
    assert_eq!(quoting.probe(Family::V6, None, &[0; 100]), Some((Ident(40_000), None, &[][..])));
    assert_eq!(Quoting::Request.skipped(Family::V4) + 8, quoting.skipped(Family::V4));
}

#[test]
fn a_datagram_is_known_by_the_port_it_went_to_whatever_is_quoted_of_it() {
    let quoting = Quoting::Ports(Ident(40_000));
    let to = Some("192.0.2.1:33434".parse().unwrap());
    assert_eq!(quoting.probe(Family::V4, to, &[]), Some((Ident(40_000), Some(33_434), &[][..])));
    assert_eq!(quoting.probe(Family::V4, None, &[1; 16]), None);
}
