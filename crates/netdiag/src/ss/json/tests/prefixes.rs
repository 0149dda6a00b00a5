//! Every prefix of every captured record, read as a socket of every family, through every renderer.
//!
//! A record is made one of another family by its first byte, so that every view gets to see bytes that were not meant for it.

use super::{
    Column, Conformance, Details, EVERYTHING, Json, Layout, Names, Renderer, Services, Shape, Text, records,
    schema,
};
use crate::ss::fuzzing::{FAMILIES, rows};

const CAPTURES: [&[u8]; 8] = [
    include_bytes!("../../../../../../tests/data/inet-tcp4.bin"),
    include_bytes!("../../../../../../tests/data/inet-tcp6-extended.bin"),
    include_bytes!("../../../../../../tests/data/inet-udp4.bin"),
    include_bytes!("../../../../../../tests/data/inet-udp6.bin"),
    include_bytes!("../../../../../../tests/data/inet-mptcp4.bin"),
    include_bytes!("../../../../../../tests/data/unix.bin"),
    include_bytes!("../../../../../../tests/data/packet.bin"),
    include_bytes!("../../../../../../tests/data/netlink.bin"),
];

fn layout(details: Details, screen: Option<usize>, services: Option<Services>) -> Layout {
    Layout { columns: Column::ALL.to_vec(), header: true, screen, names: Names::new(services), details }
}

/// Puts every prefix of every record, as every family, into `renderer`; how many rows that made.
fn feed(renderer: &mut dyn Renderer) -> u64 {
    let mut count = 0;
    renderer.header().unwrap();
    for record in CAPTURES.into_iter().flat_map(records) {
        for family in FAMILIES {
            let mut record = record.to_vec();
            record[0] = family.0;
            for len in 0..=record.len() {
                for row in rows(&record[..len]) {
                    let _ = row.subject();
                    renderer.item(row).unwrap();
                    count += 1;
                }
            }
        }
    }
    renderer.end(()).unwrap();
    count
}

#[test]
fn text_shows_any_prefix() {
    let services = || Some(crate::ss::names::services());
    let lines = Details { oneline: false, numeric: false, ..EVERYTHING };
    for (details, screen, services) in
        [(EVERYTHING, None, None), (lines, Some(80), services()), (Details::default(), None, services())]
    {
        let mut out = Vec::new();
        let count = feed(&mut Text::new(&mut out, layout(details, screen, services)));
        assert!(count > 10_000 && out.len() as u64 > 20 * count, "{count}");
        if details.oneline {
            assert_eq!(out.iter().filter(|&&byte| byte == b'\n').count() as u64, count + 1);
        }
    }
}

#[test]
fn tables_show_any_prefix() {
    let mut out = Vec::new();
    let count = feed(&mut Text::tabled(&mut out, layout(EVERYTHING, None, None), true, Some(Vec::new())));
    assert!(out.len() as u64 > 20 * count);
}

#[test]
fn json_of_any_prefix_is_what_the_schema_says() {
    let mut out = Vec::new();
    let count = feed(&mut Json::new(&mut out, Shape::Lines, Names::default(), EVERYTHING));
    let lines = String::from_utf8(out).unwrap();
    assert_eq!(lines.lines().count() as u64, count + 2);
    let conformance = Conformance::new(schema().to_value());
    // Checking all of them takes minutes; the step meets every length and family.
    for line in lines.lines().step_by(97) {
        conformance.definition("Line", &serde_json::from_str(line).unwrap()).unwrap();
    }
}
