//! The view in invented events, drawn on terminals of several sizes.

use netdiag_echo::PathReport;
use netdiag_text::Charset;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::draw::{Page, draw};
use super::keys::Key;
use super::view::Sort;
use super::*;
use crate::trace::tests::{Network, Said, limited, sound, target, traced, varied};

fn view_of(paths: Vec<PathView>) -> View {
    View {
        columns: Column::USUAL.to_vec(),
        what: "ICMP echo every 1 s".to_owned(),
        paths,
        selected: 0,
        scroll: 0,
        page: 0,
        sort: None,
        show: Show { names: true, systems: true, labels: true, help: false },
        is_paused: false,
        message: None,
        has_color: true,
        charset: Charset::Unicode,
        protocol: "no other",
    }
}

/// The view of a trace told to its end.
fn told(rounds: u64, network: Network) -> View {
    let mut view = view_of(vec![PathView::new(target())]);
    let (outcome, events) = traced(rounds, network);
    let who = &mut Who::default();
    events.iter().for_each(|event| view.note(0, event, who));
    let Outcome { end, hops, path_loop, rounds, foreign, .. } = outcome;
    let report = PathReport { end, hops, path_loop, rounds, foreign, ..PathReport::default() };
    view.note(0, &TraceEvent::Status(Box::new(report)), who);
    view.message = None;
    view
}

fn drawn_with_colors(view: &View, (columns, lines): (u16, u16)) -> (Vec<String>, Vec<Color>, Page) {
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).unwrap();
    let mut page = Page::default();
    terminal
        .draw(|frame| {
            let area = frame.area();
            page = draw(frame.buffer_mut(), area, view);
        })
        .unwrap();
    let buffer = terminal.backend().buffer().clone();
    let line = |y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    let colors = buffer.content().iter().map(|cell| cell.fg).collect();
    ((0..lines).map(line).collect(), colors, page)
}

fn drawn(view: &View, size: (u16, u16)) -> Vec<String> {
    drawn_with_colors(view, size).0
}

#[test]
fn a_wide_terminal_has_it_all() {
    let expected = "\
trace to host.example (198.51.100.1), ICMP echo every 1 s, round 10
Hop  Host          Verdict  Answered  Last ms  Median     p95  Jitter  Last rounds  Notes
  1  192.0.2.1     ok          10/10    1.000   1.000   1.000   0.000  ▁▁▁▁▁▁▁▁▁▁   MPLS 24001, in by eth0 #7, answers come back over 10 hop
  2  *             quiet        0/10                                   ××××××××××   does not answer, passes 10/10
  3  192.0.2.3     ok          10/10   33.000   3.000  33.000   1.647  ▁▁▁▁▁▁▁███   answers come back over 10 hops
     192.0.2.33                                                                     answers come back over 11 hops
  4  198.51.100.1  ok          10/10    4.000   4.000   4.000   0.000  ▁▁▁▁▁▁▁▁▁▁   answers come back over 3 hops


No loss: 10 of 10 to host.example (198.51.100.1); hop 2 does not answer; the route changed once
q quit  p pause  r reset  n names  z AS  e MPLS  < > s sort  ? help";
    let view = told(10, varied);
    let (lines, colors, page) = drawn_with_colors(&view, (140, 11));
    assert_eq!(lines, expected.lines().collect::<Vec<_>>());
    assert!(colors.contains(&Color::Green) && colors.contains(&Color::Cyan));
    assert_eq!(page, Page { lines: 7, scroll: 0 });
    // Colour only tells what words tell as well.
    let plain = View { has_color: false, ..view };
    let (same, colors, _) = drawn_with_colors(&plain, (140, 11));
    assert!(colors.iter().all(|color| *color == Color::Reset) && same == lines);
}

