#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is protected by default is refused, for the reason that is given, and not touched, until an
# option permits it: the host's network, process 1, perturb with what it runs in, container engines.
# "The host" is this test's own namespaces.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_new far || exit 1
ip link add eth0 type veth peer name eth0 netns far
ip address add 10.9.0.1/24 dev eth0
ip -n far address add 10.9.0.2/24 dev eth0
ip link set eth0 up
ip -n far link set eth0 up
# A name of our own, for ip(8) and to be found by.
ip netns attach own $$
at_exit 'ip netns delete own'
wait_for 5 ping -c 1 -W 1 10.9.0.2 && wait_for 5 link_settled own && wait_for 5 link_settled far || exit 1

# perturb ARGUMENT…: sets status.
perturb() {
	"$PERTURB" "$@" >"$scratch/stdout" 2>"$scratch/stderr"
	status=$?
}

inject() {
	perturb inject "$@" --quiet
}

# refused NAME TEXT: with exit status 3, saying so.
refused() {
	if [ $status -eq 3 ] && grep -qE -- "$2" "$scratch/stderr"; then
		ok "$1"
	else
		not_ok "$1" "exit status $status: $(cat "$scratch/stderr")"
	fi
}

# allowed NAME: with exit status 0.
allowed() {
	if [ $status -eq 0 ]; then
		ok "$1"
	else
		not_ok "$1" "exit status $status: $(cat "$scratch/stderr")"
	fi
}

# start COMMAND…: in the background; sets pid.
start() {
	"$@" >/dev/null 2>&1 &
	pid=$!
	disown # or its end is told
	at_exit "kill -9 $pid 2>/dev/null"
	# Not before it is that program.
	wait_for 5 not grep -q "$0" "/proc/$pid/cmdline"
}

not() {
	! "$@"
}

# --- the network of the host ---------------------------------------------------------------------

start sleep 1000
near=$pid
start nsenter --net=/run/netns/far -- sleep 1001
latency='latency --delay 100ms --for 3s'
before=$(snapshot own)
tc monitor >"$scratch/monitor" &
monitor=$!
for target in 'netns own' 'netns /proc/1/ns/net' "netns /proc/$$/ns/net" "process $near"; do
	# shellcheck disable=SC2086 # two words
	inject $latency --${target% *} "${target#* }"
	refused "--$target" 'shares the network of this host, where perturb itself runs \(--allow-host permits it\)'
done
nsenter --net=/run/netns/far -- "$PERTURB" inject $latency --netns own --quiet 2>"$scratch/stderr"
status=$?
refused 'from another network: that of process 1' 'that of process 1 \(--allow-host permits it\)'
nsenter --net=/run/netns/far -- "$PERTURB" inject $latency --netns far --quiet 2>"$scratch/stderr"
status=$?
refused 'and its own' 'where perturb itself runs \(--allow-host permits it\)'
cat >"$scratch/experiment.yaml" <<'EOS'
version: 1
title: The host
targets: { host: { netns: /proc/1/ns/net } }
method:
  - latency: { target: host, delay: 100ms, interface: eth0 }
    for: 3s
