#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The relay engine, every kind, on two network namespaces joined by a veth pair: what arrives at the
# other end, measured by programs that know nothing of perturb, and what is left afterwards.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

out=$scratch/out
probe=$HELPERS/udp_probe

# inject NETNS KIND …: starts perturb in the background and waits until the fault is in place.
inject() {
	local netns=$1
	shift
	rm -rf "$out" "$scratch/log"
	mkdir "$out"
	"$PERTURB" inject "$@" --netns "$netns" --engine relay --out "$out" --no-color \
		>"$scratch/log" 2>&1 &
	perturb=$!
	if ! wait_for 10 grep -q 'injected by relay' "$scratch/log"; then
		not_ok "inject $*" "$(tail -n 3 "$scratch/log")"
		return 1
	fi
}

# finish_inject NAME: ends perturb before its time, and looks at what it left.
finish_inject() {
	kill -INT "$perturb"
	wait "$perturb"
	check_equal "$1: ended by a signal, put back: exit status" 4 $?
}

# evidence KEY: a counter of the report.
evidence() {
	jq ".faults[0].evidence.$1" "$out"/*.json
}

# probes ADDRESS COUNT INTERVAL_US SIZE: datagrams from server to client; lines of arrival in
# $scratch/probes (see udp_probe).
probes() {
	ip netns exec client "$probe" receive 9000 400 >"$scratch/probes" &
	local receiver=$!
	wait_for 5 grep -q READY "$scratch/probes"
	ip netns exec server "$probe" send "$1" 9000 "$2" "$3" "$4"
	wait $receiver
	sed -i 1d "$scratch/probes"
}

# statistics COLUMN: count, mean, standard deviation, minimum, median and maximum of $scratch/probes.
statistics() {
	sort -n -k "$1,$1" "$scratch/probes" | awk -v column="$1" '
		{ value = $column / 1000; list[NR] = value; sum += value; squares += value * value }
		END {
			if (!NR) exit
			mean = sum / NR
			printf "%d %.3f %.3f %.3f %.3f %.3f\n", NR, mean,
				sqrt(squares / NR - mean * mean), list[1], list[int((NR + 1) / 2)], list[NR]
		}'
}

# Added to the round trips, in milliseconds: what ping sees now, less what it saw before.
added() {
	awk "BEGIN { print $1 - $2 }"
}

netns_pair client server
# Nothing but what the tests send: no neighbour discovery, no multicast reports in the middle.
hush() {
	local name
	for name in client server; do
		ip netns exec $name sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
	done
	for name in client server; do
		ip -n $name neighbour flush dev eth0
	done
	ip -n server neighbour replace 10.9.0.1 dev eth0 nud permanent \
		lladdr "$(ip netns exec client cat /sys/class/net/eth0/address)"
	ip -n client neighbour replace 10.9.0.2 dev eth0 nud permanent \
		lladdr "$(ip netns exec server cat /sys/class/net/eth0/address)"
}

# --- latency: 100 ms asked, 100 ms +- 1 ms measured, IPv4 and IPv6 -------------------------------
before=$(snapshot server)
bare=$(ping_median client 10.9.0.2 50)
bare6=$(ping_median client fd09::2 50)
inject server latency --delay 100ms --for 60s
relay=$(pgrep -x perturb-relay)
added4=$(added "$(ping_median client 10.9.0.2 100)" "$bare")
check_between 'latency: the median added to 100 round trips is 100 ms' 99 101 "$added4"
added6=$(added "$(ping_median client fd09::2 100)" "$bare6")
check_between 'latency: the same for IPv6' 99 101 "$added6"
probes fd09::1 500 1000 1400
check_equal 'latency: datagrams by IPv6 arrive whole' 500 "$(grep -c ok "$scratch/probes")"
ip -n server neighbour flush dev eth0
check_between 'latency: address resolution is delayed, not broken' 99 201 \
	"$(added "$(ping_median client 10.9.0.2 5)" "$bare")"

check_equal 'the relay: no capabilities, no way to get any' \
	'CapPrm:0000000000000000 CapEff:0000000000000000 NoNewPrivs:1 ' \
	"$(awk '/^(CapPrm|CapEff|NoNewPrivs)/ { printf "%s%s ", $1, $2 }' "/proc/$relay/status")"
check_equal 'the relay: is nobody' 65534 "$(awk '/^Uid/ { print $3 }' "/proc/$relay/status")"
check_between 'the relay: needs less than 8 MB' 1 8192 \
	"$(awk '/^VmRSS/ { print $2 }' "/proc/$relay/status")"
check 'the relay: keeps no output of ours open' \
	test "$(readlink "/proc/$relay/fd/2")" = /dev/null
finish_inject latency
check_equal 'latency: everything is as it was before' "$before" "$(snapshot server)"
check_between 'latency: and nothing is added afterwards' -0.5 0.5 \
	"$(added "$(ping_median client 10.9.0.2 20)" "$bare")"
check 'latency: the relay ended' wait_for 2 no_perturb_processes
check_between 'latency: the report counted the packets' 700 900 "$(evidence packets)"
check_equal 'latency: nothing was dropped' '0 0' "$(evidence dropped) $(evidence overlimit_drops)"

# --- latency: bulk data arrive whole, at super-packets' speed and in order -----------------------
mkfifo "$scratch/silence"
exec 8<>"$scratch/silence"
# transfer NAME MEGABYTES: from server to client, checked by a digest.
transfer() {
	local sent
	head -c "$2M" /dev/urandom >"$scratch/data"
	sent=$(sha256sum <"$scratch/data")
	# The listener's input must not end before the data do: it would hang up.
	ip netns exec client timeout 60 busybox nc -l -p 9001 <&8 | sha256sum >"$scratch/received" &
	wait_for 5 sh -c "ip netns exec client cat /proc/net/tcp /proc/net/tcp6 | grep -qi :2329"
	ip netns exec server timeout 60 busybox nc 10.9.0.1 9001 <"$scratch/data"
	wait $!
	check_equal "$1: $2 MB by TCP arrive whole" "$sent" "$(<"$scratch/received")"
}
inject server latency --delay 5ms --for 60s
transfer latency 100
finish_inject 'latency of bulk data'
check_between 'latency: bulk data are counted in packets of the wire' 70000 110000 \
	"$(evidence packets)"
inject server latency --delay 5ms --jitter 1ms --for 60s
transfer 'latency with jitter' 3
finish_inject 'latency of bulk data with jitter'

hush
before=$(snapshot server)

# --- latency: the order is kept ------------------------------------------------------------------
inject server latency --delay 20ms --for 60s
probes 10.9.0.1 5000 100 200
check_equal 'latency: 5,000 datagrams arrive in order' 5000 \
	"$(awk '$1 == NR - 1 { count++ } END { print count + 0 }' "$scratch/probes")"
read -r _ _ _ least median _ < <(statistics 2)
check_between 'latency: none arrives early' 20 21 "$least"
check_between 'latency: their median delay' 20 21 "$median"
finish_inject 'latency in order'

# --- latency: jitter and its distributions -------------------------------------------------------
inject server latency --delay 50ms --jitter 20ms --for 60s
probes 10.9.0.1 3000 500 100
read -r count mean deviation least _ _ < <(statistics 2)
check_equal 'jitter: nothing is lost' 3000 "$count"
# 20 / sqrt(3) = 11.55; four standard errors of the mean of 3,000 are 0.84
check_between 'jitter: uniform, its mean' 49.2 51.2 "$mean"
check_between 'jitter: uniform, its standard deviation' 11 12.3 "$deviation"
check_between 'jitter: uniform, its least' 30 31 "$least"
# The largest of all would also tell of a machine that had something else to do for a moment.
check_between 'jitter: uniform, its most, but for one in a hundred' 68.5 71 \
	"$(sort -n -k 2,2 "$scratch/probes" | awk 'NR == 2970 { print $2 / 1000 }')"
check_between 'jitter: packets overtake each other' 500 3000 \
	"$(awk '$1 < last { count++ } { last = $1 } END { print count + 0 }' "$scratch/probes")"
finish_inject jitter
inject server latency --delay 50ms --jitter 10ms --distribution normal --for 60s
probes 10.9.0.1 3000 500 100
read -r _ mean deviation _ _ most < <(statistics 2)
check_between 'jitter: normal, its mean' 49.2 51.2 "$mean"
check_between 'jitter: normal, its standard deviation' 9.4 10.6 "$deviation"
check_between 'jitter: normal, beyond two standard deviations' 75 105 "$most"
finish_inject 'normal jitter'

# --- loss: 10% of 10,000 packets, within the 99.9% interval of the binomial distribution ---------
# 1000 +- 3.29 * sqrt(10000 * 0.1 * 0.9); one sample in a thousand lies outside, so two may be taken.
loss_sample() {
	inject server loss --percent 10% --for 60s
	probes 10.9.0.1 10000 50 100
	lost=$((10000 - $(wc -l <"$scratch/probes")))
	finish_inject loss
}
loss_sample
[ $lost -ge 901 ] && [ $lost -le 1099 ] || loss_sample
check_between 'loss: 10% of 10,000 packets' 901 1099 $lost
check_equal 'loss: the report has what was missed' "$lost 0" \
	"$(evidence dropped) $(evidence overlimit_drops)"
check_equal 'loss: the report has what passed' $((10000 - lost)) "$(evidence packets)"

# --- loss: a seed repeats it ---------------------------------------------------------------------
losses() {
	inject server loss --percent 50% --seed "$1" --for 60s
	probes 10.9.0.1 500 100 100
	finish_inject "loss with seed $1" >"$scratch/status"
	cut -d ' ' -f 1 "$scratch/probes"
}
losses 7 >"$scratch/first"
losses 7 >"$scratch/second"
losses 8 >"$scratch/other"
check 'seed: the same one loses the same packets' cmp "$scratch/first" "$scratch/second"
check 'seed: another one loses others' test -n "$(diff -q "$scratch/first" "$scratch/other")"

# --- loss: in bursts -----------------------------------------------------------------------------
# Into a burst and out of it with certainty: every other packet is lost, beginning with the first.
inject server loss --state.p13 100% --state.p31 100% --for 60s
probes 10.9.0.1 1000 100 100
finish_inject 'loss by states'
check_equal 'loss by states: every other packet of 1,000 arrives' 500 \
	"$(awk '$1 == 2 * NR - 1 { count++ } END { print count + 0 }' "$scratch/probes")"
check_equal 'loss by states: the report has the others' 500 "$(evidence dropped)"
# Bursts of 5 packets with 20 between them: 2,000 of 10,000 +- 4 standard deviations of 113.
inject server loss --gemodel.p 5% --gemodel.r 20% --for 60s
probes 10.9.0.1 10000 50 100
finish_inject 'loss of Gilbert and Elliott'
check_between 'loss of Gilbert and Elliott: a fifth of 10,000 packets' 1548 2452 \
	$((10000 - $(wc -l <"$scratch/probes")))
check_between 'loss of Gilbert and Elliott: about 400 bursts' 310 490 \
	"$(awk '$1 != last + 1 { count++ } { last = $1 } END { print count }' "$scratch/probes")"

# --- loss: packets that are capable of ECN are marked --------------------------------------------
server_pings() {
	ip netns exec server ping -n -q -c 20 -i 0.01 -W 1 "$@" 10.9.0.1 | grep -o '[0-9]* received'
}
inject server loss --percent 100% --ecn true --for 60s
check_equal 'ecn: packets that are capable of it arrive' '20 received' "$(server_pings -Q 2)"
check_equal 'ecn: others do not' '0 received' "$(server_pings)"
finish_inject ecn
check_equal 'ecn: the report has both' '20 20 20' \
	"$(evidence marked) $(evidence dropped) $(evidence packets)"

# --- duplicate -----------------------------------------------------------------------------------
inject server duplicate --percent 10% --for 60s
probes 10.9.0.1 5000 50 100
duplicates=$(($(wc -l <"$scratch/probes") - 5000))
# 500 +- 4 standard deviations of 21
check_between 'duplicate: 10% of 5,000 packets' 415 585 $duplicates
check_equal 'duplicate: all of them twice, none three times' "$duplicates" \
	"$(cut -d ' ' -f 1 "$scratch/probes" | sort | uniq -c | awk '$1 == 2 { n++ } $1 > 2 { n += 1000 } END { print n }')"
finish_inject duplicate
check_equal 'duplicate: the report has as many' $duplicates "$(evidence duplicated)"

# --- corrupt: one flipped bit --------------------------------------------------------------------
inject server corrupt --percent 20% --for 60s
probes 10.9.0.1 5000 50 1000
corrupt=$(grep -c corrupt "$scratch/probes")
# Of 1,042 bytes, 1,000 are the datagram's: 960 +- 4 standard deviations of 28.
check_between 'corrupt: 20% of 5,000 packets have a wrong bit' 850 1070 "$corrupt"
finish_inject corrupt
check_between 'corrupt: the report has as many, and those whose headers were hit' "$corrupt" \
	$((corrupt + 100)) "$(evidence corrupted)"

# --- reorder: a quarter is sent at once, the others wait -----------------------------------------
inject server reorder --percent 25% --delay 20ms --for 60s
probes 10.9.0.1 4000 200 100
early=$(awk '$2 < 10000 { count++ } END { print count + 0 }' "$scratch/probes")
late=$(awk '$2 >= 20000 { count++ } END { print count + 0 }' "$scratch/probes")
# 1000 +- 4 standard deviations of 27
check_between 'reorder: a quarter of 4,000 packets is sent at once' 890 1110 "$early"
check_equal 'reorder: the others wait' 4000 $((early + late))
finish_inject reorder
check_equal 'reorder: the report has as many' "$early" "$(evidence reordered)"

inject server reorder --percent 100% --gap 5 --delay 20ms --for 60s
probes 10.9.0.1 1000 200 100
check_equal 'reorder: with a gap of 5, every fifth packet is sent at once' 200 \
	"$(awk '$2 < 10000 && $1 % 5 == 4 { count++ } END { print count + 0 }' "$scratch/probes")"
finish_inject 'reorder with a gap'

# --- bandwidth: 1,042 bytes of frame at 8 Mbit/s are 1.042 ms apart -------------------------------
# The first 10,000 bytes pass at once.
inject server bandwidth --rate 8mbit --latency 2s --for 60s
probes 10.9.0.1 800 0 1000
read -r count _ _ _ _ last < <(statistics 3)
check_equal 'bandwidth: nothing is lost' 800 "$count"
check_between 'bandwidth: 800 packets take 823.6 ms' 818 840 "$last"
finish_inject bandwidth

# --- what somebody else has put there ------------------------------------------------------------
# refused NAME PATTERN: inject refuses with a reason, and touches nothing.
refused() {
	local text before
	before=$(snapshot server)
	text=$("$PERTURB" inject latency --delay 1ms --netns server --engine relay --for 1s 2>&1)
	check_equal "$1: refused" 3 $?
	check "$1: the reason names it" grep -q "$2" <<<"$text"
	check_equal "$1: untouched" "$before" "$(snapshot server)"
}
on_server() {
	ip netns exec server "$@"
}

# kept NAME: what is there does no harm, and none comes to it.
kept() {
	local users
	users=$(snapshot server)
	inject server latency --delay 20ms --for 60s
	check_between "$1: the fault is in force" 19 23 "$(ping_median client 10.9.0.2 20)"
	finish_inject "$1"
	check_equal "$1: kept" "$users" "$(snapshot server)"
}
match_all='u32 match u32 0 0'
on_server tc qdisc add dev eth0 root handle 5: tbf rate 100mbit burst 20k latency 50ms
kept "a user's queueing discipline"
on_server tc qdisc delete dev eth0 root
on_server tc qdisc add dev eth0 ingress
refused "a user's ingress qdisc" 'ingress qdisc'
on_server tc qdisc delete dev eth0 ingress
on_server tc qdisc add dev eth0 clsact
on_server ip link add other type veth peer name other-peer
# shellcheck disable=SC2086 # words
on_server tc filter add dev eth0 egress protocol all prio 7 $match_all action mirred egress mirror dev other
kept "a user's egress filter"
on_server tc filter delete dev eth0 egress
# shellcheck disable=SC2086
on_server tc filter add dev eth0 ingress protocol all prio 7 $match_all action mirred egress mirror dev other
users=$(snapshot server)
inject server latency --delay 20ms --for 60s
check_between "a user's ingress filter: does no harm" 19 21.5 "$(ping_median client 10.9.0.2 20)"
finish_inject "a user's ingress filter"
check_equal "a user's ingress filter: kept, with its qdisc" "$users" "$(snapshot server)"
on_server tc qdisc delete dev eth0 clsact

inject server latency --delay 20ms --for 60s
# shellcheck disable=SC2086
on_server tc filter add dev eth0 ingress protocol all prio 7 $match_all action mirred egress mirror dev other
# shellcheck disable=SC2086
on_server tc filter add dev eth0 egress protocol all prio 1 $match_all action mirred egress mirror dev other
finish_inject 'filters that came later'
check_equal 'filters that came later: kept, without ours' '1 1 0' \
	"$(on_server tc filter show dev eth0 ingress | grep -c mirred) $(
		on_server tc filter show dev eth0 egress | grep -c mirred) $(
		on_server tc filter show dev eth0 egress | grep -c cookie)"
on_server tc qdisc delete dev eth0 clsact
on_server ip link delete other
check_equal 'all of that is gone' "$before" "$(snapshot server)"

# --- many at once: one relay ---------------------------------------------------------------------
for i in 1 2 3; do
	netns_new "near-$i"
	netns_new "far-$i"
	ip -n "near-$i" link add eth0 type veth peer name eth0 netns "far-$i"
	ip -n "near-$i" address add 10.8.0.1/24 dev eth0
	ip -n "far-$i" address add 10.8.0.2/24 dev eth0
	ip -n "near-$i" link set eth0 up
	ip -n "far-$i" link set eth0 up
done
inject 'near-*' latency --delay 30ms --for 60s
wait_for 5 test "$(grep -c 'injected by relay' "$scratch/log")" = 3
for i in 1 2 3; do
	check_between "three namespaces: the delay of number $i" 29 32 \
		"$(ping_median "far-$i" 10.8.0.1 20)"
done
check_equal 'three namespaces: one relay' 1 "$(pgrep -c -x perturb-relay)"
finish_inject 'three namespaces'
check 'three namespaces: no TAP is left' test -z "$(ip -n near-1 -o link show | grep ptb)"

# --- death of the relay, of the main process, of everybody ---------------------------------------
is_as_before() {
	[ "$(snapshot server)" = "$before" ]
}
inject server loss --percent 100% --for 60s
kill -KILL "$(pgrep -x perturb-relay)"
check 'SIGKILL of the relay: put back' wait_for 1 is_as_before
check 'SIGKILL of the relay: traffic flows' \
	ip netns exec client ping -q -c 3 -i 0.02 -W 1 10.9.0.2
wait "$perturb"
check_equal 'SIGKILL of the relay: exit status' 4 $?
check 'SIGKILL of the relay: the reason' grep -q 'relay process died' "$scratch/log"

inject server loss --percent 100% --for 60s
kill -KILL "$perturb"
wait "$perturb" 2>/dev/null
check 'SIGKILL of the main process: put back' wait_for 1 is_as_before
check 'SIGKILL of the main process: nothing runs on' wait_for 2 no_perturb_processes
check 'SIGKILL of the main process: no journal is left' wait_for 2 no_journals

# Nobody is left to take the redirect away: packets must pass all the same.
inject server loss --percent 100% --for 60s
kill -KILL "$(pgrep -x perturb-custod)" "$perturb"
wait "$perturb" 2>/dev/null
check 'SIGKILL of main process and custodian: traffic flows' \
	wait_for 1 ip netns exec client ping -q -c 3 -i 0.02 -W 1 10.9.0.2
check_between 'SIGKILL of main process and custodian: without delay or loss' 0 1 \
	"$(ping_median client 10.9.0.2 20)"
ip -n server link delete eth0
check 'SIGKILL of main process and custodian: the relay ends with the interface' \
	wait_for 2 no_perturb_processes
finish
