//! Names that would steer a terminal, wherever a row can have one: no format shows one as it is, and JSON loses none.

use netdiag_host::{Cgroups, Services, Socket, Table};
use netdiag_sockdiag::{InetRequest, Query, UnixRequest};
use netdiag_text::terminal::acts;

use super::column::Column;
use super::fuzzing::EVERYTHING;
use super::json::Json;
use super::names::Names;
use super::render::Renderer;
use super::text::fixture::{attr, words};
use super::text::{Layout, Text};
use crate::json::Shape;

/// C1's way to begin a command, marks that turn or isolate the direction of writing, a bell, what begins a title.
const NAME: &str = "x\u{9b}2J\u{202e}\u{2066}\u{200f}\u{61c}\u{7}\u{1b}]0;y";

fn names() -> Names {
    let services = format!("{NAME} 22/tcp\n{NAME} 22/udp\n");
    let group = (3, format!("/{NAME}").into_bytes().into());
    Names {
        cgroups: Cgroups::from_iter([group]),
        ..Names::new(Some(Services::new(1..=1, &services, &format!("{NAME} 22\n"))))
    }
}

/// A socket of a protocol, with port 22 at both ends.
fn inet() -> Vec<u8> {
    let name = [NAME.as_bytes(), b"\0"].concat();
    let attrs =
        [attr(2, &[1; 232]), attr(4, &name), attr(19, &attr(1, &name)), attr(21, &3_u64.to_ne_bytes())]
            .concat();
    [&[2, 1, 0, 0, 0, 22, 0, 22][..], &[1; 36], &words(&[1, 1, 0, 0, 0, 0, 7]), &attrs].concat()
}

fn unix(name: &[u8]) -> Vec<u8> {
    [&[1, 1, 1, 0][..], &words(&[7, 5, 0]), &attr(0, name), &attr(2, &words(&[8]))].concat()
}

/// What the rows are in a format.
fn shown<'o>(out: &'o mut Vec<u8>, renderer: impl FnOnce(&'o mut Vec<u8>) -> Box<dyn Renderer + 'o>) {
    let mut renderer = renderer(out);
    renderer.header().unwrap();
    let inet = inet();
    let unix = [NAME.as_bytes(), format!("\0{NAME}").as_bytes()].map(unix);
    for table in [Table::Tcp, Table::Udp, Table::Raw, Table::Mptcp] {
        renderer.item(Socket::Inet(table, InetRequest::view(&inet).unwrap())).unwrap();
    }
    for record in &unix {
        renderer.item(Socket::Unix(UnixRequest::view(record).unwrap(), Some(NAME.as_bytes()))).unwrap();
    }
    renderer.end(()).unwrap();
}

#[test]
fn no_format_shows_what_acts() {
    let layout = || Layout {
        columns: Column::ALL.to_vec(),
        header: true,
        screen: Some(200),
        names: names(),
        details: EVERYTHING,
    };
    for format in 0..4 {
        let mut out = Vec::new();
        shown(&mut out, |out| match format {
            0 => Box::new(Text::new(out, layout())),
            1 => Box::new(Text::tabled(out, layout(), false, Some(Vec::new()))),
            2 => Box::new(Json::new(out, Shape::Document, names(), EVERYTHING)),
            _ => Box::new(Json::new(out, Shape::Lines, names(), EVERYTHING)),
        });
        let text = String::from_utf8(out).unwrap();
        let acting: Vec<char> = text.chars().filter(|it| acts(*it) && *it != '\n').collect();
        assert!(acting.is_empty(), "{format}: {acting:?} in {text}");
        let (escaped, times) =
            if format < 2 { ("x\\302\\2332J\\342\\200\\256", 13) } else { ("x\\u009b2J\\u202e", 17) };
        assert!(text.matches(escaped).count() >= times, "{format}: {text}");
        if format == 2 {
            let document: serde_json::Value = serde_json::from_str(&text).unwrap();
            let socket = &document["sockets"][0];
            for name in [&socket["congestion"], &socket["ulp"]["name"], &socket["local"]["service"]] {
                assert_eq!(*name, NAME, "{socket}");
            }
            assert_eq!(socket["cgroup"]["path"], format!("/{NAME}"));
        }
    }
}
