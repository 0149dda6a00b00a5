//! `group!`: how fields are written down, once.
//!
//! A field is `word: TYPE UNIT = reading;`. The type is that of a number, `text`, `(WORDS)` for a number by its word, or `[WORDS]` for
//! bits by theirs; the unit is left out where there is none, and behind it can stand in brackets of which tables it is if not of all the
//! group's. The reading is an option, made of what the group is read from, which is made of the facts.

/// Declares a group, of whose fields so many are always there if it is.
macro_rules! group {
    (
        $(#[doc = $about:literal])*
        $name:ident = $group:literal always $always:literal of $tables:expr, needs $needs:ident,
        |$facts:ident| $view:ident = $source:expr => {
            $($(#[doc = $doc:literal])* $word:ident: $type:tt $($unit:ident)? $([$own:ident])? = $read:expr;)*
        }
    ) => {
        $(#[doc = $about])*
        pub static $name: $crate::fields::Group = $crate::fields::Group {
            word: $group,
            doc: concat!($($about),*).trim_ascii_start(),
            always: $always,
            fields: &[$($crate::fields::Field {
                word: stringify!($word),
                key: concat!(stringify!($word) $(, "_", stringify!($unit))?),
                unit: $crate::fields::declare::unit!($($unit)?),
                kind: $crate::fields::declare::kind!($type),
                doc: concat!($($doc),*).trim_ascii_start(),
                tables: $crate::fields::declare::tables!($tables $(, $own)?),
                needs: $crate::sockets::SocketDetails::$needs,
                read: |$facts| {
                    let $view = $source?;
                    $crate::fields::declare::value!($type, $read)
                },
            },)*],
            is_told: |$facts| $source.is_some(),
        };
    };
}

macro_rules! tables {
    ($group:expr) => {
        $group
    };
    ($group:expr, $own:ident) => {
        $own
    };
}

macro_rules! value {
    (($words:ident), $read:expr) => {
        words::$words.name($read?).map($crate::fields::Value::Word)
    };
    ([$words:ident], $read:expr) => {
        Some($crate::fields::Value::Flags($crate::fields::Flags {
            bits: $read?.into(),
            words: words::$words,
        }))
    };
    (text, $read:expr) => {
        $read.map($crate::fields::Value::Text)
    };
    ($type:ident, $read:expr) => {{
        let value: Option<$type> = $read;
        value.map($crate::fields::Value::from)
    }};
}

macro_rules! kind {
    (($words:ident)) => {
        $crate::fields::Kind::Word(words::$words)
    };
    ([$words:ident]) => {
        $crate::fields::Kind::Flags(words::$words)
    };
    (text) => {
        $crate::fields::Kind::Text
    };
    ($type:ident) => {
        <$type as $crate::fields::value::Plain>::KIND
    };
}

macro_rules! unit {
    () => {
        $crate::fields::Unit::None
    };
    (us) => {
        $crate::fields::Unit::Microseconds
    };
    (bytes) => {
        $crate::fields::Unit::Bytes
    };
    (bytes_per_s) => {
        $crate::fields::Unit::BytesPerSecond
    };
}

/// Milliseconds of the kernel's as what all durations are told in.
#[inline]
pub(super) fn micros(millis: Option<u32>) -> Option<u64> {
    millis.map(|millis| u64::from(millis) * 1000)
}

pub(super) use {group, kind, tables, unit, value};
