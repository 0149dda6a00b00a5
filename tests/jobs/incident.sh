#!/bin/bash
# An incident: connections pile up in a service, and new ones hang. What is it, who does it, is it over?
set -eu
fail() { echo "$0: $*" >&2; exit 1; }
trap 'kill $(jobs -p) 2> /dev/null || true' EXIT
soon() { # COMMAND…
    for _ in $(seq 600); do "$@" && return 0; sleep 0.1; done
    fail "never: $*"
}

# The service: it does not close what its peers have closed.
netdiag serve echo 127.0.0.1:7000 --never-close --port-file leaking > /dev/null &
leaking=$!
soon test -e leaking
for _ in 1 2 3 4 5 6 7 8; do echo question | netdiag connect 127.0.0.1:7000 -q 100ms > answer || true; done
grep -qx question answer || fail "the service does not answer: $(cat answer)"

# Which state piles up, and who holds it? (netdiag help ss, netdiag help filter)
netdiag ss -tanH --count-by state,process > counted
grep -Eq "^ *8 +CLOSE-WAIT +netdiag\[$leaking\]" counted || fail "8 are not counted: $(cat counted)"
head -n 1 counted | grep -q CLOSE-WAIT || fail "the most does not come first: $(cat counted)"
netdiag ss -tnHp state close-wait sport = 7000 > piled
[ "$(wc -l < piled)" = 8 ] || fail "8 connections were left: $(cat piled)"
grep -q "netdiag" piled && grep -q "pid=$leaking" piled || fail "nobody holds them: $(cat piled)"
[ "$(netdiag ss -tnH "state close-wait and pid = $leaking" | wc -l)" = 8 ] || fail "the filter does not know the process"

# As a check, which says so by its exit status. (netdiag help check-host)
netdiag check 'sockets:?count(close-wait)=0' > report && fail "nothing is wrong: $(cat report)"
grep -q 'count(close-wait) 8' report || fail "$(cat report)"

# The other service does not accept: its queue is full, and whoever connects hangs.
netdiag serve discard 127.0.0.1:7001 --never-accept --backlog 1 --port-file stuck > /dev/null &
stuck=$!
soon test -e stuck
for _ in 1 2; do netdiag connect -d 127.0.0.1:7001 & done
is_full() { netdiag check --warn-only 'listen:7001?queue<100%' | grep -q 'queue 200%, wanted <100%'; }
soon is_full
netdiag probe --timeout 500ms tcp://127.0.0.1:7001 > probed && fail "it accepts"
grep -q "timed out\|timeout" probed || fail "why it failed is not told: $(cat probed)"

# It is over when both are gone; a wait says so, and what else there would be to see does not. (netdiag help wait)
kill "$leaking" "$stuck"
netdiag wait --down 127.0.0.1:7000 127.0.0.1:7001 --quiet
wait
[ -z "$(netdiag ss -tnHl)" ] || fail "somebody listens"
echo done
