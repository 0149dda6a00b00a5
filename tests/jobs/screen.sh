#!/bin/bash
# A screen without colour, a dumb one, a narrow one, a locale of ASCII, and none at all: nothing is lost, nothing garbles.
set -eu
fail() { echo "$0: $*" >&2; exit 1; }
trap 'kill $(jobs -p) 2> /dev/null || true' EXIT

cat > net.toml <<'TOML'
version = 1
[[check]]
name = "right"
kind = "sysctl"
key = "kernel.ostype"
value = "Linux"
[[check]]
name = "wrong"
kind = "sysctl"
key = "kernel.ostype"
value = "Plan9"
TOML

# On a terminal of so many columns. (CONTRIBUTING has no say here: this is what a terminal emulator does.)
cat > terminal.py <<'PYTHON'
import fcntl, os, pty, struct, sys, termios
columns, words = int(sys.argv[1]), sys.argv[2:]
child, screen = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.execvp(words[0], words)
shown = b""
while True:
    try:
        more = os.read(screen, 4096)
    except OSError:
        break
    if not more:
        break
    shown += more
os.waitpid(child, 0)
sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
PYTHON
on() { python3 terminal.py "$@"; }
escapes() { grep -q $'\x1b' "$1"; }

# Colour where it can be shown, and only there.
TERM=xterm on 80 netdiag check net.toml > colour
escapes colour || fail "no colour: $(cat colour)"
NO_COLOR=1 TERM=xterm on 80 netdiag check net.toml > plain || true
grep -q $'\x1b\\[3[0-9]m' plain && fail "colour in spite of NO_COLOR: $(cat plain)"
TERM=dumb on 80 netdiag check net.toml > dumb
escapes dumb && fail "a dumb terminal is steered: $(cat -v dumb)"
TERM=dumb on 80 netdiag help filter > page
escapes page && fail "a dumb terminal is steered: $(cat -v page)"
netdiag check net.toml > piped || true
escapes piped && fail "a pipe is steered"
for text in colour dumb piped; do grep -q 'wanted Plan9' "$text" || fail "$text lacks words: $(cat "$text")"; done

# What a terminal is not asked to do: lines over lines.
TERM=dumb on 80 netdiag wait --any 127.0.0.1:1 icmp://127.0.0.1 > waited
escapes waited && fail "$(cat -v waited)"

# Narrow: pages and tables keep to the columns there are, and lose no words.
TERM=xterm NO_COLOR=1 on 40 netdiag help exit-statuses > narrow
awk 'length($0) > 40 && !/^    / && / / { bad = 1; print } END { exit bad }' narrow || fail "wider than 40 columns"
netdiag serve echo 127.0.0.1:7000 > /dev/null 2>&1 &
server=$!
netdiag wait 127.0.0.1:7000 --quiet
TERM=xterm NO_COLOR=1 on 50 netdiag ss -tln --format table > table
grep -q 7000 table && grep -qi listen table || fail "$(cat table)"
kill "$server"

# A locale of ASCII gets ASCII.
LC_ALL=C netdiag check net.toml > ascii || true
LC_ALL=C grep -q '[^ -~]' ascii && fail "not ASCII: $(cat ascii)"
grep -q 'wrong' ascii || fail "$(cat ascii)"

# Nothing to write to is no failure.
netdiag help json | head -n 1 > /dev/null
netdiag ss -tan --format jsonl | true
echo done
