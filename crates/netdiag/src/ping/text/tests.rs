//! Whole outputs of invented runs.

use std::time::Duration;

use netdiag_echo::{
    ClockSource, Family, LocalDelay, RoundTrips, Statistics, UncountedReason, UncountedReply, WrongByte,
};

use super::*;

fn call() -> Invocation {
    Invocation { program: "ping".into(), linked: true, family: None, words: Vec::new() }
}

fn target(address: &str) -> Target {
    let address = address.parse().unwrap();
    Target { name: "host.example".into(), address, is_number: false, is_broadcast: false, source: address }
}

fn layout() -> Layout {
    Layout {
        quiet: false,
        numeric: true,
        timed: true,
        exact: false,
        audible: false,
        flood: false,
        outstanding: false,
        losses: false,
        verbose: false,
        group: false,
        has_options: false,
        flow_label: None,
        ident: None,
        from: None,
        device: None,
        clock: None,
        percentiles: false,
        rates: false,
        color: false,
        size: 56,
        interval: Duration::from_secs(1),
    }
}

fn reply(seq: u64, micros: u64) -> Reply {
    Reply {
        arrived: std::time::Instant::now(),
        seq: Seq(seq),
        from: "192.0.2.1:0".parse().unwrap(),
        size: 56,
        hop_limit: Some(63),
        rtt: Duration::from_micros(micros),
        clock: ClockSource::Kernel,
        rtt_by_user: Duration::from_micros(micros),
        delay: LocalDelay::default(),
        duplicate: false,
        late: false,
        reordered: false,
        options: Vec::new(),
        other_source: false,
        truncated: false,
        damage: None,
    }
}

fn uncounted(reason: UncountedReason) -> UncountedReply {
    UncountedReply {
        seq: Seq(2),
        from: "192.0.2.9:0".parse().unwrap(),
        size: if reason == UncountedReason::TooShort { 15 } else { 56 },
        hop_limit: Some(63),
        other_source: reason == UncountedReason::WrongChecksum,
        reason,
        damage: None,
    }
}

fn statistics(transmitted: u64, micros: &[u64]) -> Statistics {
    let mut rtts = RoundTrips::default();
    micros.iter().for_each(|&micros| rtts.record(Duration::from_micros(micros)));
    let sending = Duration::from_micros(1000 * transmitted.saturating_sub(1) + 600);
    Statistics { transmitted, received: micros.len() as u64, sending, rtts, pipe: 1, ..Statistics::default() }
}

