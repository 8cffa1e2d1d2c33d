#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# New connections to a port are refused, all or beyond a number; those that are there live on, other
# ports are open, and nothing is left.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/bridge.sh"
isolate "$@"
cd "$scratch" || exit 1

bridge_new client api || exit 1
echo_at api 8000 || exit 1
in_netns api python3 "$PEER" serve 8001 >other 2>&1 &
at_exit "kill $! 2>/dev/null"
wait_for 10 grep -q READY other
address=$(address_of api)
address6=$(address6_of api)
before=$(everything)

# No connection is on its way out: the kernel would take its last segment for one that is there.
settled() {
	local name
	for name in client api; do
		[ -z "$(in_netns $name ss -Htn state fin-wait-1 state fin-wait-2 state close-wait state last-ack \
			state closing)" ] || return 1
	done
}

# start NAME OPTION…
start() {
	out=$1
	shift
	mkdir "$out"
	wait_for 5 settled
	"$PERTURB" inject port --netns api --port 8000 "$@" --out "$out" >"$out.out" 2>&1 &
	perturb=$!
	wait_for 10 has_table api || not_ok "$out: it is injected" "$(cat "$out.out")"
}

over() {
	wait $perturb
	check_equal "$out: exit status" 0 $? || sed 's/^/  | /' "$out.out"
	check_equal "$out: everything is as before" "$before" "$(everything)"
	check_equal "$out: connections are taken again" connected "$(peer client tcp "$address" 8000)"
}

# hold N ADDRESS: a connection number N that lives on; each line of it is a message.
hold() {
	mkfifo "in.$1"
	# Not by in_netns: $! is to be the program itself.
	nsenter --net=/run/netns/client -- python3 "$PEER" talk "$2" 8000 <"in.$1" >"said.$1" 2>&1 &
	eval "held_$1=\$!"
	at_exit "kill $! 2>/dev/null"
	eval "exec $(($1 + 10))>in.$1"
	wait_for 5 grep -q . "said.$1"
}

# says N: what becomes of a message over it.
says() {
	local lines
	lines=$(wc -l <"said.$1")
	echo 2 >&$(($1 + 10))
	wait_for 5 eval "[ \$(wc -l <said.$1) -gt $lines ]"
	tail -n 1 "said.$1"
}

drop_connection() {
	eval "kill \$held_$1; wait \$held_$1 2>/dev/null"
}

hold 1 "$address"
check_equal 'before: a connection' echoed "$(says 1)"

start refuse --refuse true --for 2s
check_equal 'refuse: as if nobody listened' refused "$(peer client tcp "$address" 8000)"
check_equal 'refuse: nor by IPv6' refused "$(peer client tcp "$address6" 8000)"
check_equal 'refuse: the connection lives on' echoed "$(says 1)"
check_equal 'refuse: another port is open' connected "$(peer client tcp "$address" 8001)"
check_equal 'refuse: so is UDP' answered "$(peer client udp "$address" 8000)"
check_equal 'refuse: so is the loopback interface' connected "$(peer api tcp 127.0.0.1 8000)"
over
check_equal 'refuse: the report has the proof' '["nftables","nftables",2,true]' \
	"$(jq -c '.faults[0] | [.engine, .evidence.source, .evidence.dropped, .effective]' refuse/*.json)"

start silent --refuse true --by drop --for 2s
check_equal 'drop: silence' silence "$(peer client tcp "$address" 8000)"
check_equal 'drop: the connection lives on' echoed "$(says 1)"
over

start limit --max_connections 3 --for 8s
check_equal 'limit: the connection lives on, and counts' echoed "$(says 1)"
hold 2 "$address"
hold 3 "$address6"
check_equal 'limit: a second' echoed "$(says 2)"
check_equal 'limit: a third' echoed "$(says 3)"
check_equal 'limit: no fourth' refused "$(peer client tcp "$address" 8000)"
check_equal 'limit: nor by IPv6' refused "$(peer client tcp "$address6" 8000)"
check_equal 'limit: the others live on' 'echoed echoed echoed' "$(says 1) $(says 2) $(says 3)"
drop_connection 2
# The kernel notices the end when both sides have closed.
takes_one() {
	[ "$(peer client tcp "$address" 8000)" = connected ]
}
check 'limit: one has ended, another comes' wait_for 3 takes_one
over
check_equal 'limit: the connections live on' 'echoed echoed' "$(says 1) $(says 3)"

# --- slow to accept: the handshake waits, and nothing else does -----------------------------------
# took ADDRESS PORT: milliseconds to connect, and of an echo afterwards.
took() {
	in_netns client python3 -c '
import socket, sys, time
begin = time.monotonic()
peer = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
connected = time.monotonic()
peer.sendall(b"x\n")
peer.recv(10)
print(int((connected - begin) * 1000), int((time.monotonic() - connected) * 1000))' "$1" "$2"
}
out=slow
mkdir $out
"$PERTURB" inject port --netns api --port 8000 --accept_delay 400ms --for 3s \
	--out $out --no-color >$out.out 2>&1 &
perturb=$!
wait_for 10 grep -q 'injected by' $out.out || not_ok "$out: it is injected" "$(cat $out.out)"
read -r slow quick <<<"$(took "$address" 8000)"
check_between "$out: connecting takes so much longer, ms" 400 550 "$slow"
check_between "$out: what follows does not, ms" 0 150 "$quick"
read -r slow quick <<<"$(took "$address6" 8000)"
check_between "$out: the same by IPv6, ms" 400 550 "$slow"
read -r slow quick <<<"$(took "$address" 8001)"
check_between "$out: another port is as quick as ever, ms" 0 150 "$slow"
check_equal "$out: a connection from before lives on" echoed "$(says 1)"
over
check_equal "$out: it was effective" true "$(jq '.faults[0].effective' $out/*.json)"

check_equal 'both at once: exit status' 2 \
	"$("$PERTURB" inject port --netns api --port 80 --refuse true --max_connections 1 --for 1s >both 2>&1; echo $?)"
check 'both at once: says why' grep -q 'excludes' both
check_equal 'neither: exit status' 2 "$("$PERTURB" inject port --netns api --port 80 --for 1s >neither 2>&1; echo $?)"
check_equal 'refuse false: exit status' 2 \
	"$("$PERTURB" inject port --netns api --port 80 --refuse false --for 1s >false 2>&1; echo $?)"

"$PERTURB" inject port --netns api --port 8000 --max_connections 1 --for 30s >killed 2>&1 &
wait_for 10 has_table api
massacre
check_equal 'all are killed: the kernel has put everything back' "$before" "$(everything)"
check 'all are killed: recover' "$PERTURB" recover
check 'all are killed: no journal is left' no_journals
finish
