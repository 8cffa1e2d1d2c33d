#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A partition cuts exactly those off from each other who were named, by TCP and UDP, IPv4 and IPv6, in
# silence or with refusals, while a third one notices nothing; connections go on after it; nothing of
# it is left, whoever is killed, and the rules that were there before are as they were.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/bridge.sh"
isolate "$@"
cd "$scratch" || exit 1

bridge_new a b c d e || exit 1
for name in a b c; do
	echo_at $name 8000 || exit 1
done
# What the user has in the packet filter, before and after ours.
in_netns a nft -f - <<'END'
table ip mine {
	chain in { type filter hook input priority -310; policy accept; ip saddr 203.0.113.1 drop; }
	chain out { type filter hook output priority 5; tcp dport 1 counter; }
}
table inet perturb_mine {
	set s { type ipv4_addr; elements = { 10.9.0.2 }; }
}
END
in_netns b iptables -A INPUT -s 203.0.113.2 -j DROP
before=$(everything)

# experiment NAME STEP…: with targets a to d, and all.
experiment() {
	local file=$1.yaml
	{
		echo "version: 1"
		echo "title: $1"
		echo "targets: { a: { netns: a }, b: { netns: b }, c: { netns: c }, all: { netns: '[a-e]' } }"
		echo "method:"
		printf '  - %s\n' "${@:2}"
	} >"$file"
}

# start NAME STEP…: runs it in the background, until its rules are in the namespace b.
start() {
	experiment "$@"
	mkdir "$1"
	"$PERTURB" run "$1.yaml" --seed 7 --out "$1" >"$1.out" 2>&1 &
	perturb=$!
	wait_for 10 has_table b || not_ok "$1: it is injected" "$(cat "$1.out")"
}

# over NAME: ended well, and everything is as before.
over() {
	wait $perturb
	check_equal "$1: exit status" 0 $? || sed 's/^/  | /' "$1.out"
	check_equal "$1: everything is as before" "$before" "$(everything)"
	check "$1: no process of perturb is left" wait_for 2 no_perturb_processes
	check "$1: no journal is left" no_journals
}

