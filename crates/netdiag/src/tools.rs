//! The tools: the one table that dispatch, help, the names of links and what may be kept of raised privilege go by.
//!
//! A tool is chosen by [`Invocation::tool`] alone, before its command line is read: what may be kept of privilege is decided by the
//! same word that decides what is run.

use std::process::ExitCode;

use anstyle::Style;
use clap::builder::StyledStr;
use clap::error::ErrorKind;
use clap::{ArgMatches, Command, FromArgMatches};
use netdiag_echo::Family;
use netdiag_text::Exit;

use crate::failure::Failure;
use crate::invocation::{Invocation, Linked};
use crate::raised_privilege::Keeps;
use crate::refusal::refuse;
use crate::{check, connect, help, mtr, ping, probe, schema, serve, ss, trace, tracepath, traceroute, wait};

/// A subcommand, which can be a program of its own through a link.
pub(crate) struct Tool {
    /// The word after `netdiag`.
    name: &'static str,
    /// What the help of `netdiag` says of it.
    about: &'static str,
    /// Names of links that make the binary this tool and nothing else, and the family each of them insists on.
    links: &'static [(&'static str, Option<Family>)],
    /// What of raised privilege it takes to do what it is for.
    pub(crate) keeps: Keeps,
    /// Adds its options, which is done only when it is called for.
    options: fn(Command) -> Command,
    /// Reads what clap found of them.
    read: fn(&ArgMatches) -> Result<Run, clap::Error>,
    /// Answers a command line that clap does not take: drop-ins do it in the words of getopt.
    refuse: fn(&clap::Error, &Command, &Invocation) -> Result<ExitCode, Failure>,
}

/// A tool with its options read.
pub(crate) type Run = Box<dyn FnOnce(&Invocation) -> Result<ExitCode, Failure>>;

const TOOLS: [Tool; 13] = [
    Tool {
        name: "ping",
        about: "Send ICMP echo requests to a host and report what comes back",
        links: &[("ping", None), ("ping4", Some(Family::V4)), ("ping6", Some(Family::V6))],
        keeps: Keeps::RawSockets,
        options: options::<ping::Args>,
        read: |found| read(found, ping::run),
        refuse: ping::refuse,
    },
    Tool {
        name: "trace",
        about: "Trace the path to hosts, and say where on it packets are lost",
        links: &[],
        keeps: Keeps::RawSockets,
        options: options::<trace::Args>,
        read: |found| read(found, trace::run),
        refuse,
    },
    Tool {
        name: "mtr",
        about: "Ask all routers on the way over and over, and report as mtr does",
        links: &[("mtr", None)],
        keeps: Keeps::RawSockets,
        options: options::<mtr::Args>,
        read: |found| read(found, mtr::run),
        refuse: mtr::refuse,
    },
    Tool {
        name: "traceroute",
        about: "Trace the path to a host as traceroute does",
        links: &[("traceroute", None), ("traceroute4", Some(Family::V4)), ("traceroute6", Some(Family::V6))],
        keeps: Keeps::RawSockets,
        options: options::<traceroute::Args>,
        read: |found| read(found, |args, call| traceroute::run(&args, call)),
        refuse: traceroute::refuse,
    },
    Tool {
        name: "tracepath",
        about: "Trace the path to a host, and find its MTU, as tracepath does",
        links: &[("tracepath", None), ("tracepath4", Some(Family::V4)), ("tracepath6", Some(Family::V6))],
        keeps: Keeps::Nothing,
        options: options::<tracepath::Args>,
        read: |found| read(found, |args, call| tracepath::run(&args, call)),
        refuse: tracepath::refuse,
    },
    Tool {
        name: "ss",
        about: "List sockets",
        links: &[("ss", None)],
        keeps: Keeps::Nothing,
        options: options::<ss::Args>,
        read: |found| read(found, ss::run),
        refuse: ss::refuse,
    },
    Tool {
        name: "probe",
        about: "Probe sockets, HTTP and name servers, each phase timed",
        links: &[],
        keeps: Keeps::Nothing,
        options: options::<probe::Args>,
        read: |found| read(found, |args, call| probe::run(&args, call)),
        refuse,
    },
    Tool {
        name: "connect",
        about: "Connect standard input and output to a socket",
        links: &[],
        keeps: Keeps::Nothing,
        options: options::<connect::Args>,
        read: |found| read(found, |args, call| connect::run(&args, call)),
        refuse,
    },
    Tool {
        name: "serve",
        about: "Serve echo, discard, chargen or HTTP, with faults if asked for",
        links: &[],
        keeps: Keeps::Nothing,
        options: options::<serve::Args>,
        read: |found| read(found, |args, call| serve::run(&args, call)),
        refuse,
    },
    Tool {
        name: "check",
        about: "Check that the network is as a file says",
        links: &[],
        keeps: Keeps::Nothing,
        options: options::<check::Args>,
        read: |found| read(found, |args, call| check::run(&args, call)),
        refuse: check::refuse,
    },
    Tool {
        name: "wait",
        about: "Wait until servers are up, then run a command if one is given",
        links: &[],
        keeps: Keeps::Nothing,
        options: options::<wait::Args>,
        read: |found| read(found, |args, call| wait::run(&args, call)),
        refuse: wait::refuse,
    },
    Tool {
        name: "schema",
        about: "Print the JSON Schema of a tool's output, or of check files",
        links: &[],
        keeps: Keeps::Nothing,
        options: options::<schema::Args>,
        read: |found| read(found, |args, call| schema::run(&args, call)),
        refuse,
    },
    Tool {
        name: "help",
        about: "Show the help of a tool, or a page about a topic",
        links: &[],
        keeps: Keeps::Nothing,
        options: options::<help::Args>,
        read: |found| read(found, |args, call| help::run(&args, &subjects(), rendered_help, call)),
        refuse,
    },
];

