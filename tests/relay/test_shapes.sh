#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The relay with a distribution of the user's, slots, a token bucket and profiles: measured from
# outside, by ping and by a stream of datagrams.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_pair client server
out=$scratch/out
mkdir "$out"

is_injected() {
	grep -q 'injected by' "$scratch/log"
}

# inject KIND …
inject() {
	: >"$scratch/log"
	"$PERTURB" inject "$@" --engine relay --netns server --for 10m --out "$out" >"$scratch/log" 2>&1 &
	perturb=$!
	wait_for 10 is_injected || not_ok "inject $*" "$(tail -n 3 "$scratch/log")"
}

# ended NAME
ended() {
	kill -INT "$perturb"
	wait "$perturb"
	check_equal "$1: exit status" 4 $?
}

# stream COUNT SIZE: at once; the numbers and times of arrival in ms.
stream() {
	"$HELPERS/packet_stream" /run/netns/server /run/netns/client "$1" 1000000 "$1" "$2" 500 \
		"$scratch" 10.9.0.1
	awk '{ printf "%d %.3f\n", $1, $3 / 1e6 }' "$scratch/10.9.0.1"
}

# --- a table of one number: no chance is in it ---------------------------------------------------
printf '# one standard deviation above\n8192\n' >"$scratch/above.dist"
before=$(ping_median client 10.9.0.2 10)
inject latency --delay 60ms --jitter 40ms --table "$scratch/above.dist"
during=$(ping_median client 10.9.0.2 10)
check_between 'table: delay and one jitter are added' 98 110 \
	"$(awk "BEGIN { print $during - $before }")"
# The custodian needs no table to put back.
kill -KILL "$perturb"
wait "$perturb" 2>/dev/null
check 'table: SIGKILL of the main process: put back' wait_for 5 no_journals
after=$(ping_median client 10.9.0.2 10)
check_between 'table: and nothing is added afterwards' -10 10 \
	"$(awk "BEGIN { print $after - $before }")"
printf '1 2 x\n' >"$scratch/wrong.dist"
"$PERTURB" inject latency --delay 60ms --jitter 40ms --table "$scratch/wrong.dist" --netns server \
	--for 1s >"$scratch/log" 2>&1
check_equal 'table: what is none is refused' 2 $?
check 'table: the reason names the line' grep -q "table line 1: .* not 'x'" "$scratch/log"

# --- slots: four packets leave together, every 50 ms ---------------------------------------------
inject network --slot.min_delay 50ms --slot.packets 4
stream 40 500 >"$scratch/arrivals"
ended slots
check_equal 'slots: every packet arrives' 40 "$(wc -l <"$scratch/arrivals")"
awk '$2 - last > 25 { slots++; if (NR > 1) { gap = $2 - last; if (!least || gap < least) least = gap } }
	{ last = $2 } END { print slots, least }' "$scratch/arrivals" >"$scratch/slots"
read -r slots least <"$scratch/slots"
check_equal 'slots: ten of them for 40 packets' 10 "$slots"
check_between 'slots: every 50 ms' 45 60 "$least"

# --- bandwidth: a burst, the rate, and a queue that is full --------------------------------------
# 1,000 bytes each on the wire: 20 of the burst at once, and one every 10 ms; the queue holds the
# burst and 200 ms of the rate, 40 packets.
inject bandwidth --rate 800kbit --burst 20000B --latency 200ms
stream 100 958 >"$scratch/arrivals"
ended bandwidth
awk 'NR == 1 { first = $2 } $2 - first < 8 { together++ } END { print together, NR, $2 - first }' \
	"$scratch/arrivals" >"$scratch/bucket"
read -r together arrived length <"$scratch/bucket"
check_between 'bandwidth: the burst passes at once' 20 22 "$together"
check_between 'bandwidth: what the queue has no room for is dropped' 60 64 "$arrived"
check_between 'bandwidth: the others leave at the rate' 380 470 "$length"
report=$(<"$(echo "$out"/*bandwidth*.json)")
[[ $report =~ \"dropped\":[[:space:]]*([0-9]+) ]]
check_equal 'bandwidth: these drops are its effect' $((100 - arrived)) "${BASH_REMATCH[1]:-}"
[[ $report =~ \"overlimit_drops\":[[:space:]]*([0-9]+) ]]
check_equal 'bandwidth: and no accident' 0 "${BASH_REMATCH[1]:-}"

# --- a profile, and what is given beside it ------------------------------------------------------
inject network --profile 3g
check_between 'profile: one half of the round trip of 3g' 150 165 "$(ping_median client 10.9.0.2 5)"
ended profile
inject network --profile 3g --direction both
check_between 'profile: the whole of it in both directions' 300 325 "$(ping_median client 10.9.0.2 5)"
ended 'a profile in both directions'
inject network --profile 3g --latency.delay 20ms
check_between 'profile: what is given goes first' 20 35 "$(ping_median client 10.9.0.2 5)"
ended 'a delay beside a profile'
finish
