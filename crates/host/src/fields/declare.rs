//! `group!`: how fields are written down, once.
//!
//! A field is `word: TYPE UNIT = reading;`. The type is that of a number, `text`, `(WORDS)` for a number by its word, or `[WORDS]` for
//! bits by theirs; the unit is left out where there is none, and behind it can stand in brackets of which tables it is if not of all the
//! group's. The reading is an option, made of what the group is read from.

/// Declares a group: fields that are always there if it is, then those that may be missing.
macro_rules! group {
    (
        $(#[doc = $doc:literal])*
        $name:ident = $group:literal of $tables:expr, needs $needs:ident, $view:ident from $source:path {
            $($(#[doc = $sure_doc:literal])* $sure:ident: $sure_type:tt $($sure_unit:ident)? = $sure_read:expr;)*
        }
        $(maybe { $($(#[doc = $may_doc:literal])* $may:ident: $may_type:tt $($may_unit:ident)? $([$own:ident])? = $may_read:expr;)* })?
    ) => {
        $(#[doc = $doc])*
        pub static $name: $crate::fields::Group = $crate::fields::Group {
            word: $group,
            doc: concat!($($doc),*).trim_ascii_start(),
            always: <[&str]>::len(&[$(stringify!($sure)),*]),
            fields: &[
                $($crate::fields::declare::field!(
                    $tables, $needs, $view from $source, [$($sure_doc),*] $sure: $sure_type [$($sure_unit)?] $sure_read
                ),)*
                $($($crate::fields::declare::field!(
                    $crate::fields::declare::tables!($tables $(, $own)?), $needs, $view from $source, [$($may_doc),*] $may: $may_type [$($may_unit)?] $may_read
                ),)*)?
            ],
            is_told: |facts| $source(facts).is_some(),
        };
    };
}

macro_rules! field {
    (
        $tables:expr, $needs:ident, $view:ident from $source:path,
        [$($doc:literal),*] $word:ident: $type:tt [$($unit:ident)?] $read:expr
    ) => {
        $crate::fields::Field {
            word: stringify!($word),
            key: concat!(stringify!($word), $crate::fields::declare::suffix!($($unit)?)),
            unit: $crate::fields::declare::unit!($($unit)?),
            kind: $crate::fields::declare::kind!($type),
            doc: concat!($($doc),*).trim_ascii_start(),
            tables: $tables,
            needs: $crate::sockets::Extras::$needs,
            read: |facts| {
                let $view = $source(facts)?;
                $crate::fields::declare::value!($type, $read)
            },
        }
    };
}

macro_rules! tables {
    ($group:expr $(,)?) => {
        $group
    };
    ($group:expr, $own:ident) => {
        $own
    };
}

macro_rules! value {
    (($words:ident), $read:expr) => {
        netdiag_sockdiag::words::$words.name($read?).map($crate::fields::Value::Word)
    };
    ([$words:ident], $read:expr) => {
        Some($crate::fields::Value::Flags($crate::fields::Flags {
            bits: $read?.into(),
            words: netdiag_sockdiag::words::$words,
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
        $crate::fields::Kind::Word(netdiag_sockdiag::words::$words)
    };
    ([$words:ident]) => {
        $crate::fields::Kind::Flags(netdiag_sockdiag::words::$words)
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
    (ms) => {
        $crate::fields::Unit::Milliseconds
    };
    (s) => {
        $crate::fields::Unit::Seconds
    };
    (bytes) => {
        $crate::fields::Unit::Bytes
    };
    (bytes_per_s) => {
        $crate::fields::Unit::BytesPerSecond
    };
}

macro_rules! suffix {
    () => {
        ""
    };
    ($unit:ident) => {
        concat!("_", stringify!($unit))
    };
}

pub(super) use {field, group, kind, suffix, tables, unit, value};