/// The tool that the call is for, if it names one.
pub(crate) fn called(call: &Invocation) -> Option<&'static Tool> {
    const { &TOOLS }.iter().find(|tool| call.tool() == Some(tool.name))
}

/// What a link of that name makes of the binary.
pub(crate) fn linked(name: &str) -> Option<Linked> {
    let links = TOOLS.iter().flat_map(|tool| tool.links.iter().map(move |link| (tool.name, link)));
    links.into_iter().find(|(_, link)| link.0 == name).map(|(tool, link)| Linked { tool, family: link.1 })
}

/// Reads the command line, and runs the tool that the call is for.
pub(crate) fn run(tool: Option<&Tool>, call: &Invocation) -> Result<ExitCode, Failure> {
    match parse(tool, call) {
        Ok(run) => run(call),
        // Under the name of a link it is that program's own.
        Err(error) if error.kind() == ErrorKind::DisplayHelp && !call.linked => {
            help::show(&error.render(), tool.map(|tool| tool.name), call)
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Err(Failure::new(Exit::Misuse, help::complete(&error.to_string(), Style::new(), None).trim_end()))
        }
        Err(error) => match tool {
            Some(tool) => (tool.refuse)(&error, &(tool.options)(Command::new(tool.name)), call),
            None => refuse(&error, &grammar(), call),
        },
    }
}

/// Reads the command line; without a tool there is only help in it, or what is refused.
pub(crate) fn parse(tool: Option<&Tool>, call: &Invocation) -> Result<Run, clap::Error> {
    let found = grammar().try_get_matches_from(&call.words)?;
    let (name, found) = found.subcommand().expect("a subcommand is required");
    let tool = tool.filter(|tool| tool.name == name).expect("a tool's name is the first word");
    (tool.read)(found)
}