fn written(
    layout: Layout,
    target: &Target,
    write: impl FnOnce(&mut Text<'_, &mut Vec<u8>>) -> io::Result<()>,
) -> String {
    let (mut out, call) = (Vec::new(), call());
    write(&mut Text::new(&mut out, &call, target, layout)).unwrap();
    String::from_utf8(out).unwrap()
}

fn line(reply: Reply) -> String {
    written(layout(), &target("192.0.2.1:0"), |text| {
        text.item((&PingEvent::Reply(reply), &Figures::new(true)))
    })
}

#[test]
fn headers_differ_by_family() {
    let header = |address| written(layout(), &target(address), |text| text.header());
    assert_eq!(header("192.0.2.1:0"), "PING host.example (192.0.2.1) 56(84) bytes of data.\n");
    assert_eq!(header("[2001:db8::1]:0"), "PING host.example (2001:db8::1) 56 data bytes\n");
}

#[test]
fn a_reply_carries_its_marks_in_upstreams_order() {
    let plain = "64 bytes from 192.0.2.1: icmp_seq=1 ttl=63 time=0.383 ms";
    let all = Reply { duplicate: true, other_source: true, ..reply(1, 383) };
    #[rustfmt::skip]
    let cases = [
        (reply(1, 383),                                      plain.to_owned()),
        (reply(65_537, 383),                                 plain.to_owned()),
        (Reply { hop_limit: None, ..reply(1, 383) },         plain.replace(" ttl=63", "")),
        (all,                                                format!("{plain} (DUP!) (DIFFERENT ADDRESS!)")),
        (Reply { size: 20, truncated: true, ..reply(1, 9) }, "28 bytes from 192.0.2.1: icmp_seq=1 ttl=63 (truncated)".to_owned()),
        (Reply { size: 100, ..reply(1, 383) },               plain.replace("64 bytes", "108 bytes")),
    ];
    for (reply, expected) in cases {
        assert_eq!(line(reply), expected + "\n");
    }
}

#[test]
fn data_too_short_for_a_time_stamp_have_no_time() {
    let layout = Layout { timed: false, size: 8, ..layout() };
    let event = PingEvent::Reply(Reply { size: 8, ..reply(1, 383) });
    let line = written(layout, &target("192.0.2.1:0"), |text| text.item((&event, &Figures::new(true))));
    assert_eq!(line, "16 bytes from 192.0.2.1: icmp_seq=1 ttl=63\n");
}

#[test]
fn damage_is_dumped_from_the_first_byte_after_the_mark() {
    let mut data: Vec<u8> = (0..56).collect();
    data[30] = 0xe1;
    let wrong = WrongByte { offset: 30, expected: 0x1e, got: 0xe1 };
    let dump = line(Reply { damage: Some(Box::new(Damage { wrong, data })), ..reply(1, 383) });
    let expected = "64 bytes from 192.0.2.1: icmp_seq=1 ttl=63 time=0.383 ms
wrong data byte #30 should be 0x1e but was 0xe1
#16\t10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d e1 1f 20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f 
#48\t30 31 32 33 34 35 36 37 
";
    assert_eq!(dump, expected);
}

#[test]
fn an_error_has_no_colon_and_advice_has_one() {
    let error = IcmpError { family: Family::V4, kind: 3, code: 1, info: 0 };
    for (fatal, colon) in [(true, ""), (false, ":")] {
        let event = PingEvent::Icmp {
            seq: Seq(257),
            from: "192.0.2.9:0".parse().unwrap(),
            error,
            fatal,
            authenticated: fatal,
            quoted: vec![],
        };
        let line = written(layout(), &target("192.0.2.1:0"), |text| text.item((&event, &Figures::new(true))));
        let expected = format!("From 192.0.2.9{colon} icmp_seq=257 Destination Host Unreachable");
        assert_eq!(line, format!("{expected}\n"));
        // Only who asks for more is told what a script would not understand, and not by `ping`.
        for (linked, verbose) in [(false, false), (false, true), (true, true)] {
            let (mut out, target, layout) =
                (Vec::new(), target("192.0.2.1:0"), Layout { verbose, ..layout() });
            let call = Invocation { linked, ..call() };
            Text::new(&mut out, &call, &target, layout).item((&event, &Figures::new(true))).unwrap();
            let told = !linked && verbose && !fatal;
            let note = if told { " (may be forged: it quotes none of the secret)" } else { "" };
            assert_eq!(String::from_utf8(out).unwrap(), format!("{expected}{note}\n"), "{linked} {verbose}");
        }
    }
}

#[test]
fn quiet_runs_say_nothing_in_between() {
    let layout = Layout { quiet: true, ..layout() };
    assert_eq!(
        written(layout, &target("192.0.2.1:0"), |text| text
            .item((&PingEvent::Reply(reply(1, 383)), &Figures::new(true)))),
        ""
    );
}

#[test]
fn summaries_read_as_upstreams() {
    let block = |layout, statistics: Statistics| {
        written(layout, &target("192.0.2.1:0"), |text| {
            text.end(Measured { statistics: &statistics, figures: &Figures::new(true) })
        })
    };
    let title = "\n--- host.example ping statistics ---\n";
    let marked =
        Statistics { duplicates: 2, corrupted: 1, errors: 3, pipe: 4, ..statistics(3, &[1000, 2000]) };
    let flood = Layout { rates: true, ..layout() };
    #[rustfmt::skip]
    let cases = [
        (layout(), statistics(3, &[1000, 2000, 3000]), "3 packets transmitted, 3 received, 0% packet loss, time 3ms\nrtt min/avg/max/mdev = 1.000/2.000/3.000/0.816 ms\n"),
        (layout(), statistics(1, &[]),                 "1 packets transmitted, 0 received, 100% packet loss, time 1ms\n\n"),
        (layout(), Statistics::default(),              "0 packets transmitted, 0 received\n\n"),
        (layout(), marked,                        "3 packets transmitted, 2 received, +2 duplicates, +1 corrupted, +3 errors, 33.3333% packet loss, time 3ms\nrtt min/avg/max/mdev = 1.000/1.500/2.000/0.500 ms, pipe 4\n"),
        (flood,  statistics(3, &[30, 30, 30]),       "3 packets transmitted, 3 received, 0% packet loss, time 3ms\nrtt min/avg/max/mdev = 0.030/0.030/0.030/0.000 ms, ipg/ewma 1.300/0.030 ms\n"),
        (Layout { timed: false, ..layout() }, statistics(1, &[30]), "1 packets transmitted, 1 received, 0% packet loss, time 1ms\n\n"),
    ];
    for (layout, statistics, expected) in cases {
        assert_eq!(block(layout, statistics), format!("{title}{expected}"));
    }
}

#[test]
fn percentiles_and_jitter_follow_where_they_are_asked_for() {
    let asked = Layout { percentiles: true, ..layout() };
    let ours = Invocation { program: "netdiag".into(), linked: false, ..call() };
    let times = [1000, 17_000, 17_000].map(Duration::from_micros);
    let mut figures = Figures::new(true);
    times.iter().for_each(|&rtt| {
        figures.record(&PingEvent::Reply(Reply { rtt, ..reply(1, 0) }));
    });
    let jitter = "rtt jitter = 0.937 ms\n";
    let written = |call: &Invocation, layout: &Layout, micros: &[u64]| {
        let (mut out, target) = (Vec::new(), target("192.0.2.1:0"));
        let statistics = statistics(3, micros);
        let measured = Measured { statistics: &statistics, figures: &figures };
        Text::new(&mut out, call, &target, layout.clone()).end(measured).unwrap();
        String::from_utf8(out).unwrap()
    };
    let micros = times.map(|rtt| rtt.as_micros() as u64);
    let all = written(&ours, &asked, &micros);
    assert!(
        all.ends_with(&format!("\nrtt p50/p90/p95/p99 = 17.000/17.000/17.000/17.000 ms\n{jitter}")),
        "{all}"
    );
    // One reply has no jitter; nobody asked; nobody knows the line.
    for other in [
        written(&ours, &asked, &micros[..1]),
        written(&ours, &layout(), &micros),
        written(&call(), &asked, &micros),
    ] {
        assert!(!other.contains("jitter"), "{other}");
    }
}

#[test]
fn what_does_not_count_is_marked_and_has_no_time() {
    let said = |reason| {
        written(layout(), &target("192.0.2.1:0"), |text| {
            text.item((&PingEvent::Uncounted(uncounted(reason)), &Figures::new(true)))
        })
    };
    assert_eq!(
        said(UncountedReason::WrongChecksum),
        "64 bytes from 192.0.2.9: icmp_seq=2 ttl=63 (BAD CHECKSUM!) (DIFFERENT ADDRESS!)\n"
    );
    assert_eq!(said(UncountedReason::TooShort), "23 bytes from 192.0.2.9: icmp_seq=2 ttl=63 (truncated)\n");
}

#[test]
fn flood_is_dots_that_come_and_go() {
    let events = [
        PingEvent::Sent(Seq(1)),
        PingEvent::Sent(Seq(2)),
        PingEvent::Reply(reply(1, 30)),
        PingEvent::Uncounted(uncounted(UncountedReason::WrongChecksum)),
        PingEvent::Uncounted(uncounted(UncountedReason::TooShort)),
        PingEvent::Lost { seq: Seq(3), delay: LocalDelay::default() },
    ];
    let flood = Layout { flood: true, ..layout() };
    let written = written(flood, &target("192.0.2.1:0"), |text| {
        events.iter().try_for_each(|event| text.item((event, &Figures::new(true))))
    });
    assert_eq!(written, "..\x08 \x08\x08C");
}

#[test]
fn lines_beside_replies_are_told_only_when_asked_for() {
    let events = [
        PingEvent::Unanswered(Seq(65_537)),
        PingEvent::Lost { seq: Seq(2), delay: LocalDelay::default() },
        PingEvent::Sent(Seq(3)),
    ];
    let write = |layout| {
        written(layout, &target("192.0.2.1:0"), |text| {
            events.iter().try_for_each(|event| text.item((event, &Figures::new(true))))
        })
    };
    assert_eq!(write(layout()), "");
    let all = Layout { outstanding: true, losses: true, ..layout() };
    assert_eq!(write(all), "no answer yet for icmp_seq=1\nno answer to icmp_seq=2\n");
    let quiet = Layout { quiet: true, outstanding: true, losses: true, ..layout() };
    assert_eq!(write(quiet), "no answer yet for icmp_seq=1\n");
}

#[test]
fn headers_name_the_source_and_the_flow() {
    let from = Some("from 10.9.1.2 eth0: ".to_owned());
    let header = |layout, address| written(layout, &target(address), |text| text.header());
    let v4 = Layout { from: from.clone(), has_options: true, ..layout() };
    assert_eq!(
        header(v4, "192.0.2.1:0"),
        "PING host.example (192.0.2.1) from 10.9.1.2 eth0: 56(124) bytes of data.\n"
    );
    let v6 = Layout { flow_label: Some(0x12345), ..layout() };
    assert_eq!(
        header(v6, "[2001:db8::1]:0"),
        "PING host.example (2001:db8::1) , flow 0x12345, 56 data bytes\n"
    );
}
