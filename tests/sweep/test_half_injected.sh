#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An injection that fails and cannot be put back either: what is left counts. Two interfaces, of
# which the second gets nothing, because from then on the kernel answers no request any more.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
if grep -qa __asan_init "$PERTURB"; then
	skip 'half injected' 'the sanitizers cannot be preloaded after'
	exit 0
fi

netns_pair client server || exit 1
ip -n server link add second type veth peer name other || exit 1
for name in second other; do
	ip -n server link set $name up
done
for name in second other; do
	wait_for 10 eval "ip -n server link show $name | grep -q 'state UP' &&
		ip -n server -6 address show dev $name | grep -q fe80" || exit 1
done
before=$(snapshot server)

restored() {
	no_perturb_processes && no_journals && [ "$(snapshot server)" = "$before" ]
}

for ((number = 1; number < 100; number++)); do
	rm -rf "$scratch/out"
	mkdir "$scratch/out"
	FAIL_CLASS=answers FAIL_AT=$number FAIL_COUNT=1000000 FAIL_RECORD="$scratch/record" \
		LD_PRELOAD="$HELPERS/fail.so" "$PERTURB" inject bandwidth --netns server \
		--rate 10mbit --for 100ms --out "$scratch/out" >"$scratch/stdout" 2>"$scratch/stderr"
	status=$?
	[ "$(snapshot server)" = "$before" ] || break
	# Nothing was, but nobody could know.
	[ $status -ne 5 ] || "$PERTURB" recover >/dev/null
done
check_equal 'exit status' 5 $status || sed 's/^/  | /' "$scratch/stderr"
check_equal 'nothing was injected as a whole' 0 "$(grep -c ': injected' "$scratch/stderr")"
check 'the report says so' jq -e '.verdict == "unreverted" and .exit_code == 5' "$scratch"/out/*.json
check 'recover' "$PERTURB" recover
check 'everything is as it was' wait_for 2 restored
finish
