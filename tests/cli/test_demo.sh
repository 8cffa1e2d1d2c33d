#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The demo holds, shows what the fault did, writes its report and touches nothing outside.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
cd "$scratch" || exit 1

outside() {
	ip -d link show
	ip address show
	tc qdisc show
	ls -A /run /run/netns 2>/dev/null
	grep -v perturb-test /proc/self/mountinfo
}

no_services() {
	! grep -qs perturb-demo-services /proc/[0-9]*/cmdline
}

before=$(outside)
"$PERTURB" demo >"$scratch/stdout" 2>"$scratch/stderr"
check_equal 'exit status' 0 $? || cat "$scratch/stderr" "$scratch/stdout"
report=$(echo perturb-*.json)
check 'it says where the report is' grep -q "$report" stdout
check 'it shows the experiment' grep -q 'steady_state:' stdout
check 'the report holds' jq -e '.verdict == "held" and .recovery.recovered' "$report"
added=$(jq '.probes[] | select(.name | startswith("users")) | .phases |
	.fault.latency_ms.p50 - .baseline.latency_ms.p50' "$report")
check_between 'users was slower by about 200 ms' 150 300 "$added"
check 'orders was not' jq -e '.probes[] | select(.name | startswith("orders")) | .phases |
	.fault.latency_ms.p50 < 50' "$report"
check_equal 'nothing outside has changed' "$before" "$(outside)"
check 'no service is left' wait_for 1 no_services
check 'no process is left' wait_for 1 no_perturb_processes

rm -f perturb-*.json
"$PERTURB" demo >"$scratch/stdout" 2>"$scratch/stderr" &
pid=$!
wait_for 10 grep -q injected "$scratch/stderr"
kill -TERM $pid
wait $pid
check_equal 'SIGTERM: exit status' 4 $?
check 'SIGTERM: the report says so' jq -e '.verdict == "aborted"' perturb-*.json
check 'SIGTERM: nothing is left' wait_for 1 no_services

"$PERTURB" demo >"$scratch/stdout" 2>"$scratch/stderr" &
pid=$!
disown $pid
wait_for 10 grep -q injected "$scratch/stderr"
kill -KILL $pid
check 'SIGKILL: no process is left' wait_for 2 no_perturb_processes
check 'SIGKILL: no service is left' wait_for 1 no_services
check_equal 'SIGKILL: nothing outside has changed' "$before" "$(outside)"
finish
