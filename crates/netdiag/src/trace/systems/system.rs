//! One autonomous system: [`System`].

use std::fmt;

use netdiag_text::Secrets;

/// An autonomous system that announces an address.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::trace) struct System {
    pub(in crate::trace) number: u32,
    /// Whose it is.
    pub(in crate::trace) name: Option<String>,
    /// ISO 3166, where it is registered.
    pub(in crate::trace) country: Option<String>,
    /// The block the address is in.
    pub(in crate::trace) prefix: Option<String>,
}

/// `AS64500 EXAMPLE`, without what steers a terminal.
impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AS{}", self.number)?;
        self.name.iter().try_for_each(|name| write!(f, " {}", Secrets::NONE.show(name)))
    }
}

/// What a source says, or nothing where it is empty.
pub(super) fn some(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
