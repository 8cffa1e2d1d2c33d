#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the processes of a run may do, as the kernel says in /proc/PID/status.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

# status_of PID FIELD
status_of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# The one process of that name, which a process bears from early in its life on.
process_named() {
	local pid
	for pid in $(perturb_processes); do
		[ "$(cat "/proc/$pid/comm")" != "$1" ] || echo "$pid"
	done
}

# filters_calls: does this kernel have seccomp? It says so of any process.
filters_calls() {
	grep -q '^Seccomp:' /proc/self/status
}

netns_pair client server || exit 1
"$PERTURB" inject latency --netns server --delay 5ms --for 60s --engine relay \
	>"$scratch/log" 2>&1 &
main=$!
wait_for 10 grep -q injected "$scratch/log" || not_ok 'inject' "$(cat "$scratch/log")"
custodian=$(process_named perturb-custod)
relay=$(process_named perturb-relay)
check 'a custodian and a relay are there' test -n "$custodian" -a -n "$relay"

for name in custodian relay; do
	pid=${!name}
	if filters_calls; then
		check_equal "the $name: is limited to its system calls" 2 "$(status_of "$pid" Seccomp)"
	else
		skip "the $name: is limited to its system calls" 'no seccomp in this kernel'
	fi
	check_equal "the $name: no_new_privs" 1 "$(status_of "$pid" NoNewPrivs)"
done
if filters_calls; then
	check 'the relay: has a second filter of its own' test \
		"$(status_of "$relay" Seccomp_filters)" -gt "$(status_of "$custodian" Seccomp_filters)"
	check 'doctor says so' grep -q '^ok   seccomp' <("$PERTURB" doctor)
else
	check 'doctor says so' grep -q '^--   seccomp' <("$PERTURB" doctor)
fi

check_equal 'the relay: is nobody' '65534 65534 65534 65534' "$(status_of "$relay" Uid | tr '\t' ' ')"
for field in CapInh CapPrm CapEff CapAmb; do
	check_equal "the relay: $field" 0000000000000000 "$(status_of "$relay" $field)"
done

# The filter is no hindrance to putting back.
kill -KILL $main
wait $main 2>/dev/null
check 'everything is put back' wait_for 5 no_perturb_processes
check 'no journal is left' no_journals
finish
