#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Faults that change while they are in force: ramps, flaps and repetitions, seen from the other end of
# a veth pair, and in the kernel's own counters.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

probe=$HELPERS/udp_probe
netns_pair client server
cd "$scratch" || exit 1

# probes COUNT INTERVAL_US: datagrams from server to client; lines of arrival in $scratch/probes.
probes() {
	: >probes
	ip netns exec client "$probe" receive 9000 600 >probes &
	local receiver=$!
	wait_for 5 grep -q READY probes
	ip netns exec server "$probe" send 10.9.0.1 9000 "$1" "$2" 200
	wait $receiver
	sed -i 1d probes
}

# start ARGUMENT…: perturb in the background, until its fault is in place.
start() {
	rm -f perturb-*.json log
	"$PERTURB" "$@" --out . --no-color >log 2>&1 &
	perturb=$!
	if ! wait_for 10 grep -q 'injected by' log; then
		not_ok "$*" "$(tail -n 3 log)"
		return 1
	fi
}

report() {
	jq -r "$1" perturb-*.json
}

before=$(snapshot server)

# --- a ramp: every packet arrives once, by the delay of its step ---------------------------------

start inject latency --netns server --engine relay --delay 0ms..200ms --over 2s --steps 10 --for 3s
probes 1250 2000
wait $perturb
check_equal 'ramp: exit status' 0 $?
check_equal 'ramp: every packet arrives, and once' "$(seq 0 1249)" "$(awk '{ print $1 }' probes | sort -n)"
check_equal 'ramp: the delays are those of the steps, in their order' \
	'0 20 40 60 80 100 120 140 160 180 200' \
	"$(sort -n probes | awk '{ step = int($2 / 20000 + 0.5) * 20
		if (NR > 1 && step == last) { count++ } else { count = 1; last = step }
		if (count == 20) print step }' | uniq | xargs)"
check_between 'ramp: packets within 3 ms of a step, of 1000' 950 1000 \
	"$(awk '{ off = $2 % 20000; if (off < 3000) near++ } END { print int(near * 1000 / NR) }' probes)"
check_equal 'ramp: the report has each change' '10 delay=20ms delay=200ms' \
	"$(report '.faults[0].changes | "\(length) \(.[0].what) \(.[-1].what)"')"
check_between 'ramp: none was more than 50 ms late' 0 50 \
	"$(report '[.faults[0].changes[] | .at_ms - .due_ms] | max')"
check_equal 'ramp: the report says how it moved' '0s to 200ms over 2s in 10 steps' \
	"$(report '.faults[0].parameters.delay')"
check_equal 'ramp: nothing was dropped' '0 0' \
	"$(report '.faults[0].evidence | "\(.dropped) \(.overlimit_drops)"')"
check_equal 'ramp: everything is as it was before' "$before" "$(snapshot server)"

# --- a loss that begins with nothing: one by one from the start, and all of it at the end --------

start inject loss --netns server --engine relay --percent 0%..100% --over 1s --steps 2 --for 2s
probes 900 2000
wait $perturb
check_equal 'loss ramp: exit status' 0 $?
check_equal 'loss ramp: the first of the packets arrive' "$(seq 0 99)" \
	"$(awk '$1 < 100 { print $1 }' probes | sort -n)"
check_equal 'loss ramp: none does after the last step' 0 \
	"$(awk '$1 > 600 && $1 < 800' probes | wc -l)"
check_between 'loss ramp: about half of them in between' 50 150 \
	"$(awk '$1 >= 270 && $1 < 470' probes | wc -l)"

# --- a flap: in force and not, in place ----------------------------------------------------------

start inject latency --netns server --engine relay --delay 60ms --on 500ms --off 500ms --for 3s
probes 1300 2000
wait $perturb
check_equal 'flap: every packet arrives, and once' "$(seq 0 1299)" "$(awk '{ print $1 }' probes | sort -n)"
check_equal 'flap: on and off, and on and off, and on' 'on off on off on' \
	"$(sort -n probes | awk '{ state = $2 > 50000 ? "on" : $2 < 10000 ? "off" : last
		if (NR > 1 && state == last) { count++ } else { count = 1; last = state }
		if (count == 50) print state }' | uniq | head -n 5 | xargs)"
