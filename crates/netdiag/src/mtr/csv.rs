//! Comma separated values as upstream writes them: a row for each hop, in the wide form one for each address.
//!
//! The column without a name has what was lost; that is how upstream shows a blank.

use std::borrow::Cow;
use std::io;
use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use super::field::Value;
use super::page::Page;
use super::statistics::{HopStatistics, Statistics};

/// The rows, below what they are called; nothing if there are none.
pub(super) fn text(page: &mut Page, statistics: &Statistics) -> io::Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut text = String::new();
    for (distance, hop) in statistics.shown() {
        if text.is_empty() {
            text = heading(page);
        }
        let name = page.name(hop);
        text += &row(page, now, distance, (&name, hop.current), hop);
        let most = if page.wide { page.most } else { 1 };
        for responder in hop.addresses(most).skip(1) {
            let address = Some(responder.address);
            let name = page.who.words(address);
            text += &row(page, now, distance, (&name, address), hop);
        }
    }
    Ok(text)
}

fn heading(page: &mut Page) -> String {
    let number = page.as_number(None).map(|_| "Asn,").unwrap_or_default();
    let titles: String = page.fields.iter().map(|field| format!("{},", field.title)).collect();
    format!("Mtr_Version,Start_Time,Status,Host,Hop,Ip,{number}{titles}\n")
}

/// A hop's figures for somebody who answers there.
fn row(
    page: &mut Page,
    seconds: u64,
    distance: u8,
    (name, address): (&str, Option<IpAddr>),
    hop: &HopStatistics,
) -> String {
    let host = quoted(&page.host).into_owned();
    let mut line = format!("MTR.{VERSION},{seconds},OK,{host},{distance},{}", quoted(name));
    if let Some(number) = page.as_number(address) {
        line += &format!(",{}", quoted(&number));
    }
    for field in page.fields.iter() {
        line += &match field.value(hop) {
            Value::Real(number) => format!(",{number:.2}"),
            Value::Whole(number) => format!(",{number}"),
        };
    }
    line + "\n"
}

/// A field that may have anything in it (RFC 4180).
fn quoted(text: &str) -> Cow<'_, str> {
    match text.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")).into(),
        false => text.into(),
    }
}

/// The version that is followed.
pub(super) const VERSION: &str = "0.96";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_in_a_name_is_no_new_field() {
        assert_eq!(quoted("a,b\"c"), "\"a,b\"\"c\"");
        assert_eq!(quoted("10.0.0.1"), "10.0.0.1");
    }
}
