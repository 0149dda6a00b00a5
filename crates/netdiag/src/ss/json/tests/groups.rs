//! Groups of sockets, held against the schema.

use super::*;
use crate::ss::count::Value as Answer;
use crate::ss::count::{self, GroupFormat, Key, Labels, Total};

/// Every kind of answer there is, key by key.
fn groups() -> Vec<(Key, Answer)> {
    let name = |name: &[u8]| Answer::Name(name.into());
    vec![
        (Key::State, Answer::Word { shown: "CLOSE-WAIT", name: "close-wait" }),
        (Key::Process, Answer::Process { comm: b"a\xff"[..].into(), pid: 812, others: 0 }),
        (Key::Process, Answer::Process { comm: b"api"[..].into(), pid: 812, others: 3 }),
        (Key::Process, Answer::Unknown),
        (Key::Peer, Answer::Address([10, 0, 0, 1].into())),
        (Key::Peer, name(b"/run/x")),
        (Key::Port, Answer::Port(22)),
        (Key::Port, Answer::None),
        (Key::User, Answer::User(0)),
        (Key::Unit, name(b"api.service")),
        (Key::Local, Answer::Address([0; 16].into())),
        (Key::Family, Answer::word("inet")),
        (Key::Netid, Answer::word("tcp")),
        (Key::Cgroup, Answer::Cgroup { path: b"/a"[..].into(), id: 3 }),
        (Key::Cgroup, Answer::Cgroup { path: b"unreachable:3"[..].into(), id: 3 }),
    ]
}

fn written(shape: Shape, key: Key, value: &Answer, further: u64) -> String {
    let mut out = Vec::new();
    let json = Json::new(&mut out, shape, Names::default(), Details::default());
    let mut json = json.counting_by(vec![key]);
    let mut names = Names::new(Some(Services::new(1..=1, "ssh 22/tcp\n", "")));
    GroupFormat::header(&mut json).unwrap();
    let group = count::Group { count: 5, values: std::slice::from_ref(value) };
    json.group(&group, &mut Labels::new(&mut names)).unwrap();
    GroupFormat::end(&mut json, Total { sockets: 5 + further, further }).unwrap();
    drop(json);
    String::from_utf8(out).unwrap()
}

#[test]
fn groups_are_what_the_schema_says() {
    let conformance = Conformance::new(schema().to_value());
    for (key, value) in groups() {
        let document: Value = serde_json::from_str(&written(Shape::Document, key, &value, 0)).unwrap();
        conformance.document(&document).unwrap();
        assert_eq!((&document["count"], &document["complete"]), (&5.into(), &true.into()));
        let lines = lines(&written(Shape::Lines, key, &value, 7));
        lines.iter().try_for_each(|line| conformance.definition("Line", line)).unwrap();
        let end = lines.last().unwrap();
        assert_eq!(
            (&end["count"], &end["further"], &end["complete"]),
            (&12.into(), &7.into(), &false.into())
        );
        let group = document["counted"][0].as_object().unwrap();
        match value {
            Answer::None => assert_eq!(group.len(), 1, "{group:?}"),
            Answer::Unknown => assert_eq!(group["unknown"], serde_json::json!([key.word()])),
            Answer::User(_) => assert_eq!((&group["uid"], &group["user"]), (&0.into(), &"root".into())),
            Answer::Port(_) => assert_eq!((&group["port"], &group["service"]), (&22.into(), &"ssh".into())),
            _ => assert!(group.len() == 2 && group.contains_key(key.word()), "{group:?}"),
        }
    }
}
