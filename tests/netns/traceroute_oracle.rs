//! `traceroute`: what the installed one prints is what ours prints under that name.

use crate::guard;
use crate::walked::{Case, compare_all, mixed, narrowing, plain, refusing, silent_target};

const WALKED: &[Case] = &[
    (
        mixed,
        &[
            "-n 10.99.99.9",
            "-n fd99:99::9",
            "10.99.99.9",
            "target.test",
            "-6 target.test",
            "six.test",
            "-n -e 10.99.99.9",
            "-n -e fd99:99::9",
            "-n -e 10.99.99.9 200",
            "-n -I 10.99.99.9",
            "-n -I fd99:99::9",
            "-n -I -e 10.99.99.9",
            "-I target.test",
            "-n --back 10.99.99.9",
            "-n --back -q 1 10.99.99.9",
        ],
    ),
    (
        plain,
        &[
            "-n -q 1 10.99.99.9",
            "-n -q 10 10.99.99.9",
            "-n -f 2 10.99.99.9",
            "-n -m 2 10.99.99.9",
            "-n -f 3 -m 3 10.99.99.9",
            "-n -N 1 10.99.99.9",
            "-n -p 40000 10.99.99.9",
            "-n -p http 10.99.99.9",
            "-n -I -p 500 10.99.99.9",
            "-n -U 10.99.99.9",
            "-n -U -p 4000 10.99.99.9",
            "-n -UL 10.99.99.9",
            "-n -M icmp 10.99.99.9",
            "-n -I -O dgram 127.0.0.1",
            "-n 10.99.99.9 28",
            "-n 10.99.99.9 1",
            "-n 10.99.99.9 1400",
            "-n -F 10.99.99.9 1500",
            "-n -s 10.99.0.1 10.99.99.9",
            "-n -i tun0 10.99.99.9",
            "-n --interface=tun0 10.99.99.9",
            "-n -t 16 10.99.99.9",
            "-n -l 5 fd99:99::9",
            "-n -z 0.01 10.99.99.9",
            "-n -w 1 10.99.99.9",
            "-n -w 1,2,3 10.99.99.9",
            "-n --sport=4000 10.99.99.9",
            "-n --fwmark=7 10.99.99.9",
            "-n -d 10.99.99.9",
            "-n 10.99.99.9 -q 1",
            "-nF 10.99.99.9",
            "-q2 -n 10.99.99.9",
            "-n -O bogus 10.99.99.9",
            "-n 127.0.0.1",
            "localhost",
            "-n -T 10.99.99.9",
            "-n -T fd99:99::9",
            "-n -T -p 443 10.99.99.9",
            "-n -T 127.0.0.1",
            "-n -T -O info 127.0.0.1",
            "-n -T -O info ::1",
            "-n -T 127.0.0.1 100",
            "-n -M tcp 127.0.0.1",
            "-n -P 200 10.99.99.9",
            "-n -P 200 fd99:99::9",
            "-n -P gre 10.99.99.9",
            "-n -P 200 127.0.0.1",
            "-n -P 200 -q 1 10.99.99.9 28",
            "-n -U 10.99.99.9 100",
        ],
    ),
    (silent_target, &["-n -m 4 -w 0.3 10.99.99.9", "-n -q 1 -m 5 -w 0.2 fd99:99::9"]),
    (refusing::<0>, &["-n 10.99.99.9", "-n fd99:99::9"]),
    (refusing::<1>, &["-n 10.99.99.9", "-n -I 10.99.99.9", "-n fd99:99::9"]),
    (refusing::<9>, &["-n 10.99.99.9"]),
    (refusing::<10>, &["-n 10.99.99.9"]),
    (refusing::<13>, &["-n 10.99.99.9", "-n -q 1 10.99.99.9"]),
    (refusing::<2>, &["-n 10.99.99.9"]),
    (refusing::<5>, &["-n 10.99.99.9"]),
    (refusing::<14>, &["-n 10.99.99.9"]),
    (
        narrowing,
        &[
            "-n --mtu 10.99.99.9",
            "-n --mtu fd99:99::9",
            "-n --mtu -I 10.99.99.9",
            "-n --mtu 10.99.99.9 1450",
            "-n -F 10.99.99.9 1450",
            "-n -F 10.99.99.9 2000",
        ],
    ),
];

/// Nothing is walked.
const REFUSED: &[Case] = &[(
    plain,
    &[
        "-m 256 127.0.0.1",
        "-m 5x 127.0.0.1",
        "-m x 127.0.0.1",
        "-m",
        "--max-hops",
        "-q 11 127.0.0.1",
        "-q 0 127.0.0.1",
        "-f 0 127.0.0.1",
        "-f 40 127.0.0.1",
        "-f 5 -m 3 127.0.0.1",
        "-w -1 127.0.0.1",
        "-w 1,-2 127.0.0.1",
        "-w x 127.0.0.1",
        "-z -1 127.0.0.1",
        "--bogus 127.0.0.1",
        "--bogus=3 127.0.0.1",
        "-h",
        "--mtu=3 127.0.0.1",
        "127.0.0.1 66000",
        "127.0.0.1 x",
        "127.0.0.1 60 x",
        "-s ::1 127.0.0.1",
        "-4 ::1",
        "-6 127.0.0.1",
        "-M bogus 127.0.0.1",
        "-I -O x 127.0.0.1",
        "-n -s 1.2.3.4 10.99.99.9",
        "-n -I -s 1.2.3.4 10.99.99.9",
        "-n -i nosuch 10.99.99.9",
        "-n -I -i nosuch 10.99.99.9",
        "-n 192.0.2.1",
        "-n -I 192.0.2.1",
        "-n -g 1,2,3,4,5,6,7,8,9 10.99.99.9",
        "-O help 10.99.99.9",
        "-p x 10.99.99.9",
        "-n",
        "-nIF",
    ],
)];

/// Times are the one thing that cannot be the same.
fn without_times(text: &str) -> String {
    let mut words: Vec<&str> = text.split(' ').collect();
    let is_time = |word: &str| word.contains('.') && word.parse::<f64>().is_ok();
    for at in 1..words.len() {
        if words[at].starts_with("ms") && is_time(words[at - 1]) {
            words[at - 1] = "T";
        }
    }
    words.join(" ")
}

#[test]
fn what_is_walked() {
    guard::namespace();
    compare_all("traceroute", WALKED, without_times);
}

#[test]
fn what_is_refused() {
    guard::namespace();
    compare_all("traceroute", REFUSED, without_times);
}
