#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The exit status says how a run ended, and whatever it is, the network is as it was before.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_pair client server || exit 1
serve server 10.9.0.2 8000 || exit 1
before=$(snapshot server)

# experiment TOLERATE [METHOD [FOR]]
experiment() {
	cat >"$scratch/experiment.yaml" <<EOS
version: 1
title: Exit codes
variables: { url: "http://10.9.0.2:8000/" }
targets: { server: { netns: server } }
steady_state:
  - name: server answers
    http: { url: "\${url}", timeout: 500ms }
    rate: 50/s
    tolerate: { success: ">= 99%", p95: "<= 80ms" }
    during: { $1 }
baseline: 1s
method:
  - ${2:-latency: { target: server, delay: 100ms \}}
    at: 0s
    for: ${3:-500ms}
recovery: 3s
abort_when:
  - { probe: server answers, success: "< 20%", over: 1s }
EOS
}

# start ARGUMENT…: perturb in the background, from the client's namespace; sets pid.
start() {
	rm -rf "$scratch/out"
	mkdir "$scratch/out"
	: >"$scratch/stderr" # now, not when the background job comes to it
	nsenter --net=/run/netns/client -- "$PERTURB" "$@" >"$scratch/stdout" 2>"$scratch/stderr" &
	pid=$!
}

run() {
	start "$@"
	wait $pid
	status=$?
}

not() {
	! "$@"
}

restored() {
	no_perturb_processes && no_journals && [ "$(snapshot server)" = "$before" ]
}

# ended NAME STATUS: the run that has just ended had this status and left nothing behind.
ended() {
	check_equal "$1: exit status" "$2" "$status" || tail -n 20 "$scratch/stderr" | sed 's/^/  | /'
	if ! check "$1: everything is as it was" wait_for 1 restored; then
		diff <(echo "$before") <(snapshot server) | head -n 20 | sed 's/^/  | /'
	fi
}

