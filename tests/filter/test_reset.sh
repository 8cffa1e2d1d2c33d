#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The kind reset: established connections of a target are destroyed, those that are meant and no others,
# seen by programs at both ends of them.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

streams=$ROOT/tests/helpers/streams.py
netns_pair client server
cd "$scratch" || exit 1

ip netns exec server python3 "$streams" serve 10.9.0.2 7001 7002 7003 >served &
ip netns exec server python3 "$streams" serve fd09::2 7001 7002 >served6 &
check 'servers: ready' wait_for 10 grep -q READY served
check 'servers: ready for IPv6' wait_for 10 grep -q READY served6

mkfifo asked
exec 7<>asked

# hold NAME=ADDRESS:PORT…: connections of the client, until release.
hold() {
	: >held
	ip netns exec client python3 "$streams" hold "$@" <asked >held 2>held.err 7>&- &
	holder=$!
	wait_for 10 grep -q READY held || not_ok "connections $*" "$(cat held.err)"
}

release() {
	kill $holder
	wait $holder 2>/dev/null
}

# alive: the names of connections on which answers still come, by two looks at them.
alive() {
	: >counts
	local before
	before=$(grep -c '^\.' held)
	echo >&7
	wait_for 5 sh -c "[ \$(grep -c '^\.' held) -gt $before ]"
	awk -v from="$before" '$1 == "." { block++; next } block >= from && NF == 2 && $2 ~ /^[0-9]+$/ { n[$1] = $2 }
		END { for (name in n) print name, n[name] }' held | sort >counts.1
	before=$(grep -c '^\.' held)
	wait_for 5 sh -c "echo >&7; sleep 0.1; [ \$(grep -c '^\.' held) -gt $before ]"
	awk -v from="$before" '$1 == "." { block++; next } block >= from && NF == 2 && $2 ~ /^[0-9]+$/ { n[$1] = $2 }
		END { for (name in n) print name, n[name] }' held | sort >counts.2
	join counts.1 counts.2 | awk '$3 > $2 { print $1 }' | xargs
}

broken() {
	grep -E '^[a-z0-9]+ (E[A-Z]+|0)$' held | sort | xargs
}

reset() {
	rm -f perturb-*.json
	"$PERTURB" inject reset "$@" --out . --quiet
}

destroyed() {
	jq '[.faults[].evidence.connections] | add' perturb-*.json
}

before=$(snapshot client)

# --- all of the client's: it gets ECONNABORTED, and nothing is left --------------------------------
hold a=10.9.0.2:7001 b=10.9.0.2:7002 c=[fd09::2]:7001
check_equal 'all: they carry data before' 'a b c' "$(alive)"
check 'all: exit status' reset --netns client
check 'all: every one breaks at this end' \
	wait_for 5 sh -c "[ \$(grep -c ECONNABORTED held) = 3 ]"
check_equal 'all: the report has the count' 3 "$(destroyed)"
check_equal 'all: it was effective' true "$(jq '.faults[0].effective' perturb-*.json)"
check_equal 'all: nothing is changed' "$before" "$(snapshot client)"
release

# --- of the server's: the other end gets a reset, listeners stay ----------------------------------
hold a=10.9.0.2:7001
check 'server: exit status' reset --netns server
check 'server: the client gets a reset' wait_for 5 grep -q '^a ECONNRESET' held
release
hold a=10.9.0.2:7001
check_equal 'server: it still listens' a "$(alive)"
release

# --- aimed ----------------------------------------------------------------------------------------
hold a=10.9.0.2:7001 b=10.9.0.2:7002 c=[fd09::2]:7001 d=[fd09::2]:7002
reset --netns client --ports 7001
check 'ports: those of the port break' wait_for 5 sh -c "[ \$(grep -c ECONNABORTED held) = 2 ]"
check_equal 'ports: the others go on without a pause' 'b d' "$(alive)"
check_equal 'ports: no other broke' 'a ECONNABORTED c ECONNABORTED' "$(broken)"
reset --netns client --to fd09::/64
check 'to: that of the network breaks' wait_for 5 grep -q '^d ECONNABORTED' held
check_equal 'to: the other goes on' b "$(alive)"
reset --netns client --family ipv6
check_equal 'nothing to destroy: no effect' 'false 0' "$(jq -r '.faults[0] | "\(.effective) \(.evidence.connections)"' perturb-*.json)"
reset --netns client --except 10.9.0.2
check_equal 'except: it goes on' b "$(alive)"
release
hold a=10.9.0.2:7001 b=10.9.0.2:7002
reset --netns server --local_ports 7002
check 'local ports: that of the port breaks' wait_for 5 grep -q '^b ECONNRESET' held
check_equal 'local ports: the other goes on' a "$(alive)"
release

