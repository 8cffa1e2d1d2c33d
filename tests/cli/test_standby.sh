#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# When the custodian dies, the standby puts back by the journal, whatever became of the main process.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_pair client server || exit 1
before=$(snapshot server)

# The process of that name: perturb-custod, perturb-standby.
process() {
	pgrep -x "$1"
}

# inject KIND…: in the background; sets main, custodian and standby.
inject() {
	rm -rf "$scratch/out"
	mkdir "$scratch/out"
	: >"$scratch/stderr"
	"$PERTURB" inject "$@" --netns server --for 60s --out "$scratch/out" \
		>"$scratch/stdout" 2>"$scratch/stderr" &
	main=$!
	if ! wait_for 10 grep -q ': injected' "$scratch/stderr"; then
		not_ok "inject $*" "$(cat "$scratch/stderr")"
		exit 1
	fi
	custodian=$(process perturb-custod)
	standby=$(process perturb-standby)
}

is_restored() {
	[ "$(snapshot server)" = "$before" ]
}

restored() {
	no_perturb_processes && no_journals && is_restored
}

# put_back NAME: within two seconds, by the standby.
put_back() {
	if ! check "$1: everything is as it was" wait_for 2 restored; then
		perturb_processes | sed 's/^/  | process /'
		diff <(echo "$before") <(snapshot server) | sed 's/^/  | /'
	fi
	check "$1: the standby says so" grep -q 'standby: .*put 1 changes back' "$scratch/stderr"
}

for kind in 'latency --delay 20ms' 'bandwidth --rate 10mbit'; do
	# shellcheck disable=SC2086 # words
	inject $kind
	check "$kind: it can be seen" test "$(snapshot server)" != "$before"
	kill -KILL "$custodian"
	wait $main
	check_equal "$kind: SIGKILL of the custodian: exit status" 4 $?
	put_back "$kind: SIGKILL of the custodian"
	check "$kind: SIGKILL of the custodian: the report has it" jq -e '.verdict == "aborted" and
		(.reason | test("custodian process was killed; everything was put back")) and
		.faults[0].state == "reverted" and .faults[0].effective == null and
		any(.events[].what; test("1 changes were put back by the journal"))' "$scratch"/out/*.json
	check "$kind: SIGKILL of the custodian: the summary does not make up what nobody measured" \
		grep -q 'what it touched is not known' "$scratch/stdout"
	check_equal "$kind: SIGKILL of the custodian: the summary has no negative time" '' \
		"$(grep -e ' -1 us' "$scratch/stdout")"

	# shellcheck disable=SC2086
	inject $kind
	kill -STOP "$main"
	kill -KILL "$custodian"
	check "$kind: SIGKILL of the custodian of a stopped main process: put back" wait_for 2 is_restored
	kill -CONT "$main"
	wait $main
	check_equal "$kind: … exit status" 4 $?
	put_back "$kind: …"

	# shellcheck disable=SC2086
	inject $kind
	kill -STOP "$main" "$custodian"
	kill -KILL "$main" "$custodian"
	wait $main 2>/dev/null
	put_back "$kind: SIGKILL of main process and custodian"
done

# The standby wakes up a custodian that was stopped, when its main process is gone.
inject latency --delay 20ms
kill -STOP "$custodian"
kill -KILL "$main"
wait $main 2>/dev/null
check 'a stopped custodian, no main process: put back' wait_for 5 restored

# Without the standby, a run is a run.
inject latency --delay 20ms
kill -KILL "$standby"
kill -INT "$main"
wait $main
check_equal 'SIGKILL of the standby: exit status' 4 $?
check 'SIGKILL of the standby: everything is as it was' wait_for 2 restored

# Somebody else takes the journal and does nothing with it: that is told, and soon.
inject bandwidth --rate 10mbit
flock --no-fork /run/perturb/*.journal sleep 60 &
thief=$!
wait_for 5 grep -q -e '-> FLOCK' /proc/locks
kill -STOP "$standby"
kill -KILL "$custodian"
wait_for 5 grep -q sleep /proc/$thief/comm
begin=$(now_ms)
kill -CONT "$standby"
wait $main
check_equal 'SIGKILL of the custodian, a journal that is held: exit status' 5 $?
check_between 'SIGKILL of the custodian, a journal that is held: ms' 0 8000 $(($(now_ms) - begin))
check 'SIGKILL of the custodian, a journal that is held: the report says so' \
	jq -e '.verdict == "unreverted" and (.reason | test("another process holds the journal"))' \
	"$scratch"/out/*.json
kill $thief
wait $thief 2>/dev/null
check 'SIGKILL of the custodian, a journal that was held: recover' "$PERTURB" recover
check 'SIGKILL of the custodian, a journal that was held: everything is as it was' wait_for 2 restored

# And when nobody is left who could, the truth is told.
inject bandwidth --rate 10mbit
kill -KILL "$standby"
kill -KILL "$custodian"
wait $main
check_equal 'SIGKILL of custodian and standby: exit status' 5 $?
check 'SIGKILL of custodian and standby: the journal stays' test -n "$(ls /run/perturb)"
check 'SIGKILL of custodian and standby: the report says so' \
	jq -e '.verdict == "unreverted" and (.reason | test("/run/perturb/.*journal"))' "$scratch"/out/*.json
finish
