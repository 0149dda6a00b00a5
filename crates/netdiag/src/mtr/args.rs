//! The command line of `mtr`.
//!
//! All of it is upstream's, names included. Of the options that choose a form of output the last one given counts.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{ArgMatches, Command, FromArgMatches};

use super::field::{self, Field};
use super::ipinfo::Fact;
use super::value::{self, Bytes, Fill, Seconds};
use crate::netns::Elsewhere;

/// The arguments of `netdiag mtr`.
pub(crate) struct Args {
    /// What is written; `None` keeps a screen up to date.
    pub(super) form: Option<Form>,
    pub(super) options: Options,
}

/// What is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// A table for people, at the end.
    Report,
    Xml,
    Csv,
    Json,
    /// A line for each thing that happens.
    Raw,
    /// A line for each hop that has changed.
    Split,
}

/// Options that choose a form, by name.
const FORMS: [(&str, Option<Form>); 8] = [
    ("report", Some(Form::Report)),
    ("report_wide", Some(Form::Report)),
    ("xml", Some(Form::Xml)),
    ("csv", Some(Form::Csv)),
    ("json", Some(Form::Json)),
    ("raw", Some(Form::Raw)),
    ("split", Some(Form::Split)),
    ("curses", None),
];

/// Ask all routers on the way to hosts over and over, and report their loss and round-trip times as mtr does
#[derive(clap::Args, Debug)]
#[command(args_override_self = true, disable_version_flag = true)]
pub(crate) struct Options {
    /// Read hosts from a file, one on each line; - is standard input
    #[arg(short = 'F', long, value_name = "FILE", action = clap::ArgAction::Append)]
    pub(super) filename: Vec<PathBuf>,

    /// Use IPv4 only
    #[arg(short = '4', long, overrides_with = "inet6")]
    pub(super) inet: bool,

    /// Use IPv6 only
    #[arg(short = '6', long, overrides_with = "inet")]
    pub(super) inet6: bool,

    /// Send UDP datagrams instead of ICMP echo requests
    #[arg(short, long)]
    pub(super) udp: bool,

    /// Open TCP connections instead of sending ICMP echo requests
    #[arg(short = 'T', long)]
    pub(super) tcp: bool,

    /// SCTP instead of ICMP: not supported
    #[arg(short = 'S', long)]
    pub(super) sctp: bool,

    /// The port that probes go to [default: 80 with TCP, 33434 with UDP]
    #[arg(short = 'P', long, value_name = "PORT", value_parser = value::port, allow_hyphen_values = true)]
    pub(super) port: Option<u16>,

    /// The port that datagrams come from
    #[arg(short = 'L', long, value_name = "PORT", value_parser = value::local_port, allow_hyphen_values = true)]
    pub(super) localport: Option<u16>,

    /// Use this interface only
    #[arg(short = 'I', long, value_name = "NAME")]
    pub(super) interface: Option<String>,

    /// Send from this address
    #[arg(short, long, value_name = "ADDRESS", value_parser = value::address, allow_hyphen_values = true)]
    pub(super) address: Option<IpAddr>,

    /// The lowest TTL or hop limit to send with
    #[arg(short, long, value_name = "N", value_parser = value::number, default_value = "1", allow_hyphen_values = true)]
    pub(super) first_ttl: u32,

    /// The highest TTL or hop limit to send with
    #[arg(short, long, value_name = "N", value_parser = value::number, default_value = "30", allow_hyphen_values = true)]
    pub(super) max_ttl: u32,

    /// How many hops beyond the last that answers are still asked
    #[arg(short = 'U', long, value_name = "N", value_parser = value::number, default_value = "12", allow_hyphen_values = true)]
    pub(super) max_unknown: u32,

    /// How many addresses are told of that answer at one distance
    #[arg(short = 'E', long, value_name = "N", value_parser = value::number, default_value = "8", allow_hyphen_values = true)]
    pub(super) max_display_path: u32,

    /// Length of each packet, IP header included; of a negative number each round has one of its own up to that
    #[arg(short = 's', long, value_name = "LENGTH", value_parser = value::length, default_value = "64", allow_hyphen_values = true)]
    pub(super) psize: Bytes,

    /// The byte that fills packets; more than 255 for any
    #[arg(short = 'B', long, value_name = "BYTE", value_parser = value::fill, default_value = "0", allow_hyphen_values = true)]
    pub(super) bitpattern: Fill,

    /// Seconds from one round to the next
    #[arg(short, long, value_name = "SECONDS", value_parser = value::positive, default_value = "1", allow_hyphen_values = true)]
    pub(super) interval: Seconds,

    /// Seconds to wait for answers once the last round has left
    #[arg(short = 'G', long, value_name = "SECONDS", value_parser = value::positive, default_value = "5", allow_hyphen_values = true)]
    pub(super) gracetime: Seconds,

    /// Seconds to wait for the answer to one probe
    #[arg(short = 'Z', long, value_name = "SECONDS", value_parser = value::seconds, default_value = "10", allow_hyphen_values = true)]
    pub(super) timeout: Seconds,

    /// Type of service or traffic class
    #[arg(short = 'Q', long, value_name = "BYTE", value_parser = value::number, default_value = "0", allow_hyphen_values = true)]
    pub(super) tos: u32,

    /// Mark packets for routing and filtering
    #[arg(short = 'M', long, value_name = "MARK", value_parser = value::mark, allow_hyphen_values = true)]
    pub(super) mark: Option<u32>,