# --- a share of them ------------------------------------------------------------------------------
many=()
for ((i = 0; i < 60; i++)); do
	many+=("n$i=10.9.0.2:7003")
done
hold "${many[@]}"
reset --netns client --percent 50% --seed 4
# Fewer than 12 or more than 48 of 60 come once in a million runs.
check_between 'percent: about half of 60' 12 48 "$(destroyed)"
first=$(destroyed)
check 'percent: as many break' wait_for 5 sh -c "[ \$(grep -c ECONNABORTED held) = $first ]"
release
hold "${many[@]}"
reset --netns client --percent 50% --seed 4
check_equal 'percent: as many with the same seed' "$first" "$(destroyed)"
release

# --- again and again ------------------------------------------------------------------------------
hold a=10.9.0.2:7001
rm -f perturb-*.json
"$PERTURB" inject reset --netns client --repeat-every 500ms --repeat-times 3 --out . --quiet &
perturb=$!
check 'repeated: the first' wait_for 5 grep -q '^a ECONNABORTED' held
release
hold b=10.9.0.2:7001
check 'repeated: one that was made anew' wait_for 5 grep -q '^b ECONNABORTED' held
release
wait $perturb
check_equal 'repeated: exit status' 0 $?
check_equal 'repeated: each has its row' 3 "$(jq '.faults | length' perturb-*.json)"

# --- a namespace that others share: only what the target's process has open -----------------------
hold a=10.9.0.2:7001
owner=$(pgrep -f "$streams hold a=" | tail -n 1)
ip netns exec client python3 "$streams" hold z=10.9.0.2:7002 <asked >neighbour 2>&1 7>&- &
neighbour=$!
wait_for 10 grep -q READY neighbour
reset --process "$owner"
check 'shared namespace: that of the process breaks' wait_for 5 grep -q '^a ECONNABORTED' held
check_equal "shared namespace: one was destroyed" 1 "$(destroyed)"
check_equal "shared namespace: its neighbour's does not" 0 "$(grep -c ECONN neighbour)"
kill $neighbour
wait $neighbour 2>/dev/null
release

# --- whoever lets people in keeps their connections -------------------------------------------------
: >held
ip netns exec client python3 "$streams" as sshd hold a=10.9.0.2:7001 <asked >held 2>held.err 7>&- &
holder=$!
wait_for 10 grep -q READY held
reset --netns client
check_equal 'sshd: its connection lives' a "$(alive)"
reset --netns client --allow-self
check 'sshd: unless it is permitted' wait_for 5 grep -q '^a ECONNABORTED' held
release

# --- what makes no sense ---------------------------------------------------------------------------
check_equal 'protocol: must be TCP' 2 "$(reset --netns client --protocol udp 2>err; echo $?)"
check_equal 'dscp: is of packets' 2 "$(reset --netns client --dscp 10 2>err; echo $?)"
check_equal 'interface: has no meaning' 2 "$(reset --netns client --interface eth0 2>err; echo $?)"
check_equal 'plan: says the same command' \
	"nsenter --net=/run/netns/client ss --kill --tcp state established '( dst 10.9.0.2/32 ) and ( ( dport ge :7001 and dport le :7001 ) )'" \
	"$(printf 'version: 1\ntitle: t\ntargets: { c: { netns: client } }\nmethod:\n  - reset: { target: c, to: 10.9.0.2, ports: 7001 }\n' >plan.yaml
	"$PERTURB" plan plan.yaml | sed -n 's/^  \(nsenter\)/\1/p')"

finish