report() {
	jq -c "$2" "$1"/*.json
}

# converse NAME FROM TO: a connection that lives on; say SECONDS sends over it.
converse() {
	mkfifo "$1.in"
	in_netns "$2" python3 "$PEER" talk "$(address_of "$3")" 8000 <"$1.in" >"$1.said" 2>&1 &
	at_exit "kill $! 2>/dev/null"
	eval "exec $4>$1.in"
	wait_for 5 grep -q connected "$1.said"
	said=$1.said
	talking=$4
}

said_more_than() {
	[ "$(wc -l <"$said")" -gt "$1" ]
}

# say SECONDS: what became of the next message.
say() {
	local lines
	lines=$(wc -l <"$said")
	echo "$1" >&"$talking"
	wait_for 20 said_more_than "$lines"
	tail -n 1 "$said"
}

all_well='connected answered connected answered'
silent='silence silence silence silence'
refused='refused refused refused refused'

check_equal 'before: a reaches b' "$all_well" "$(outcomes a b)"
check_equal 'before: b reaches a' "$all_well" "$(outcomes b a)"
calm=$(ping_median c "$(address_of a)" 25)

# --- both ways -----------------------------------------------------------------------------------
converse kept a b 7
check_equal 'both: a connection before' echoed "$(say 1)"
start both '{ partition: { between: [a, b] }, for: 4s }'
check_equal 'both: a does not reach b' "$silent" "$(outcomes a b)"
check_equal 'both: b does not reach a' "$silent" "$(outcomes b a)"
check_equal 'both: a reaches c' "$all_well" "$(outcomes a c)"
check_equal 'both: c reaches b' "$all_well" "$(outcomes c b)"
check_equal 'both: a connection is silent' silence "$(say 0.3)"
in_netns c ping -n -i 0.02 -c 25 -W 1 "$(address_of a)" >ping.log
check 'both: c loses nothing' grep -q ' 0% packet loss' ping.log
median=$(sed -n 's/.*time=\([0-9.]*\) ms.*/\1/p' ping.log | sort -n | sed -n 13p)
check_between 'both: c is not slower' 0 0.2 "$(awk -v a="$median" -v b="$calm" 'BEGIN { print (a > b ? a - b : 0) }')"
check 'both: what the user has is still there' in_netns a nft list table ip mine
over both
check_equal 'both: the connection goes on' echoed "$(say 15)"
check_equal 'both: a reaches b again' "$all_well" "$(outcomes a b)"
check_equal 'both: the report has the proof' '[["nftables","nftables",true,true],["nftables","nftables",true,true]]' \
	"$(report both '[.faults[] | [.engine, .evidence.source, .evidence.dropped > 0, .effective]]')"

# --- one way -------------------------------------------------------------------------------------
start one '{ partition: { between: [a, b], way: one }, for: 3s }'
: >echo.a
: >echo.b
check_equal 'one: nothing of a gets an answer' 'silence silence silence silence' "$(outcomes a b)"
peer b udp "$(address_of a)" 8000 >/dev/null
peer b udp "$(address6_of a)" 8000 >/dev/null
check_equal 'one: b did not hear a' '' "$(cat echo.b)"
check_equal 'one: but a heard b' "udp 10.9.0.2 udp fd09::2" "$(sort -u echo.a | tr '\n' ' ' | sed 's/ $//')"
check_equal 'one: nothing in the network of a' '' "$(in_netns a nft list tables | grep 'perturb_[0-9a-f]\{8\}')"
over one

# --- refusals ------------------------------------------------------------------------------------
converse reset a b 8
check_equal 'reject: a connection before' echoed "$(say 1)"
start reject '{ partition: { between: [a, b], by: reject }, for: 3s }'
check_equal 'reject: a is refused by b' "$refused" "$(outcomes a b)"
check_equal 'reject: b is refused by a' "$refused" "$(outcomes b a)"
check_equal 'reject: c is not' "$all_well" "$(outcomes c b)"
check_equal 'reject: the connection is reset' reset "$(say 3)"
over reject

# --- alone ---------------------------------------------------------------------------------------
start alone '{ partition: { target: b }, for: 2s }'
check_equal 'alone: b reaches nobody, nobody b' 'a>c c>a' "$(reached a b c)"
check_equal 'alone: b reaches itself' connected "$(peer b tcp 127.0.0.1 8000)"
over alone
start alone-reject '{ partition: { target: b, by: reject }, for: 2s }'
check_equal 'alone, reject: b is refused' 'refused forbidden refused forbidden' "$(outcomes b a)"
check_equal 'alone, reject: a is refused' "$refused" "$(outcomes a b)"
over alone-reject

# --- splits --------------------------------------------------------------------------------------
start ring '{ partition: { target: all, split: ring }, for: 2s }'
check_equal 'ring: each hears its neighbours' 'a>b a>e b>a b>c c>b c>d d>c d>e e>a e>d' \
	"$(reached a b c d e)"
over ring
start isolate '{ partition: { target: all, split: isolate }, for: 2s }'
check_equal 'isolate: nobody hears anybody' '' "$(reached a b c d e)"
over isolate
start halves '{ partition: { target: all, split: halves }, for: 2s }'
heard=$(reached a b c d e)
over halves
# Three hear two each, two hear one each.
check_equal 'halves: one of three, one of two' 8 "$(wc -w <<<"$heard")"
check_equal 'halves: who hears is heard' "$(tr ' ' '\n' <<<"$heard" | sort)" \
	"$(tr ' ' '\n' <<<"$heard" | sed 's/\(.\)>\(.\)/\2>\1/' | sort)"
start halves-again '{ partition: { target: all, split: halves }, for: 2s }'
check_equal 'halves: the same seed, the same halves' "$heard" "$(reached a b c d e)"
over halves-again

# --- beside others -------------------------------------------------------------------------------
start beside '{ partition: { between: [a, b] }, for: 3s }' \
	'{ partition: { between: [b, c], by: reject }, for: 3s }' '{ latency: { target: b, delay: 1ms }, for: 3s }'
check_equal 'beside: two partitions' 'silence refused' \
	"$(peer a udp "$(address_of b)" 8000) $(peer c udp "$(address_of b)" 8000)"
over beside

# --- killed --------------------------------------------------------------------------------------
restored() {
	no_perturb_processes && no_journals && [ "$(everything)" = "$before" ]
}

start main '{ partition: { between: [a, b] }, for: 30s }'
kill -KILL $perturb
check 'the main process is killed: everything is as before' wait_for 2 restored
wait $perturb 2>/dev/null

# custodian: the process that owns the tables.
custodian() {
	pgrep -x perturb-custod
}

start custodian '{ partition: { between: [a, b] }, for: 30s }'
kill -KILL "$(custodian)"
wait $perturb
check_equal 'the custodian is killed: the run is aborted' 4 $?
check 'the custodian is killed: everything is as before' wait_for 2 restored

start all '{ partition: { between: [a, b] }, for: 30s }'
massacre
wait $perturb 2>/dev/null
check_equal 'all are killed: the kernel has put everything back' "$before" "$(everything)"
check 'all are killed: what is left is a journal' test -n "$(ls /run/perturb)"
check 'all are killed: recover' "$PERTURB" recover
check 'all are killed: recover leaves nothing' restored

# --- plan ----------------------------------------------------------------------------------------
experiment plan '{ partition: { between: [a, b], by: reject }, for: 3s }'
"$PERTURB" plan plan.yaml >plan.out
check_equal 'plan: changes nothing' "$before" "$(everything)"
grep -o 'nsenter .*' plan.out >commands
check_equal 'plan: a command for each' 2 "$(wc -l <commands)"
while read -r command; do
	check 'plan: nft takes the command' sh -c "$command"
done <commands
check_equal 'plan: which does the same' "$refused" "$(outcomes a b)"
for name in a b; do
	in_netns $name nft delete table inet perturb
done

# --- inject --------------------------------------------------------------------------------------
"$PERTURB" inject partition --netns a --peer b --for 2s >inject.out 2>&1 &
perturb=$!
wait_for 10 has_table b
check_equal 'inject: a does not reach b' silence "$(peer a udp "$(address_of b)" 8000)"
wait $perturb
check_equal 'inject: exit status' 0 $?

# --- refused -------------------------------------------------------------------------------------
# refused_with NAME MESSAGE STEP
refused_with() {
	experiment refused "$3"
	"$PERTURB" run refused.yaml --out . >refused.out 2>&1
	check_equal "$1: exit status" 3 $?
	check "$1: says why" grep -q "$2" refused.out
}

touch /run/netns/same
mount --bind /run/netns/a /run/netns/same
refused_with 'a ring of two' 'needs at least 4' '{ partition: { target: a, split: ring }, for: 1s }'
cat >same.yaml <<'END'
version: 1
title: same
targets: { a: { netns: a }, b: { netns: same } }
method: [ { partition: { between: [a, b] }, for: 1s } ]
END
"$PERTURB" run same.yaml --out . >same.out 2>&1
check_equal 'one namespace under two names: exit status' 3 $?
check 'one namespace under two names: says why' grep -q 'same network namespace' same.out
umount /run/netns/same
rm -f /run/netns/same
check_equal 'refused: everything is as before' "$before" "$(everything)"
finish