    /// Number of rounds, each of which asks every hop once [default: 10, or no end with --split and on a terminal]
    #[arg(short = 'c', long, value_name = "N", value_parser = value::number, allow_hyphen_values = true)]
    pub(super) report_cycles: Option<u32>,

    /// Write a table at the end
    #[arg(short, long)]
    pub(super) report: bool,

    /// Write a table at the end whose names have all the room they need
    #[arg(short = 'w', long)]
    pub(super) report_wide: bool,

    /// Write XML at the end
    #[arg(short, long)]
    pub(super) xml: bool,

    /// Write comma separated values at the end
    #[arg(short = 'C', long)]
    pub(super) csv: bool,

    /// Write JSON at the end
    #[arg(short, long)]
    pub(super) json: bool,

    /// Write a line for each probe and each answer
    #[arg(short = 'l', long)]
    pub(super) raw: bool,

    /// Write a line for each hop that has changed, for other programs to show
    #[arg(short = 'p', long)]
    pub(super) split: bool,

    /// Keep a screen up to date
    #[arg(short = 't', long)]
    pub(super) curses: bool,

    /// How the screen begins: with figures, or with the last round trips drawn
    #[arg(long, value_name = "0|1|2", value_parser = value::display_mode, default_value = "0", allow_hyphen_values = true)]
    pub(super) displaymode: u8,

    /// Do not look up the names of addresses
    #[arg(short, long)]
    pub(super) no_dns: bool,

    /// Show addresses beside names
    #[arg(short = 'b', long)]
    pub(super) show_ips: bool,

    /// Show the MPLS labels that routers tell of
    #[arg(short = 'e', long)]
    pub(super) mpls: bool,

    /// Which figures to show, in which order: letters of "LDRSNBAWVGJMXI", and blanks
    #[arg(short, long, value_name = "FIELDS", value_parser = field::read, default_value = "LS NABWV", allow_hyphen_values = true)]
    pub(super) order: Fields,

    /// Show who an address belongs to: 0 AS number, 1 prefix, 2 country, 3 registry, 4 date
    #[arg(short = 'y', long, value_name = "FACT", value_parser = value::fact, allow_hyphen_values = true, overrides_with = "aslookup")]
    pub(super) ipinfo: Option<Fact>,

    /// Show the AS number of each address
    #[arg(short = 'z', long, overrides_with = "ipinfo")]
    pub(super) aslookup: bool,

    /// The DNS domain to ask who an IPv4 address belongs to
    #[arg(long = "ipinfo_provider4", value_name = "DOMAIN", default_value = "origin.asn.cymru.com")]
    pub(super) ipinfo_provider4: String,

    /// The DNS domain to ask who an IPv6 address belongs to
    #[arg(long = "ipinfo_provider6", value_name = "DOMAIN", default_value = "origin6.asn.cymru.com")]
    pub(super) ipinfo_provider6: String,

    /// Print version
    #[arg(short = 'v', long)]
    pub(super) version: bool,

    #[command(flatten)]
    pub(super) elsewhere: Elsewhere,

    /// Where to, one after another [default: localhost]
    #[arg(value_name = "HOST")]
    pub(super) hosts: Vec<String>,
}

/// The figures to show.
pub(super) type Fields = std::sync::Arc<[Field]>;

impl FromArgMatches for Args {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = FORMS.iter().filter(|(name, _)| matches.get_flag(name));
        let places = given.filter_map(|(name, form)| Some((matches.index_of(name)?, *form)));
        let form = places.max_by_key(|(place, _)| *place).and_then(|(_, form)| form);
        Ok(Self { form, options: Options::from_arg_matches(matches)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Args {
    fn augment_args(command: Command) -> Command {
        Options::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Options::augment_args_for_update(command)
    }
}

impl Options {
    /// What is to be said of who an address belongs to, if anything.
    pub(super) fn fact(&self) -> Option<Fact> {
        self.ipinfo.or_else(|| self.aslookup.then_some(Fact::AsNumber))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Args {
        let command = <Args as clap::Args>::augment_args(Command::new("mtr"))
            .infer_long_args(true)
            .args_override_self(true)
            .no_binary_name(true);
        Args::from_arg_matches(&command.try_get_matches_from(line.split(' ')).unwrap()).unwrap()
    }

    #[test]
    fn the_last_form_counts() {
        #[rustfmt::skip]
        let cases = [
            ("h",          None,   false),
            ("-r h",       Some(Form::Report), false),
            ("-wC h",      Some(Form::Csv),    true),
            ("-Cw h",      Some(Form::Report), true),
            ("-x -j h",    Some(Form::Json),   false),
            ("-j -x h",    Some(Form::Xml),    false),
            ("-l h -p",    Some(Form::Split),  false),
            ("-r -t h",    None,   false),
            ("-r -C -r h", Some(Form::Report), false),
            ("--ra h",     Some(Form::Raw),    false),
        ];
        for (line, form, wide) in cases {
            let args = read(line);
            assert_eq!((args.form, args.options.report_wide), (form, wide), "{line}");
        }
    }

    #[test]
    fn later_options_of_one_thing_override() {
        let args = read("-4 -6 -z -y2 h").options;
        assert_eq!((args.inet, args.inet6, args.fact()), (false, true, Some(Fact::Country)));
        let args = read("-y2 -z h").options;
        assert_eq!(args.fact(), Some(Fact::AsNumber));
        assert_eq!(read("a b").options.hosts, ["a", "b"]);
    }
}
