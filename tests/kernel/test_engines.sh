#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Both engines do the same to packets: the kernel's netem and tbf, and the relay, with the same
# parameters, under the same kernel, measured by the same program (engines.py tells how). Runs in the
# user-mode kernel (run.sh).
set -u
. "$(dirname "$0")/../lib.sh"

tool="/usr/bin/python3 tests/kernel/engines.py"
out=$scratch/out

netns_new ours
netns_new theirs
for name in ours theirs; do
	ip netns exec $name sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6' 2>/dev/null
done
$tool links >"$scratch/links"
check 'a link for each case' ip -batch "$scratch/links"
$tool side 1 >"$scratch/side"
check 'their ends here' ip -n ours -batch "$scratch/side"
$tool side 2 >"$scratch/side"
check 'their ends there' ip -n theirs -batch "$scratch/side"
$tool experiment "$scratch" >"$scratch/engines.yaml"
check 'an experiment with all cases is valid' "$PERTURB" check "$scratch/engines.yaml"
for group in delay chance slot rate; do
	read -ra "${group?}" < <($tool addresses $group)
done
faults=$(grep -c 'interface: e' "$scratch/engines.yaml")

# stream DIRECTORY COUNT INTERVAL_US BATCH SIZE IDLE_MS ADDRESS…
stream() {
	"$HELPERS/packet_stream" /run/netns/ours /run/netns/theirs "${@:2:5}" "$1" "${@:7}"
}

all_injected() {
	[ "$(grep -c 'injected by' "$scratch/log")" = "$faults" ]
}

# measure ENGINE
measure() {
	local directory=$scratch/$1 address
	mkdir "$directory" "$directory/again"
	: >"$scratch/log"
	rm -rf "$out"
	mkdir "$out"
	"$PERTURB" run --engine "$1" --out "$out" "$scratch/engines.yaml" >"$scratch/log" 2>&1 &
	perturb=$!
	if ! wait_for 30 all_injected; then
		not_ok "$1: every fault is injected" "$(tail -n 3 "$scratch/log")"
	fi
	# One by one: what the machine takes for others would be seen. And twice: a sender that has to
	# wait in the middle of a burst sends none.
	for address in "${rate[@]}"; do
		stream "$directory" 64 1000000 64 958 700 "$address"
		stream "$directory/again" 64 1000000 64 958 700 "$address"
	done
	stream "$directory" 200 500 1 958 1500 "${slot[@]}" &
	stream "$directory" 2000 3000 1 100 1000 "${delay[@]}"
	wait $!
	stream "$directory" 16000 10000 10 100 1000 "${chance[@]}"
	kill -INT $perturb
	wait $perturb
	check_equal "$1: an interrupted run exits with 4" 4 $?
}

measure netem
measure relay
$tool compare "$scratch/netem" "$scratch/relay" || failures=$((failures + 1))
finish
