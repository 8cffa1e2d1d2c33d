#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# perturb is killed by SIGKILL at random moments of a run. Each time, within a second, the network
# namespace is as it was before, no process of perturb is left and no journal either.
# ROUNDS=500 for more of them; SEED=N repeats the moments of an earlier test.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
rounds=${ROUNDS:-50}
seed=${SEED:-$((SRANDOM % 32768))}
RANDOM=$seed
echo "seed $seed"

netns_pair client server || exit 1
serve server 10.9.0.2 8000 || exit 1
# Whatever the user had there before must be there after.
ip netns exec server tc qdisc add dev eth0 clsact
ip netns exec server tc filter add dev eth0 ingress protocol ip prio 7 u32 match ip dst 10.99.0.0/16 \
	flowid 1:7 || exit 1

# One run of about a second: two faults, of different engines, one after the other.
cat >"$scratch/experiment.yaml" <<'EOS'
version: 1
title: Killed
targets: { server: { netns: server } }
steady_state:
  - name: server answers
    http: { url: "http://10.9.0.2:8000/", timeout: 1s }
    rate: 50/s
    tolerate: { success: ">= 1%" }
baseline: 100ms
method:
  - latency: { target: server, delay: 20ms }
    at: 0s
    for: 300ms
  - bandwidth: { target: server, rate: 10mbit }
    at: 350ms
    for: 200ms
recovery: 200ms
EOS

restored() {
	no_perturb_processes && no_journals && [ "$(snapshot server)" = "$before" ]
}

before=$(snapshot server)
in_netns client "$PERTURB" run "$scratch/experiment.yaml" --out "$scratch" >"$scratch/whole" 2>&1
check_equal 'a whole run, nobody killed' 0 $? || cat "$scratch/whole"
check 'a whole run leaves nothing behind' wait_for 1 restored
check 'what the user had is still there' grep -q 'flowid 1:7' <<<"$before"

kill_at() {
	local delay_ms=$1 pid
	: >"$scratch/log"
	nsenter --net=/run/netns/client -- "$PERTURB" run "$scratch/experiment.yaml" \
		--out "$scratch" >"$scratch/log" 2>&1 &
	pid=$!
	disown $pid
	sleep "0.$(printf %03d "$delay_ms")"
	[ -n "$differs" ] || [ "$(snapshot server)" = "$before" ] || differs=yes
	kill -KILL $pid 2>/dev/null
	# Faults that were there at that moment.
	active=$(($(grep -c ': injected' "$scratch/log") - $(grep -c ': put back' "$scratch/log")))
	name="killed after $delay_ms ms, with $active faults active"
	if wait_for 1 restored; then
		ok "$name"
	else
		not_ok "$name" "a second later, something is left"
		perturb_processes | sed 's/^/  | process /'
		find /run/perturb -type f | sed 's/^/  | journal /'
		diff <(echo "$before") <(snapshot server) | head -n 30 | sed 's/^/  | /'
		sed 's/^/  | /' "$scratch/log"
	fi
}

hits=0
differs=
for ((round = 0; round < rounds; round++)); do
	kill_at $((RANDOM % 900))
	[ "$active" -lt 1 ] || hits=$((hits + 1))
done
# Otherwise the moments were badly chosen and the cases above prove little.
check_between 'faults were active at many of these moments' $((rounds / 5)) "$rounds" $hits
check 'a fault can be seen in the snapshot' test -n "$differs"
finish
