#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# netem changed in place, in the kernel that has it: the same qdisc with the same counters, and packets
# that it holds come out when they would have. tests/relay/test_changes.sh has the rest.
set -u
. "$(dirname "$0")/../lib.sh"

ip -batch - <<-'END'
	netns add client
	netns add server
	link add c0 netns client type veth peer name s0 netns server
END
at_exit 'ip netns delete client; ip netns delete server'
for name in client server; do
	ip netns exec "$name" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6' 2>/dev/null
done
ip -n client -batch - <<-'END'
	link set c0 name eth0 address 02:00:00:00:00:01
	link set eth0 up
	address add 10.9.0.1/24 dev eth0
	neighbour replace 10.9.0.2 lladdr 02:00:00:00:00:02 nud permanent dev eth0
END
ip -n server -batch - <<-'END'
	link set s0 name eth0 address 02:00:00:00:00:02
	link set eth0 up
	address add 10.9.0.2/24 dev eth0
	neighbour replace 10.9.0.1 lladdr 02:00:00:00:00:01 nud permanent dev eth0
END

qdisc() {
	tc -n server -s qdisc show dev eth0
}

before=$(tc -n server qdisc show dev eth0)

# --- off and on: what is held stays held, what comes passes --------------------------------------
"$PERTURB" inject latency --netns server --delay 4s --on 3s --off 60s --for 10m --out "$scratch" \
	>"$scratch/log" 2>&1 &
perturb=$!
in_force() {
	[[ $(qdisc) == *'7065: root '*'delay 4s'* ]]
}
is_off() {
	local text
	text=$(qdisc)
	[[ $text == *'netem 7065: root '* && $text != *delay* ]]
}
check 'flap: in force' wait_for 20 in_force
ip netns exec client ping -q -c 3 -i 0.2 -W 10 10.9.0.2 >"$scratch/held" &
held=$!
check 'flap: off, in the same qdisc' wait_for 20 is_off
passed=$(ip netns exec client ping -q -c 3 -i 0.2 -W 3 10.9.0.2)
check 'flap: packets pass while others are held' kill -0 $held
check_between 'flap: they pass at once, ms' 0 500 \
	"$(sed -n 's,^rtt [^=]*= [^/]*/[^/]*/\([^/]*\)/.*,\1,p' <<<"$passed")"
wait $held
check_equal 'flap: those that were held arrive, all of them' 3 \
	"$(sed -n 's/.* \([0-9]*\) received.*/\1/p' "$scratch/held")"
check_between 'flap: by the delay that they had, ms' 3990 4500 \
	"$(sed -n 's,^rtt [^=]*= \([^/]*\)/.*,\1,p' "$scratch/held")"
text=$(qdisc)
check_equal 'flap: the counters went on' '6 pkt (dropped 0,' \
	"$(sed -n 's/.* \([0-9]* pkt (dropped [0-9]*,\).*/\1/p' <<<"$text")"
kill -INT $perturb
wait $perturb
check_equal 'flap: exit status' 4 $?
check_equal 'flap: the default qdisc is back' "$before" "$(tc -n server qdisc show dev eth0)"

# --- a ramp of several parameters: each step's, and what was there before is gone ------------------
cat >"$scratch/ramp.yaml" <<-'END'
	version: 1
	title: ramp
	targets: { s: { netns: server } }
	method:
	  - network:
	      target: s
	      latency: { delay: { from: 100ms, to: 10ms, over: 2s, steps: 3 }, jitter: { from: 10ms, to: 0ms, over: 2s, steps: 2 } }
	      corrupt: { percent: { from: 20%, to: 0%, over: 2s, steps: 2 } }
	      bandwidth: { rate: { from: 1mbit, to: 5mbit, over: 2s, steps: 4 } }
	    for: 10m
END
"$PERTURB" run "$scratch/ramp.yaml" --engine netem --out "$scratch" >"$scratch/log" 2>&1 &
perturb=$!
begun() {
	[[ $(qdisc) == *'delay 100ms  10ms corrupt 20% rate 1Mbit'* ]]
}
arrived() {
	[[ $(qdisc) == *'delay 10ms rate 5Mbit'* ]]
}
check 'ramp: begins with the first values' wait_for 20 begun
check 'ramp: ends with the last ones, and nothing is left of what is nothing now' wait_for 30 arrived
kill -INT $perturb
wait $perturb
check_equal 'ramp: exit status' 4 $?
check_equal 'ramp: the default qdisc is back' "$before" "$(tc -n server qdisc show dev eth0)"

finish