/// What `netdiag` takes. Only the options of the tool called for are made.
pub(crate) fn grammar() -> Command {
    // Every tool is of the one version, and says so under the one name.
    let tool = |tool: &Tool| Command::new(tool.name).display_name(NAME).about(tool.about).defer(tool.options);
    Command::new(NAME)
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .about("Network diagnostics: ping hosts, list sockets, probe, connect and serve, check the network")
        .infer_long_args(true)
        .args_override_self(true)
        .disable_help_subcommand(true)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(TOOLS.iter().map(tool))
}

const NAME: &str = "netdiag";
/// The words after `netdiag`, and the empty one for none.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("").chain(TOOLS.iter().map(|tool| tool.name))
}

/// What `netdiag help` may be asked about.
fn subjects() -> Vec<help::Subject> {
    TOOLS.iter().map(|tool| help::Subject { name: tool.name, about: tool.about }).collect()
}

/// What `netdiag TOOL --help` shows of a tool, but for its examples; `None` if there is no such tool.
fn rendered_help(name: &str) -> Option<StyledStr> {
    let tool = TOOLS.iter().find(|tool| tool.name == name)?;
    grammar().try_get_matches_from(["netdiag", tool.name, "--help"]).err().map(|error| error.render())
}

fn options<A: clap::Args>(command: Command) -> Command {
    let about = command.get_about().cloned();
    A::augment_args(command).about(about.unwrap_or_default())
}

fn read<A: FromArgMatches + 'static>(
    found: &ArgMatches,
    run: fn(A, &Invocation) -> Result<ExitCode, Failure>,
) -> Result<Run, clap::Error> {
    let args = A::from_arg_matches(found)?;
    Ok(Box::new(move |call| run(args, call)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(words: &[&str]) -> Invocation {
        Invocation::new(words.iter().map(Into::into).collect(), linked)
    }

    #[test]
    fn a_name_decides_the_tool_the_family_and_the_prefix() {
        #[rustfmt::skip]
        let cases = [
            // words,                         tool,           family,           program
            (&["ping", "h"][..],              Some("ping"),   None,             "ping"),
            (&["/usr/bin/ping6", "h"],        Some("ping"),   Some(Family::V6), "/usr/bin/ping6"),
            (&["./ping4", "ss"],              Some("ping"),   Some(Family::V4), "./ping4"),
            (&["/opt/ss", "-t"],              Some("ss"),     None,             "/opt/ss"),
            (&["netdiag", "ss", "-t"],        Some("ss"),     None,             "netdiag"),
            (&["/x/netdiag", "ping"],         Some("ping"),   None,             "netdiag"),
            (&["serve", "wait"],              Some("wait"),   None,             "netdiag"),
            (&["netdiag", "--", "ping"],      None,           None,             "netdiag"),
            (&["netdiag", "help", "ping"],    Some("help"),   None,             "netdiag"),
            (&["netdiag", "ping4"],           None,           None,             "netdiag"),
            (&["netdiag", "--help"],          None,           None,             "netdiag"),
            (&[],                             None,           None,             "netdiag"),
        ];
        for (words, tool, family, program) in cases {
            let call = call(words);
            let called = called(&call).map(|tool| tool.name);
            assert_eq!((called, call.family, call.program.as_str()), (tool, family, program), "{words:?}");
        }
    }

    #[test]
    fn only_who_opens_icmp_sockets_keeps_privilege() {
        for tool in &TOOLS {
            let opens = ["ping", "trace", "traceroute", "mtr"].contains(&tool.name);
            assert_eq!(tool.keeps == Keeps::RawSockets, opens, "{}", tool.name);
        }
    }

    #[test]
    fn names_of_tools_and_links_are_told_apart() {
        let mut names: Vec<_> = TOOLS.iter().map(|tool| tool.name).collect();
        names.extend(TOOLS.iter().flat_map(|tool| tool.links).map(|link| link.0));
        // A link may be called as its tool is.
        names.sort_unstable();
        let doubled: Vec<_> =
            names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        assert_eq!(doubled, ["mtr", "ping", "ss", "tracepath", "traceroute"]);
        grammar().debug_assert();
    }
}