#[test]
fn a_narrow_terminal_keeps_who_and_how_many_and_a_short_one_the_hops() {
    let mut view = told(10, varied);
    let narrow = "\
trace to host.example (198.51.100.1)
Hop  Host          Verdict  Answered
  1  192.0.2.1     ok          10/10
  2  *             quiet        0/10
  3  192.0.2.3     ok          10/10
     192.0.2.33
  4  198.51.100.1  ok          10/10

No loss: 10 of 10 to host.example (19
q quit  p pause  r reset  n names  z";
    let lines: Vec<String> =
        drawn(&view, (37, 10)).into_iter().map(|line| line.trim_end_matches(',').to_owned()).collect();
    assert_eq!(lines, narrow.lines().collect::<Vec<_>>());
    let short = |view: &View, lines| -> Vec<String> {
        let first = |line: String| line.split_whitespace().next().unwrap_or_default().to_owned();
        drawn(view, (80, lines)).into_iter().map(first).collect()
    };
    assert_eq!(short(&view, 6), ["trace", "Hop", "1", "2", "No", "q"]);
    assert_eq!(short(&view, 5), ["trace", "Hop", "1", "2", "No"]);
    assert_eq!(short(&view, 4), ["trace", "Hop", "1", "2"]);
    assert_eq!(short(&view, 3), ["Hop", "1", "2"]);
    assert_eq!(short(&view, 2), ["1", "2"]);
    view.press(Key::Down);
    assert_eq!(short(&view, 2), ["2", "3"]);
    for size in [(0, 0), (1, 1), (200, 1), (3, 100)] {
        drawn(&view, size);
    }
    // What is below the last is nothing.
    view.press(Key::End);
    let (_, _, page) = drawn_with_colors(&view, (80, 3));
    assert_eq!(page, Page { lines: 2, scroll: 3 });
    view.charset = Charset::Ascii;
    assert!(drawn(&view, (140, 11)).iter().all(|line| line.is_ascii()));
}

#[test]
fn keys_change_what_is_shown_and_ask_of_the_run_what_it_alone_can_do() {
    let mut view = told(50, limited);
    for (key, order) in [
        (Key::Char('q'), Some(Order::Stop)),
        (Key::Char('\x03'), Some(Order::Stop)),
        (Key::Char('\x1a'), Some(Order::Suspend)),
        (Key::Char('p'), Some(Order::Pause(true))),
        (Key::Char(' '), Some(Order::Pause(false))),
        (Key::Char('r'), Some(Order::Reset)),
        (Key::Char('y'), None),
    ] {
        assert_eq!(view.press(key), order, "{key:?}");
    }
    view.press(Key::Char('p'));
    assert!(drawn(&view, (80, 9))[0].starts_with("PAUSED  trace to "));
    view.press(Key::Char('u'));
    assert_eq!(drawn(&view, (80, 9))[8], "no other");
    view.press(Key::Char('?'));
    assert!(
        drawn(&view, (80, 20)).iter().any(|line| line == "q, Ctrl-C     end, and print what was measured")
    );
    view.press(Key::Escape);
    let order =
        |view: &View| -> Vec<u8> { view.hops().iter().map(|(report, _)| report.hop.distance).collect() };
    assert_eq!(order(&view), [1, 2, 3]);
    view.press(Key::Char('s'));
    assert_eq!(order(&view), [3, 2, 1]);
    view.press(Key::Char('>'));
    // By what was not answered, most first; what is alike stays in its order.
    assert_eq!(view.sort, Some(Sort { by: Column::Answered, is_descending: true }));
    assert_eq!(order(&view), [1, 2, 3]);
    view.press(Key::Char('<'));
    view.press(Key::Char('<'));
    assert_eq!(view.sort.map(|sort| sort.by), Some(Column::Jitter));
    let labels = |view: &View| drawn(view, (140, 11)).iter().any(|line| line.contains("MPLS 24001"));
    let mut view = told(10, varied);
    assert!(labels(&view));
    view.press(Key::Char('e'));
    assert!(!labels(&view));
}

#[test]
fn several_hosts_have_a_page_each() {
    let other = Target { name: "other.example".into(), ..target() };
    let mut view = told(10, varied);
    view.paths.push(PathView::new(other));
    assert!(drawn(&view, (80, 9))[0].starts_with("[1/2] trace to host.example "));
    view.press(Key::Tab);
    let lines = drawn(&view, (80, 9));
    assert!(lines[0].starts_with("[2/2] trace to other.example ") && lines[2].is_empty(), "{lines:?}");
    view.press(Key::BackTab);
    assert_eq!(view.selected, 0);
    view.press(Key::BackTab);
    assert_eq!(view.selected, 1);
}

#[test]
fn who_begins_anew_sees_nothing_of_what_was_before() {
    let mut view = told(10, varied);
    view.note(0, &TraceEvent::Reset, &mut Who::default());
    let lines = drawn(&view, (80, 9));
    assert!(lines[2..7].iter().all(String::is_empty) && lines[7].starts_with("Nobody answers"), "{lines:?}");
}

#[test]
fn a_name_steers_no_terminal() {
    let mut view = told(3, sounds);
    let name = "router\u{202e}\x1b[2J".to_owned();
    let called = &mut view.paths[0].hops[0].who[0];
    called.name = Some(netdiag_text::Secrets::NONE.show(&name).to_string());
    let lines = drawn(&view, (140, 11));
    assert!(lines[2].contains("router\\u{202e}\\x1b[2J (192.0.2.1)"), "{lines:?}");
    view.press(Key::Char('n'));
    assert!(!drawn(&view, (140, 11))[2].contains("router"));
}

fn sounds(_: u64, distance: u8) -> Option<Said> {
    Some(sound(distance, 2))
}
