#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C once: everything is put back, in order and told. Twice: perturb exits, whatever hangs, and
# everything is put back all the same.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_pair client server || exit 1
before=$(snapshot server)

start() {
	rm -rf "$scratch/out"
	mkdir "$scratch/out"
	: >"$scratch/stderr"
	"$PERTURB" inject latency --netns server --delay 20ms --for 60s --out "$scratch/out" \
		>"$scratch/stdout" 2>"$scratch/stderr" &
	main=$!
	wait_for 10 grep -q ': injected' "$scratch/stderr" || exit 1
}

restored() {
	no_perturb_processes && no_journals && [ "$(snapshot server)" = "$before" ]
}

start
kill -INT $main
wait $main
check_equal 'once: exit status' 4 $?
check 'once: everything is as it was when it exits' restored
check 'once: says what it does' grep -q 'received SIGINT: ending the run' "$scratch/stderr"
check 'once: shows the undo' grep -q 'latency on server: put back' "$scratch/stderr"
check 'once: the report' jq -e '.verdict == "aborted" and .faults[0].state == "reverted"' "$scratch"/out/*.json

# A custodian that does not move: once is to wait for it, up to ten seconds.
start
kill -STOP "$(pgrep -x perturb-custod)"
kill -INT $main
check 'twice: once is heard' wait_for 5 grep -q 'received SIGINT: ending the run' "$scratch/stderr"
check 'twice: once waits for the custodian' kill -0 $main
begin=$(now_ms)
kill -INT $main
wait $main
check_equal 'twice: exit status, for nothing was put back yet' 5 $?
check_between 'twice: exits at once, in milliseconds' 0 3000 $(($(now_ms) - begin))
check 'twice: the report says who goes on' jq -e '.verdict == "unreverted" and
	(.reason | test("the custodian goes on"))' "$scratch"/out/*.json
# The standby sees to it.
check 'twice: everything is put back' wait_for 10 restored
finish
