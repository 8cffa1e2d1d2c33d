# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# bridge.sh - network namespaces on one bridge, and who talks to whom.
#
#     bridge_new a b c               # 10.9.0.1 and fd09::1 to 3, on eth0
#     address_of b                   # 10.9.0.2
#     address6_of b                  # fd09::2
#     peer a tcp 10.9.0.2 8000       # peer.py in a namespace

PEER=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/peer.py
members=()

bridge_new() {
	local name number=0
	netns_new switch || return 1
	ip -n switch link add br0 type bridge forward_delay 0
	ip -n switch link set br0 up
	for name in "$@"; do
		number=$((number + 1))
		members+=("$name")
		netns_new "$name" || return 1
		ip -n switch link add name "$name" type veth peer name eth0 netns "$name"
		ip -n switch link set dev "$name" master br0 up
		ip netns exec "$name" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad' 2>/dev/null
		ip -n "$name" address add 10.9.0.$number/24 dev eth0
		ip -n "$name" address add fd09::$number/64 dev eth0 nodad
		ip -n "$name" link set eth0 up
	done
	for name in "$@"; do
		wait_for 5 link_settled "$name" || return 1
		[ "$name" = "$1" ] || wait_for 5 ip netns exec "$1" ping -c 1 -W 1 "$(address6_of "$name")"
	done
}

number_of() {
	local i
	for i in "${!members[@]}"; do
		[ "${members[i]}" != "$1" ] || echo $((i + 1))
	done
}

address_of() {
	echo "10.9.0.$(number_of "$1")"
}

address6_of() {
	echo "fd09::$(number_of "$1")"
}

# peer NAME WHAT ARGUMENT…
peer() {
	local name=$1
	shift
	in_netns "$name" python3 "$PEER" "$@"
}

# echo_at NAME PORT: an echo server there, until the script ends; it logs into $scratch/echo.NAME.
echo_at() {
	in_netns "$1" python3 "$PEER" serve "$2" >>"$scratch/echo.$1" 2>&1 &
	at_exit "kill $! 2>/dev/null"
	wait_for 10 grep -q READY "$scratch/echo.$1"
}

# outcomes FROM TO: a connection and a datagram, by IPv4 and IPv6.
outcomes() {
	peer "$1" both "$(address_of "$2")" "$(address6_of "$2")"
}

# reached NAME…: who hears whom, by IPv4; the same by IPv6 or it says so.
reached() {
	local name pairs=() pairs6=() four six
	for name in "$@"; do
		pairs+=("$name=$(address_of "$name")")
		pairs6+=("$name=$(address6_of "$name")")
	done
	four=$(python3 "$PEER" reach "${pairs[@]}")
	six=$(python3 "$PEER" reach "${pairs6[@]}")
	[ "$four" = "$six" ] && echo "$four" || echo "IPv4: $four; IPv6: $six"
}

# rules NAME: without counters.
rules() {
	in_netns "$1" nft -s list ruleset
}

has_table() {
	rules "$1" | grep -q 'table inet perturb_'
}

# everything: of all members, to be compared.
everything() {
	local name
	for name in "${members[@]}"; do
		echo "== $name"
		snapshot "$name"
		rules "$name"
	done
}
