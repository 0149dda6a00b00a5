//! The options of `ss`.
//!
//! Clap parses them as GNU getopt would: bundled, abbreviated, between the words. Options that select tables, families or
//! states come from one list, [`CHOICES`], and are kept in the order typed.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};
use netdiag_host::{Family, OwnerScope, Owners, ProcRoot, Table};
use netdiag_sockdiag::States;

use super::count::Key;
use super::query::{self, UnknownTable};
use super::selection::Choice;
use super::words::Words;
use crate::format::Output;

/// The arguments of `netdiag ss`.
pub(crate) struct Args {
    /// In the order typed.
    pub(crate) choices: Vec<Choice>,
    pub(crate) options: Options,
}

impl Args {
    /// Whether they say which sockets to list: by table, family, or any word.
    pub(crate) fn choose_sockets(&self) -> bool {
        let chosen = self.choices.iter().any(|choice| !matches!(choice, Choice::States(_)));
        chosen || !self.options.words.is_empty() || !self.options.count_by.is_empty()
    }

    /// Whether the command line says which states to show, rather than leaving it to the tables.
    pub(crate) fn states_are_named(&self, words: &Words) -> bool {
        !words.states.is_empty() || self.choices.iter().any(|choice| matches!(choice, Choice::States(_)))
    }

    /// The owners of sockets, in the detail asked for.
    pub(crate) fn owners(&self) -> Arc<Owners> {
        let Options { threads, context, contexts, .. } = self.options;
        let cgroups = self.options.count_by.contains(&Key::Unit);
        let scope = OwnerScope { threads, contexts: context || contexts, socket_contexts: contexts, cgroups };
        Arc::new(Owners::new(ProcRoot::of_environment().clone(), scope))
    }
}

/// List sockets
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Show ports as numbers instead of service names
    #[arg(short, long)]
    pub(crate) numeric: bool,

    /// Leave out the header line
    #[arg(short = 'H', long)]
    pub(crate) no_header: bool,

    /// Leave out the Recv-Q and Send-Q columns
    #[arg(short = 'Q', long)]
    pub(crate) no_queues: bool,

    /// Print every socket on one line
    #[arg(short = 'O', long)]
    pub(crate) oneline: bool,

    /// Look up the names of addresses
    #[arg(short, long)]
    pub(crate) resolve: bool,

    /// Show timers
    #[arg(short, long)]
    pub(crate) options: bool,

    /// Show details: owner, inode, cookie, and timers
    // `--ex` is an abbreviation scripts may use: `--explain` must not make it ambiguous.
    #[arg(short, long, alias = "ex")]
    pub(crate) extended: bool,

    /// Show memory use
    #[arg(short, long)]
    pub(crate) memory: bool,

    /// Show the processes that hold a socket
    #[arg(short, long)]
    pub(crate) processes: bool,

    /// Show the threads that hold a socket
    #[arg(short = 'T', long)]
    pub(crate) threads: bool,

    /// Show details of the protocol: round-trip time, window, rates
    #[arg(short, long)]
    pub(crate) info: bool,

    /// Show counts of sockets
    #[arg(short, long)]
    pub(crate) summary: bool,

    /// Show the socket filters of packet sockets
    #[arg(short, long)]
    pub(crate) bpf: bool,

    /// Show sockets as they are destroyed
    #[arg(short = 'E', long)]
    pub(crate) events: bool,

    /// Show the security contexts of processes
    #[arg(short = 'Z', long)]
    pub(crate) context: bool,

    /// Show the security contexts of processes and sockets
    #[arg(short = 'z', long)]
    pub(crate) contexts: bool,

    /// List the sockets of another network namespace
    #[arg(short = 'N', long = "net", visible_alias = "netns", value_name = "NAME|PID|PATH")]
    pub(crate) namespace: Option<OsString>,

    /// Close the sockets that match
    #[arg(short = 'K', long)]
    pub(crate) kill: bool,

    /// With -K, close every socket of the tables shown if neither filter nor state selects some
    #[arg(long, requires = "kill")]
    pub(crate) yes: bool,

    /// Write the kernel's answer about TCP sockets to a file
    #[arg(short = 'D', long, value_name = "FILE")]
    pub(crate) diag: Option<OsString>,

    /// Read the filter from a file
    #[arg(short = 'F', long = "filter", value_name = "FILE")]
    pub(crate) filter_file: Vec<OsString>,

    /// Show type of service, traffic class and class id
    #[arg(long)]
    pub(crate) tos: bool,

    /// Show control groups
    #[arg(long)]
    pub(crate) cgroup: bool,

    /// Show details of TIPC sockets
    #[arg(long)]
    pub(crate) tipcinfo: bool,

    /// Show socket storage of BPF programs: not supported
    #[arg(long, hide = true)]
    pub(crate) bpf_maps: bool,

    /// Show socket storage of one BPF map: not supported
    #[arg(long, hide = true, value_name = "ID")]
    pub(crate) bpf_map_id: Vec<String>,

    /// Show which socket options are set
    #[arg(long)]
    pub(crate) inet_sockopt: bool,

    /// Print on standard error what could not be asked of the kernel, what was done instead, and what helps
    #[arg(long)]
    pub(crate) explain: bool,

    #[command(flatten)]
    pub(crate) output: Output,

    /// Count the sockets that have these in common, in place of a list of them: state, process, peer, port, user, unit, local,
    /// family, netid, cgroup
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        hide_possible_values = true,
        value_name = "KEY[,KEY]",
        conflicts_with_all = ["kill", "events", "diag"]
    )]
    pub(crate) count_by: Vec<Key>,

    /// Sockets to show: "state NAME" or "exclude NAME", any number of them, and conditions such as "sport = 22 or dst 10/8"
    #[arg(value_name = "FILTER")]
    pub(crate) words: Vec<OsString>,
}

