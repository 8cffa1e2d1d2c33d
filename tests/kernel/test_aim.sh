#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Aims carried out by netem: of several flows at the same time, those that are meant are delayed, and
# the others are not. tests/relay/test_aim.sh has all keys; here is how netem gets its packets, both
# ways, and the program's way through headers on an older kernel.
set -u
. "$(dirname "$0")/../lib.sh"

modprobe -a ifb cls_bpf ipv6
flows=$ROOT/build/helpers/flows
if [ ! -x "$flows" ]; then
	not_ok 'aim' 'there is no helper flows: run make check-programs first'
	finish
fi

ip -batch - <<-'END'
	netns add client
	netns add server
	link add c0 netns client type veth peer name s0 netns server
END
at_exit 'ip netns delete client; ip netns delete server'
ip netns exec client sh -c 'for file in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 >"$file"; done'
ip -n client -batch - <<-'END'
	link set c0 name eth0
	link set eth0 up
	address add 10.9.0.1/24 dev eth0
	address add 10.9.0.3/24 dev eth0
	address add fd09::1/64 dev eth0 nodad
END
ip -n server -batch - <<-'END'
	link set s0 name eth0
	link set eth0 up
	address add 10.9.0.2/24 dev eth0
	address add fd09::2/64 dev eth0 nodad
END
nsenter --net=/run/netns/client "$flows" echo 7000 7001 >"$scratch/echo" &
at_exit "kill $!"
wait_for 20 grep -q READY "$scratch/echo"

# judge NAME FLOW…: those take 100 ms longer, and no others do. This kernel needs some milliseconds
# for whatever it does.
judge() {
	local name=$1
	shift
	nsenter --net=/run/netns/server "$flows" measure 7 250 plain,udp,10.9.0.1,7000 \
		port,udp,10.9.0.1,7001 tcp,tcp,10.9.0.1,7000 local,udp,10.9.0.1,7000,6000 \
		icmp,icmp,10.9.0.1 ipv6,udp,fd09::1,7000 other,icmp,10.9.0.3 >"$scratch/times"
	check_equal "$name" "7 $*" "$(grep -c . "$scratch/times") $(awk '
		$2 >= 100 && $2 < 170 { print $1; next }
		$2 >= 40 { print $1 "=" $2 "ms" }' "$scratch/times" | xargs)"
}

# aim NAME 'OPTION…' FLOW…
aim() {
	local name=$1 options=$2
	shift 2
	# shellcheck disable=SC2086
	"$PERTURB" inject latency --netns server --delay 100ms --for 10m --engine netem --no-color \
		$options >"$scratch/log" 2>&1 &
	perturb=$!
	if wait_for 20 grep -q 'injected by netem' "$scratch/log"; then
		judge "$name" "$@"
	else
		not_ok "$name" "$(tail -n 3 "$scratch/log")"
	fi
	kill -INT "$perturb"
	wait "$perturb"
}

before=$(tc -n server qdisc show; tc -n server filter show dev eth0 egress 2>/dev/null)
judge 'before: nothing is delayed'
aim 'to an address, a port and a protocol' \
	'--to 10.9.0.0/31 --to fd09::/16 --ports 7000 --protocol udp' plain local ipv6
aim 'all but what is excepted' '--except 10.9.0.1' ipv6 other
aim 'from an address, but for a port of the own' '--from 10.9.0.1 --local_ports 1-5999 --local_ports 6001-65535' \
	plain port tcp
aim 'from a family' '--from ::/0' ipv6
check_equal 'everything is as it was before' "$before" \
	"$(tc -n server qdisc show; tc -n server filter show dev eth0 egress 2>/dev/null)"
finish
