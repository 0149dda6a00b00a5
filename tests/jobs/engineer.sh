#!/bin/bash
# A network engineer's day: is it there, how far is it, which ports, which phase is slow, what does the other end do?
set -eu
fail() { echo "$0: $*" >&2; exit 1; }
trap 'kill $(jobs -p) 2> /dev/null || true' EXIT
soon() { # COMMAND…
    for _ in $(seq 600); do "$@" && return 0; sleep 0.1; done
    fail "never: $*"
}

# Reachable, and how steady. (netdiag help ping)
netdiag ping -c 20 -i 0.01 --percentiles gateway > pinged
grep -q '^20 packets transmitted, 20 received, 0% packet loss' pinged || fail "$(cat pinged)"
grep -q 'p50\|p99' pinged || fail "no percentiles: $(cat pinged)"
netdiag ping -q -c 5 -i 0.01 --max-loss 1% --max-rtt-avg 60s gateway > pinged || fail "a bound was missed: $(cat pinged)"
status=0
netdiag ping -q -c 5 -i 0.01 --max-rtt-avg 1ns gateway > pinged 2>&1 || status=$?
[ "$status" = 1 ] || fail "a bound that cannot be kept is kept: $(cat pinged)"

# SIGQUIT asks how it stands, Ctrl-C ends it with the summary.
netdiag ping -i 0.01 gateway > pinged 2> asked &
ping=$!
soon grep -q 'icmp_seq=3 ' pinged
kill -QUIT "$ping"
soon grep -q 'packets, 0% loss' asked
kill -INT "$ping"
wait "$ping" || fail "status $?"
grep -q 'packets transmitted' pinged || fail "no summary: $(cat pinged)"

# The other end: HTTP and echo, here.
mkdir -p public && head -c 300000 /dev/urandom > public/file
netdiag serve http ./public 127.0.0.1:8000 > /dev/null 2>&1 &
http=$!
netdiag serve echo 127.0.0.1:7000 udp://127.0.0.1:7000 unix:/run/app.sock > /dev/null 2>&1 &
echo=$!
netdiag wait 127.0.0.1:8000 udp://127.0.0.1:7000 unix:/run/app.sock --quiet

# Which ports are open. (netdiag help connect)
netdiag connect -z gateway 7000,7999-8001 > open
[ "$(grep -c open open)" = 2 ] || fail "$(cat open)"
# What comes is what was sent.
{ printf 'GET /file HTTP/1.0\r\n\r\n'; } | netdiag connect gateway 8000 > answer
tail -c 300000 answer | cmp - public/file
netdiag connect unix:/run/app.sock < public/file | cmp - public/file

# Which phase takes the time, and what the kernel knows. (netdiag help probe)
netdiag probe http://gateway:8000/file --expect-status 200 --expect-header 'content-length: ^300000$' > probed
grep -q 'connect .*, first byte .*, transfer ' probed || fail "$(cat probed)"
netdiag probe --echo 1M tcp://gateway:7000 > /dev/null || fail "not every byte came back"
netdiag probe --info tcp://gateway:7000 | grep -qi 'mss\|segment' || fail "the kernel knows nothing"
netdiag probe udp://gateway:7000 --send hello --expect-text hello > /dev/null || fail "no datagram came back"
cat > talk <<'TALK'
# Twice, as lines.
send one
expect-text one
send two
expect ^two$
TALK
netdiag probe --talk talk --frame 'delimiter:\n' tcp://gateway:7000 > /dev/null || fail "the talk failed"

# Sockets with round-trip times, by a filter. (netdiag help filter)
mkfifo input
netdiag connect gateway 7000 < input &
exec 3> input
is_seen() { netdiag ss -tinH state established dport = 7000 | grep -q rtt:; }
soon is_seen
exec 3>&-

# The other end goes, and everybody is told.
kill "$http" "$echo"
netdiag wait --down gateway:8000 gateway:7000 --quiet
status=0
netdiag probe http://gateway:8000/ > probed 2>&1 || status=$?
[ "$status" = 1 ] && grep -q refused probed || fail "status $status: $(cat probed)"
echo done
