#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Containers of Podman: found by its API; delayed, paused and killed. Pausing goes by the freezer of
# cgroup version 1, by that of version 2 (this script with the argument 2, which starts it again),
# and by signals, where a container has no cgroup.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/podman.sh"
isolate "$@"
version=${1:-1}
podman_start "$version"

# A container whose workers count in files, to be read from outside; what stands still does not run.
# shellcheck disable=SC2016 # it is the container's shell that expands it
workers='
trap "exit 0" TERM
for name in alpha beta; do
	sh -c "n=0; while :; do n=\$((n + 1)); echo \$n >/\$0; usleep 10000; done" $name &
done
wait'

# start_counter NAME [OPTION…]: its init process is $pid.
start_counter() {
	local name=$1
	shift
	check "container $name starts (cgroup version $version)" \
		podman_run "$name" "$@" busybox sh -c "$workers" || finish
	pid=$(podman_pid "$name")
	check "container $name works" wait_for 10 move_both || finish
}

# The number in a worker's file; "none" while the file is just being written, which may last as long
# as the worker is paused.
count() {
	local value=
	read -r value <"/proc/$pid/root/$1" || [ -e "/proc/$pid/root/$1" ] || return
	echo "${value:-none}"
}

# moves WORKER: it has counted on by the time it is looked at again.
moves() {
	local before
	before=$(count "$1")
	sleep 0.05
	[ -n "$before" ] && [ "$(count "$1")" != "$before" ]
}

stand_still() {
	local before
	before="$(count alpha) $(count beta)"
	sleep 0.3
	[[ $before = ?*' '?* ]] && [ "$(count alpha) $(count beta)" = "$before" ]
}

move_both() {
	moves alpha && moves beta
}

# pause_and_check NAME HOW: it stands still while it is paused, and goes on afterwards.
pause_and_check() {
	local name=$1 how=$2 perturb
	"$PERTURB" inject pause --container "$name" --for 2s --out "$scratch" >"$scratch/log" 2>&1 &
	perturb=$!
	check "pause by $how: all processes stand still" wait_for 2 stand_still
	wait $perturb
	check_equal "pause by $how: exit status" 0 $? || cat "$scratch/log"
	check "pause by $how: they go on" wait_for 2 move_both
	# Three shells, and perhaps what they sleep with.
	check "pause by $how: the report says how, and what it hit" \
		jq -e --arg how "$how" \
		'.faults[0] | .engine == $how and .evidence.processes >= 3 and .effective' \
		"$scratch"/perturb-inject-pause-*.json
	rm -f "$scratch"/perturb-inject-pause-*.json

	"$PERTURB" inject pause --container "$name" --for 60s >"$scratch/log" 2>&1 &
	perturb=$!
	disown $perturb
	check "pause by $how: stands still before SIGKILL" wait_for 5 stand_still
	kill -KILL $perturb
	check "pause by $how: goes on within a second of SIGKILL" wait_for 1 move_both
	check "pause by $how: nothing is left behind" wait_for 2 no_journals
}

start_counter users --label tier=back
pause_and_check users freezer
if [ "$version" = 2 ]; then
	finish
fi

# --- finding -------------------------------------------------------------------------------------
check_equal 'targets: the container' \
	"podman users $(podman inspect -f '{{.Id}}' users | cut -c 1-12) running $pid" \
	"$("$PERTURB" targets users | awk 'NR == 2 { print $1, $2, $3, $4, $5 }')"
check_equal 'targets: JSON has the network namespace' "$(stat -Lc %i "/proc/$pid/ns/net")" \
	"$("$PERTURB" targets --format json users | jq '.[0].netns')"
