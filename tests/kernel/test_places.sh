#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The netem engine elsewhere than at the root of an interface: what arrives, both ways, several faults
# for different packets, packets cut to size before; and interfaces that somebody has configured, which
# are afterwards what they were. Runs in the user-mode kernel (run.sh); frugal with processes.
set -u
. "$(dirname "$0")/../lib.sh"

modprobe -a ifb cls_bpf sch_htb sch_fq_codel
ip -batch - <<-'END'
	netns add client
	netns add server
	link add eth0 netns client type veth peer name eth0 netns server
END
at_exit 'ip netns delete client; ip netns delete server'
# No IPv6, whose addresses take seconds to be there.
for name in client server; do
	ip netns exec "$name" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6' 2>/dev/null
done
# The client has two addresses, so that it can be two peers.
ip -n client -batch - <<-'END'
	link set eth0 up
	address add 10.9.0.1/24 dev eth0
	address add 10.9.0.3/24 dev eth0
END
ip -n server -batch - <<-'END'
	link set lo up
	link set eth0 up
	address add 10.9.0.2/24 dev eth0
END
wait_for 10 ip netns exec client ping -c 1 -W 1 10.9.0.2

# inject [KIND …]: in the background, until all of it is in place.
inject() {
	: >"$scratch/log" # not that of an earlier one
	"$PERTURB" inject "$@" --netns server --engine netem --for 10m --no-color \
		>"$scratch/log" 2>&1 &
	perturb=$!
	if ! wait_for 30 grep -q 'injected by' "$scratch/log"; then
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

# median [ADDRESS]: of the round trips, from that address of the client.
median() {
	ip netns exec client ping -n -i 0.02 -c 10 -W 5 -I "${1:-10.9.0.1}" 10.9.0.2 |
		sed -n "s/.*time=\\([0-9.]*\\) ms.*/\\1/p" | sort -n | sed -n 5p
}

before=$(snapshot server)

# --- directions ------------------------------------------------------------------------------------
inject latency --delay 50ms --direction ingress
check_between 'ingress: 50 ms more' 49.5 60 "$(median)"
check_equal 'ingress: the root is left alone' 'qdisc noqueue 0: root refcnt 2 ' \
	"$(tc -n server qdisc show dev eth0 root)"
ended ingress

inject latency --delay 50ms --direction both
check_between 'both: 100 ms more' 99.5 115 "$(median)"
ended both

# --- several at once -------------------------------------------------------------------------------
cat >"$scratch/several.yaml" <<-'END'
	version: 1
	title: several
	targets: { server: { netns: server } }
	method:
	  - { latency: { target: server, delay: 30ms }, for: 10m }
	  - { latency: { target: server, delay: 100ms, to: 10.9.0.1 }, for: 10m }
	  - { latency: { target: server, delay: 10ms, direction: ingress, from: 10.9.0.3 }, for: 10m }
END
: >"$scratch/log"
"$PERTURB" run "$scratch/several.yaml" --engine netem --out "$scratch" --no-color \
	>"$scratch/log" 2>&1 &
perturb=$!
wait_for 30 eval '[ "$(grep -c "injected by netem" "$scratch/log")" = 3 ]'
check_between 'several: the one that is aimed, alone' 99.5 115 "$(median)"
check_between 'several: the one for all, and the one for what arrives' 39.5 55 "$(median 10.9.0.3)"
ended several

# --- interfaces that somebody configured -------------------------------------------------------------
configured() {
	local name=$1
	before=$(snapshot server)
	inject latency --delay 50ms
	check_between "$name: 50 ms more" 49.5 60 "$(median)"
	ended "$name"
}

tc -n server qdisc add dev eth0 root handle 1: fq_codel limit 500 flows 64 target 7ms quantum 600
configured 'fq_codel'
tc -n server qdisc del dev eth0 root

tc -n server -batch - <<-'END'
	qdisc add dev eth0 root handle 1: htb default 20
	class add dev eth0 parent 1: classid 1:1 htb rate 100mbit
	class add dev eth0 parent 1:1 classid 1:10 htb rate 10mbit ceil 20mbit
	class add dev eth0 parent 1:1 classid 1:20 htb rate 50mbit
	qdisc add dev eth0 parent 1:10 handle 10: fq_codel
	filter add dev eth0 parent 1: protocol ip prio 5 u32 match ip protocol 1 0xff flowid 1:10
END
configured 'a tree of htb'
read -r _ sent _ < <(tc -n server -s class show dev eth0 classid 1:10 | sed -n 's/ Sent //p' |
	sed 's/^/x /')
check 'a tree of htb: its classes had the packets' test "${sent:-0}" -gt 0
tc -n server qdisc del dev eth0 root

tc -n server -batch - <<-'END'
	qdisc add dev eth0 clsact
	filter add dev eth0 egress prio 1 protocol all bpf bytecode '1,6 0 0 0' direct-action
	filter add dev eth0 ingress prio 1 protocol all bpf bytecode '1,6 0 0 0' direct-action
END
before=$(snapshot server)
inject latency --delay 50ms --direction both --to 10.9.0.1
check_between 'filters of somebody else: 100 ms more' 99.5 115 "$(median)"
check_between 'filters of somebody else: but not for others' 0 20 "$(median 10.9.0.3)"
ended 'filters of somebody else'
tc -n server qdisc del dev eth0 clsact

# --- segment ---------------------------------------------------------------------------------------
# 300 times ten datagrams in one packet, of which a fifth is lost: all ten, or each by itself.
gso=$(dirname "$0")/gso.py
datagrams() {
	local from=$1 to=$2 address=$3 receiver
	: >"$scratch/received" # no READY of an earlier one
	ip netns exec "$to" python3 "$gso" receive 9000 300 >"$scratch/received" &
	receiver=$!
	wait_for 30 grep -q READY "$scratch/received"
	ip netns exec "$from" python3 "$gso" send "$address" 9000 300
	wait "$receiver"
	{ read -r _; read -r received broken whole; } <"$scratch/received"
}

before=$(snapshot server)
inject loss --percent 20% --direction ingress
datagrams client server 10.9.0.2
check 'without segment: the report says so' grep -q 'pass as one packet' "$scratch/log"
check_equal 'without segment: ten together, or none' '0 0' "$broken $((received % 10))"
check_between 'without segment: groups that were not lost' 200 280 "$whole"
ended 'without segment'

inject loss --percent 20% --direction ingress --segment true
datagrams client server 10.9.0.2
check 'segment, ingress: the report says nothing' eval '! grep -q "as one packet" "$scratch/log"'
check_between 'segment, ingress: each by itself' 220 300 "$broken"
check_between 'segment, ingress: a fifth is lost' 2280 2520 "$received"
ended 'segment, ingress'

inject loss --percent 20% --segment true
datagrams server client 10.9.0.1
check_between 'segment, egress: each by itself' 220 300 "$broken"
check_between 'segment, egress: a fifth is lost' 2280 2520 "$received"
ended 'segment, egress'
finish