/// Options that select, by letter, name and help.
#[rustfmt::skip]
const CHOICES: [(Option<char>, &str, &str, Choice); 16] = [
    (Some('t'), "tcp",            "Show TCP sockets",                                   Choice::Table(Table::Tcp)),
    (Some('u'), "udp",            "Show UDP sockets",                                   Choice::Table(Table::Udp)),
    (Some('w'), "raw",            "Show raw sockets",                                   Choice::Table(Table::Raw)),
    (Some('M'), "mptcp",          "Show MPTCP sockets",                                 Choice::Table(Table::Mptcp)),
    (Some('S'), "sctp",           "Show SCTP sockets",                                  Choice::Table(Table::Sctp)),
    (Some('d'), "dccp",           "Show DCCP sockets",                                  Choice::Table(Table::Dccp)),
    (Some('4'), "ipv4",           "Show IPv4 sockets",                                  Choice::Family(Family::Inet)),
    (Some('6'), "ipv6",           "Show IPv6 sockets",                                  Choice::Family(Family::Inet6)),
    (Some('x'), "unix",           "Show Unix sockets",                                  Choice::Family(Family::Unix)),
    (Some('0'), "packet",         "Show packet sockets",                                Choice::Family(Family::Link)),
    (None,      "vsock",          "Show sockets between virtual machines and hosts",    Choice::Family(Family::Vsock)),
    (None,      "tipc",           "Show TIPC sockets",                                  Choice::Family(Family::Tipc)),
    (None,      "xdp",            "Show XDP sockets",                                   Choice::Family(Family::Xdp)),
    (Some('a'), "all",            "Show sockets in all states",                         Choice::States(States::ALL)),
    (Some('l'), "listening",      "Show sockets that listen or are not connected",      Choice::States(States::LISTENING)),
    (Some('B'), "bound-inactive", "Show TCP sockets that are bound but do not listen",  Choice::States(States::BOUND_INACTIVE)),
];

/// A family by name, as `-f` takes it.
fn family(name: &str) -> Result<Choice, UnknownFamily> {
    let family = Family::ALL.into_iter().find(|family| family.name() == name);
    family.map(Choice::Family).ok_or_else(|| UnknownFamily(name.to_owned()))
}

fn tables(list: &str) -> Result<Choice, UnknownTable> {
    query::parse(list).map(Choice::Query)
}

/// A word that names no family; `help` is one, and asks for help.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UnknownFamily(pub(crate) String);

impl fmt::Display for UnknownFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is invalid family", self.0)
    }
}

impl std::error::Error for UnknownFamily {}

impl Options {
    /// The options that make another call look at the same place.
    pub(crate) fn place(&self) -> Vec<String> {
        let name = self.namespace.as_ref().map(|name| name.to_string_lossy().into_owned());
        name.into_iter().flat_map(|name| ["-N".to_owned(), name]).collect()
    }

    /// What sockets are counted by, each once; nothing where they are listed.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let mut keys = Vec::new();
        for key in &self.count_by {
            if !keys.contains(key) {
                keys.push(*key);
            }
        }
        keys
    }

    /// Whether processes are to be shown; each option that adds to them asks for them too.
    pub(crate) fn shows_owners(&self) -> bool {
        let counted = self.count_by.iter().any(|key| key.is_of_owners());
        self.processes || self.threads || self.context || self.contexts || counted
    }
}

