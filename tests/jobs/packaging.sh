#!/bin/bash
# Packaging: links, versions, schemas and pages come from the one file, whatever the environment.
set -eu
fail() { echo "$0: $*" >&2; exit 1; }
netdiag=$(command -v netdiag)

# It needs nothing of the environment.
version=$(env -i "$netdiag" --version)
[[ $version =~ ^netdiag\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "$version"

# Links make it the programs that they are named after. (docs/compatibility.md)
mkdir links
for name in ping ping4 ping6 ss traceroute traceroute6 tracepath; do ln -s "$netdiag" "links/$name"; done
links/ping -V | grep -q '^ping from iputils' || fail "$(links/ping -V)"
links/ss -V | grep -q '^ss utility' || fail "$(links/ss -V)"
links/ping4 -c 1 127.0.0.1 | grep -q '1 received' || fail "ping4"
links/ping6 -c 1 ::1 | grep -q '1 received' || fail "ping6"
links/ping6 -c 1 127.0.0.1 2> said && fail "ping6 takes IPv4"
links/traceroute -V | grep -q '^Modern traceroute for Linux' || fail "$(links/traceroute -V)"
links/traceroute -n 127.0.0.1 | grep -q '^ 1  127.0.0.1  ' || fail "traceroute"
links/traceroute6 -n ::1 | grep -q '^ 1  ::1  ' || fail "traceroute6"
links/tracepath -V | grep -q '^tracepath from iputils' || fail "$(links/tracepath -V)"
links/tracepath -n 127.0.0.1 | grep -q ' reached$' || fail "tracepath"
[ "$(links/ss -tlH | wc -l)" = "$("$netdiag" ss -tlH | wc -l)" ] || fail "ss differs"

# Every tool has help that ends with examples; a wrong call is status 2. (netdiag help exit-statuses)
for tool in ping traceroute tracepath ss probe connect serve check wait schema help; do
    netdiag "$tool" --help > help
    grep -q '^Examples:$' help && tail -n 1 help | grep -q '^More: ' || fail "$tool: $(cat help)"
    status=0
    netdiag "$tool" --no-such-option > said 2>&1 || status=$?
    case $tool in ss|tracepath) wanted=255 ;; *) wanted=2 ;; esac
    [ "$status" = "$wanted" ] || fail "$tool: status $status"
done

# Every page is in the binary, and fits a screen of 80 columns but for its code. (netdiag help)
netdiag help | sed -n '/^Topics:/,$p' | sed 1d | while read -r topic _; do
    netdiag help "$topic" > page
    [ "$(wc -l < page)" -gt 10 ] || fail "$topic: $(cat page)"
done
netdiag help no-such-topic 2> said && fail "there is such a topic"

# Schemas are JSON of their own, with a name.
for schema in ping probe serve ss wait check check-report; do
    netdiag schema "$schema" > "$schema.json"
    python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["$schema"]' "$schema.json" || fail "$schema"
done
echo done
