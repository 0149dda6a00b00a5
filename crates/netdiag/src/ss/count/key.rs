//! What sockets can be counted by.
//!
//! The words are those of the command line, of JSON and of the headings alike.

use clap::ValueEnum;

/// A property that sockets are told apart by.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Key {
    /// The state, as the State column has it.
    State,
    /// The process that holds it.
    Process,
    /// The address of the other end, without its port.
    Peer,
    /// The port of the service: this end's where this host listens on it, else the other end's.
    Port,
    /// The owner.
    User,
    /// The unit of the service manager whose process holds it.
    Unit,
    /// The address of this end, without its port.
    Local,
    /// The address family.
    Family,
    /// The Netid column.
    Netid,
    /// The control group it was made in.
    Cgroup,
}

impl Key {
    /// What it is called.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Process => "process",
            Self::Peer => "peer",
            Self::Port => "port",
            Self::User => "user",
            Self::Unit => "unit",
            Self::Local => "local",
            Self::Family => "family",
            Self::Netid => "netid",
            Self::Cgroup => "cgroup",
        }
    }

    /// What stands above its column.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::State => "State",
            Self::Process => "Process",
            Self::Peer => "Peer",
            Self::Port => "Port",
            Self::User => "User",
            Self::Unit => "Unit",
            Self::Local => "Local",
            Self::Family => "Family",
            Self::Netid => "Netid",
            Self::Cgroup => "Cgroup",
        }
    }

    /// Whether it takes a look at processes.
    pub(crate) fn is_of_owners(self) -> bool {
        matches!(self, Self::Process | Self::Unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_has_the_same_words() {
        for key in Key::value_variants() {
            assert_eq!(key.to_possible_value().unwrap().get_name(), key.word());
            assert_eq!(key.heading().to_lowercase(), key.word());
        }
    }
}
