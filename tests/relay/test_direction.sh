#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The relay, and the token bucket on an ifb device: what arrives, both ways, several faults for different
# packets at once; on interfaces that somebody has configured, too. Two network namespaces joined by a
# veth pair; measured by ping, iperf3 and checksums.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_pair client server
before=$(snapshot server)

# inject [KIND …]: in the background, until it is in place.
inject() {
	rm -f "$scratch"/*.json
	: >"$scratch/log" # not that of an earlier one
	"$PERTURB" inject "$@" --netns server --for 10m --out "$scratch" --no-color \
		>"$scratch/log" 2>&1 &
	perturb=$!
	if ! wait_for 10 grep -q 'injected by' "$scratch/log"; then
		not_ok "inject $*" "$(tail -n 3 "$scratch/log")"
		return 1
	fi
}

ended() {
	kill -INT "$perturb"
	wait "$perturb"
	check_equal "$1: exit status" 4 $?
	check_equal "$1: the namespace is what it was" "$before" "$(snapshot server)"
}

relay() {
	inject "$@" --engine relay
}

# --- the relay, by direction -------------------------------------------------------------------------
relay latency --delay 50ms --direction ingress
check_between 'ingress: IPv4' 49.5 70 "$(ping_median client 10.9.0.2 10)"
check_between 'ingress: IPv6' 49.5 70 "$(ping_median client fd09::2 10)"
ip -n server neigh flush all
ip -n client neigh flush all
check_between 'ingress: from the target, when nobody knows anybody' 49.5 140 \
	"$(ping_median server 10.9.0.1 5)"
check_between 'ingress: the same with neighbour discovery' 49.5 140 \
	"$(ping_median server fd09::1 5)"
ended ingress

relay latency --delay 50ms --direction both
check_between 'both: IPv4' 99.5 130 "$(ping_median client 10.9.0.2 10)"
check_between 'both: IPv6' 99.5 130 "$(ping_median client fd09::2 10)"
ended both

relay loss --percent 20% --direction ingress
received=$(ip netns exec client ping -n -q -i 0.002 -c 1000 -W 1 10.9.0.2 |
	sed -n 's/.* \([0-9]*\) received.*/\1/p')
check_between 'ingress: a fifth is lost' 735 865 "$received"
kill -INT "$perturb"
wait "$perturb"
dropped=$(jq '.faults[0].evidence.dropped' "$scratch"/*.json)
check_between 'ingress: and reported' $((995 - received)) $((1010 - received)) "$dropped"
check_equal 'ingress loss: the namespace is what it was' "$before" "$(snapshot server)"

# --- bulk data arrives whole, in super-packets and cut to size -------------------------------------------
head -c 30000000 /dev/urandom >"$scratch/data"
wanted=$(sha256sum <"$scratch/data")
bulk() {
	python3 -c '
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
with socket.socket(family) as server:
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((sys.argv[1], 9000))
    server.listen()
    print("READY", file=sys.stderr, flush=True)
    connection = server.accept()[0]
    while data := connection.recv(1 << 20):
        sys.stdout.buffer.write(data)' "$1" 2>"$scratch/ready" >"$scratch/copy"
}
for address in 10.9.0.2 fd09::2; do
	for segment in false true; do
		: >"$scratch/ready"
		relay latency --delay 2ms --direction both --segment $segment
		(in_netns server bash -c "$(declare -f bulk); scratch=$scratch; bulk $address") &
		receiver=$!
		wait_for 5 grep -q READY "$scratch/ready"
		in_netns client python3 -c '
import socket, sys
with socket.create_connection((sys.argv[1], 9000)) as peer:
    peer.sendall(open(sys.argv[2], "rb").read())' "$address" "$scratch/data"
		wait "$receiver"
		check_equal "bulk to $address, segment $segment: whole" "$wanted" \
			"$(sha256sum <"$scratch/copy")"
		ended "bulk to $address, segment $segment"
	done
done

# --- the token bucket on an ifb device --------------------------------------------------------------
# mbits [-R]: what one TCP connection gets, from the client to the server, or back.
mbits() {
	: >"$scratch/iperf"
	ip netns exec server iperf3 -s -1 --forceflush >"$scratch/iperf" &
	local server=$!
	wait_for 5 grep -q listening "$scratch/iperf"
	ip netns exec client iperf3 -c 10.9.0.2 -t 1.5 -J "$@" |
		jq '.end.sum_received.bits_per_second / 1e6'
	wait $server
}
inject bandwidth --rate 20mbit --direction ingress --engine netem
check_between 'bandwidth, ingress: what arrives is slow' 14 20.5 "$(mbits)"
check_between 'bandwidth, ingress: what leaves is not' 100 1000000 "$(mbits -R)"
ended 'bandwidth, ingress'
inject bandwidth --rate 20mbit --direction both --engine netem
check_between 'bandwidth, both: what arrives' 14 20.5 "$(mbits)"
check_between 'bandwidth, both: what leaves' 14 20.5 "$(mbits -R)"
ended 'bandwidth, both'
inject bandwidth --rate 20mbit --segment true --engine netem
check_between 'bandwidth, segment: what leaves' 14 20.5 "$(mbits -R)"
ended 'bandwidth, segment'

# --- several at once --------------------------------------------------------------------------------
cat >"$scratch/several.yaml" <<-'END'
	version: 1
	title: several
	targets: { server: { netns: server } }
	method:
	  - { latency: { target: server, delay: 20ms }, for: 10m }
	  - { latency: { target: server, delay: 100ms, to: 10.9.0.1 }, for: 10m }
	  - { latency: { target: server, delay: 20ms, direction: ingress, from: "fd09::1" }, for: 10m }
	  - { bandwidth: { target: server, rate: 1mbit, direction: ingress }, for: 10m }
END
: >"$scratch/log"
"$PERTURB" run "$scratch/several.yaml" --out "$scratch" --no-color >"$scratch/log" 2>&1 &
perturb=$!
wait_for 10 eval '[ "$(grep -c "injected by" "$scratch/log")" = 4 ]'
check_between 'several: the one that is aimed goes first' 99.5 120 "$(ping_median client 10.9.0.2 10)"
check_between 'several: each direction has its own' 39.5 60 "$(ping_median client fd09::2 10)"
ended several

# The first of them made the clsact qdisc and ends first; the last takes it away, also in recovery.
cat >"$scratch/order.yaml" <<-'END'
	version: 1
	title: order
	targets: { server: { netns: server } }
	method:
	  - { latency: { target: server, delay: 1ms, to: 10.9.0.1 }, at: 0s, for: 300ms }
	  - { latency: { target: server, delay: 1ms, to: 10.9.0.3 }, at: 100ms, for: 600ms }
	  - { bandwidth: { target: server, rate: 1mbit, direction: ingress }, at: 400ms, for: 100ms }
END
"$PERTURB" run "$scratch/order.yaml" --out "$scratch" --no-color >"$scratch/log" 2>&1
check_equal 'one after the other: exit status' 0 $?
check_equal 'one after the other: the namespace is what it was' "$before" "$(snapshot server)"
sed -i 's/600ms/10m/' "$scratch/order.yaml"
: >"$scratch/log"
"$PERTURB" run "$scratch/order.yaml" --out "$scratch" --no-color >"$scratch/log" 2>&1 &
wait_for 10 eval '[ "$(grep -c "put back after" "$scratch/log")" = 2 ]'
massacre
wait 2>/dev/null
"$PERTURB" recover >"$scratch/recovered" 2>&1
check_equal 'recovery of the last one: exit status' 0 $?
check_equal 'recovery of the last one: the namespace is what it was' "$before" "$(snapshot server)"

# --- interfaces that somebody configured -------------------------------------------------------------
configured() {
	local name=$1
	before=$(snapshot server)
	relay latency --delay 50ms
	check_between "$name: the relay" 49.5 70 "$(ping_median client 10.9.0.2 10)"
	ended "$name, relay"
	inject bandwidth --rate 20mbit --engine netem
	check_between "$name: the token bucket" 14 20.5 "$(mbits -R)"
	ended "$name, token bucket"
}
# Not every kernel has more than these; tests/kernel/test_places.sh has fq_codel.
ip netns exec server tc qdisc add dev eth0 root handle 1: pfifo limit 777
configured pfifo
ip netns exec server tc qdisc del dev eth0 root
ip netns exec server tc -batch - <<-'END'
	qdisc add dev eth0 root handle 1: htb default 20
	class add dev eth0 parent 1: classid 1:1 htb rate 1gbit
	class add dev eth0 parent 1:1 classid 1:10 htb rate 100mbit ceil 200mbit
	class add dev eth0 parent 1:1 classid 1:20 htb rate 500mbit
	filter add dev eth0 parent 1: protocol ip prio 5 u32 match ip protocol 1 0xff flowid 1:10
END
configured 'a tree of htb'
check_between 'a tree of htb: its classes had the packets' 10 1000000 \
	"$(ip netns exec server tc -s class show dev eth0 classid 1:10 |
		sed -n 's/.*Sent [0-9]* bytes \([0-9]*\) pkt.*/\1/p')"
ip netns exec server tc qdisc del dev eth0 root

ip netns exec server tc -batch - <<-'END'
	qdisc add dev eth0 clsact
	filter add dev eth0 egress prio 1 protocol all bpf bytecode '1,6 0 0 0' direct-action
	filter add dev eth0 ingress prio 1 protocol all bpf bytecode '1,6 0 0 0' direct-action
END
before=$(snapshot server)
relay latency --delay 50ms --direction both --to 10.9.0.1
check_between 'filters of somebody else: the relay' 99.5 120 "$(ping_median client 10.9.0.2 10)"
ended 'filters of somebody else, relay'
inject bandwidth --rate 20mbit --direction ingress
check 'filters of somebody else: the relay is preferred' grep -q 'injected by relay' "$scratch/log"
check_between 'filters of somebody else: it does its work' 10 20.5 "$(mbits)"
ended 'filters of somebody else, by choice'
inject bandwidth --rate 20mbit --direction ingress --engine netem
check_between 'filters of somebody else: the token bucket' 14 20.5 "$(mbits)"
check 'filters of somebody else: the report says that they are skipped' \
	grep -q 'skip the filters' "$scratch/log"
ended 'filters of somebody else, token bucket'

# One that drops: what it forbids stays forbidden, whatever else happens to it.
ip netns exec server tc filter del dev eth0 egress
ip netns exec server tc filter add dev eth0 egress prio 1 protocol all bpf direct-action \
	bytecode '4,48 0 0 23,21 0 1 1,6 0 0 2,6 0 0 0'
before=$(snapshot server)
inject latency --delay 1ms --direction both --to 10.9.0.1
check_equal 'a filter of somebody else that drops: still does' 0 \
	"$(ip netns exec client ping -q -c 3 -i 0.1 -W 1 10.9.0.2 | sed -n 's/.* \([0-9]*\) received.*/\1/p')"
check_equal 'a filter of somebody else that drops: only what it is for' 3 \
	"$(ip netns exec client ping -q -c 3 -i 0.1 -W 1 fd09::2 | sed -n 's/.* \([0-9]*\) received.*/\1/p')"
ended 'a filter of somebody else that drops'

# --- an interface with several queues, each with a qdisc of its own ---------------------------------
ip netns exec server tc qdisc del dev eth0 clsact
ip link add several netns server numtxqueues 4 numrxqueues 4 type veth peer name several netns client
for name in client server; do
	ip -n $name link set several up
done
ip -n client address add 10.8.0.1/24 dev several
ip -n server address add 10.8.0.2/24 dev several
ip netns exec server tc -batch - <<-'END'
	qdisc add dev several root handle 1: mq
	qdisc add dev several parent 1:1 handle 11: pfifo limit 111
	qdisc add dev several parent 1:3 handle 13: tbf rate 1gbit burst 100k latency 100ms
END
wait_for 5 ip netns exec client ping -c 1 -W 1 10.8.0.2
before=$(snapshot server)
relay latency --delay 50ms --interface several
check_between 'mq: the relay' 49.5 70 "$(ping_median client 10.8.0.2 10)"
ended 'mq, relay'
inject bandwidth --rate 20mbit --interface several --engine netem
check 'mq: the token bucket is on a device of its own' eval \
	'ip netns exec server tc qdisc show | grep -q "^qdisc tbf 7065: dev pfb.* rate 20Mbit"'
ended 'mq, token bucket'
finish
