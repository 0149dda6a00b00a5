//! Moments as JSON has them: RFC 3339, in UTC, to the microsecond.
//!
//! The wall clock can be stepped, so the distance of two of them is not a duration that was measured.

use std::borrow::Cow;
use std::time::SystemTime;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// A moment; what lies beyond the year 9999 becomes the last moment of it.
#[derive(Clone, Copy, Debug)]
pub struct Time(pub SystemTime);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = Timestamp::try_from(self.0);
        let last = if self.0 < SystemTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
        serializer.collect_str(&format_args!("{:.6}", at.unwrap_or(last)))
    }
}

impl JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn moments_have_six_digits_whatever_they_are() {
        let at = |micros: u64| {
            let time = Time(SystemTime::UNIX_EPOCH + Duration::from_micros(micros));
            super::super::to_string(&time).unwrap()
        };
        #[rustfmt::skip]
        let cases = [
            (0,                       r#""1970-01-01T00:00:00.000000Z""#),
            (1_789_999_200_250_000,   r#""2026-09-21T14:00:00.250000Z""#),
            (999_999_999_999_999_999, r#""9999-12-30T22:00:00.999999Z""#),
        ];
        for (micros, text) in cases {
            assert_eq!(at(micros), text);
        }
    }
}
