#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a run shows while it goes on: a line that is redrawn on a terminal, plain lines elsewhere,
# nothing with --quiet, and never more than the terminal can hold.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

# terminal.py COLUMNS COMMAND…: runs it on a terminal of that width, prints what arrived there.
cat >"$scratch/terminal.py" <<'EOF'
import fcntl, os, pty, struct, sys, termios

pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
output = b""
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:  # the other end is closed
        break
    if not piece:
        break
    output += piece
sys.stdout.buffer.write(output)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
EOF

cat >"$scratch/experiment.yaml" <<'EOF'
version: 1
title: Something answers
steady_state:
  - { name: "first\e[31m probe", http: "http://127.0.0.1:8000/", rate: 20/s, tolerate: { success: ">= 99%" } }
  - { name: second probe, http: "http://127.0.0.1:8000/", tolerate: { success: ">= 99%" } }
  - { name: third probe, http: "http://127.0.0.1:8000/", tolerate: { success: ">= 99%" } }
baseline: 1s
EOF

# on_terminal COLUMNS [VARIABLE=VALUE…] [-- OPTION…]: sets screen (a file).
on_terminal() {
	local columns=$1 settings=(TERM=xterm)
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		settings+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	screen=$scratch/screen
	env -u NO_COLOR "${settings[@]}" /usr/bin/python3 "$scratch/terminal.py" "$columns" \
		"$PERTURB" probe "$scratch/experiment.yaml" "$@" >"$screen"
}

shows() {
	grep -aq -- "$1" "$screen"
}

not() {
	! "$@"
}

# The widest of the lines that were drawn in place, without escape sequences.
widest_live_line() {
	tr '\n' '\r' <"$screen" | tr '\r' '\n' | grep -a $'^\033\\[K' |
		sed 's/\x1b\[[0-9;]*[A-Za-z]//g' | grep -av '  *[a-z]* begins' | LC_ALL=C.UTF-8 wc -L
}

/usr/bin/python3 -m http.server -b 127.0.0.1 -d "$scratch" 8000 >/dev/null 2>&1 &
server=$!
at_exit "kill $server 2>/dev/null"
wait_for 10 curl -sf http://127.0.0.1:8000/

on_terminal 120
check_equal 'terminal: exit status' 0 $?
check 'terminal: a line is redrawn' shows $'\r\033\\[K'
check 'terminal: it has the phase and its time' shows 'baseline.*s of 1.0s'
check 'terminal: it has what the probes see' shows 'second probe 100.0% p95 [0-9]*ms'
check 'terminal: colors' shows $'\033\\[32mheld'
check 'terminal: events' shows 'baseline begins'
check 'terminal: a name cannot control it' not shows $'first\033'
check_between 'terminal: the line fits' 60 119 "$(widest_live_line)"

on_terminal 60
check_between 'narrow terminal: the line fits' 20 59 "$(widest_live_line)"
check 'narrow terminal: says that there is more' shows ' | \.\.\.'
on_terminal 10
check_equal 'terminal of ten columns: exit status' 0 $?
check_equal 'terminal of ten columns: no line' 0 "$(widest_live_line)"

on_terminal 120 NO_COLOR=1
check 'NO_COLOR: still redrawn' shows $'\r\033\\[K'
check 'NO_COLOR: no colors' not shows $'\033\\[[0-9;]*m'
on_terminal 120 -- --no-color
check '--no-color: no colors' not shows $'\033\\[[0-9;]*m'
on_terminal 120 TERM=dumb
check 'TERM=dumb: no escape sequence' not shows $'\033'
check 'TERM=dumb: events' shows 'baseline begins'
on_terminal 120 -- --quiet
check_equal '--quiet: nothing at all' '' "$(cat "$screen")"

"$PERTURB" probe "$scratch/experiment.yaml" >"$scratch/stdout" 2>"$scratch/stderr"
screen=$scratch/stderr
check 'a file: events as lines' shows 'baseline begins$'
check 'a file: no escape sequence' not shows $'\033'
screen=$scratch/stdout
check 'a file: the summary' shows 'held: '
check 'a file: no escape sequence in the summary' not shows $'\033'
finish
