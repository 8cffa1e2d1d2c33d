#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The ways in which perturb can come to a bad end, each with a fault active: it is put back, all of
# its processes end, and what can still be said is said. That it takes no longer than 100 ms with 200
# instances is measured by "make bench"; the limits here are those of a busy machine.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_pair client server || exit 1
ip netns exec server tc qdisc add dev eth0 clsact
ip netns exec server tc filter add dev eth0 ingress protocol ip prio 7 u32 \
	match ip dst 10.99.0.0/16 flowid 1:7 || exit 1
mkdir "$scratch/out"

state() {
	"$HELPERS/state" --netns /run/netns/server
}

is_restored() {
	[ "$(state)" = "$before" ]
}

restored() {
	no_perturb_processes && no_journals && is_restored
}

before=$(state)

# Nothing of an earlier run must be taken for what this one says.
fresh() {
	rm -f "$scratch"/out/* "$scratch/stderr" "$scratch/stdout"
}

# inject KIND [TIME]: in the background; sets main.
inject() {
	fresh
	# shellcheck disable=SC2086 # the kind and its options
	"$PERTURB" inject $1 --netns server --for "${2:-60s}" --out "$scratch/out" \
		>"$scratch/stdout" 2>"$scratch/stderr" &
	main=$!
	active "$1"
}

# active NAME: waits until the fault is there.
active() {
	wait_for 10 grep -q ': injected' "$scratch/stderr" && ! is_restored && return
	not_ok "$1: the fault is there" "$(cat "$scratch/stderr")"
	exit 1
}

put_back() {
	check "$1: everything is put back" wait_for 1 restored && return
	perturb_processes | sed 's/^/  | process /'
	find /run/perturb -type f | sed 's/^/  | journal /'
	diff <(echo "$before") <(state) | sed 's/^/  | /'
	sed 's/^/  | /' "$scratch/stderr"
}

# logged NAME: the custodian said that it was needed.
logged() {
	check "$1: the custodian says so" grep -q 'custodian.*the main process is gone; put 1 changes back' \
		"$scratch/stderr"
}

# report NAME FILTER: there is one report, and it says that.
report() {
	check "$1: the report says so" jq -e "$2" "$scratch"/out/*.json
}

for kind in 'latency --delay 20ms' 'bandwidth --rate 10mbit'; do
	for signal in SEGV ABRT KILL; do
		name="${kind%% *}, SIG$signal"
		inject "$kind"
		kill -$signal $main
		put_back "$name"
		wait $main 2>/dev/null
		logged "$name"
	done

	name="${kind%% *}, SIGSTOP, then SIGKILL"
	inject "$kind"
	kill -STOP $main
	kill -KILL $main
	put_back "$name"
	wait $main 2>/dev/null
	logged "$name"

	# The custodian keeps the time, and the main process learns of it when it wakes up.
	name="${kind%% *}, SIGSTOP"
	inject "$kind" 1s
	kill -STOP $main
	check "$name: put back in time" wait_for 3 is_restored
	check "$name: it is stopped still" grep -q '^State:.T' "/proc/$main/status"
	kill -CONT $main
	wait $main
	check_equal "$name, then SIGCONT: exit status" 0 $?
	put_back "$name, then SIGCONT"
	report "$name, then SIGCONT" '.verdict == "held" and (.faults[0] | .state == "reverted" and
		.cause == "its time was over" and .reverted_at_ms - .injected_at_ms >= 900 and
		.reverted_at_ms - .injected_at_ms < 1500)'
done

# A CI job that is cancelled.
name='SIGKILL of the process group'
fresh
setsid sh -c '"$@" & echo $$; wait' sh "$PERTURB" inject latency --delay 20ms --netns server --for 60s \
	>"$scratch/stdout" 2>"$scratch/stderr" &
active "$name"
kill -KILL -- "-$(head -n 1 "$scratch/stdout")"
put_back "$name"
logged "$name"

# --- terminal and pipe ----------------------------------------------------------------------------

name='the terminal closes'
fresh
check "$name: aborted" python3 - "$PERTURB" "$scratch/out" <<'EOS'
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], [sys.argv[1], "inject", "latency", "--delay", "20ms", "--netns", "server",
                           "--for", "60s", "--out", sys.argv[2]])
seen = b""
while b": injected" not in seen:
    seen += os.read(terminal, 4096)
os.close(terminal)
status = os.waitpid(child, 0)[1]
sys.exit(0 if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 4 else f"status {status:#x}, {seen}")
EOS
put_back "$name"
report "$name" '.verdict == "aborted" and (.reason | test("SIGHUP")) and .faults[0].state == "reverted"'

name='the pipe that it writes to closes'
fresh
"$PERTURB" inject latency --delay 20ms --netns server --for 500ms --out "$scratch/out" 2>&1 |
	head -c 1 >/dev/null
status=${PIPESTATUS[0]}
put_back "$name"
# Not 3: something was touched.
check_equal "$name: exit status" 4 "$status"
report "$name" '.verdict == "held" and .faults[0].state == "reverted"'

# --- places for the report ------------------------------------------------------------------------

mkdir "$scratch/small"
mount -t tmpfs -o size=4k tmpfs "$scratch/small"
at_exit "umount '$scratch/small'"
name='a full disk'
head -c 4096 /dev/zero >"$scratch/small/full"
"$PERTURB" inject latency --delay 20ms --netns server --for 100ms --out "$scratch/small" \
	>"$scratch/stdout" 2>"$scratch/stderr"
check_equal "$name: exit status" 4 $?
put_back "$name"
check "$name: says so" grep -q 'No space left on device' "$scratch/stderr"
check_equal "$name: no half of a report" full "$(ls -A "$scratch/small")"

name='a directory that becomes read-only'
rm "$scratch/small/full"
fresh
"$PERTURB" inject latency --delay 20ms --netns server --for 1s --out "$scratch/small" \
	>"$scratch/stdout" 2>"$scratch/stderr" &
main=$!
active "$name"
mount -o remount,ro "$scratch/small"
wait $main
check_equal "$name: exit status" 4 $?
put_back "$name"
check "$name: says so" grep -q 'Read-only file system' "$scratch/stderr"

name='a read-only directory'
"$PERTURB" inject latency --delay 20ms --netns server --for 60s --out "$scratch/small" \
	>"$scratch/stdout" 2>"$scratch/stderr"
check_equal "$name: exit status" 2 $?
check_equal "$name: nothing was injected" '' "$(grep ': injected' "$scratch/stderr")"

# --- memory ---------------------------------------------------------------------------------------

# Sets cgroup, which may have so many bytes of memory.
make_memory_cgroup() {
	cgroup=/sys/fs/cgroup
	[ ! -d $cgroup/memory ] || cgroup=$cgroup/memory
	cgroup=$(mktemp -d "$cgroup/perturb-violent.XXXXXX" 2>/dev/null) || return 1
	limit=$cgroup/memory.limit_in_bytes
	[ -e "$limit" ] || limit=$cgroup/memory.max
	at_exit "rmdir '$cgroup'"
	echo "$1" 2>/dev/null >"$limit"
}

name='killed for want of memory'
if make_memory_cgroup $((64 * 1024 * 1024)); then
	inject 'latency --delay 20ms'
	for pid in $(perturb_processes); do
		echo "$pid" >"$cgroup/cgroup.procs"
	done
	# Who takes the memory is not the first to go; the custodian is the last.
	echo 1000 >/proc/$main/oom_score_adj
	sh -c 'echo $$ >"$1/cgroup.procs"; exec python3 -c "b = bytearray(200 << 20)"' sh "$cgroup" \
		2>/dev/null
	check "$name: the main process was" wait_for 5 gone $main
	put_back "$name"
	wait $main 2>/dev/null
	logged "$name"
else
	skip "$name" 'no memory cgroup can be made here'
fi

# --- the relay ------------------------------------------------------------------------------------

# Prints the milliseconds from the relay's death to the removal of its redirect, as the kernel tells
# it to everybody who listens.
cat >"$scratch/kill-relay.py" <<'EOS'
import os, signal, socket, struct, sys, time
RTMGRP_TC, RTM_DELTFILTER = 8, 45
heard = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
heard.bind((0, RTMGRP_TC))
heard.settimeout(10)
begin = time.monotonic()
os.kill(int(sys.argv[1]), signal.SIGKILL)
while struct.unpack_from("=IH", heard.recv(65536))[1] != RTM_DELTFILTER:
    pass
print((time.monotonic() - begin) * 1000)
EOS

name='SIGKILL of the relay'
for round in 1 2 3 4 5; do
	inject 'latency --delay 20ms'
	in_netns server python3 "$scratch/kill-relay.py" "$(pgrep -x perturb-relay)" >>"$scratch/times"
	wait $main
	check_equal "$name: exit status" 4 $?
	put_back "$name"
done
check_between "$name: ms until the redirect is gone, median of 5" 0 50 \
	"$(sort -n "$scratch/times" | sed -n 3p)"
report "$name" '.verdict == "aborted" and .faults[0].state == "ended-early" and
	(.faults[0].cause | test("relay"))'

# --- a guard --------------------------------------------------------------------------------------

cat >"$scratch/guarded.yaml" <<'EOS'
version: 1
title: Guarded
targets: { server: { netns: server } }
steady_state:
  - name: server answers
    http: { url: "http://10.9.0.2:8000/", timeout: 500ms }
    rate: 100/s
    tolerate: { success: ">= 0%" }
baseline: 100ms
method:
  - latency: { target: server, delay: 5ms }
    for: 60s
abort_when:
  - { probe: server answers, success: "< 50%", over: 500ms }
EOS

# The server dies; half of what the guard looks at has failed after half of its window.
name='a guard'
for round in 1 2 3; do
	fresh
	nsenter --net=/run/netns/server -- "$HELPERS/http_server" --listen 10.9.0.2:8000 >"$scratch/server" &
	server=$!
	wait_for 10 grep -q READY "$scratch/server"
	in_netns client "$PERTURB" run "$scratch/guarded.yaml" --out "$scratch/out" \
		>"$scratch/stdout" 2>"$scratch/stderr" &
	main=$!
	active "$name"
	sleep 0.6 # until the window is full of good answers
	died=$(now_ms)
	kill -KILL $server
	wait $server 2>/dev/null
	wait $main
	check_equal "$name: exit status" 4 $?
	put_back "$name"
	began=$(date -d "$(jq -r .started_at "$scratch"/out/*.json)" +%s%3N)
	jq ".guards[0].tripped_at_ms + $began - $died - 250" "$scratch"/out/*.json >>"$scratch/reactions"
	jq '.faults[0].reverted_at_ms - .guards[0].tripped_at_ms' "$scratch"/out/*.json >>"$scratch/undos"
done
check_between "$name: ms from its condition to its reaction, median of 3" -20 200 \
	"$(sort -n "$scratch/reactions" | sed -n 2p)"
check_between "$name: ms from its reaction to the undo, median of 3" 0 200 \
	"$(sort -n "$scratch/undos" | sed -n 2p)"
finish
