//! What is written, held against the schema, the text of the same sockets, and the promises of a renderer.

use netdiag_host::{Family, Host, ListRequest, ProcRoot, Services, SocketDetails, Table};
use netdiag_sockdiag::filter::{Expr, Scope};
use netdiag_sockdiag::{InetRequest, InetSocket, NetlinkRequest, PacketRequest, Query, States, UnixRequest};
use serde_json::Value;

use super::*;
use crate::json::conformance::Conformance;
use crate::render::Renderer as _;
use crate::ss::column::Column;
use crate::ss::details::Details;
use crate::ss::fuzzing::EVERYTHING;
use crate::ss::render::Visiting;
use crate::ss::text::{Layout, Text};

mod constructed;
mod details;
mod families;
mod groups;
mod internals;
mod prefixes;
mod rows;
mod upper;

const PART: FamilyTable = FamilyTable { table: Table::Tcp, family: Family::Inet };

/// Answers of a kernel, socket by socket.
fn captured() -> Vec<(Table, &'static [u8])> {
    let tcp4: &[u8] = include_bytes!("../../../../../tests/data/inet-tcp4.bin");
    let tcp6: &[u8] = include_bytes!("../../../../../tests/data/inet-tcp6-extended.bin");
    let udp4: &[u8] = include_bytes!("../../../../../tests/data/inet-udp4.bin");
    let udp6: &[u8] = include_bytes!("../../../../../tests/data/inet-udp6.bin");
    let files = [(Table::Tcp, tcp4), (Table::Tcp, tcp6), (Table::Udp, udp4), (Table::Udp, udp6)];
    files.into_iter().flat_map(|(table, file)| records(file).map(move |record| (table, record))).collect()
}

/// The payloads of `SOCK_DIAG_BY_FAMILY` messages.
fn records(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let len = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
        let message = &bytes[..len];
        bytes = bytes.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some(message)
    })
    .filter(|message| message[4] == 20)
    .map(|message| &message[16..])
}

fn view(record: &[u8]) -> InetSocket<'_> {
    InetRequest::view(record).unwrap()
}

fn rendered(shape: Shape, names: Names, steps: impl FnOnce(&mut Json<&mut Vec<u8>>)) -> String {
    detailed(shape, names, Details::default(), steps)
}

fn detailed(
    shape: Shape,
    names: Names,
    details: Details,
    steps: impl FnOnce(&mut Json<&mut Vec<u8>>),
) -> String {
    let mut out = Vec::new();
    let mut json = Json::new(&mut out, shape, names, details);
    json.header().unwrap();
    steps(&mut json);
    json.end(()).unwrap();
    drop(json);
    String::from_utf8(out).unwrap()
}

