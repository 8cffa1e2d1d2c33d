#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# abort ends a run from another terminal: everything is put back when it returns, whether the main
# process listens, is stopped, hangs, or is gone. Nobody else's process is ever signalled.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_pair client server || exit 1
serve server 10.9.0.2 8000 || exit 1
sleep infinity &
bystander=$!
at_exit "kill -s KILL $bystander 2>/dev/null"
disown $bystander
before=$(snapshot server)

cat >"$scratch/experiment.yaml" <<'EOS'
version: 1
title: Aborted
targets: { server: { netns: server } }
steady_state:
  - name: server answers
    http: { url: "http://10.9.0.2:8000/", timeout: 1s }
    rate: 20/s
    tolerate: { success: ">= 1%" }
baseline: 500ms
method:
  - latency: { target: server, delay: 20ms }
    at: 0s
    for: 60s
  - bandwidth: { target: server, rate: 10mbit }
    at: 70s
    for: 10s
recovery: 500ms
EOS

says() {
	grep -q -- "$1" <<<"$answer" || { echo "$answer"; return 1; }
}

# begin [PATTERN]: the run in the background, until its output has that; sets main and run_id.
begin() {
	rm -f "$scratch/log" "$scratch"/*.json
	nsenter --net=/run/netns/client -- "$PERTURB" run "$scratch/experiment.yaml" --out "$scratch" \
		>"$scratch/log" 2>&1 &
	main=$!
	wait_for 10 grep -q "${1:-: injected}" "$scratch/log" || not_ok 'run' "$(cat "$scratch/log")"
	wait_for 10 test -e /run/perturb/*.journal
	run_id=$(basename /run/perturb/*.journal .journal)
}

# aborted NAME STATUS PATTERN [RUN]: how abort ends, and what it says; sets took_ms.
aborted() {
	local name=$1 wanted=$2 pattern=$3 begin_ms
	shift 3
	begin_ms=$(now_ms)
	answer=$("$PERTURB" abort "$@" 2>&1)
	check_equal "$name: abort" "$wanted" $?
	took_ms=$(($(now_ms) - begin_ms))
	check "$name: says how" says "$pattern"
}

restored() {
	check_equal "$1: everything is put back when it returns" "$before" "$(snapshot server)"
	check "$1: no journal" no_journals
}

begin
check 'a fault can be seen' test "$(snapshot server)" != "$before"
aborted 'a run' 0 "^the run $run_id: it was told to end, and put everything back$"
restored 'a run'
check_between 'a run: at once' 0 2500 "$took_ms"
wait $main
check_equal 'a run: its status' 4 $?
check 'a run: its report' jq -e '.verdict == "aborted"' "$scratch"/perturb-aborted-*.json

begin 'baseline begins'
aborted 'in the baseline, by name' 0 'put everything back$' "$run_id"
restored 'in the baseline, by name'
wait $main
check_equal 'in the baseline, by name: its status' 4 $?

begin
aborted 'another name' 3 "no run '20000101-000000-00000000' is active" 20000101-000000-00000000
aborted 'a name with a slash' 3 'no run' "../perturb/$run_id"
kill -s STOP $main
aborted 'a stopped main process' 0 'put everything back$'
restored 'a stopped main process'
check_between 'a stopped main process: at once' 0 2500 "$took_ms"
wait $main
check_equal 'a stopped main process: its status' 4 $?

# --- several ---

begin
first=$run_id
"$PERTURB" inject pause --process $bystander --for 60s >/dev/null 2>"$scratch/second" &
second_main=$!
wait_for 10 grep -q ': injected' "$scratch/second"
second=$(find /run/perturb -name '*.journal' ! -name "$first.journal" -printf '%f\n' | sed 's/\.journal$//')
aborted 'two runs' 2 'several runs are active: name one'
check 'two runs: lists the first' says "^  $first  Aborted  (pid $main, since"
check 'two runs: lists the second' says "^  $second  inject pause  (pid $second_main, since"
aborted 'one of two' 0 "^the run $second: " "$second"
wait $second_main
check_equal 'one of two: its status' 4 $?
check_equal 'one of two: the other goes on' "$first.journal" "$(ls /run/perturb)"
aborted 'the other one' 0 "^the run $first: "
restored 'the other one'
wait $main

# --- processes that do not react ---

freezer=$(awk '$3 == "cgroup" && $4 ~ /freezer/ { print $2; exit }' /proc/self/mounts)
group=$freezer/perturb-abort-$$
if [ -z "$freezer" ] || ! mkdir "$group" 2>/dev/null; then
	skip 'processes that do not react' 'no freezer cgroup of version 1 that can be written'
else
	at_exit "echo THAWED >'$group/freezer.state'; massacre; wait_for 5 rmdir '$group'"

	# freeze PID…
	freeze() {
		for pid; do echo "$pid" >"$group/cgroup.procs"; done
		echo FROZEN >"$group/freezer.state"
		wait_for 5 grep -q FROZEN "$group/freezer.state"
	}

	begin
	freeze $main
	aborted 'a main process that hangs' 0 'its main process did not react; its custodian put'
	restored 'a main process that hangs'
	echo THAWED >"$group/freezer.state"
	wait $main
	check_equal 'a main process that hangs: its status, later' 4 $?

	begin
	# shellcheck disable=SC2046 # one word each
	freeze $(perturb_processes)
	aborted 'nobody reacts' 5 "neither the main process (pid $main) nor the custodian (pid [0-9]*)"
	check 'nobody reacts: the journal stays' test -e "/run/perturb/$run_id.journal"
	echo THAWED >"$group/freezer.state"
	wait $main
	check 'nobody reacts: put back as soon as they do' wait_for 5 no_journals
	check_equal 'nobody reacts: everything is as before' "$before" "$(snapshot server)"
fi

# --- nobody else is hit ---

begin
massacre
wait $main 2>/dev/null
aborted 'a run that was killed' 3 "has left something behind: .*perturb recover $run_id" "$run_id"
aborted 'a run that was killed, without its name' 3 'no run is active'
check 'a run that was killed: recover' "$PERTURB" recover
for case in "perturb version=4 x:a newer version:written by a newer perturb" \
	"perturb version=1 pid=4711:an older version:older perturb.*kill 4711" \
	"perturb version=2 pid=x:a damaged first line:first line is damaged"; do
	IFS=: read -r line name pattern <<<"$case"
	write_journal strange <<<"$line"
	exec {held}</run/perturb/strange.journal
	flock $held
	aborted "$name" 3 "$pattern"
	exec {held}<&-
	rm /run/perturb/strange.journal
done
write_journal reused <<EOS
perturb version=2 pid=$bystander start_time=1 main_pid=$bystander main_start_time=2 began_ms=1 title=x
operation id=1 type=sigstop pid=$bystander start_time=3
EOS
exec {held}</run/perturb/reused.journal
flock $held
aborted 'pids that were reused' 5 'no process of the run reused can be found'
check 'pids that were reused: their process lives' kill -0 $bystander
check 'pids that were reused: and was not stopped' grep -q 'State:.*S' /proc/$bystander/status
exec {held}<&-
rm /run/perturb/reused.journal
check_equal 'everything is as before' "$before" "$(snapshot server)"
finish
