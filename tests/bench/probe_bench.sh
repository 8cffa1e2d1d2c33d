#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# probe_bench - how exact and how fast probes are, against nginx with one worker on loopback, wrk with
# one thread beside them: the schedule of an open loop of 20,000 requests a second, the throughput of a
# closed one, what a request costs, how a stall looks to both, and memory over BENCH_SECONDS * 10 (600 s).
#
# The status is 1 when a goal was missed, and 2 when something could not be measured.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
seconds=${BENCH_SECONDS:-60}
connections=50
url=http://127.0.0.1:8090/

line() {
	printf '%-52s %12s %12s %12s\n' "$@"
}

# goal NAME VALUE RELATION LIMIT UNIT
goal() {
	local word=ok
	if ! awk "BEGIN { exit !($2 $3 $4) }"; then
		word=MISSED
		failures=$((failures + 1))
	fi
	line "$1" "$2 $5" "$3 $4 $5" "$word"
}

nginx_start() {
	mkdir -p "$scratch/nginx"
	cat >"$scratch/nginx/nginx.conf" <<-EOS
		daemon off;
		worker_processes 1;
		pid $scratch/nginx/pid;
		error_log $scratch/nginx/error.log;
		events { worker_connections 8192; }
		http {
			access_log off;
			keepalive_requests 1000000000;
			client_body_temp_path $scratch/nginx/body;
			proxy_temp_path $scratch/nginx/proxy;
			fastcgi_temp_path $scratch/nginx/fastcgi;
			uwsgi_temp_path $scratch/nginx/uwsgi;
			scgi_temp_path $scratch/nginx/scgi;
			server { listen 127.0.0.1:8090; location / { return 200 "hello\n"; } }
		}
	EOS
	nginx -p "$scratch/nginx" -c "$scratch/nginx/nginx.conf" &
	nginx=$!
	at_exit "kill $nginx 2>/dev/null"
	if ! wait_for 10 curl -sf "$url"; then
		cat "$scratch/nginx/error.log" >&2
		exit 2
	fi
	worker=$(pgrep -P $nginx)
}

# stall SECONDS AFTER: the server does nothing for so long.
stall() {
	sleep "$2"
	kill -s STOP "$worker"
	sleep "$1"
	kill -s CONT "$worker"
}

# experiment NAME RATE DURATION [CONCURRENCY]
experiment() {
	cat >"$scratch/$1.yaml" <<-EOS
		version: 1
		title: $1
		load:
		  - name: $1
		    http: { url: "$url", timeout: 10s }
		    rate: $2
		    concurrency: ${4:-1000}
		baseline: $3
	EOS
}

# timed NAME COMMAND…: the seconds of processor time go to NAME.cpu.
timed() {
	local name=$1
	shift
	TIMEFORMAT='%U %S'
	{ time "$@" >"$scratch/$name.log" 2>&1; } 2>"$scratch/$name.time" || {
		cat "$scratch/$name.log" >&2
		exit 2
	}
	awk '{ print $1 + $2 }' "$scratch/$name.time" >"$scratch/$name.cpu"
}

