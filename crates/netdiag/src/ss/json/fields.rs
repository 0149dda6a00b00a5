//! Groups of the registry of fields within the JSON of a socket, each by its name.
//!
//! Most are an object of their own. The keys of some stand among those of the socket; where they stand is the record's choice.

use std::borrow::Cow;

use netdiag_host::fields::{self, Facts, Group};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::json::fields::{group, write};

/// A group within the JSON of a socket.
pub(crate) trait Grouped<'a>: Sized {
    /// Its fields.
    const GROUP: &'static Group;

    /// What a socket has of it.
    fn of(facts: &'a Facts<'a>) -> Self;

    /// The same if the socket has any of it.
    #[inline]
    fn new(facts: &'a Facts<'a>) -> Option<Self> {
        Self::GROUP.is_told(facts).then(|| Self::of(facts))
    }
}

macro_rules! groups {
    ($($name:ident = $group:ident;)*) => { $(
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name<'a>(&'a Facts<'a>);

        impl<'a> Grouped<'a> for $name<'a> {
            const GROUP: &'static Group = &fields::$group;

            #[inline]
            fn of(facts: &'a Facts<'a>) -> Self {
                Self(facts)
            }
        }

        impl Serialize for $name<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                write(fields::$group.fields, self.0, serializer)
            }
        }

        impl JsonSchema for $name<'_> {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                group(&fields::$group)
            }
        }
    )* };
}

groups! {
    Columns = COLUMNS;
    Identity = IDENTITY;
    Openness = OPENNESS;
    Timer = TIMER;
    Classes = CLASSES;
    Options = OPTIONS;
    Protocol = PROTOCOL;
    Memory = MEMORY;
    Tcp = TCP;
    Congestion = CONGESTION;
    Bbr = BBR;
    Dctcp = DCTCP;
    Vegas = VEGAS;
    Mptcp = MPTCP;
    Associated = SCTP;
}