impl FromArgMatches for Args {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut typed: Vec<(usize, Choice)> = Vec::new();
        for (_, name, _, choice) in CHOICES {
            if matches.get_flag(name) {
                typed.extend(matches.indices_of(name).into_iter().flatten().map(|at| (at, choice.clone())));
            }
        }
        for name in ["family", "query"] {
            let places = matches.indices_of(name).into_iter().flatten();
            typed.extend(places.zip(matches.get_many(name).into_iter().flatten().cloned()));
        }
        typed.sort_by_key(|&(at, _)| at);
        Ok(Self {
            choices: typed.into_iter().map(|(_, choice)| choice).collect(),
            options: Options::from_arg_matches(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Args {
    fn augment_args(command: Command) -> Command {
        let choices = CHOICES.map(|(letter, name, help, _)| {
            let option = Arg::new(name).long(name).help(help).action(ArgAction::SetTrue);
            match letter {
                Some(letter) => option.short(letter),
                None => option,
            }
        });
        // Both take any next word, like getopt: a dash does not make it an option.
        let family = Arg::new("family")
            .short('f')
            .long("family")
            .value_name("FAMILY")
            .help(format!("Show sockets of a family: {FAMILIES}"))
            .action(ArgAction::Append)
            .allow_hyphen_values(true)
            .value_parser(family);
        let query = Arg::new("query")
            .short('A')
            .long("query")
            .visible_alias("socket")
            .value_name("TABLE[,TABLE]")
            .help(format!("Show these tables: {TABLES}; \"!\" takes one away"))
            .action(ArgAction::Append)
            .allow_hyphen_values(true)
            .value_parser(tables);
        let version = Arg::new("version")
            .short('V')
            .visible_short_alias('v')
            .long("version")
            .help("Print version")
            .action(ArgAction::Version);
        Options::augment_args(command.args(choices).args([family, query]))
            .version(env!("CARGO_PKG_VERSION"))
            .disable_version_flag(true)
            .arg(version)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// What `-A` takes.
pub(super) const TABLES: &str = "all, inet, tcp, mptcp, udp, raw, dccp, sctp, unix, unix_stream, unix_dgram, unix_seqpacket, \
     packet, packet_raw, packet_dgram, netlink, vsock, vsock_stream, vsock_dgram, tipc, xdp";

/// What `-f` takes.
pub(super) const FAMILIES: &str = "inet, inet6, link, unix, netlink, vsock, tipc, xdp";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_getopt_would_and_keep_their_order() {
        #[rustfmt::skip]
        let cases: &[(&str, &str, &[&str])] = &[
            ("-tl4",                       "[Table(Tcp), States(States(1152)), Family(Inet)]", &[]),
            ("-la",                        "[States(States(1152)), States(States(16383))]",    &[]),
            ("-l -a -l",                   "[States(States(16383)), States(States(1152))]",    &[]),
            ("sport = 22 -u dport = 23",   "[Table(Udp)]",                                     &["sport", "=", "22", "dport", "=", "23"]),
            ("--tc --bound",               "[Table(Tcp), States(States(8192))]",               &[]),
            ("-x -A tcp -0f xdp --vsock",  "[Family(Unix), Query([Item { tables: [Tcp], add: true }]), Family(Link), Family(Xdp), Family(Vsock)]", &[]),
            ("--socket=udp --family unix", "[Query([Item { tables: [Udp], add: true }]), Family(Unix)]", &[]),
            ("-t -- -u",                   "[Table(Tcp)]",                                     &["-u"]),
            ("-nnHQO",                     "[]",                                               &[]),
        ];
        for (line, choices, words) in cases {
            let command = <Args as clap::Args>::augment_args(Command::new("ss"))
                .infer_long_args(true)
                .args_override_self(true)
                .no_binary_name(true);
            let matches = command.try_get_matches_from(line.split(' ')).unwrap();
            let args = Args::from_arg_matches(&matches).unwrap();
            assert_eq!(format!("{:?}", args.choices), *choices, "{line}");
            assert_eq!(args.options.words, *words, "{line}");
        }
    }

    #[test]
    fn families_have_the_names_of_the_manual() {
        for name in ["inet", "inet6", "link", "unix", "netlink", "vsock", "tipc", "xdp"] {
            assert!(family(name).is_ok(), "{name}");
        }
        for name in ["help", "INET", "", "packet"] {
            assert!(family(name).is_err(), "{name}");
        }
    }
}