# measure NAME: the experiment of that name; its report is NAME.json then.
measure() {
	mkdir "$scratch/$1"
	timed "$1" "$PERTURB" probe "$scratch/$1.yaml" --out "$scratch/$1" --quiet
	mv "$scratch/$1"/*.json "$scratch/$1.json"
}

# reported NAME FILTER
reported() {
	jq -r ".load[0].phases.baseline | $2" "$scratch/$1.json"
}

# requests_of NAME: how many wrk had answered.
requests_of() {
	awk '/ requests in / { print $1 }' "$scratch/$1.log"
}

# cost CPU_SECONDS REQUESTS: in microseconds.
cost() {
	awk "BEGIN { printf \"%.1f\", $1 * 1e6 / $2 }"
}

open_loop() {
	experiment open 20000/s 10s
	measure open
	line 'open loop, 20,000/s for 10 s' '' goal ''
	line 'a thread that sleeps so often: late by, 99%' "$("$ROOT/build/bench/sleeper" 100000 50 | sort -n |
		awk '{ value[NR] = $1 } END { printf "%.3f", value[int(NR * 0.99 + 0.5)] / 1000 }') ms" '' ''
	goal 'schedule: lag, 99%' "$(reported open .lag_ms.p99)" '<=' 1 ms
	line 'schedule: lag, median and maximum' "$(reported open .lag_ms.p50) ms" \
		"$(reported open .lag_ms.max) ms" ''
	goal 'answered' "$(reported open .throughput_per_s)" '>=' 19900 /s
	line 'service, median and 99%' "$(reported open .service_ms.p50) ms" \
		"$(reported open .service_ms.p99) ms" ''
	line 'processor time of a request' "$(cost "$(cat "$scratch/open.cpu")" "$(reported open .ok)") us" '' ''
}

closed_loop() {
	local theirs ours
	timed wrk wrk -t1 -c$connections -d10 --latency "$url"
	experiment closed max 10s $connections
	measure closed
	theirs=$(requests_of wrk)
	ours=$(reported closed .ok)
	line "closed loop, $connections connections, 10 s" perturb 'wrk -t1' ''
	line 'requests a second' "$((ours / 10))" "$((theirs / 10))" ''
	line 'processor time of a request' "$(cost "$(cat "$scratch/closed.cpu")" "$ours") us" \
		"$(cost "$(cat "$scratch/wrk.cpu")" "$theirs") us" ''
	goal 'throughput, as a part of wrk' "$(awk "BEGIN { printf \"%.2f\", $ours / $theirs }")" '>=' 0.6 ''
}

# latencies NAME FILE: of wrk's table.
latencies() {
	awk '/^ +(50|90|99)%/ { value[++n] = $2 } /Latency +[0-9]/ { max = $4 }
		END { print value[1], value[2], value[3], max }' "$scratch/$1.log"
}

# stall_row TITLE NAME
stall_row() {
	read -r p50 p90 p99 max < <(reported "$2" '.latency_ms | "\(.p50) \(.p90) \(.p99) \(.max)"')
	printf '%-40s %9s ms %8s ms %8s ms %8s ms\n' "$1" "$p50" "$p90" "$p99" "$max"
}

one_stall() {
	local p50 p90 p99 max
	stall 2 3 &
	timed wrk_stall wrk -t1 -c$connections -d8 --timeout 10 --latency "$url"
	experiment stalled_closed max 8s $connections
	stall 2 3 &
	measure stalled_closed
	experiment stalled 400/s 8s
	stall 2 3 &
	measure stalled
	read -r p50 p90 p99 max < <(latencies wrk_stall)
	printf '%-40s %11s %11s %11s %11s\n' 'the server stops for 2 s of 8' 50% 90% 99% max
	printf '%-40s %11s %11s %11s %11s\n' 'wrk' "$p50" "$p90" "$p99" "$max"
	stall_row 'perturb, closed loop' stalled_closed
	stall_row 'perturb, open loop' stalled
	line '' '' goal ''
	goal 'the open loop shows it: 90%' "$(reported stalled .latency_ms.p90)" '>=' 1000 ms
}

# What its processes have written to, in kB.
memory_now() {
	local pid
	for pid in $(perturb_processes); do
		cat "/proc/$pid/smaps_rollup" 2>/dev/null
	done | awk '$1 == "Pss_Anon:" { sum += $2 } END { print sum + 0 }'
}

# The short stall puts as much in flight as there ever will be.
constant_memory() {
	local length=$((seconds * 10)) early late
	[ $length -ge 20 ] || length=20
	experiment memory 2000/s ${length}s
	stall 0.5 2 &
	"$PERTURB" probe "$scratch/memory.yaml" --quiet >"$scratch/memory.log" 2>&1 &
	pid=$!
	sleep 10
	early=$(memory_now)
	sleep $((length - 11))
	late=$(memory_now)
	wait $pid || exit 2
	line "memory, 2,000/s, after 10 s and after $length s" "$early KiB" "$late KiB" ''
	goal 'growth' $((late - early)) '<=' 64 KiB
}

nginx_start
open_loop
echo
closed_loop
echo
one_stall
echo
constant_memory
finish
