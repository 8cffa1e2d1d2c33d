#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Aimed faults: of several flows of the target at the same time, those that are meant are delayed, and
# the others are not touched.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

engine=${ENGINE:-relay}
flows=$HELPERS/flows
delay=20
rounds=16
interval=26

# server has client at eth0, and other at eth1.
netns_pair client server
netns_new other
ip -n server link add eth1 type veth peer name eth0 netns other
ip netns exec other sh -c 'echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad'
ip -n other address add 10.8.0.1/24 dev eth0
ip -n other link set eth0 up
ip -n server address add 10.8.0.2/24 dev eth1
ip -n server link set eth1 up
wait_for 5 link_settled other
for name in client other; do
	in_netns $name "$flows" echo 7000 7001 >"$scratch/echo.$name" 2>&1 &
	at_exit "kill $!"
	wait_for 5 grep -q READY "$scratch/echo.$name"
done
mkdir "$scratch/etc"
printf '127.0.0.1 localhost\n10.8.0.1 elsewhere.example\n10.9.0.1 client.example\nfd09::1 client.example\n' \
	>"$scratch/hosts"
mount --bind "$scratch/hosts" /etc/hosts

# measure: lines "FLOW MS", the medians of round trips from server, of all flows at the same time.
# The name says what is special: the port, TCP (at the target's port 7100), the code point, the
# target's own port (6000), IPv6, the peer.
measure() {
	in_netns server "$flows" measure $rounds $interval plain,udp,10.9.0.1,7000 port,udp,10.9.0.1,7001 \
		tcp,tcp,10.9.0.1,7000,7100 dscp,udp,10.9.0.1,7000,0,46 local,udp,10.9.0.1,7000,6000 \
		icmp,icmp,10.9.0.1 ipv6,udp,fd09::1,7000 other,udp,10.8.0.1,7000
}
all='plain port tcp dscp local icmp ipv6 other'

# delayed: those that take at least the delay, and 4 ms more at most, of the lines on standard input;
# any other that takes 0.2 ms longer than before with how much longer it takes.
delayed() {
	awk -v delay=$((delay * ${ways:-1})) '
		NR == FNR { before[$1] = $2; next }
		$2 >= delay && $2 - before[$1] <= delay + 4 { print $1; next }
		$2 - before[$1] > 0.2 { print $1 "+" ($2 - before[$1]) "ms" }' "$scratch/before" - | xargs
}

# judge NAME FLOW…: those are delayed, and no others are touched. On a machine that is busy with
# something else, all of them may take longer for a moment.
judge() {
	local name=$1 got=
	shift
	for _ in 1 2 3 4 5; do
		got=$(measure | delayed)
		[ "$got" != "$*" ] || break
	done
	check_equal "$name" "$*" "$got"
}

# await: until the fault of the run in the background is there.
await() {
	wait_for 10 grep -q 'injected by' "$scratch/log" ||
		not_ok "$1" "$(tail -n 3 "$scratch/log")"
}

stop() {
	# of a shell around it, the child
	kill -INT "$(pgrep -P "$perturb" -x perturb || echo "$perturb")"
	wait "$perturb"
}

# through_sudo COMMAND…: from a shell that has the environment, which the command has not.
through_sudo() {
	exec bash -c 'env -u SSH_CONNECTION "$@"; exit $?' bash "$@"
}

# aim NAME 'KEYS' FLOW…
aim() {
	local name=$1 keys=$2
	shift 2
	cat >"$scratch/aim.yaml" <<-END
		version: 1
		title: aim
		targets:
		  server: { netns: server }
		  client: { netns: client }
		  other: { netns: other }
		$(cat "$scratch/probes" 2>/dev/null)
		method:
		  - latency: { target: server, delay: ${delay}ms, $keys }
		    for: 60s
	END
	rm -f "$scratch/log"
	${run_in:-} "$PERTURB" run "$scratch/aim.yaml" --engine "$engine" --out "$scratch" --no-color \
		>"$scratch/log" 2>&1 &
	perturb=$!
	await "$name" && judge "$name" "$@"
	stop
}

