#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The netem engine, every kind, on network namespaces: effects measured by ping and the kernel's own
# counters from the other end of the wire. Runs in the user-mode kernel (run.sh), where a process
# takes a tenth of a second to start: hence few processes, and bash's own words where they do.
set -u
. "$(dirname "$0")/../lib.sh"

out=$scratch/out

# Silent ends: no IPv6, no ARP during a measurement, so that every packet is one of ours.
quiet_pair() {
	local name
	ip -batch - <<-'END'
		netns add client
		netns add server
		link add c0 netns client type veth peer name s0 netns server
	END
	at_exit 'ip netns delete client; ip netns delete server'
	for name in client server; do
		ip netns exec "$name" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6' \
			2>/dev/null
	done
	ip -n client -batch - <<-'END'
		link set c0 name eth0 address 02:00:00:00:00:01
		link set lo up
		link set eth0 up
		address add 10.9.0.1/24 dev eth0
		neighbour replace 10.9.0.2 lladdr 02:00:00:00:00:02 nud permanent dev eth0
	END
	ip -n server -batch - <<-'END'
		link set s0 name eth0 address 02:00:00:00:00:02
		link set lo up
		link set eth0 up
		address add 10.9.0.2/24 dev eth0
		neighbour replace 10.9.0.1 lladdr 02:00:00:00:00:01 nud permanent dev eth0
	END
}

qdisc() {
	tc -n server qdisc show dev eth0
}

is_injected() {
	[[ $(qdisc) == *' 7065: root '* ]]
}

# inject KIND …: starts perturb in the background and waits until the fault is in place. It stays
# until "ended": a time that a busy machine may overrun would make the measurements doubtful.
inject() {
	"$PERTURB" inject "$@" --netns server --for 10m --out "$out" >"$scratch/log" 2>&1 &
	perturb=$!
	if ! wait_for 20 is_injected; then
		not_ok "inject $*" "no queueing discipline: $(tail -n 3 "$scratch/log")"
		return 1
	fi
}

# ended NAME: interrupts perturb; its exit status, and the interface as it was.
ended() {
	kill -INT "$perturb"
	wait "$perturb"
	check_equal "$1: exit status" 4 $?
	check_equal "$1: the default queueing discipline is back" "$default" "$(qdisc)"
}

