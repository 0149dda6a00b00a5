//! What `ss` has been asked for as long as it exists: tcp and udp sockets, states, columns.

use super::Group;

pub(super) const GROUPS: &[Group] = &[
    Group { name: "tables", served: true, lines: TABLES },
    Group { name: "families", served: true, lines: FAMILIES },
    Group { name: "states", served: true, lines: STATES },
    Group { name: "spellings", served: true, lines: SPELLINGS },
    Group { name: "misuse", served: true, lines: MISUSE },
];

#[rustfmt::skip]
const TABLES: &[&str] = &[
    "-t", "-tn", "-ta", "-tan", "-tl", "-tln", "-tH", "-tnH", "-tlnH", "-tanH",
    "-u", "-un", "-ua", "-uan", "-ul", "-uln", "-uH", "-unH", "-ulnH", "-uanH",
    "-tu", "-tun", "-tua", "-tuan", "-tul", "-tuln", "-tulnH", "-tuanH",
];

#[rustfmt::skip]
const FAMILIES: &[&str] = &[
    "-t4", "-tn4", "-tan4", "-tln4", "-t6", "-tn6", "-tan6", "-tln6", "-4t", "-6t",
    "-u4", "-un4", "-uan4", "-uln4", "-u6", "-un6", "-uan6", "-uln6",
    "-tu4", "-tuan4", "-tuln4", "-tu6", "-tuan6", "-tuln6",
];

#[rustfmt::skip]
const STATES: &[&str] = &[
    "-tn state established", "-tn state syn-sent", "-tn state syn-recv", "-tn state fin-wait-1", "-tn state fin-wait-2",
    "-tn state time-wait", "-tn state closed", "-tn state close-wait", "-tn state last-ack", "-tn state listening",
    "-tn state closing", "-tn state all", "-tn state connected", "-tn state synchronized", "-tn state bucket",
    "-tn state big", "-tn state unconnected", "-tn state ESTABLISHED", "-t state Listening",
    "-tn exclude established", "-tn exclude listening", "-tn excl time-wait", "-tn exclude connected",
    "-tn exclude bucket", "-tn exclude big", "-tn exclude all", "-tn exclude syn-recv",
    "-tn state established state listening", "-tn state connected exclude established", "-tn state all exclude time-wait",
    "-tnl state established", "-tna state time-wait", "-tna exclude listening",
    "-un state established", "-un state unconnected", "-un state closed", "-un state all", "-un exclude established",
    "-tun state established", "-tun state all", "-tun state listening", "-tunH state established", "-tn4 state established",
    "-tn6 state time-wait",
];

#[rustfmt::skip]
const SPELLINGS: &[&str] = &[
    "--tcp", "--tcp --all", "--tcp --all --numeric", "--numeric --listening --tcp --udp", "--udp --all --numeric --ipv6",
    "--numeric --tcp --all --ipv4", "--no-header --tcp", "--no-h -t", "--tc --al --nu", "--list -tn", "-t -n -l", "-nlt",
    "-nnt", "-tl -a", "-ta -l", "-tla", "-tt -uu", "-H -t -l -n", "-tn -- state listening", "state listening -tn",
    "-n state established -t", "-t state listening -n -H", "'state' listening -tn",
];

/// Command lines that are refused, or leave nothing to show.
#[rustfmt::skip]
const MISUSE: &[&str] = &[
    "--bogus", "-t --bogus", "--bogus=3", "-k", "-tk", "-tnkl", "--i", "--i=3", "--all=yes", "--tcp=", "-N", "-t -N", "--net",
    "-D", "--diag", "-F", "-tF", "--filter", "-t state", "-t exclude", "-t excl", "state", "-t state bogus",
    "-t state new-syn-recv", "-t exclude bogus", "-t state established state", "-t state established exclude bogus",
    "-t state ''", "-t state estab", "-t state 'established '",
];
