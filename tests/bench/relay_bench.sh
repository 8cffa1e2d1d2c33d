#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# relay_bench - how exact and how fast the relay is: the error of the delay that it adds, one way, as
# the kernel stamps the arrivals of datagrams, over the noise of this machine, measured in the same run;
# and one TCP stream through it, with the bare veth pair beside it, the relay on one processor.
#
# The status is 1 when a goal was missed.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
probe=$HELPERS/udp_probe

line() {
	printf '%-52s %12s %12s %12s\n' "$@"
}

inject() {
	rm -f "$scratch/log"
	"$PERTURB" inject "$@" --netns server --engine relay --for 10m --no-color \
		>"$scratch/log" 2>&1 &
	perturb=$!
	if ! wait_for 10 grep -q 'injected by relay' "$scratch/log"; then
		cat "$scratch/log" >&2
		exit 2
	fi
}

put_back() {
	kill -INT "$perturb"
	wait "$perturb" 2>/dev/null
}

# errors NAME ASKED_MS COUNT INTERVAL_US: median, 99% and maximum of delay less what was asked for; also
# in median, p99.
errors() {
	local receiver
	: >"$scratch/probes"
	ip netns exec client "$probe" receive 9000 500 >"$scratch/probes" &
	receiver=$!
	wait_for 5 grep -q READY "$scratch/probes"
	ip netns exec server "$probe" send 10.9.0.1 9000 "$3" "$4" 100
	wait $receiver
	# shellcheck disable=SC2046 # words
	quantiles "$1" < <(awk -v asked="$2" 'NR > 1 { print $2 - asked * 1000 }' "$scratch/probes")
}

# quantiles NAME: of the numbers of standard input, microseconds.
quantiles() {
	local maximum
	read -r median p99 maximum < <(sort -n | awk '{ value[NR] = $1 } END { printf "%.0f %.0f %.0f\n",
		value[int((NR + 1) / 2)], value[int(NR * 0.99 + 0.5)], value[NR] }')
	line "$1" "$median us" "$p99 us" "$maximum us"
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

# throughput: Gbit/s of one TCP stream from server to client.
throughput() {
	ip netns exec client iperf3 --server --one-off --daemon --pidfile "$scratch/iperf.pid"
	wait_for 5 sh -c 'ip netns exec client cat /proc/net/tcp6 | grep -qi :1451'
	ip netns exec server iperf3 --client 10.9.0.1 --time 5 --json |
		jq '.end.sum_received.bits_per_second / 1e7 | round / 100'
}

netns_pair client server || exit 2
line 'one-way delay less what was asked for' median p99 maximum
quantiles 'a thread that sleeps, 10,000 times a second' < <("$ROOT/build/bench/sleeper" 10000 100)
errors 'bare veth, 10,000 packets/s' 0 50000 100
noise_median=$median
noise_p99=$p99
for delay in 1 20 100; do
	inject latency --delay ${delay}ms
	errors "relay, ${delay} ms, 1,000 packets/s" $delay 5000 1000
	errors "relay, ${delay} ms, 10,000 packets/s" $delay 50000 100
	goal '  median, over that of bare veth' $((median - noise_median)) '<=' 100 us
	goal '  p99, over that of bare veth' $((p99 - noise_p99)) '<=' 500 us
	put_back
done
echo

bare=$(throughput)
line 'one TCP stream, Gbit/s' relay 'bare veth' share
share() {
	awk "BEGIN { printf \"%.0f%%\", $1 / $2 * 100 }"
}
# one_core NAME: one stream while the relay has one processor, and how much of it that took.
one_core() {
	local pid begin now ticks
	pid=$(pgrep -x perturb-relay)
	taskset -acp 0 "$pid" >/dev/null
	begin=$(cpu_ticks "$pid")
	now=$(throughput)
	ticks=$(($(cpu_ticks "$pid") - begin))
	line "$1" "$now" "$bare" "$(share "$now" "$bare")"
	line '  processor time of the relay, per Gbit' \
		"$(awk "BEGIN { printf \"%.0f ms\", $ticks * 1000 / $(getconf CLK_TCK) / ($now * 5) }")" '' ''
	goal '  on one processor' "$now" '>=' 2 Gbit/s
}

# cpu_ticks PID: user and system time.
cpu_ticks() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

inject latency --delay 1ms
one_core 'latency of 1 ms (super-packets)'
put_back
inject bandwidth --rate 100gbit
one_core 'bandwidth of 100 Gbit/s (each packet by itself)'
put_back
inject loss --percent 0.001%
one_core 'loss of 0.001% (each packet by itself)'
put_back
finish