# inject NAME 'OPTION…' FLOW…
inject() {
	local name=$1 options=$2
	shift 2
	rm -f "$scratch/log"
	# shellcheck disable=SC2086
	"$PERTURB" inject latency --netns server --delay ${delay}ms --for 60s --engine "$engine" \
		--no-color $options >"$scratch/log" 2>&1 &
	perturb=$!
	await "$name" && judge "$name" "$@"
	stop
}

whole=$(snapshot server)
measure >/dev/null
measure >"$scratch/before"
client='plain port tcp dscp local icmp'

# shellcheck disable=SC2086
{
	aim 'no aim: everything' '' $all
	aim 'to: an address' 'to: 10.9.0.1' $client
	aim 'to: an IPv6 address' 'to: "fd09::1"' ipv6
	aim 'to: a network' 'to: 10.8.0.0/16' other
	aim 'to: a network that ends beside an address' 'to: [10.9.0.2/31, 10.8.0.0/31]' other
	aim 'to: a host name' 'to: elsewhere.example' other
	aim 'to: all addresses of a host name' 'to: client.example' $client ipv6
	aim 'to: a target' 'to: other' other
	aim 'to: all addresses of a target' 'to: client' $client ipv6
	aim 'ports: one' 'ports: 7001' port
	aim 'ports: a range' 'ports: [22, 7001-7005], to: client' port
	aim 'local_ports' 'local_ports: [6000, 7100-7101]' tcp local
	aim 'protocol: tcp' 'protocol: tcp' tcp
	aim 'protocol: udp' 'protocol: udp' plain port dscp local ipv6 other
	aim 'protocol: icmp' 'protocol: icmp' icmp
	aim 'dscp' 'dscp: ef' dscp
	aim 'family: ipv6' 'family: ipv6' ipv6
	aim 'family: ipv4' 'family: ipv4, protocol: udp, ports: 7000' plain dscp local other
	aim 'except: peers' 'except: [client, 10.7.0.0/16]' other
	aim 'except: ports and protocols' \
		'to: client, except: [{ ports: 7000, protocol: udp }, { protocol: icmp }]' port tcp
	aim 'except: a peer with a port of the target' \
		'except: { to: 10.9.0.1, local_ports: 6000 }' plain port tcp dscp icmp ipv6 other
	aim 'from: an address' 'from: 10.9.0.1' $client
	aim 'from: a target, and ports of it' 'from: [client, 10.7.0.0/16], ports: 7001' port
	aim 'from: a network, and a port of the own' 'from: 0.0.0.0/0, local_ports: 6000' local
	aim 'from: everybody but one' 'direction: ingress, family: ipv4, except: client' other
	aim 'to and from: one leaves, one arrives' 'to: other, from: "fd09::1"' ipv6 other
	ways=2
	aim 'direction: both: the same peers both ways' 'direction: both, to: 10.8.0.1' other
	unset ways
	inject 'inject: the same as options' '--to 10.9.0.1 --to elsewhere.example --ports 7000
		--protocol udp --except 10.8.0.0/24' plain dscp local
	export SSH_CONNECTION='10.9.0.1 7000 10.9.0.2 7100'
	aim 'spare: the own ssh session' 'spare: ssh' plain port dscp local icmp ipv6 other
	run_in=through_sudo
	aim 'spare: the same where the environment was dropped, as by sudo' 'spare: ssh' \
		plain port dscp local icmp ipv6 other
	unset SSH_CONNECTION run_in
	printf 'steady_state: [{ name: p, http: "http://10.9.0.1:7000/", tolerate: { success: ">= 0%%" } }]\nbaseline: 100ms\n' \
		>"$scratch/probes"
	aim 'spare: the way of a probe to others, through the target' 'spare: [probes]' \
		plain port dscp local icmp ipv6 other
	sed -i 's,10.9.0.1:7000,10.9.0.2:7100,' "$scratch/probes"
	run_in='nsenter --net=/run/netns/client --'
	aim 'spare: the way of a probe to the target' 'spare: probes' \
		plain port dscp local icmp ipv6 other
}
check_equal 'everything is as it was before' "$whole" "$(snapshot server)"
finish
