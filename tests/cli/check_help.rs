//! The help of `netdiag check`.

use snapbox::str;

use crate::session::shows;

#[test]
fn help() {
    shows(
        &["netdiag", "check", "--help"],
        str![[r#"
$ netdiag check --help
Check that the network is as a file says

Exit status: 0 everything is as stated; 1 something is not; 2 a file or option is wrong; 3 something
required could not be measured, or a report not be written; 128+N ended by signal N.

Usage: netdiag check [OPTIONS] [FILE|TARGET]...

Arguments:
  [FILE|TARGET]...
          Check files (TOML or JSON), - for standard input, or targets: tcp://db:5432,
          'icmp://gw?loss<=1%', https://x/health

Options:
      --file-format <toml|json>
          Notation of the files; by default their names or contents decide

      --var <NAME=VALUE>
          Set a variable of the files

  -t, --tag <A,!B>
          Run only checks with all of these tags and none of those after a !; if repeated, one of
          the lists is enough

      --name <GLOB>
          Run only checks whose name matches; * and ? are wildcards

      --failed
          Run only checks that did not pass when they last ran, as --state remembers

      --state <FILE>
          Remember in this file what did not pass; without it nothing is remembered

      --list
          List the checks that would run, and run none

      --dry-run
          Show what would be done, with all values filled in, and run nothing

      --allow-empty
          Succeed if there is nothing to check

      --jobs <N>
          How many checks run at the same time
          
          [default: 64]

      --deadline <TIME>
          End the whole run after this time; checks that have not ended count as not measured

  -o, --output <FORMAT[=FILE]>
          Write a report, to a file or standard output, in a format that --format takes

      --format <text|table|json|jsonl|junit|tap|github|prom|nagios>
          Write the report on standard output in this format

      --json
          Short for --format json

  -q, --quiet
          Show only what is wrong, and the summary

      --fail-on-flaky
          Count checks that passed only at a later attempt as failed

      --warn-only
          Exit with 0 even if checks fail; wrong files and options still fail

      --healthcheck
          Exit with 0 or 1 and nothing else, as a container's HEALTHCHECK must

      --no-exec
          Run no commands: checks of kind exec are not measured

      --require-all
          Require all checks to be measured, as if each said `required = true`: exit status 3 if one
          cannot be

      --init [<FILE>]
          Write a check file of what this host does now: listeners, gateway, resolvers; to standard
          output if no FILE is given

      --netns <NAME|PID|PATH>
          Work in another network namespace

      --color <auto|always|never>
          When to use colour
          
          [default: auto]

  -h, --help
          Print help (see a summary with '-h')

  -V, --version
          Print version

Examples:
  # Write a file of what this host does now
  netdiag check --init net.toml
  # Check a file, with a report for CI
  netdiag check net.toml -o junit=netdiag.xml
  # Check without a file
  netdiag check tcp://db:5432 'icmp://gateway?loss<=1%' 'listen:22'

More: netdiag help check|check-host|ci|json-check; docs/check.md, docs/check-host.md, docs/ci.md, docs/json-check.md

"#]],
    );
}