# reported NAME VERDICT: there is exactly one report, and it says so.
reported() {
	check "$1: the report says $2" jq -e --arg verdict "$2" --argjson status "$status" \
		'.verdict == $verdict and .exit_code == $status and .reason != ""' "$scratch"/out/*.json
	check_equal "$1: one report, no partial file" 1 "$(find "$scratch/out" -type f | wc -l)"
}

execute() {
	run run "$scratch/experiment.yaml" --out "$scratch/out" "$@"
}

# monitored COMMAND…: runs it while ip and tc tell what changes in the server's namespace.
monitored() {
	local monitors
	ip netns exec server ip monitor link address route >"$scratch/ip-monitor" 2>&1 &
	monitors=$!
	ip netns exec server tc monitor >"$scratch/tc-monitor" 2>&1 &
	monitors="$monitors $!"
	# They say nothing until something happens: let it happen to another interface.
	wait_for 5 sentinel first
	"$@"
	wait_for 5 sentinel last
	# shellcheck disable=SC2086 # two of them
	kill $monitors
	# shellcheck disable=SC2086
	wait $monitors 2>/dev/null
}

# Makes and removes an interface NAME; true when both monitors have seen it.
sentinel() {
	ip -n server link add "$1" type dummy 2>/dev/null || ip -n server link add "$1" type veth || return 1
	ip -n server link set "$1" up
	ip netns exec server tc qdisc add dev "$1" root handle 77: tbf rate 1mbit burst 10k latency 1s
	ip -n server link delete "$1"
	grep -q " $1[:@]" "$scratch/ip-monitor" && grep -q "dev $1" "$scratch/tc-monitor"
}

changes_seen() {
	sed -n '/first/,$p' "$scratch/ip-monitor" "$scratch/tc-monitor" | grep -w eth0
}

# --- 0 and 1 -----------------------------------------------------------------------------------

experiment 'success: ">= 99%", p95: "<= 400ms"'
monitored execute
ended held 0
reported held held
check 'held: the monitor saw the fault' changes_seen

experiment 'p95: "<= 50ms"'
execute
ended broken 1
reported broken broken

# --- 2: usage and invalid files ----------------------------------------------------------------

while IFS= read -r arguments; do
	# shellcheck disable=SC2086 # split into words
	run $arguments
	ended "perturb $arguments" 2
	check "perturb $arguments: says why" test -s "$scratch/stderr"
done <<EOS

frobnicate
run
run --nosuch x.yaml
run $scratch/nosuch.yaml
run $scratch/experiment.yaml --engine magic
run $scratch/experiment.yaml --set nosuch=1
run $scratch/experiment.yaml --seed minus
inject
inject frobnicate --netns server --for 1s
inject latency --netns server --for 1s
inject latency --netns server --delay 100 --for 1s
inject latency --delay 100ms --for 1s
inject pause --process 4711 --process 4712 --for 1s
inject pause --process 4711 --process nosuch --for 1s
inject pause --process nosuch --process 4711 --for 1s
check $scratch/nosuch.yaml
plan
EOS

sed 's/delay: 100ms/dealy: 100ms/; s/rate: 50\/s/rate: often/' "$scratch/experiment.yaml" \
	>"$scratch/invalid.yaml"
run run "$scratch/invalid.yaml" --out "$scratch/out"
ended 'invalid file' 2
check 'invalid file: each mistake with its place' test \
	"$(grep -cE 'invalid.yaml:[0-9]+:[0-9]+: ' "$scratch/stderr")" -ge 2
check 'invalid file: the nearest known key' grep -q "did you mean 'delay'" "$scratch/stderr"
check_equal 'invalid file: no report' '' "$(ls "$scratch/out")"
run run "$scratch/experiment.yaml" "$scratch/invalid.yaml" --out "$scratch/out"
ended 'one of two files is invalid' 2
check_equal 'one of two files is invalid: none is run' '' "$(ls "$scratch/out")"

# --- 3: not started ----------------------------------------------------------------------------

experiment 'success: ">= 99%"'
monitored execute --set url=http://10.9.0.2:1/
ended 'not steady' 3
reported 'not steady' not-started
check_equal 'not steady: the monitor saw no change' '' "$(changes_seen)"

sed -i 's/netns: server/netns: sever/' "$scratch/experiment.yaml"
execute
ended 'no such namespace' 3
reported 'no such namespace' not-started
check 'no such namespace: named in the error' grep -q sever "$scratch/stderr"

run inject latency --container nosuch --delay 10ms --for 1s
ended 'no container runtime' 3

experiment 'success: ">= 99%"'
chown -R nobody "$scratch"
chmod 711 "$scratch"
start_unprivileged() {
	setpriv --reuid nobody --regid nogroup --clear-groups "$PERTURB" "$@" \
		>"$scratch/stdout" 2>"$scratch/stderr"
	status=$?
}
if setpriv --reuid nobody --regid nogroup --clear-groups test -x "$PERTURB"; then
	start_unprivileged run "$scratch/experiment.yaml" --out "$scratch/out"
	ended 'without privilege' 3
	check 'without privilege: says so' grep -qiE 'root|permi' "$scratch/stderr"
else
	# A checkout below a private directory, such as /root.
	install -m 755 "$(readlink -f "$PERTURB")" /tmp/perturb-unprivileged.$$
	at_exit "rm -f /tmp/perturb-unprivileged.$$"
	PERTURB=/tmp/perturb-unprivileged.$$ start_unprivileged run "$scratch/experiment.yaml" \
		--out "$scratch/out"
	ended 'without privilege' 3
	check 'without privilege: says so' grep -qiE 'root|permi' "$scratch/stderr"
fi

run run "$scratch/experiment.yaml" --out "$scratch/nosuch"
ended 'no such directory for the report' 2

# --- 4: aborted --------------------------------------------------------------------------------

experiment 'success: ">= 0%"' 'loss: { target: server, percent: 100% }' 20s
begin=$(now_ms)
execute
ended guard 4
reported guard aborted
check_between 'guard: long before the end of the fault, in ms' 1000 10000 $(($(now_ms) - begin))

for signal in INT TERM HUP; do
	experiment 'success: ">= 0%"' '' 20s
	start run "$scratch/experiment.yaml" --out "$scratch/out"
	check "SIG$signal: the fault is there first" wait_for 10 grep -q injected "$scratch/stderr"
	kill -$signal $pid
	begin=$(now_ms)
	wait $pid
	status=$?
	check_between "SIG$signal: ms until the end" 0 1000 $(($(now_ms) - begin))
	ended "SIG$signal" 4
	reported "SIG$signal" aborted
done

start run "$scratch/experiment.yaml" --out "$scratch/out"
wait_for 10 grep -q baseline "$scratch/stderr"
kill -INT $pid
wait $pid
status=$?
ended 'SIGINT in the baseline' 4
reported 'SIGINT in the baseline' aborted
check 'SIGINT in the baseline: claims no more than happened' jq -e \
	'.reason == "stopped by SIGINT; nothing was injected"' "$scratch"/out/*.json

# --- 5: not put back ---------------------------------------------------------------------------

# replaced HANDLE: a run during which somebody replaces our queueing discipline by one of his own.
replaced() {
	experiment 'success: ">= 0%"' 'bandwidth: { target: server, rate: 10mbit }' 1s
	start run "$scratch/experiment.yaml" --out "$scratch/out"
	wait_for 10 grep -q injected "$scratch/stderr"
	ours=$(ip netns exec server tc qdisc show dev eth0 root)
	ip netns exec server tc qdisc delete dev eth0 root
	ip netns exec server tc qdisc add dev eth0 root handle "$1" htb || echo "not ok - htb"
	wait $pid
	status=$?
	theirs=$(ip netns exec server tc qdisc show dev eth0 root)
	ip netns exec server tc qdisc delete dev eth0 root
}

replaced 99:
check 'replaced: the fault was there first' grep -q tbf <<<"$ours"
ended 'replaced' 0
check 'replaced: the other is left alone' grep -q 'htb 99:' <<<"$theirs"

# With our handle it cannot be told from ours, but it is of another kind.
handle=$(sed -n 's/^qdisc tbf \([0-9a-f]*:\).*/\1/p' <<<"$ours")
replaced "$handle"
check_equal 'in the way: exit status' 5 $status || tail -n 20 "$scratch/stderr" | sed 's/^/  | /'
reported 'in the way' unreverted
check 'in the way: the other is left alone' grep -q "htb $handle" <<<"$theirs"
check 'in the way: says where and what' grep -q 'eth0' "$scratch/stderr"
check 'in the way: the journal stays' not no_journals
check 'in the way: no process does' wait_for 1 no_perturb_processes
rm -rf /run/perturb

# --- quiet -------------------------------------------------------------------------------------

experiment 'success: ">= 99%", p95: "<= 400ms"'
execute --quiet
ended quiet 0
check_equal 'quiet: says nothing' '' "$(cat "$scratch/stdout" "$scratch/stderr")"
reported quiet held

run inject latency --netns server --delay 100ms --for 300ms --quiet
ended 'inject --quiet' 0
check_equal 'inject --quiet: says nothing' '' "$(cat "$scratch/stdout" "$scratch/stderr")"

"$PERTURB" faults >/dev/full 2>"$scratch/stderr"
check_equal 'output that does not arrive is no success' 3 $?
finish
