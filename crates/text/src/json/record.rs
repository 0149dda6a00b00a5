//! `record!`: how the shape of JSON is written down, once, for the writer, the schema and the reference.
//!
//! Keys under `maybe` are left out when there is nothing to say; none is ever `null`. The doc comments are the schema's
//! descriptions and the text of the reference in docs/.

/// Declares a record: keys that are always there, then those that may be missing, in the order they are written.
///
/// Whoever uses it needs `schemars` and `serde`.
#[macro_export]
macro_rules! record {
    (
        $(#[$meta:meta])*
        $name:ident $(<$life:lifetime>)? { $($(#[$note:meta])* $key:ident: $value:ty,)* }
        $(maybe { $($(#[$maybe_note:meta])* $maybe_key:ident: $maybe_value:ty,)* })?
    ) => {
        $(#[$meta])*
        #[derive(Debug, schemars::JsonSchema, serde::Serialize)]
        pub(crate) struct $name $(<$life>)? {
            $($(#[$note])* pub(crate) $key: $value,)*
            $($(
                $(#[$maybe_note])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub(crate) $maybe_key: Option<$maybe_value>,
            )*)?
        }
    };
}

pub use record;
