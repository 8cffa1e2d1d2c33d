#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two runs never change the same thing: the second one is refused, before it begins or when its
# moment has come, and told which run the first one is. What is another thing is free.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_pair client server || exit 1
ip -n server link add eth1 type veth peer name eth1 netns client
ip -n server link set eth1 up
ip -n client link set eth1 up
sleep infinity &
victim=$!
at_exit "kill -s KILL $victim 2>/dev/null"
disown $victim
serve server 10.9.0.2 8000 || exit 1
before=$(snapshot server)

runs() {
	find /run/perturb -name '*.journal' -printf '%f\n' 2>/dev/null | sed 's/\.journal$//'
}

# begin NAME OPTION…: inject in the background, until it is injected; sets pid_NAME and run_NAME.
begin() {
	local name=$1 known
	shift
	known=$(runs)
	rm -f "$scratch/$name"
	"$PERTURB" inject "$@" >"$scratch/$name" 2>&1 &
	declare -g "pid_$name=$!"
	wait_for 10 grep -q ': injected' "$scratch/$name" || not_ok "inject $*" "$(cat "$scratch/$name")"
	declare -g "run_$name=$(runs | grep -vxF "${known:-none}")"
}

# finish_run NAME: ends it as Ctrl-C would.
finish_run() {
	local pid=pid_$1
	kill -s INT "${!pid}"
	wait "${!pid}"
	check_equal "$1: ends as aborted" 4 $?
}

# refused NAME PLACE COMMAND…: with status 3, because of the run "first".
refused() {
	local name=$1 place=$2
	shift 2
	"$@" >"$scratch/refused" 2>&1
	check_equal "$name: exit status" 3 $?
	check "$name: names place, run and pid" grep -q \
		"$place is in use by the run $run_first (pid $pid_first): .*\"perturb abort $run_first\"" \
		"$scratch/refused" || cat "$scratch/refused"
}

# allowed NAME COMMAND…
allowed() {
	local name=$1
	shift
	check "$name" "$@"
}

cat >"$scratch/network.yaml" <<'EOS'
version: 1
title: Second
targets: { server: { netns: server } }
steady_state:
  - name: server answers
    http: { url: "http://10.9.0.2:8000/", timeout: 1s }
    rate: 20/s
    tolerate: { success: ">= 1%" }
baseline: 3s
method:
  - latency: { target: server, delay: 1ms, interface: eth0 }
    at: 0s
    for: 100ms
recovery: 500ms
EOS

# --- network ---

eth0='interface eth0 of /run/netns/server'
for engine in relay auto; do
	[ $engine = relay ] && kind=(latency --delay 5ms) || kind=(bandwidth --rate 10mbit)
	begin first "${kind[@]}" --netns server --interface eth0 --engine $engine --for 60s
	refused "$engine, then the relay" "$eth0" \
		"$PERTURB" inject latency --netns server --interface eth0 --delay 1ms --for 100ms
	refused "$engine, then tbf" "$eth0" \
		"$PERTURB" inject bandwidth --netns server --interface eth0 --rate 1mbit --for 100ms
	refused "$engine, then every interface" "$eth0" \
		"$PERTURB" inject latency --netns server --delay 1ms --for 100ms
	refused "$engine, then a plan" "$eth0" "$PERTURB" plan "$scratch/network.yaml"
	begin_ms=$(now_ms)
	refused "$engine, then a run" "$eth0" nsenter --net=/run/netns/client -- \
		"$PERTURB" run "$scratch/network.yaml" --out "$scratch"
	check_between "$engine: the run is refused before its baseline" 0 2500 $(($(now_ms) - begin_ms))
	check "$engine: its report says not-started" jq -e \
		'.verdict == "not-started" and (.reason | contains("'"$run_first"'"))' \
		"$scratch"/perturb-second-*.json
	rm -f "$scratch"/perturb-second-*.json
	allowed "$engine: another interface of it is free" \
		"$PERTURB" inject latency --netns server --interface eth1 --delay 1ms --for 100ms
	allowed "$engine: the same interface name elsewhere is free" \
		"$PERTURB" inject latency --netns client --interface eth0 --delay 1ms --for 100ms
	allowed "$engine: a process is free" "$PERTURB" inject pause --process $victim --for 100ms
	check "$engine: the first one is still there" grep -q "$eth0" <("$PERTURB" status)
	finish_run first
	allowed "$engine: afterwards it is free" \
		"$PERTURB" inject latency --netns server --interface eth0 --delay 1ms --for 100ms
done

# --- processes ---

begin first pause --process $victim --for 60s
refused 'pause, then pause' "process $victim" "$PERTURB" inject pause --process $victim --for 100ms
refused 'pause, then kill' "process $victim" "$PERTURB" inject kill --process $victim
check 'pause, then kill: it lives' kill -0 $victim
allowed 'pause: a network is free' \
	"$PERTURB" inject latency --netns server --delay 1ms --for 100ms
finish_run first
check 'a signal holds nothing: two in a row' sh -c "
	'$PERTURB' inject kill --process $victim --signal CONT &&
	'$PERTURB' inject kill --process $victim --signal CONT"

# --- at the moment of the injection: both were free when they were planned ---

for order in 1 2; do
	rm -f "$scratch"/perturb-*.json "$scratch"/run.*
	for which in a b; do
		sed "s/Second/Run $which/; s/for: 100ms/for: 4s/" "$scratch/network.yaml" >"$scratch/$which.yaml"
	done
	# The one that is started first has the longer baseline.
	[ $order = 1 ] && late=a || late=b
	sed -i 's/baseline: 3s/baseline: 4s/' "$scratch/$late.yaml"
	pids=()
	for which in $late "$(tr ab ba <<<$late)"; do
		nsenter --net=/run/netns/client -- "$PERTURB" run "$scratch/$which.yaml" \
			--out "$scratch" >"$scratch/run.$which" 2>&1 &
		pids+=($!)
		wait_for 5 grep -q 'baseline begins' "$scratch/run.$which"
	done
	wait "${pids[0]}"
	check_equal "at the moment, order $order: the later one is not started" 3 $?
	wait "${pids[1]}"
	check_equal "at the moment, order $order: the first one is undisturbed" 0 $?
	check "at the moment, order $order: says who was first" jq -e --arg run \
		"$(jq -r .run_id "$scratch"/perturb-run-"$(tr ab ba <<<$late)"-*.json)" --arg pid "${pids[1]}" \
		'.verdict == "not-started" and (.reason | contains($run)) and
			(.reason | contains("(pid " + $pid + ")"))' \
		"$scratch"/perturb-run-$late-*.json
done

# --- two at the same instant: one of them, never both, never none ---

for round in 1 2 3 4 5; do
	for which in a b; do
		"$PERTURB" inject latency --netns server --interface eth0 --delay 1ms --for 1s \
			>"$scratch/race.$which" 2>&1 &
		pids[${#pids[@]}]=$!
	done
	wait "${pids[-1]}"
	status=$?
	wait "${pids[-2]}"
	check_equal "a race, round $round: one is refused" '0 3' \
		"$(printf '%s\n' $? $status | sort | paste -sd' ')"
done
check 'no journal is left' no_journals
check_equal 'nothing is left' "$before" "$(snapshot server)"
finish