fn add(json: &mut Json<&mut Vec<u8>>, sockets: &[(Table, &[u8])]) {
    for (table, record) in sockets {
        json.item(Socket::Inet(*table, view(record))).unwrap();
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn documents_and_lines_are_what_the_schema_says() {
    let conformance = Conformance::new(schema().to_value());
    let sockets = captured();
    for count in [0, 1, sockets.len()] {
        let names = || Names::new(Some(crate::ss::names::services()));
        let document = rendered(Shape::Document, names(), |json| add(json, &sockets[..count]));
        let document: Value = serde_json::from_str(&document).unwrap();
        conformance.document(&document).unwrap();
        assert_eq!(document["sockets"].as_array().unwrap().len(), count);

        let lines = lines(&rendered(Shape::Lines, names(), |json| add(json, &sockets[..count])));
        lines.iter().try_for_each(|line| conformance.definition("Line", line)).unwrap();
        let records: Vec<_> = lines.iter().map(|line| line["record"].as_str().unwrap()).collect();
        assert_eq!(records, [&["begin"][..], &vec!["socket"; count], &["end"]].concat());
        for (line, socket) in lines[1..].iter().zip(document["sockets"].as_array().unwrap()) {
            let mut line = line.clone();
            line.as_object_mut().unwrap().remove("record");
            assert_eq!(line, *socket);
        }
    }
}

#[test]
fn sockets_of_other_families_are_what_the_schema_says() {
    type View = for<'a> fn(&'a [u8]) -> Socket<'a>;
    let files: [(&str, &[u8], View); 3] = [
        ("unix", include_bytes!("../../../../../tests/data/unix.bin"), |record| {
            Socket::Unix(UnixRequest::view(record).unwrap(), Some(b"\0peer\xff"))
        }),
        ("packet", include_bytes!("../../../../../tests/data/packet.bin"), |record| {
            Socket::Packet(PacketRequest::view(record).unwrap())
        }),
        ("netlink", include_bytes!("../../../../../tests/data/netlink.bin"), |record| {
            Socket::Netlink(NetlinkRequest::view(record).unwrap())
        }),
    ];
    let conformance = Conformance::new(schema().to_value());
    for (family, file, view) in files {
        let text = rendered(Shape::Lines, Names::default(), |json| {
            records(file).for_each(|record| json.item(view(record)).unwrap());
        });
        let lines = lines(&text);
        lines.iter().try_for_each(|line| conformance.definition("Line", line)).unwrap();
        assert!(lines.len() > 3 && lines[1]["family"] == family, "{text}");
    }
}

#[test]
fn what_is_read_from_files_has_what_they_tell_and_no_cookie() {
    #[rustfmt::skip]
    let cases = [
        (Table::Tcp, Family::Inet, "tcp", "5: 0100007F:0016 0200007F:8ABE 01 0:0 00:0 0 0 0 17 1 000000000000beef 20 4 3 10 -1",
            Some(serde_json::json!({"rto_us": 200_000, "ato_us": 40_000, "quick_acks": 1, "pingpong": true, "cwnd": 10}))),
        (Table::Tcp, Family::Inet, "tcp", "6: 0100007F:0016 0200007F:8ABF 06 0:0 03:5 0 0 0 17 1 000000000000beef", None),
        (Table::Udp, Family::Inet, "udp", "7: 0100007F:0016 0000007F:0000 07 0:0 00:0 0 0 0 17 1 000000000000beef 0", None),
        (Table::UnixStream, Family::Unix, "unix", "beef: 2 0 00010000 0001 01 17 /run/s", None),
        (Table::PacketRaw, Family::Link, "packet", "beef 3 3 88cc 0 1 0 0 17", None),
        (Table::Netlink, Family::Netlink, "netlink", "beef 0 9 00000000 0 0 0 2 0 17", None),
    ];
    let conformance = Conformance::new(schema().to_value());
    for (table, family, name, line, tcp) in cases {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("net")).unwrap();
        std::fs::write(root.path().join("net").join(name), format!("header\n{line}\n")).unwrap();
        let question = ListRequest {
            family_table: FamilyTable { table, family },
            tables: [table].into_iter().collect(),
            states: States::ALL,
            details: SocketDetails::default(),
            filter: &Expr::ALWAYS,
            scope: Scope::default(),
        };
        let mut sockets = Host::here().with_proc_root(ProcRoot::at(root.path())).sockets();
        let info = Details { info: true, ..Details::default() };
        let text = detailed(Shape::Lines, Names::default(), info, |json| {
            assert!(sockets.list(&question, &mut Visiting(json)).unwrap().cut_short.is_none());
        });
        let socket = &lines(&text)[1];
        conformance.definition("Line", socket).unwrap();
        assert_eq!((socket.get("inode"), socket.get("cookie")), (Some(&17.into()), None), "{line}");
        assert_eq!(socket.get("tcp"), tcp.as_ref(), "{line}");
    }
}