plan() {
	printf 'version: 1\ntitle: t\ntargets:\n  t: %s\nmethod:\n  - pause: { target: t }\n    for: 1s\n' \
		"$1" >"$scratch/e.yaml"
	"$PERTURB" plan "$scratch/e.yaml" 2>&1
}
check 'select: by label' grep -q "pid $pid" <(plan '{ container: { label: tier=back } }')
check 'select: by runtime' grep -q "pid $pid" <(plan '{ container: { name: users, runtime: podman } }')
plan '{ container: { name: users, runtime: docker } }' >"$scratch/log"
check_equal 'select: the other runtime is not here' 3 $?
# One engine by two names: Podman's socket in Docker's variable.
check_equal 'targets: asked twice, shown once' 1 \
	"$(DOCKER_HOST=$CONTAINER_HOST "$PERTURB" targets --format json users | jq length)"

# --- kill ----------------------------------------------------------------------------------------
worker_pid() {
	pgrep --ns "$pid" --nslist pid -f "^sh -c .* $1\$"
}
beta=$(worker_pid beta)
"$PERTURB" inject kill --container users --signal KILL --command '* beta' >"$scratch/log" 2>&1
check_equal 'kill by command: exit status' 0 $? || cat "$scratch/log"
check 'kill by command: it is gone' wait_for 2 gone "$beta"
check 'kill by command: the others go on' wait_for 2 moves alpha
"$PERTURB" inject kill --container users --signal TERM >"$scratch/log" 2>&1
check_equal 'kill: exit status' 0 $? || cat "$scratch/log"
check 'kill: the container has ended' wait_for 5 gone "$pid"
is_exited() {
	[ "$(podman inspect -f '{{.State.Status}} {{.State.ExitCode}}' users)" = 'exited 0' ]
}
check 'kill: by SIGTERM, as its trap says' wait_for 5 is_exited
"$PERTURB" inject pause --container users --for 1s >"$scratch/log" 2>&1
check_equal 'a container that has ended: exit status' 3 $?
check 'a container that has ended: what to do' grep -q "'users' is exited, not running: start it" \
	"$scratch/log"

# --- without a cgroup ----------------------------------------------------------------------------
run_options=(--cgroups=disabled --network none)
start_counter bare
pause_and_check bare sigstop
beta=$(worker_pid beta)
"$PERTURB" inject kill --container bare --signal KILL --command '* beta' >"$scratch/log" 2>&1
check_equal 'no cgroup: kill by command: exit status' 0 $? || cat "$scratch/log"
check 'no cgroup: kill by command: it is gone' wait_for 2 gone "$beta"
check 'no cgroup: kill by command: the others go on' wait_for 2 moves alpha

# --- latency -------------------------------------------------------------------------------------
netns_pair client server
run_options=(--cgroup-parent "$CGROUP" --network ns:/run/netns/server)
start_counter wired
before=$(snapshot server)
usual=$(ping_median client 10.9.0.2 20)
"$PERTURB" inject latency --container wired --delay 100ms --for 12s --out "$scratch" >"$scratch/log" 2>&1 &
perturb=$!
is_slow() {
	ip netns exec client ping -n -c 1 -W 5 10.9.0.2 | grep -q 'time=1[0-9][0-9]'
}
check 'latency: begins' wait_for 5 is_slow
slow=$(ping_median client 10.9.0.2 40)
podman restart -t 1 wired >/dev/null
followed() {
	grep -q 'followed it into process' "$scratch/log"
}
check 'latency: follows a restart within a second' wait_for 1 followed
check 'latency: is felt again' is_slow
wait $perturb
check_equal 'latency: exit status' 0 $? || cat "$scratch/log"
check_between 'latency: 100 ms are added' 99 101 "$(awk "BEGIN { print $slow - $usual }")"
check_equal 'latency: the namespace is as before' "$before" "$(snapshot server)"

# --- again, with cgroups of version 2 ------------------------------------------------------------
if [ -d /sys/fs/cgroup/freezer ]; then
	PERTURB_TEST_ISOLATED='' bash "$0" 2
	failures=$((failures + $?))
fi
finish
