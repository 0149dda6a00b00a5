//! Checks of the host they run on, by the library: they turn red when the lab makes them so, and only then.

mod counters;
mod exec;
mod listen;
mod paths;
mod sockets;
mod unmeasured;

use netdiag_check::Verdict;
use netdiag_check::file::{Notation, Variables};
use netdiag_check::plan::Plan;
use netdiag_check::run::{Options, Outcome, run};
use netdiag_host::{OwnerScope, Owners, ProcRoot};
use netdiag_lab::Host;

/// What comes of checks run on a host; each of `checks` is the lines below a `[[check]]`.
fn outcomes(host: &Host, checks: &[String]) -> Vec<Outcome> {
    outcomes_with(host, Options::default(), || {}, checks)
}

/// What comes of them on a thread prepared for it.
fn outcomes_with(
    host: &Host,
    options: Options,
    prepare: impl FnOnce() + Send,
    checks: &[String],
) -> Vec<Outcome> {
    let checks: Vec<String> = checks.iter().map(|lines| format!("[[check]]\n{lines}\n")).collect();
    let file = format!("version = 1\n[defaults]\ntimeout = \"10s\"\n{}", checks.concat());
    host.run(|| {
        prepare();
        let plan = Plan::read("net.toml", &file, Notation::Toml, &Variables::default())
            .unwrap_or_else(|rejected| panic!("{}", rejected.render(false)));
        let all: Vec<usize> = (0..plan.checks.len()).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let options = Options { jobs: 16, ..options };
        runtime.block_on(run(&plan, &all, options, std::future::pending(), |_| {})).outcomes
    })
}

/// What comes of one check.
fn outcome(host: &Host, lines: &str) -> Outcome {
    outcomes(host, &[lines.to_owned()]).remove(0)
}

/// Asserts that checks end as expected; each is its lines, and whether it passes.
#[track_caller]
fn expect(host: &Host, cases: &[(&str, bool)]) {
    let checks: Vec<String> = cases
        .iter()
        .enumerate()
        .map(|(number, (lines, _))| format!("name = \"{number}\"\n{lines}"))
        .collect();
    for (outcome, (lines, passes)) in outcomes(host, &checks).iter().zip(cases) {
        let wanted = if *passes { Verdict::Pass } else { Verdict::Fail };
        assert_eq!(outcome.verdict, wanted, "{lines}\n{outcome:#?}");
    }
}

/// How a check ends that fails because others hold a socket: nobody knows that where a process keeps its files from whoever runs this.
fn unless_hidden(verdict: Verdict) -> Verdict {
    let owners = Owners::new(ProcRoot::default(), OwnerScope::default());
    if owners.walk().is_none() { verdict } else { Verdict::Skip }
}

/// What the first assertion that did not hold saw.
fn seen(outcome: &Outcome) -> String {
    let finding = outcome.finding().unwrap();
    let failed = finding.assertions.iter().find(|assertion| !assertion.holds);
    failed
        .and_then(|assertion| assertion.seen.as_ref())
        .map(|seen| seen.unshown().to_owned())
        .unwrap_or_default()
}
