#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The netem engine, whose processes are killed at random moments: each alone, two, and all of them.
# The sweep over system calls (tests/sweep) needs what this kernel does not have: ptrace(2) that tells
# of them. SEED=N repeats the moments of an earlier test.
set -u
. "$(dirname "$0")/../lib.sh"
seed=${SEED:-$((SRANDOM % 32768))}
RANDOM=$seed
echo "seed $seed" >&2

ip netns add client || exit 1
at_exit 'ip netns delete client'
ip -n client link add eth0 type veth peer name peer0 || exit 1
ip -n client link set eth0 up
ip -n client link set peer0 up

state() {
	"$HELPERS/state" --netns /run/netns/client
}

# pids NAME…: those of a run that goes on; "main" is the one that this script has started.
pids() {
	local name
	for name; do
		case $name in
		main) echo $main ;;
		*) pgrep -x "perturb-$name" ;;
		esac
	done
}

restored() {
	no_perturb_processes && [ "$(state)" = "$before" ]
}

# killed NAME VICTIM…: at three moments of a run of half a second.
killed() {
	local name=$1 round
	shift
	for ((round = 0; round < 3; round++)); do
		"$PERTURB" inject latency --netns client --delay 10ms --for 600ms >"$scratch/log" 2>&1 &
		main=$!
		disown $main
		# Not before the first line: some moments should have something to put back.
		wait_for 10 test -s "$scratch/log"
		sleep "0.$(printf %03d $((RANDOM % 500)))"
		[ "$(state)" = "$before" ] || active=$((active + 1))
		# shellcheck disable=SC2046 # words
		kill -KILL $(pids "$@") 2>/dev/null
		if [ "$name" = everybody ]; then
			wait_for 5 no_perturb_processes
			"$PERTURB" recover >>"$scratch/log" 2>&1
			check_equal "$name, round $round: recover" 0 $?
		fi
		check "$name, round $round: everything is as it was" wait_for 10 restored ||
			cat "$scratch/log"
		check "$name, round $round: no journal is left" wait_for 10 no_journals
	done
}

before=$(state)
active=0
killed 'main process' main
killed custodian custod
killed 'main process and custodian' main custod
killed everybody main custod standby
check_between 'a fault was active at some of these moments' 3 12 $active
finish