EOS
perturb plan "$scratch/experiment.yaml"
refused 'plan' 'experiment.yaml:5:5: latency on .*--allow-host permits it'
perturb run "$scratch/experiment.yaml" --out "$scratch" --allow-init --allow-self --allow-engine
refused 'run, with the other options' '--allow-host permits it'
kill $monitor
check_equal 'nothing is changed' "$before" "$(snapshot own)"
check_equal 'nothing was changed for a moment' '' "$(cat "$scratch/monitor")"
perturb plan "$scratch/experiment.yaml" --allow-host
allowed 'plan --allow-host'
mkdir "$scratch/out"
"$PERTURB" run "$scratch/experiment.yaml" --out "$scratch/out" --allow-host --quiet &
run=$!
slow() {
	[ "$(ping -n -c 1 -W 5 10.9.0.2 | sed -n 's/.*time=\([0-9]*\).*/\1/p')" -ge 100 ]
}
check '--allow-host: the host is slow' wait_for 10 slow
wait $run
check_equal '--allow-host: exit status' 0 $?
check_equal '--allow-host: the host is as it was' "$before" "$(snapshot own)"
check '--allow-host: the report says so' jq -e \
	'.events | any(.what == "--allow-host permits faults on the network of the host itself")' \
	"$scratch"/out/*.json

# --- process 1 -----------------------------------------------------------------------------------

inject kill --process 1 --signal CONT
refused 'process 1' 'process 1 \(.*\) is the init of this machine \(--allow-init permits it\)'
inject pause --process 1 --for 1s
refused 'process 1: pause' '--allow-init permits it'
inject kill --process 1 --signal CONT --allow-init
allowed 'process 1 --allow-init'
cp "$(command -v sleep)" "$scratch/systemd"
start "$scratch/systemd" 1000
inject kill --process $pid
refused 'another init system' "process $pid \(systemd\) is the init of this machine"
inject kill --process systemd --allow-init
allowed 'another init system --allow-init'

# --- perturb itself ------------------------------------------------------------------------------

inject kill --process $$ --signal CONT
refused 'what perturb runs under' "process $$ \(bash\) is what perturb runs under \(--allow-self permits it\)"
inject kill --process $$ --signal CONT --allow-self
allowed 'what perturb runs under --allow-self'
"$PERTURB" inject pause --process $near --for 30s --quiet 2>/dev/null &
other=$!
stopped() {
	grep -q '^State:.[Tt]' "/proc/$near/status"
}
wait_for 10 stopped
for pid in $(perturb_processes); do
	inject kill --process "$pid"
	refused "another run's process $(cat "/proc/$pid/comm")" 'is perturb, too \(--allow-self permits it\)'
done
check 'it goes on' stopped
inject kill --process $other --signal INT --allow-self
allowed 'another run --allow-self'
wait $other
check_equal 'which is ended by that' 4 $?
check 'and puts everything back' not stopped

# --- container engines ---------------------------------------------------------------------------

for name in dockerd containerd containerd-shim-runc-v2 podman conmon crio; do
	cp "$(command -v sleep)" "$scratch/$name"
	start "$scratch/$name" 1000
	inject kill --process $pid
	refused "$name" "process $pid \(.*\) is part of the container engine \(--allow-engine permits it\)"
	inject kill --process "*$name*"
	refused "$name by a pattern" '--allow-engine permits it'
	check "$name runs on" kill -0 $pid
done
inject kill --process conmon --allow-engine
allowed 'conmon --allow-engine'
# In a container it is only a service.
start unshare --pid --fork --kill-child "$scratch/crio" 2000
wait_for 5 pgrep -f 'crio 2000$'
inject kill --process "$(pgrep -f '/crio 2000$' | tail -n 1)"
allowed 'crio in a container'

# A process that only the socket tells, in a network of its own, with a "container" of ours.
mkdir "$scratch/mark"
mkdir -p "/run/aaaa$(printf '1%.0s' {1..60})"
mount --bind "$scratch/mark" "/run/aaaa$(printf '1%.0s' {1..60})"
start sleep 3000
container=$pid
start nsenter --net=/run/netns/far -- python3 "$ROOT/tests/docker/fake_engine.py" "$scratch/socket" good "$container"
engine=$pid
wait_for 10 test -S "$scratch/socket"
export DOCKER_HOST=unix://$scratch/socket
inject kill --process $engine --signal CONT
refused 'who listens at DOCKER_HOST' "process $engine \(python3\) is part of the container engine"
inject kill --process $engine --signal CONT --allow-engine
allowed 'who listens at DOCKER_HOST --allow-engine'
start nsenter --net=/run/netns/far -- sleep 4000
inject latency --delay 1ms --for 100ms --process $pid
refused 'the network of who listens there' \
	"shares the network of the container engine, process $engine \(--allow-engine permits it\)"
inject latency --delay 1ms --for 100ms --process $pid --allow-engine
allowed 'the network of who listens there --allow-engine'
inject kill --container users --signal CONT
refused 'the container that perturb runs in' 'perturb itself runs in it \(--allow-self permits it\)'
inject pause --container users --for 100ms
refused 'the container that perturb runs in: pause' 'perturb itself runs in it'
inject kill --container users --allow-self
refused 'the container that the engine runs in' \
	"the container engine, process $engine, runs in it \(--allow-engine permits it\)"
check 'both live' kill -0 $engine $container
inject kill --container users --allow-self --allow-engine
allowed 'the container with both options'
check 'is hit' wait_for 5 gone $container
unset DOCKER_HOST
inject kill --process $engine
allowed 'a process that is no engine any more'

check 'no process is left' wait_for 5 no_perturb_processes
check 'no journal is left' no_journals
finish
