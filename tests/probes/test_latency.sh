#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_latency - the times that perturb reports are those that a server which answers late by plan says
# that it took; a stall shows in full in an open loop, and hides from a closed one; and a probe takes no
# more memory after half a minute than after a few seconds.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

# server NAME ARGUMENT…: starts a latency_server; sets port and server.
server() {
	local name=$1
	shift
	"$HELPERS/latency_server" "$scratch/$name.truth" "$@" >"$scratch/$name.ready" &
	server=$!
	at_exit "kill $server 2>/dev/null"
	wait_for 10 grep -q READY "$scratch/$name.ready"
	read -r _ port <"$scratch/$name.ready"
}

# measure NAME: of the YAML on standard input; the report becomes NAME.json, the truth is complete then.
measure() {
	mkdir "$scratch/$1"
	cat >"$scratch/$1.yaml"
	"$PERTURB" probe "$scratch/$1.yaml" --out "$scratch/$1" --quiet >"$scratch/$1.log" 2>&1
	status=$?
	mv "$scratch/$1"/*.json "$scratch/$1.json"
	kill -s TERM "$server"
	wait "$server"
}

# truth NAME PATH PERCENT: by nearest rank, in milliseconds.
truth() {
	awk -v path="$2" '$1 == path { print $2 }' "$scratch/$1.truth" | sort -n |
		awk -v percent="$3" '{ value[NR] = $1 } END {
			rank = NR * percent / 100
			if (rank > int(rank)) rank = int(rank) + 1
			printf "%.3f\n", value[rank] / 1000 }'
}

# reported NAME LIST FIELD
reported() {
	jq -r ".$2[0].phases.baseline.$3" "$scratch/$1.json"
}

# agree NAME LIST PATH FIELD SPARE_MS: the percentiles, within 1% and that.
agree() {
	local percent low high was
	for percent in 50 90 95 99; do
		was=$(truth "$1" "$3" "$percent")
		low=$(awk "BEGIN { print $was * 0.99 }")
		high=$(awk "BEGIN { print $was * 1.01 + $5 }")
		check_between "$1: $4.p$percent is what the server took" "$low" "$high" \
			"$(reported "$1" "$2" "$4.p$percent")"
	done
}

# --- a distribution ----------------------------------------------------------------------------

# The spare is what loopback and a busy machine add: a switch to the process that is waited for.
server distribution 20000 0.7
measure distribution <<EOS
version: 1
title: Distribution
steady_state:
  - name: late
    http: { url: "http://127.0.0.1:$port/late", timeout: 5s }
    rate: 500/s
    tolerate: { success: ">= 100%" }
baseline: 8s
EOS
check_equal 'distribution: every request was answered' 0 "$status"
check_equal 'distribution: the server saw as many' "$(reported distribution probes count)" \
	"$(wc -l <"$scratch/distribution.truth")"
agree distribution probes /late service_ms 2
agree distribution probes /late latency_ms "$(awk "BEGIN { print 2 + $(reported distribution probes lag_ms.p99) }")"

# --- a stall -----------------------------------------------------------------------------------

# At 200/s, 400 of 1,600 requests fall into two seconds of eight, and wait for one second on average;
# of the thousands that a closed loop sends, two wait.
server stall 2000 0 3000 2000
measure stall <<EOS
version: 1
title: Stall
steady_state:
  - name: open
    http: { url: "http://127.0.0.1:$port/open", timeout: 5s }
    rate: 200/s
    tolerate: { success: ">= 100%" }
load:
  - name: closed
    http: { url: "http://127.0.0.1:$port/closed", timeout: 5s }
    rate: max
    concurrency: 2
baseline: 8s
EOS
check_equal 'stall: every request was answered' 0 "$status"
agree stall probes /open service_ms 10
check_between 'stall: a tenth of all requests of the open loop waited for 1.2 s' 1100 1300 \
	"$(reported stall probes latency_ms.p90)"
check_between 'stall: one in a hundred for 1.92 s' 1850 2000 "$(reported stall probes latency_ms.p99)"
check_between 'stall: the closed loop met it' 1900 2100 "$(reported stall load latency_ms.max)"
check_between 'stall: and shows nothing of it at 99%' 2 100 "$(reported stall load latency_ms.p99)"
check_equal 'stall: its histogram has every request' "$(reported stall load ok)" \
	"$(jq '[.load[0].phases.baseline.histogram[][1]] | add' "$scratch/stall.json")"

# --- memory ------------------------------------------------------------------------------------

# memory PID: what it has written to, in kB: files that are mapped are shared with who knows whom.
memory() {
	awk '$1 == "Pss_Anon:" { print $2 }' "/proc/$1/smaps_rollup"
}

# A stall early on, so that the most that is ever in flight is in the first figure already.
server memory 1000 0.5 1000 400
cat >"$scratch/memory.yaml" <<EOS
version: 1
title: Memory
steady_state:
  - name: many
    http: { url: "http://127.0.0.1:$port/many", timeout: 5s }
    rate: 2000/s
    tolerate: { success: ">= 99%" }
baseline: 32s
EOS
"$PERTURB" probe "$scratch/memory.yaml" --quiet >"$scratch/memory.log" 2>&1 &
pid=$!
sleep 5
early=$(memory $pid)
sleep 25
late=$(memory $pid)
wait $pid
check_equal 'memory: the run held' 0 $?
# A histogram grows by a block when a latency comes that was not met before: on a busy machine that may
# be late. A byte kept of each of the 50,000 requests would be nearly 50 KiB, a record of one 800.
check_between 'memory: after 30 s as much as after 5 s, and 200 KiB' 1 $((early + 200)) "$late"
finish