check_equal 'flap: the report has each change' 'off on off on off' \
	"$(report '[.faults[0].changes[].what] | map(if . == "off" then . else "on" end) | join(" ")')"
check_equal 'flap: injected once' 1 "$(report '.faults | length')"

# --- the kernel's qdisc is changed in place ------------------------------------------------------

# handle_and_packets: of the root qdisc, and what it has sent.
handle_and_packets() {
	tc -n server -s -j qdisc show dev eth0 root | jq -r '.[0] | "\(.kind) \(.handle) \(.packets)"'
}

start inject bandwidth --netns server --engine netem --rate 100mbit..1mbit --burst 10KiB --over 1s \
	--steps 4 --for 3s
ip netns exec client ping -qc 5 -i 0.02 10.9.0.2 >/dev/null
read -r kind handle first <<<"$(handle_and_packets)"
check 'bandwidth ramp: the last step' wait_for 5 sh -c "tc -n server qdisc show dev eth0 root | grep -q 'rate 1Mbit'"
ip netns exec client ping -qc 5 -i 0.02 10.9.0.2 >/dev/null
read -r kind_after handle_after second <<<"$(handle_and_packets)"
check_equal 'bandwidth ramp: the same qdisc' 'tbf 7065: tbf 7065:' "$kind $handle $kind_after $handle_after"
check_between 'bandwidth ramp: its counters go on' $((first + 5)) $((first + 20)) "$second"
wait $perturb
check_equal 'bandwidth ramp: exit status' 0 $?
check_equal 'bandwidth ramp: everything is as it was before' "$before" "$(snapshot server)"

start inject bandwidth --netns server --engine netem --rate 1mbit --on 400ms --off 10s --for 1500ms
check 'bandwidth flap: as good as no limit' \
	wait_for 5 sh -c "tc -n server qdisc show dev eth0 root | grep -q 'rate 1Tbit'"
wait $perturb
check_equal 'bandwidth flap: exit status' 0 $?

# --- a kill of everything during a ramp ----------------------------------------------------------

start inject latency --netns server --engine relay --delay 0ms..50ms --over 20s --steps 500 --for 30s
kill -KILL $perturb
wait $perturb 2>/dev/null
check 'killed in a ramp: put back' wait_for 5 no_perturb_processes
check_equal 'killed in a ramp: everything is as it was before' "$before" "$(snapshot server)"

# --- what cannot change in place is put back and injected again; what happens at once comes again --

# The states of a process, one line for each change.
watch_state() {
	local last='' now
	while now=$(awk '/^State/ { print $2 }' "/proc/$1/status" 2>/dev/null); do
		[ "$now" != "$last" ] && echo "$now"
		last=$now
	done
}
sleep 60 &
sleeper=$!
watch_state $sleeper >states &
watcher=$!
"$PERTURB" inject pause --process $sleeper --on 300ms --off 300ms --for 1500ms --out . --quiet
check_equal 'pause flap: exit status' 0 $?
kill $watcher
wait $watcher 2>/dev/null
# Stopped or frozen, as this machine can.
check_equal 'pause flap: three times' 'run stop run stop run stop run' \
	"$(sed 's/[TD]/stop/; t; s/.*/run/' states | uniq | xargs)"
kill $sleeper
wait $sleeper 2>/dev/null

cat >counter <<'E2'
#!/bin/sh
trap 'echo HUP >>hangups' HUP
while :; do sleep 0.05; done
E2
chmod +x counter
: >hangups
./counter &
counter=$!
cat >repeat.yaml <<E2
version: 1
title: repeat
targets: { c: { process: { pid: $counter } } }
method:
  - kill: { target: c, signal: HUP }
    repeat: { every: 300ms, times: 4 }
E2
"$PERTURB" run repeat.yaml --quiet
check_equal 'repeated signal: exit status' 0 $?
check 'repeated signal: four came' wait_for 2 sh -c '[ "$(wc -l <hangups)" = 4 ]'
kill -KILL $counter
wait $counter 2>/dev/null

finish
