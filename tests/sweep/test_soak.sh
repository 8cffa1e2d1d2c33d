#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Many short experiments in a row, by as many processes and by one: at the end there are as many
# processes, namespaces, interfaces, files and open descriptors as at the start, and no more memory.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
rounds=${ROUNDS:-200}
files=${FILES:-100}

netns_pair client server || exit 1
ip netns exec server tc qdisc add dev eth0 clsact
ip netns exec server tc filter add dev eth0 ingress protocol ip prio 7 u32 \
	match ip dst 10.99.0.0/16 flowid 1:7 || exit 1
sleep 100000 &
process=$!
at_exit "kill -KILL $process; wait $process 2>/dev/null"

# --- one process for each experiment --------------------------------------------------------------

# Of this process namespace, which has nobody else in it.
inventory() {
	echo "processes: $(find /proc -maxdepth 1 -name '[0-9]*' | wc -l)"
	echo "namespaces: $(readlink /proc/[0-9]*/ns/* 2>/dev/null | sort -u | wc -l)"
	echo "named namespaces: $(find /run/netns -type f | wc -l)"
	echo "mounts: $(wc -l </proc/self/mounts)"
	echo "journals: $(find /run/perturb -type f 2>/dev/null | wc -l)"
	find "$scratch" /run -type f | sort
	"$HELPERS/state" --netns /run/netns/client --process $process
	"$HELPERS/state" --netns /run/netns/server
}

kinds=(
	'latency --netns server --delay 10ms'
	'bandwidth --netns client --rate 10mbit'
	"pause --process $process"
	'loss --netns client --percent 5%'
	'reorder --netns server --percent 25% --delay 5ms'
	'bandwidth --netns server --engine relay --rate 10mbit'
)

# The first one may load what stays loaded.
"$PERTURB" inject latency --netns server --delay 10ms --for 30ms --quiet
check 'a first experiment' wait_for 5 no_perturb_processes
before=$(inventory)
bad=0
for ((round = 0; round < rounds; round++)); do
	# shellcheck disable=SC2086 # words
	"$PERTURB" inject ${kinds[round % ${#kinds[@]}]} --for 30ms --quiet >"$scratch/said" 2>&1 && continue
	bad=$((bad + 1))
	sed 's/^/  | /' "$scratch/said"
done
rm -f "$scratch/said"
check_equal "$rounds experiments, of which failed" 0 $bad
check 'nobody is left' wait_for 5 no_perturb_processes
check_equal "$rounds experiments: as much of everything as before" "$before" "$(inventory)"

# --- all by one process ---------------------------------------------------------------------------

cat >"$scratch/experiment.yaml" <<'EOS'
version: 1
title: Soak
targets: { server: { netns: server }, client: { netns: client } }
method:
  - latency: { target: server, delay: 10ms }
    for: 30ms
  - bandwidth: { target: client, rate: 10mbit }
    for: 30ms
EOS

# The largest number of descriptors and of kB of memory that a process had so far, in this half.
declare -A descriptors memory
observe() {
	local half=$1 pid name count kb
	for pid in $(perturb_processes); do
		name=$(cat "/proc/$pid/comm" 2>/dev/null) || continue
		[ "$name" != perturb-relay ] || continue # lives only for one experiment
		count=$(find "/proc/$pid/fd" -type l 2>/dev/null | wc -l)
		kb=$(awk '$1 == "RssAnon:" { print $2 }' "/proc/$pid/status" 2>/dev/null)
		[ "$count" -le "${descriptors[$name/$half]:-0}" ] || descriptors[$name/$half]=$count
		[ "${kb:-0}" -le "${memory[$name/$half]:-0}" ] || memory[$name/$half]=$kb
	done
}

mkdir "$scratch/out"
arguments=()
for ((file = 0; file < files; file++)); do
	arguments+=("$scratch/experiment.yaml")
done
"$PERTURB" run "${arguments[@]}" --out "$scratch/out" --quiet >"$scratch/said" 2>&1 &
pid=$!
until gone $pid; do
	done=$(find "$scratch/out" -name '*.json' | wc -l)
	# Neither the start, when everything is read, nor the end.
	if [ "$done" -ge $((files / 10)) ] && [ "$done" -lt $((files / 2)) ]; then
		observe first
	elif [ "$done" -ge $((files / 2)) ]; then
		observe second
	fi
done
wait $pid
check_equal "$files experiments by one process: exit status" 0 $? || sed 's/^/  | /' "$scratch/said"
check_equal "$files experiments by one process: reports" "$files" "$(find "$scratch/out" -name '*.json' | wc -l)"
for name in perturb perturb-custod perturb-standby; do
	[ -n "${memory[$name/first]:-}" ] || continue
	check_between "$name: descriptors in the second half, of ${descriptors[$name/first]} in the first" \
		1 "${descriptors[$name/first]}" "${descriptors[$name/second]:-}"
	check_between "$name: kB of memory in the second half, of ${memory[$name/first]} in the first" \
		1 $((memory[$name/first] + 256)) "${memory[$name/second]:-}"
done
check 'both processes were seen' test -n "${memory[perturb-custod/second]:-}"
rm -rf "$scratch/out" "$scratch/said" "$scratch/experiment.yaml"
check 'nobody is left, either' wait_for 5 no_perturb_processes
check_equal "$files experiments by one process: as much of everything as before" "$before" "$(inventory)"
finish
