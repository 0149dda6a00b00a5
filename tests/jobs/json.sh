#!/bin/bash
# JSON in a notebook: read by what json.md says, and by nothing else.
set -eu
trap 'kill $(jobs -p) 2> /dev/null || true' EXIT
netdiag serve http 127.0.0.1:8000 > /dev/null 2>&1 &
server=$!
netdiag wait 127.0.0.1:8000 --format json > wait.json
netdiag ping -c 20 -i 0.01 --format jsonl gateway > ping.jsonl
netdiag ping -c 5 -i 0.01 --format json gateway > ping.json
netdiag probe -c 5 -i 10ms --format json http://gateway:8000/bytes/1000 > probe.json
netdiag ss -tln --format json > ss.json
netdiag check -o json=check.json 'icmp://gateway?loss<=1%' 'listen:8000' > /dev/null
kill "$server"
python3 "$(dirname "$0")/notebook.py"
echo done