# counter NAME: the kernel's figure for the queueing discipline, by tc.
read_counters() {
	local text
	text=$(tc -n server -s qdisc show dev eth0)
	[[ $text =~ Sent\ ([0-9]+)\ bytes\ ([0-9]+)\ pkt\ \(dropped\ ([0-9]+) ]]
	sent_bytes=${BASH_REMATCH[1]} sent_packets=${BASH_REMATCH[2]} dropped=${BASH_REMATCH[3]}
}

# evidence KEY: that figure in the newest report, which is then the only one.
evidence() {
	local report
	report=$(<"$(echo "$out"/*.json)")
	report=${report#*'"evidence"'}
	[[ $report =~ \"$1\":[[:space:]]*([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# check_evidence NAME: the report has the counters that tc showed.
check_evidence() {
	check_equal "$1: the report's packets, bytes and drops are those that tc showed" \
		"$sent_packets $sent_bytes $dropped" \
		"$(evidence packets) $(evidence bytes) $(($(evidence dropped) + $(evidence overlimit_drops)))"
}

client_ping() {
	ip netns exec client ping -n "$@" 10.9.0.2
}

# The N of "N received".
received() {
	[[ $1 =~ ([0-9]+)\ received ]] && echo "${BASH_REMATCH[1]}"
}

# new_report: reports of earlier cases out of the way.
new_report() {
	rm -rf "$out"
	mkdir "$out"
}

quiet_pair
default=$(qdisc)
check_equal 'the kernel put its own default there' 'qdisc noqueue 0: root refcnt 2 ' "$default"

# --- latency: 100 ms asked, 100 ms +- 2 ms measured ---------------------------------------------
new_report
before=$(ping_median client 10.9.0.2 50)
inject latency --delay 100ms
during=$(ping_median client 10.9.0.2 50)
check_between 'latency: the median added to 50 round trips is 100 ms' 98 102 \
	"$(awk "BEGIN { print $during - $before }")"
read_counters
ended latency
check_evidence latency
check_equal 'latency: nothing was dropped' 0 "$dropped"
after=$(ping_median client 10.9.0.2 20)
check_between 'latency: and nothing is added afterwards' -5 5 \
	"$(awk "BEGIN { print $after - $before }")"

# --- the end of its time --------------------------------------------------------------------------
begin=$(now_ms)
"$PERTURB" inject latency --delay 10ms --netns server --for 2s >"$scratch/log" 2>&1
check_equal 'a fault whose time is over: exit status' 0 $?
check_equal 'a fault whose time is over: the default is back' "$default" "$(qdisc)"
check_between 'a fault whose time is over: not earlier' 2000 10000 $(($(now_ms) - begin))

# --- latency: the queue is long enough for the delay --------------------------------------------
# 3,000 packets at once, and each waits a second: tc's default limit of 1,000 would drop 2,000.
new_report
inject latency --delay 1s
client_ping -q -l 3000 -c 3000 -W 2 >/dev/null
read_counters
check_equal 'latency: a burst of 3,000 packets passes without a drop' '3000 0' \
	"$sent_packets $dropped"
ended 'latency of a burst'

# --- loss: 10% of 10,000 packets, within the 99.9% interval of the binomial distribution ---------
# 1000 +- 3.29 * sqrt(10000 * 0.1 * 0.9); one sample in a thousand lies outside, so two may be taken.
loss_sample() {
	new_report
	inject loss --percent 10%
	lost=$((10000 - $(received "$(client_ping -q -c 10000 -i 0.001 -W 1)")))
	read_counters
	ended loss
}
loss_sample
[ $lost -ge 901 ] && [ $lost -le 1099 ] || loss_sample
check_between 'loss: 10% of 10,000 packets' 901 1099 $lost
check_equal 'loss: the kernel dropped what ping missed' $lost "$dropped"
check_evidence loss
check_equal 'loss: every drop was asked for' "$dropped" "$(evidence dropped)"

# --- loss: in bursts, and packets that are capable of ECN ----------------------------------------
# Into a burst and out of it with certainty: every other packet is lost.
new_report
inject loss --state.p13 100% --state.p31 100%
check_equal 'loss by states: every other packet of 100 arrives' 50 \
	"$(received "$(client_ping -q -c 100 -i 0.005 -W 1)")"
read_counters
ended 'loss by states'
check_evidence 'loss by states'
new_report
inject loss --percent 100% --ecn true
check_equal 'ecn: packets that are capable of it arrive' 20 \
	"$(received "$(client_ping -q -c 20 -i 0.01 -W 1 -Q 2)")"
check_equal 'ecn: others do not' 0 "$(received "$(client_ping -q -c 20 -i 0.01 -W 1)")"
read_counters
ended ecn
check_evidence ecn

# --- duplicate -----------------------------------------------------------------------------------
new_report
inject duplicate --percent 50%
text=$(client_ping -q -c 200 -i 0.005)
[[ $text =~ \+([0-9]+)\ duplicates ]]
# 100 +- 4 standard deviations of 7.1
check_between 'duplicate: 50% of 200 packets' 72 128 "${BASH_REMATCH[1]:-}"
read_counters
ended duplicate
check_evidence duplicate

# --- corrupt: one flipped bit, so a checksum is wrong at the other end ---------------------------
checksum_errors() {
	local line header=
	while read -r line; do
		case $line in
		Icmp:*[A-Z]*InCsumErrors*) header=1 ;;
		Icmp:*) set -- $line; [ -n "$header" ] && echo "$4" && return ;;
		esac
	done < <(ip netns exec client cat /proc/net/snmp)
}
new_report
errors=$(checksum_errors)
inject corrupt --percent 100%
# So short that ping does not put the time into it: a wrong one would make it wait for years.
client_ping -q -c 200 -i 0.005 -W 1 -s 8 >/dev/null
# The flipped bit is in one of 50 bytes, 16 of them ICMP: 64 +- 4 standard deviations of 6.6.
check_between 'corrupt: wrong ICMP checksums arrive for a third of 200 packets' 38 90 \
	$(($(checksum_errors) - errors))
read_counters
ended corrupt
check_evidence corrupt

# --- reorder: half overtake, the others wait -----------------------------------------------------
new_report
inject reorder --percent 50% --delay 100ms
client_ping -c 100 -i 0.01 >"$scratch/ping"
awk '/time=/ {
	match($0, /icmp_seq=[0-9]+/); sequence = substr($0, RSTART + 9, RLENGTH - 9) + 0
	match($0, /time=[0-9.]+/); time = substr($0, RSTART + 5, RLENGTH - 5) + 0
	if (time < 50) early++
	if (time >= 100) late++
	if (sequence < last) overtaken++
	last = sequence
} END { print early + 0, late + 0, overtaken + 0 }' "$scratch/ping" >"$scratch/counts"
read -r early late overtaken <"$scratch/counts"
# 50 +- 4 standard deviations of 5
check_between 'reorder: half of 100 packets are sent at once' 30 70 "$early"
check_between 'reorder: the others wait' 30 70 "$late"
check_between 'reorder: packets arrive behind later ones' 10 100 "$overtaken"
ended reorder

# --- bandwidth: a megabit a second by TCP --------------------------------------------------------
new_report
inject bandwidth --rate 1mbit
head -c 250000 /dev/zero | ip netns exec server busybox nc -l -p 9000 &
listener=$!
listening() {
	[[ $(ip netns exec server cat /proc/net/tcp) == *:2328\ * ]]
}
wait_for 10 listening
begin=$(now_ms)
bytes=$(ip netns exec client bash -c 'wc -c </dev/tcp/10.9.0.2/9000')
elapsed=$(($(now_ms) - begin))
check_equal 'bandwidth: all bytes arrive' 250000 "$bytes"
# 250,000 bytes in segments of 1,448 are 2.09 Mbit on the wire; starting wc counts, too.
check_between 'bandwidth: 250,000 bytes at 1 Mbit/s take 2.1 s' 1900 3100 $elapsed
wait $listener
read_counters
ended bandwidth
check_evidence bandwidth

# --- network: everything together, and a full queue told apart from the loss ---------------------
new_report
cat >"$scratch/network.yaml" <<'END'
version: 1
title: all at once
targets:
  server: { netns: server }
method:
  - network:
      target: server
      latency: { delay: 20ms, jitter: 5ms, correlation: 25%, distribution: normal }
      loss: { percent: 10% }
      duplicate: { percent: 1% }
      corrupt: { percent: 1% }
      reorder: { percent: 5%, gap: 3 }
      bandwidth: { rate: 100kbit }
    for: 10m
END
"$PERTURB" run --out "$out" "$scratch/network.yaml" >"$scratch/log" 2>&1 &
perturb=$!
wait_for 20 is_injected
text=$(qdisc)
for part in 'delay 20ms  5ms 25%' 'loss 10%' 'duplicate 1%' 'corrupt 1%' 'reorder 5%' 'gap 3' \
	'rate 100Kbit'; do
	check "network: tc shows $part" test "${text/"$part"/}" != "$text"
done
# Nobody can send 3,000 packets at 100 kbit/s: the queue overflows, which is not the loss asked for.
client_ping -q -l 3000 -c 3000 -W 1 >/dev/null
read_counters
ended network
asked=$(evidence dropped) overlimit=$(evidence overlimit_drops)
check_between 'network: of 3,000 packets, the loss takes 10%' 235 365 "$asked"
check_between 'network: drops of a full queue are reported apart' 500 2500 "$overlimit"
check "network: the report accounts for every drop that tc showed" \
	test $((asked + overlimit)) -ge "$dropped"

# --- the main process dies -----------------------------------------------------------------------
is_default() {
	[ "$(qdisc)" = "$default" ]
}
inject latency --delay 100ms
kill -KILL "$perturb"
wait "$perturb" 2>/dev/null
check 'SIGKILL of the main process: put back' wait_for 1 is_default
check 'SIGKILL of the main process: no journal is left' wait_for 2 no_journals

# --- a namespace that goes away in the middle ----------------------------------------------------
ip netns add short
ip -n short link add eth0 type dummy
ip -n short link set eth0 up
"$PERTURB" inject latency --delay 10ms --for 10m --netns short >"$scratch/log" 2>&1 &
perturb=$!
short_injected() {
	[[ $(tc -n short qdisc show dev eth0) == *7065:* ]]
}
wait_for 20 short_injected
ip -n short link delete eth0
ip netns delete short
kill -INT $perturb
wait $perturb
check_equal 'a namespace that goes away: nothing is left to put back' 4 $?
check 'a namespace that goes away: no journal is left' wait_for 2 no_journals
finish
