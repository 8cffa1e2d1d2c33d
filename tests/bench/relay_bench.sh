#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# relay_bench - how exact and how fast the relay is: the error of the delay that it adds, one way, as
# the kernel stamps the arrivals of datagrams; and one TCP stream through it, with the bare veth pair
# beside it. The processors that are left for the relay decide about the second.
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

# errors NAME ASKED_MS COUNT INTERVAL_US: median, 99% and maximum of delay less what was asked for.
errors() {
	local receiver
	ip netns exec client "$probe" receive 9000 500 >"$scratch/probes" &
	receiver=$!
	wait_for 5 grep -q READY "$scratch/probes"
	ip netns exec server "$probe" send 10.9.0.1 9000 "$3" "$4" 100
	wait $receiver
	# shellcheck disable=SC2046 # words
	line "$1" $(awk -v asked="$2" 'NR > 1 { print $2 - asked * 1000 }' "$scratch/probes" | sort -n |
		awk '{ value[NR] = $1 } END { printf "%.0f_us %.0f_us %.0f_us",
			value[int((NR + 1) / 2)], value[int(NR * 0.99 + 0.5)], value[NR] }') | tr _ ' '
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
errors 'bare veth, 1,000 packets/s' 0 5000 1000
for delay in 1 100; do
	inject latency --delay ${delay}ms
	errors "relay, ${delay} ms, 1,000 packets/s" $delay 5000 1000
	errors "relay, ${delay} ms, 10,000 packets/s" $delay 50000 100
	put_back
done
echo

bare=$(throughput)
line 'one TCP stream, Gbit/s' relay 'bare veth' share
share() {
	awk "BEGIN { printf \"%.0f%%\", $1 / $2 * 100 }"
}
inject latency --delay 1ms
now=$(throughput)
line 'latency of 1 ms (super-packets)' "$now" "$bare" "$(share "$now" "$bare")"
put_back
inject bandwidth --rate 100gbit
now=$(throughput)
line 'bandwidth of 100 Gbit/s (each packet by itself)' "$now" "$bare" "$(share "$now" "$bare")"
put_back
finish
