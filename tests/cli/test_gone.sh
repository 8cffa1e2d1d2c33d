#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Many targets that end at once, under a fault: what was changed for them is put back together, at
# once, and the run goes on.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
cd "$scratch" || exit 1
count=100

for ((i = 0; i < count; i++)); do
	unshare --net sh -c 'ip link add eth0 type veth peer name far && ip link set eth0 up && exec sleep 3611' &
	disown
done
all_there() {
	[ "$(pgrep -fxc 'sleep 3611')" -eq $count ]
}
check 'the targets are there' wait_for 30 all_there
"$PERTURB" inject latency --process 'sleep 3611' --interface eth0 --delay 10ms --for 10s --engine relay \
	--out "$scratch" >stdout 2>stderr &
perturb=$!
all_injected() {
	[ "$(grep -c ': injected by relay' stderr)" -eq $count ]
}
check 'all are injected' wait_for 30 all_injected
pkill -KILL -fx 'sleep 3611'
all_over() {
	[ "$(grep -c ': over: its target is gone' stderr)" -eq $count ]
}
check 'all are put back before their time' wait_for 10 all_over
wait $perturb
check_equal 'exit status' 0 $?
check_equal 'the report' '["held",["gone"],[1]]' \
	"$(jq -c '[.verdict, ([.faults[].state] | unique), ([.faults[].moves | length] | unique)]' ./*.json)"
check 'the reason does not claim that all went as planned' \
	jq -e '.reason | test("a target was gone")' ./*.json
# One after the other, they would take more than four seconds.
check_between 'the last one is put back soon after the end of the first' 0 1500 \
	"$(jq '([.faults[].reverted_at_ms] | max) - ([.faults[].moves[0].gone_at_ms] | min)' ./*.json)"
rm -f ./*.json
sleep 3612 &
victim=$!
disown
"$PERTURB" inject kill --process $victim --out "$scratch" >stdout 2>stderr
check_equal 'a kill: the reason does not claim that it was put back' \
	'every fault was injected; no steady state to judge' "$(jq -r .reason ./*.json)"
# --- a network namespace is named, and the name becomes another one's -----------------------------
# replaced NAME WANTED [COMMAND…]: the events of a fault in the namespace "shop" under which it is
# deleted, and then the command is run.
replaced() {
	local name=$1 wanted=$2 perturb
	shift 2
	rm -f ./*.json
	ip netns add shop && ip -n shop link add eth0 type veth peer name far && ip -n shop link set eth0 up
	"$PERTURB" inject bandwidth --netns shop --interface eth0 --rate 10mbit --for 2s --out "$scratch" \
		>stdout 2>stderr &
	perturb=$!
	check "$name: it is injected" wait_for 10 grep -q ': injected by' stderr
	ip netns delete shop
	"$@"
	wait $perturb
	check_equal "$name: exit status" 0 $?
	check_equal "$name: the report notes it" "[\"bandwidth on shop: $wanted\"]" \
		"$(jq -c '[.events[].what | select(test("network namespace was deleted"))]' ./*.json)"
}
replaced 'a namespace that is deleted' 'its network namespace was deleted before its end' true
replaced 'a namespace that is made anew' \
	'its network namespace was deleted and made anew, without the fault, before its end' \
	ip netns add shop
ip netns delete shop

check 'no process of perturb is left' wait_for 5 no_perturb_processes
check 'no journal is left' no_journals
finish
