//! The command lines that are compared, by what they are about.
//!
//! Lines whose answer upstream itself calls wrong (`-46`, mixed `and` and `or`, `-A p_raw`, ports beyond 65535, addresses with
//! `!=` and `[::1]/128`) are not here: there we do not agree on purpose.

/// What lines are about, and the lines.
pub(super) const GROUPS: &[(&str, &[&str])] = &[
    ("tables", TABLES),
    ("families", FAMILIES),
    ("states", STATES),
    ("spellings", SPELLINGS),
    ("misuse", MISUSE),
    ("tables of other families", OTHER_TABLES),
    ("misused tables", MISUSED_TABLES),
    ("details", DETAILS),
    ("details of other families", OTHER_DETAILS),
    ("filters", FILTERS),
    ("filters of other families", OTHER_FILTERS),
    ("misused filters", MISUSED_FILTERS),
    ("processes", PROCESSES),
    ("surroundings", SURROUNDINGS),
    ("everything at once", COMBINED),
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

#[rustfmt::skip]
const OTHER_TABLES: &[&str] = &[
    "-x", "-xn", "-xa", "-xl", "-xH", "-xaH", "-w", "-wa", "-wan", "-wl", "-0", "-0a", "-0n", "-0l", "-M", "-Ma", "-Man", "-Ml",
    "-S", "-Sa", "-4a", "-4an", "-4l", "-6a", "-6an", "-6l", "-4x", "-xt", "-xtan", "-tx4", "-wt", "-wua", "-tM", "-tMa",
    "--packet", "--raw --all", "--unix --listening", "--mptcp --all --numeric", "--vsock", "--vsock -a", "--xdp", "--tipc",
    "-f inet", "-f inet -a", "-f inet6", "-f inet6 -a", "-f unix", "-f link", "-f netlink", "-f netlink -n", "-f vsock",
    "-f tipc", "-f xdp", "--family=unix -a", "--family unix -l",
    "-A tcp", "-A tcp -a", "-A udp -a", "-A inet -a", "-A raw -a", "-A unix", "-A unix -a", "-A u_str -a", "-A u_dgr -a",
    "-A u_seq -a", "-A unix_stream", "-A unix_dgram -l", "-A unix_seqpacket -a", "-A packet", "-A packet -a", "-A netlink -an",
    "-A mptcp -a", "-A vsock", "-A tcp,udp -a", "-A tcp,u_str -l", "-A all", "-A all -a", "-A all,!netlink -a",
    "-A inet,!tcp -an", "-u -A tcp -a", "-A tcp -u -a", "-A tcp -A udp -a", "--query=tcp -a", "--socket=unix -l",
    "-a", "-an", "-l", "-ln", "-n", "-H", "-aH", "state established", "state all", "-x state established", "-x state unconnected",
    "-x state listening", "-x exclude listening", "-w state unconnected", "-0 state unconnected",
];

#[rustfmt::skip]
const MISUSED_TABLES: &[&str] = &[
    "-f", "--family", "-f bogus", "-f ''", "-A", "--query", "-A bogus", "-A ''", "-A tcp,bogus", "-A 'tcp,!bogus'", "-A TCP", "-A '!tcp'", "-A 'tcp,!tcp'",
];

#[rustfmt::skip]
const DETAILS: &[&str] = &[
    "-to", "-tno", "-tano", "-tan4o", "-te", "-tane", "-tlne", "-tanei", "-tm", "-tanm", "-tlnm", "-ti", "-tni", "-tlni",
    "-tnie", "-tnio", "-tnim", "-tnimo", "-tanO", "-tanOi", "-tanOim", "-tanOeim", "-tnHi", "-tnHOi", "-um", "-uan --memory",
    "-ue", "-uane", "-uanem", "-uani", "-uano", "-uanO", "-tan --tos", "-uan --tos", "-tan --cgroup", "-uan --cgroup",
    "-tane --cgroup", "-tan --inet-sockopt", "-uan --inet-sockopt", "-tanO --inet-sockopt", "-tan --tos --cgroup --inet-sockopt",
    "--tcp --options --numeric", "--tcp --extended", "--tcp --info --oneline", "-tn state time-wait -o",
    "-tn state syn-recv -oe", "-tni state established", "-tinH state established", "-tno state fin-wait-1", "--inet -tan",
];

#[rustfmt::skip]
const OTHER_DETAILS: &[&str] = &[
    "-xe", "-xae", "-xm", "-xam", "-xaem", "-xaO", "-xaeO", "-0e", "-0em", "-0eO", "-0eb", "-wae", "-wam", "-Mai", "-Mae", "-Mam",
    "-taei -A mptcp", "--vsock -ae", "--tipc --tipcinfo", "--xdp -ae",
];

#[rustfmt::skip]
const FILTERS: &[&str] = &[
    "-tan sport = :22", "-tan sport = 22", "-tan sport eq 22", "-tan sport == :22", "-tan 'sport = :22'", "-tan '( sport = :22 )'",
    "-tan sport 22", "-tan sport :22", "-tan sport = :ssh", "-tan sport = ssh", "-tan sport != 22", "-tan sport ne 22",
    "-tan sport neq 22", "-tan 'sport > 1024'", "-tan sport gt 1024", "-tan 'sport >= 3000'", "-tan sport geq 3000",
    "-tan 'sport < 1024'", "-tan sport lt 1024", "-tan 'sport <= 25'", "-tan sport leq 25", "-tan dport = 21",
    "-tan dport != 21", "-tan 'dport > 0'", "-tan 'sport = *'", "-tan sport = 0x16", "-tan sport = 026",
    "-tan src 127.0.0.1", "-tan src = 127.0.0.1", "-tan src 127.0.0.1:22", "-tan src 127.0.0.0/8", "-tan src 127/8",
    "-tan src 127.0.0.0/255.0.0.0", "-tan src 0.0.0.0", "-tan src *:22", "-tan 'src :22'", "-tan src any", "-tan src all",
    "-tan src default", "-tan src [::1]", "-tan src [::1]:25", "-tan src [::]", "-tan src [::]:22", "-tan src [::1/128]",
    "-tan src [2001:db8::/32]", "-tan src inet:127.0.0.1", "-tan src inet6:[::1]", "-tan dst 127.0.0.1", "-tan dst 198.51.100.2",
    "-tan dst 198.51.100.0/24", "-tan dst 198.51.100.2:2", "-tan dst [2001:db8:51::2]", "-tan dst [::ffff:127.0.0.1]",
    "-tan not sport = 22", "-tan ! sport = 22", "-tan sport = 22 or sport = 25", "-tan 'sport = 22 | sport = 25'",
    "-tan 'sport = 22 || sport = 25'", "-tan sport = 25 and src 127.0.0.1", "-tan 'sport = 25 & src 127.0.0.1'",
    "-tan 'sport = 25 && src 127.0.0.1'", "-tan sport = 25 src 127.0.0.1", "-tan '( sport = 22 or sport = 25 ) and src [::1]'",
    "-tan 'not ( sport = 22 or sport = 25 )'", "-tan 'src 127.0.0.1 and ( dport = 21 or dport = 23 )'",
    "-tan 'sport >= 8000 and sport <= 9090'", "-tan dev = lo", "-tan dev lo", "-tan dev != lo", "-uan dev tcp0",
    "-tan dev = lo or sport = 22", "-tan fwmark = 0", "-tan fwmark = 0x10/0xff", "-tan autobound", "-uan sport = :53",
    "-uan sport = domain", "-uan src 127.0.0.1", "-uan dport = 5353", "-tuan sport = 53", "-tuan sport gt 1000",
    "-tan4 sport = 25", "-tan6 sport = 25", "-tn state listening sport = 22", "-tn state established src 127.0.0.1",
    "-tn exclude listening src 127.0.0.1", "sport = 22 -tln", "-tl sport = 22 -n", "-tan dport = 9", "-tan sport = 22 sport = 25",
];

#[rustfmt::skip]
const OTHER_FILTERS: &[&str] = &[
    "-xa src @netdiag-lab*", "-xa src *netdiag*", "-xa 'src unix:@netdiag-lab*'", "-xa src *STREAM*", "-xa src @nobody",
    "-xa src = *.sock", "-0a src rarp", "-0a src *:*",
];

#[rustfmt::skip]
const MISUSED_FILTERS: &[&str] = &[
    "-t dst", "-t src", "-t dport", "-t dport =", "-t 'dport = 22 and'", "-t '( dport = 22'", "-t 'dport = 22 )'",
    "-t 'dport ! 22'", "-t '!= 22'", "-t 'dev > lo'", "-t cgroup", "-t 'autobound = 1'", "-t or",
    "-t dst 1.2.3.4.5", "-t dst 300.1.1.1", "-t dst 10.0.0.0/33", "-t 'dst [::1'",
    "-t dport = nosuchsvc", "-t dport 22/tcp", "-t dport = 22,23", "-t dport = -5", "-t dev = nosuch", "-t fwmark = zz",
    "-tF /nonexistent/filter",
];

#[rustfmt::skip]
const PROCESSES: &[&str] = &[
    "-tp", "-tnp", "-tanp", "-tlnp", "-tnlpH", "-uanp", "-tuanp", "-tulpn", "-tanpO", "-tnp state time-wait",
    "--tcp --processes", "--tcp --proc -n",
];

#[rustfmt::skip]
const SURROUNDINGS: &[&str] = &[
    "-s", "--summary", "-st", "-N nosuchns", "-tN nosuchns", "--net=nosuchns -t", "-Z", "-tz", "-E -x",
    "-u -D -",
];

#[rustfmt::skip]
const COMBINED: &[&str] = &[
    "-tulpen", "-tulpne", "-tunap", "-tulpna", "-tunlp", "-xlpnH", "-xap", "-tanpe", "-tanpi", "-tanpo", "-tanpm", "-uanpe",
    "-lntuHp", "-tulpen sport = :22", "-eipn dst 127.0.0.1 -H", "-tanoempi", "-anp", "-anpe", "-aO", "-aeO", "-anem", "-plntu",
    "--all --numeric --processes --ipv4",
];