#[test]
fn the_end_tells_what_went_wrong_and_whether_the_list_is_whole() {
    #[rustfmt::skip]
    let cases = [
        (CutShort::Interrupted,
            r#"{"kind":"changed","message":"the kernel interrupted the listing every time","netid":"tcp","family":"inet"}"#, false),
        (CutShort::Malformed(3),
            r#"{"kind":"malformed","message":"3 records cannot be read","missing":3,"netid":"tcp","family":"inet"}"#, false),
        (CutShort::Unsupported,
            r#"{"kind":"unsupported","message":"this kernel cannot list them","netid":"tcp","family":"inet"}"#, true),
        (CutShort::failed("recv", io::Error::from_raw_os_error(12)),
            r#"{"kind":"os","call":"recv","errno":12,"message":"recv: Cannot allocate memory","netid":"tcp","family":"inet"}"#, false),
    ];
    let conformance = Conformance::new(schema().to_value());
    for (why, expected, complete) in cases {
        let notice = Cause::CutShort(why);
        let end = format!("\"complete\":{complete},\"notices\":[{expected}],\"count\":0}}\n");
        for (shape, start) in [
            (Shape::Document, "\"sockets\":[\n],\"end_time\":"),
            (Shape::Lines, "\n{\"record\":\"end\",\"time\":"),
        ] {
            let text = rendered(shape, Names::default(), |json| json.notice(PART, &notice));
            assert!(text.contains(start) && text.ends_with(&end), "{text}");
            if shape == Shape::Document {
                conformance.document(&serde_json::from_str(&text).unwrap()).unwrap();
            }
        }
    }
}

/// Output without the times in it.
fn timeless(text: &str) -> String {
    let mut parts = text.split("time\":\"");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| text + part.split_once('"').unwrap().1)
}

#[test]
fn rows_are_taken_back_until_they_are_written() {
    let sockets = captured();
    for shape in [Shape::Document, Shape::Lines] {
        let expected = rendered(shape, Names::default(), |json| add(json, &sockets[..2]));
        let text = rendered(shape, Names::default(), |json| {
            json.begin();
            add(json, &sockets);
            assert!(json.retract());
            add(json, &sockets[..1]);
            json.begin();
            add(json, &sockets[3..]);
            assert!(json.retract());
            add(json, &sockets[1..2]);
        });
        assert_eq!(timeless(&text), timeless(&expected));
    }
}

#[test]
fn what_happens_has_its_time_in_both_shapes() {
    let conformance = Conformance::new(schema().to_value());
    let (table, record) = captured()[0];
    for shape in [Shape::Document, Shape::Lines] {
        let mut out = Vec::new();
        let mut json = Json::new(&mut out, shape, Names::default(), Details::default()).live();
        json.header().unwrap();
        json.item(Socket::Inet(table, view(record))).unwrap();
        json.overrun();
        json.overrun();
        json.end(()).unwrap();
        drop(json);
        let text = String::from_utf8(out).unwrap();
        let (socket, end) = match shape {
            Shape::Document => {
                let document: Value = serde_json::from_str(&text).unwrap();
                conformance.document(&document).unwrap();
                (document["sockets"][0].clone(), document)
            }
            Shape::Lines => {
                let lines = lines(&text);
                lines.iter().try_for_each(|line| conformance.definition("Line", line)).unwrap();
                (lines[1].clone(), lines[2].clone())
            }
        };
        assert!(socket["time"].is_string() && socket["family"].is_string(), "{text}");
        assert_eq!(end["notices"].as_array().unwrap().len(), 1, "{text}");
        assert_eq!((&end["complete"], &end["notices"][0]["kind"]), (&false.into(), &"overrun".into()));
    }
}

#[test]
fn memory_is_bounded_and_what_is_written_stays() {
    let sockets = captured();
    let text = rendered(Shape::Document, Names::default(), |json| {
        json.begin();
        while json.mark.is_some() {
            add(json, &sockets);
            assert!(json.frame.held_back() < (4 << 20) + SLACK);
        }
        assert!(!json.retract());
        add(json, &sockets);
    });
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["count"], document["sockets"].as_array().unwrap().len());
}

/// What a socket's row says in the classic layout, all columns, one blank between words.
fn text(row: Socket<'_>, details: Details, services: Option<Services>) -> String {
    let mut out = Vec::new();
    let layout = Layout {
        columns: Column::ALL.to_vec(),
        header: false,
        screen: None,
        names: Names::new(services),
        details,
    };
    let mut text = Text::new(&mut out, layout);
    text.item(row).unwrap();
    text.end(()).unwrap();
    drop(text);
    spaced(&String::from_utf8(out).unwrap().replace("UNDEF", "UNKNOWN"))
}

/// Words with one blank between them.
fn spaced(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A socket's record in JSON.
fn json(row: Socket<'_>, details: Details, services: Option<Services>) -> Value {
    let mut out = Vec::new();
    let mut json = Json::new(&mut out, Shape::Lines, Names::new(services), details);
    json.header().unwrap();
    json.item(row).unwrap();
    json.end(()).unwrap();
    drop(json);
    lines(&String::from_utf8(out).unwrap()).remove(1)
}
