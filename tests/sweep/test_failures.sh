#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every allocation, message, netlink answer, file operation and system call for descriptors and
# processes fails once, one after the other, in whichever process of perturb it is
# (tests/helpers/fail.c has the list). Nothing crashes, the exit status is one that is documented and
# true, and everything is as it was: at once or, when the status says that something could not be
# put back, after "perturb recover".
#
#     SWEEP_POINTS=N    at most so many failures of each class and experiment; 0: all (make sweep)
#     SWEEP_POINT=EXPERIMENT/CLASS/N    repeats one failure
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
. "$(dirname "$0")/container.sh"
at_most=${SWEEP_POINTS:-30}
only=${SWEEP_POINT:-}
if grep -qa __asan_init "$PERTURB"; then
	skip 'failures' 'the sanitizers have an allocator of their own'
	exit 0
fi

netns_pair client server || exit 1
netns_new elsewhere || exit 1
serve server 10.9.0.2 8000 || exit 1
ip netns exec server tc qdisc add dev eth0 clsact
ip netns exec server tc filter add dev eth0 ingress protocol ip prio 7 u32 \
	match ip dst 10.99.0.0/16 flowid 1:7 || exit 1
sleep 100000 &
process=$!
at_exit "kill -KILL $process; wait $process 2>/dev/null"
container_start || skip pause-container 'no freezer cgroup can be made here'
mkdir "$scratch/out"

cat >"$scratch/probed.yaml" <<'EOS'
version: 1
title: Failing
targets: { server: { netns: server } }
steady_state:
  - name: server answers
    http: { url: "http://10.9.0.2:8000/", timeout: 500ms }
    rate: 50/s
    tolerate: { success: ">= 1%" }
baseline: 40ms
method:
  - latency: { target: server, delay: 5ms }
    for: 40ms
recovery: 40ms
abort_when:
  - { probe: server answers, success: "< 0%", over: 1s }
EOS

state() {
	"$HELPERS/state" --netns /run/netns/client --process $process
	[ -z "${container:-}" ] || "$HELPERS/state" --process "$container" --file "$frozen"
	"$HELPERS/state" --netns /run/netns/server
}

# Only where a point failed: the next one must not suffer from it.
repair() {
	local name
	perturb_processes | xargs -r kill -KILL
	rm -rf /run/perturb
	for name in client server; do
		ip -n $name -o link show type tun | sed 's/^[0-9]*: \([^:]*\):.*/\1/' |
			xargs -r -n 1 ip -n $name link delete
		tc -n $name qdisc delete dev eth0 root
	done
	tc -n client qdisc delete dev eth0 clsact
	tc -n server filter delete dev eth0 egress
	kill -CONT $process
	[ -z "${container:-}" ] || container_thaw
}

# fail_at CLASS N COMMAND…: sets status, failed (what did, or nothing) and calls.
fail_at() {
	find "$scratch/out" -type f -delete
	timeout 30 nsenter --net="/run/netns/$from" -- env "FAIL_CLASS=$1" "FAIL_AT=$2" \
		"FAIL_RECORD=$scratch/record" "LD_PRELOAD=$HELPERS/fail.so" "${@:3}" \
		>"$scratch/said" 2>&1
	status=$?
	failed=$(tail -c +9 "$scratch/record" | tr -d '\0')
	calls=$(od -An -tu8 -N8 "$scratch/record" | tr -d ' ')
}

# Says what is wrong after a failure; nothing if nothing is.
verdict() {
	wait_for 8 no_perturb_processes || echo 'a process is left'
	case $status in
	[0-4]) ;;
	5)
		if ! "$PERTURB" recover >"$scratch/recovered" 2>&1; then
			echo "perturb recover failed: $(cat "$scratch/recovered")"
		fi
		;;
	*) echo "exit status $status" ;;
	esac
	if [ $status -eq 3 ] && grep -q ': injected by' "$scratch/said"; then
		echo 'status 3 (nothing was touched), but something was injected'
	fi
	[ "$(state)" = "$before" ] || echo 'the state differs'
	no_journals || echo 'a journal is left'
	[ -z "$(find "$scratch/out" -name '.*.tmp')" ] || echo 'half a report is left'
	elapsed=$(($(now_ms) - begin))
	[ $elapsed -le 8000 ] || echo "it took $elapsed ms"
}

# sweep EXPERIMENT CLASS COMMAND…
sweep() {
	local name=$1/$2 class=$2 first=1 last step at wrong bad=0 points=0 begin
	shift 2
	[[ -z $only || $only == "$name"/* ]] || return
	fail_at "$class" 0 "$@"
	if [ $status -ne 0 ] || [ "$calls" -eq 0 ]; then
		not_ok "$name" "the undisturbed run failed with $status, $calls calls"
		sed 's/^/  | /' "$scratch/said"
		return
	fi
	last=$calls
	step=$((at_most == 0 || last <= at_most ? 1 : (last + at_most - 1) / at_most))
	if [ -n "$only" ]; then
		first=${only##*/}
		last=$first
	fi
	for ((at = first; at <= last; at += step)); do
		begin=$(now_ms)
		fail_at "$class" $at "$@"
		[ -n "$failed" ] || continue
		points=$((points + 1))
		wrong=$(verdict)
		[ -n "$wrong" ] || continue
		bad=$((bad + 1))
		echo "  | SWEEP_POINT=$name/$at ($failed): ${wrong//$'\n'/; }"
		diff <(echo "$before") <(state) | sed 's/^/  |   | /'
		sed 's/^/  |   | said: /' "$scratch/said" | tail -n 8
		repair 2>/dev/null
	done
	if [ $bad -ne 0 ]; then
		not_ok "$name" "$bad of $points failures, of $last calls"
	else
		ok "$name: $points failures, of $last calls"
	fi
}

before=$(state)
for class in memory files processes messages answers; do
	from=elsewhere
	sweep latency $class "$PERTURB" inject latency --netns client --delay 10ms --for 20ms \
		--out "$scratch/out"
	sweep bandwidth $class "$PERTURB" inject bandwidth --netns server --rate 10mbit --for 20ms
	from=client
	sweep probed $class "$PERTURB" run "$scratch/probed.yaml" --out "$scratch/out"
	# These touch no network.
	[ $class != answers ] || continue
	sweep pause $class "$PERTURB" inject pause --process $process --for 20ms
	[ -z "${container:-}" ] ||
		sweep pause-container $class "$PERTURB" inject pause --container users --allow-self --allow-engine \
			--for 20ms
done
finish
