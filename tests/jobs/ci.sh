#!/bin/bash
# A check file for CI: written from what is, held to, and reported to those who read the job.
set -eu
fail() { echo "$0: $*" >&2; exit 1; }
trap 'kill $(jobs -p) 2> /dev/null || true' EXIT
ends() { # STATUS COMMAND…
    local wanted=$1 status=0
    shift
    "$@" > said 2>&1 || status=$?
    [ "$status" = "$wanted" ] || fail "$*: status $status, wanted $wanted: $(cat said)"
}

netdiag serve echo 127.0.0.1:7000 > /dev/null 2>&1 &
server=$!
netdiag wait 127.0.0.1:7000 --quiet

# A file of what this host does now; it is as it says at once.
netdiag check --init net.toml
ends 2 netdiag check --init net.toml
# This host may be busy.
sed -i 's/^timeout = .*/timeout = "60s"/' net.toml
ends 0 netdiag check net.toml

# One by hand, below another directory, with a secret of the environment and a file beside it.
mkdir -p ci
echo 'sesame-open' > ci/token
cat > ci/own.toml <<'TOML'
version = 1

[vars]
port = "7000"

[defaults]
timeout = "60s"

[[check]]
name = "echo"
kind = "tcp"
target = "127.0.0.1:${port}"
talk = [{ send = '${file:token}\n' }, { expect-text = '${file:token}\n' }]

[[check]]
name = "latency"
kind = "tcp"
target = "127.0.0.1:${port}"
expect = { connect = "< 60s" }
depends_on = ["echo"]

[[check]]
name = "no such parameter"
kind = "sysctl"
key = "no.such"
value = 1
tags = ["odd"]
TOML
ends 0 netdiag check ci/own.toml -o junit=junit.xml -o json=report.json -o text
grep -q '3 checks: 1 skipped, 2 passed' said || fail "$(cat said)"
# What was not measured is named last, and can be made an error.
tail -n 2 said | grep -q '^not measured: 1 of 3; --require-all' || fail "$(cat said)"
ends 3 netdiag check ci/own.toml --require-all
ends 0 netdiag check ci/own.toml --require-all -t '!odd'
grep -rq sesame said junit.xml report.json && fail "a secret is shown"
python3 - <<'PYTHON'
import json, xml.etree.ElementTree as tree
report = json.load(open("report.json"))
verdicts = [result["verdict"] for result in report["results"]]
assert verdicts == ["pass", "pass", "skip"], verdicts
cases = list(tree.parse("junit.xml").iter("testcase"))
assert [case.get("name") for case in cases] == ["echo", "latency", "no such parameter"], cases
PYTHON

# A mistake is pointed at before anything runs.
sed 's/depends_on = \["echo"\]/depends_on = ["ehco"]/' ci/own.toml > ci/wrong.toml
ends 2 netdiag check ci/wrong.toml
grep -q 'did you mean `echo`' said || fail "$(cat said)"
ends 2 netdiag check ci/own.toml --var prot=1
grep -q 'did you mean `port`' said || fail "$(cat said)"

# The server goes: the job fails, tells where in the file, and runs again only what failed.
kill "$server"
netdiag wait --down 127.0.0.1:7000 --quiet
ends 1 netdiag check ci/own.toml --state last-run
grep -q '^ci/own.toml:9:1: error: echo: ' said || fail "$(cat said)"
ends 1 netdiag check ci/own.toml --state last-run --failed
grep -q '^1 check: 1 failed' said || fail "$(cat said)"
ends 0 netdiag check ci/own.toml --warn-only
ends 1 netdiag check ci/own.toml --healthcheck --require-all
GITHUB_ACTIONS=true ends 1 netdiag check ci/own.toml
grep -q '^::error .*file=ci/own.toml,line=9' said || fail "$(cat said)"
ends 2 netdiag check ci/own.toml -o nagios
grep -q '^NETDIAG CRITICAL' said || fail "$(cat said)"
echo done
