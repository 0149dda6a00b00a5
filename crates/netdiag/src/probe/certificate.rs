//! A certificate in a few lines: whom it is for, who signed it, and for how long it is still good.

use std::io::{self, Write};
use std::time::SystemTime;

use jiff::Timestamp;
use netdiag_probe::tls::Certificate;
use netdiag_text::Secrets;
use netdiag_text::duration::Short;

/// Writes it, as of `now`.
pub(super) fn write(out: &mut impl Write, certificate: &Certificate, now: SystemTime) -> io::Result<()> {
    let shown = |text: &str| Secrets::NONE.show(text).cropped(LONGEST);
    writeln!(out, "  certificate {}, {}", shown(&certificate.subject), validity(certificate, now))?;
    if certificate.issuer != certificate.subject {
        writeln!(out, "    by {}", shown(&certificate.issuer))?;
    }
    if !certificate.names.is_empty() {
        writeln!(out, "    for {}", shown(&certificate.names.join(", ")))?;
    }
    Ok(())
}

/// Until when it is good, or since when it is not.
pub(crate) fn validity(certificate: &Certificate, now: SystemTime) -> String {
    let end = day(certificate.not_after);
    match (certificate.expires_in(now), now.duration_since(certificate.not_after)) {
        _ if certificate.not_before > now => format!("not valid before {}", day(certificate.not_before)),
        (Some(left), _) => format!("expires in {} ({end})", Short(left)),
        (None, Ok(past)) => format!("expired {} ago ({end})", Short(past)),
        (None, Err(_)) => format!("expired ({end})"),
    }
}

/// The day in UTC.
fn day(time: SystemTime) -> String {
    instant(time).map_or_else(|| "out of range".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
}

/// A point in time; `None` beyond the year 9999.
pub(super) fn instant(time: SystemTime) -> Option<Timestamp> {
    Timestamp::try_from(time).ok()
}

const LONGEST: usize = 300;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn validity_is_said_with_its_day() {
        let at = |days: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400);
        let certificate = Certificate {
            subject: "CN=a\u{1b}[2J".to_owned(),
            issuer: "CN=b".to_owned(),
            serial: "01".to_owned(),
            not_before: at(10),
            not_after: at(100),
            names: vec!["a".to_owned(), "::1".to_owned()],
            fingerprint: String::new(),
        };
        #[rustfmt::skip]
        let cases = [
            (5,   "not valid before 1970-01-11"),
            (50,  "expires in 50d (1970-04-11)"),
            (99,  "expires in 1d (1970-04-11)"),
            (103, "expired 3d ago (1970-04-11)"),
        ];
        for (now, words) in cases {
            assert_eq!(validity(&certificate, at(now)), words);
        }
        let mut out = Vec::new();
        write(&mut out, &certificate, at(50)).unwrap();
        let shown = "  certificate CN=a\\x1b[2J, expires in 50d (1970-04-11)\n    by CN=b\n    for a, ::1\n";
        assert_eq!(String::from_utf8(out).unwrap(), shown);
    }
}
