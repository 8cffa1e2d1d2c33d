#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Answers for names, as a client in the namespace gets them: by UDP and TCP, IPv4 and IPv6, of the
# servers in resolv.conf and of others; and what is left when processes of perturb are killed.
set -u
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
isolate "$@"

netns_pair client server || finish
ip -n server address add 10.9.0.3/24 dev eth0
printf 'nameserver 10.9.0.2\nnameserver fd09::2\n' >"$scratch/resolv.conf"
mount --bind "$scratch/resolv.conf" /etc/resolv.conf
nsenter --net=/run/netns/server -- python3 "$here/server.py" 10.9.0.2 fd09::2 10.9.0.3 >"$scratch/server" 2>&1 &
server=$!
at_exit "kill $server"
check 'a name server starts' wait_for 10 grep -q READY "$scratch/server"
cd "$scratch" || exit 1

# ask SERVER PROTOCOL NAME…: as in client.py.
ask() {
	in_netns client python3 "$here/client.py" "$@"
}

# everything NAME [TYPE]: the answers by both protocols and families.
everything() {
	echo "$(ask 10.9.0.2 udp "$@") $(ask fd09::2 udp "$@") $(ask 10.9.0.2 tcp "$@") $(ask fd09::2 tcp "$@")"
}

state() {
	snapshot client
	ip netns exec client nft list ruleset
	ip netns exec client ss -Hlnu
	ip netns exec client ss -Hlnt
}

# start ARGUMENT…: perturb in the background; $perturb is its pid.
start() {
	"$PERTURB" "$@" >out 2>err &
	perturb=$!
}

is_redirected() {
	ip netns exec client nft list ruleset | grep -q redirect
}

is_not_redirected() {
	! is_redirected
}

# clean: nothing is left of it.
clean() {
	check "$1: no process of perturb is left" wait_for 5 no_perturb_processes
	check "$1: no journal is left" no_journals
	check_equal "$1: the namespace is as it was" "$before" "$(state)"
	check_equal "$1: names have their addresses again" \
		'192.0.2.7 192.0.2.7 192.0.2.7 192.0.2.7' "$(everything bad.test)"
}

# process NAME: the pid of perturb's process of that name.
process() {
	local pid
	for pid in $(perturb_processes); do
		[ "$(cat "/proc/$pid/comm")" = "$1" ] && echo "$pid"
	done
}

before=$(state)
ask 10.9.0.2 udp www.test A 50 >/dev/null
base=$(ask 10.9.0.2 udp www.test A 400)

# --- every answer, each for a name of its own ----------------------------------------------------
cat >answers.yaml <<'END'
version: 1
title: names
targets: { client: { netns: client } }
method:
  - { dns: { target: client, names: nx.test, answer: nxdomain }, at: 0s, for: 60s }
  - { dns: { target: client, names: [sf.test], answer: servfail }, at: 0s, for: 60s }
  - { dns: { target: client, names: [refused.test.], answer: refused }, at: 0s, for: 60s }
  - { dns: { target: client, names: [nodata.test], answer: nodata }, at: 0s, for: 60s }
  - { dns: { target: client, names: ["/^silent[0-9]/"], answer: timeout }, at: 0s, for: 60s }
  - { dns: { target: client, names: ["*.WRONG.test"], answer: [198.51.100.1, 198.51.100.2, "2001:db8::1"] }, at: 0s, for: 60s }
  - { dns: { target: client, names: [late.test], delay: 200ms }, at: 0s, for: 60s }
  - { dns: { target: client, names: [typed.test], types: [AAAA], answer: nxdomain }, at: 0s, for: 60s }
  - { dns: { target: client, names: [half.test], percent: 50%, answer: nxdomain }, at: 0s, for: 60s }
  - { dns: { target: client, names: [never.test], answer: nxdomain }, at: 0s, for: 60s }
END
start run answers.yaml --out "$scratch" --seed 7
all_are_injected() {
	[ "$(grep -c injected err)" = 10 ]
}
check 'answers: injected' wait_for 10 all_are_injected
check_equal 'nxdomain' 'NXDOMAIN NXDOMAIN NXDOMAIN NXDOMAIN' "$(everything nx.test)"
check_equal 'nxdomain: upper case is the same' NXDOMAIN "$(ask 10.9.0.2 udp NX.Test)"
check_equal 'nxdomain: EDNS is answered by EDNS' NXDOMAIN "$(ask 10.9.0.2 udp nx.test A+edns)"
check_equal 'servfail' 'SERVFAIL SERVFAIL SERVFAIL SERVFAIL' "$(everything sf.test)"
check_equal 'refused' 'REFUSED REFUSED REFUSED REFUSED' "$(everything refused.test)"
check_equal 'nodata' 'nodata nodata nodata nodata' "$(everything nodata.test)"
check_equal 'timeout: by UDP' timeout "$(ask 10.9.0.2 udp silent1.test A 0 0.5)"
check_equal 'timeout: by TCP' timeout "$(ask 10.9.0.2 tcp silent1.test A 0 0.5)"
wrong=198.51.100.1,198.51.100.2
check_equal 'addresses: IPv4' "$wrong $wrong $wrong $wrong" "$(everything a.wrong.test)"
check_equal 'addresses: IPv6' '2001:db8::1 2001:db8::1 2001:db8::1 2001:db8::1' \
	"$(everything a.b.wrong.test AAAA)"
check_equal 'addresses: other types are those of the server' 'nodata nodata nodata nodata' \
	"$(everything a.wrong.test MX)"
check_equal 'addresses: with EDNS' "$wrong,edns" "$(ask 10.9.0.2 udp a.wrong.test A+edns)"
check_equal 'types: the one that is named' 'NXDOMAIN 192.0.2.7' \
	"$(ask 10.9.0.2 udp typed.test AAAA) $(ask 10.9.0.2 udp typed.test A)"
check_equal 'delay: the answer is that of the server' 192.0.2.7 "$(ask 10.9.0.2 udp late.test)"
check_between 'delay: 200 ms by UDP' 200 215 "$(ask 10.9.0.2 udp late.test A 5)"
check_between 'delay: 200 ms by TCP' 200 215 "$(ask fd09::2 tcp late.test A 5)"
half=$(for ((i = 0; i < 200; i++)); do echo; done |
	in_netns client python3 "$here/client.py" 10.9.0.2 udp @half.test | grep -c NXDOMAIN)
check_between 'percent: half of the queries' 70 130 "$half"

check_equal 'other names: as before' '192.0.2.7 192.0.2.7 192.0.2.7 192.0.2.7' "$(everything www.test)"
check_equal 'other names: IPv6 addresses' '2001:db8::7 2001:db8::7 2001:db8::7 2001:db8::7' \
	"$(everything www.test AAAA)"
check_equal 'other names: those that are not there' 'NXDOMAIN NXDOMAIN NXDOMAIN NXDOMAIN' \
	"$(everything gone.test)"
check_equal 'other names: a large answer is cut off in UDP, whole by TCP and EDNS' 'truncated 3072 3072' \
	"$(ask 10.9.0.2 udp big.test TXT) $(ask 10.9.0.2 tcp big.test TXT) $(ask 10.9.0.2 udp big.test TXT+edns | cut -d, -f1)"
check_equal 'a server that resolv.conf does not name: hit, and untouched' 'NXDOMAIN 192.0.2.7 NXDOMAIN' \
	"$(ask 10.9.0.3 udp nx.test) $(ask 10.9.0.3 udp www.test) $(ask 10.9.0.3 tcp nx.test)"
check_equal 'no server at an address: the client is told at once' SERVFAIL "$(ask 10.9.0.1 udp www.test)"
check_equal 'no server at an address, by TCP' closed "$(ask 10.9.0.1 tcp www.test)"
check_equal 'another namespace is not touched' 192.0.2.7 \
	"$(in_netns server python3 "$here/client.py" 10.9.0.2 udp nx.test)"
during=$(ask 10.9.0.2 udp www.test A 400)
check_between 'other names: less than 0.5 ms are added' -0.5 0.5 "$(awk -v a="$during" -v b="$base" 'BEGIN { print a - b }')"
echo "  | median of other names: $base ms before, $during ms during"

# Garbage in both directions.
in_netns client python3 - <<'END'
import os, random, socket, struct
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.connect(('10.9.0.2', 53))
for i in range(2000):
    head = struct.pack('>HHHHHH', i, random.choice((0x100, 0, 0x8180)), 1, 0, 0, random.choice((0, 1, 9)))
    udp.send((head if i % 2 else b'') + os.urandom(random.randrange(80)))
for i in range(50):
    tcp = socket.create_connection(('10.9.0.2', 53))
    tcp.sendall(os.urandom(random.randrange(200)))
    tcp.close()
END
check_equal 'garbage of a server reaches the client' garbage "$(ask 10.9.0.2 udp hostile.test)"
check_equal 'after garbage: answers as before' 'NXDOMAIN 192.0.2.7' \
	"$(ask 10.9.0.2 udp nx.test) $(ask 10.9.0.2 tcp www.test)"
kill -INT $perturb
wait $perturb
check_equal 'answers: exit status' 4 $?
clean answers
report=$(ls "$scratch"/perturb-names-*.json)
evidence() {
	jq -c --arg name "$1" '[.faults[] | select(.parameters.names == $name) | .effective, .evidence.matched > 0]' "$report"
}
check_equal 'report: a name that was asked for' '[true,true]' "$(evidence nx.test)"
check_equal 'report: a name that nobody asked for' '[false,false]' "$(evidence never.test)"
check_equal 'report: queries are counted' '["resolver",2]' "$(jq -c '.faults[4].evidence | [.source, .dropped]' "$report")"

# --- a client that keeps its socket --------------------------------------------------------------
mkfifo questions
in_netns client python3 "$here/client.py" 10.9.0.2 udp @kept.test <questions >kept &
keeper=$!
exec 9>questions
# next NUMBER WANTED: one more question, whose answer must be that.
next() {
	echo >&9
	wait_for 10 sh -c "[ \$(wc -l <kept) -ge $1 ]"
	check_equal "a client that keeps its socket: answer $1" "$2" "$(sed -n "$1p" kept)"
}
next 1 192.0.2.7
start inject dns --netns client --names kept.test --names other.test --answer 198.51.100.9 --for 60s
wait_for 10 is_redirected
next 2 198.51.100.9
kill -INT $perturb
wait $perturb
next 3 192.0.2.7
exec 9>&-
wait $keeper
clean 'one fault'

# --- a server on this host that asks another one for the same --------------------------------------
nsenter --net=/run/netns/client -- python3 - >forwarder 2>&1 <<'END' &
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(('127.0.0.53', 53))
print('READY', flush=True)
while True:
    query, client = server.recvfrom(4096)
    upstream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    upstream.sendto(query, ('10.9.0.2', 53))
    server.sendto(upstream.recv(4096), client)
END
forwarder=$!
wait_for 10 grep -q READY forwarder
start inject dns --netns client --names '*.test' --delay 200ms --for 60s
wait_for 10 is_redirected
check_between 'asked twice on its way: treated once' 200 320 "$(ask 127.0.0.53 udp once.test A 3)"
check_between 'asked of the other server: treated, too' 200 320 "$(ask 10.9.0.2 udp once.test A 3)"
kill -INT $perturb
wait $perturb
kill $forwarder
wait $forwarder 2>/dev/null

# --- faults that come and go under queries for other names -----------------------------------------
# No query comes from a port that an earlier one had.
for protocol in udp tcp; do
	nsenter --net=/run/netns/client -- python3 - $protocol >busy.$protocol 2>&1 <<'END' &
import os, socket, struct, sys
udp, bad, count = sys.argv[1] == 'udp', 0, 0
query = struct.pack('>HHHHHH', 7, 0x100, 1, 0, 0, 0) + b'\3www\4test\0\0\1\0\1'
while not os.path.exists('enough') and count < 20000:
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
    link.settimeout(2)
    count += 1
    try:
        link.bind(('', 10000 + count))
        link.connect(('10.9.0.2', 53))
        link.sendall(query if udp else struct.pack('>H', len(query)) + query)
        bad += len(link.recv(512)) < 2
    except OSError:
        bad += 1
    link.close()
print(bad, 'of', count, 'lost')
END
	busy="${busy:-} $!"
done
for ((i = 0; i < 5; i++)); do
	"$PERTURB" inject dns --netns client --names bad.test --answer nxdomain --for 200ms >out 2>&1
done
touch enough
# shellcheck disable=SC2086 # two
wait $busy
for protocol in udp tcp; do
	check "faults that come and go lose not more than one query by $protocol" grep -q '^[01] of [0-9]\{3,\} lost' busy.$protocol ||
		sed 's/^/  | /' busy.$protocol
done

# --- violent ends --------------------------------------------------------------------------------
# begin: one fault, in place.
begin() {
	start inject dns --netns client --names bad.test --answer nxdomain --for 60s
	check "$1: injected" wait_for 10 is_redirected
	check_equal "$1: the fault is there" NXDOMAIN "$(ask 10.9.0.2 udp bad.test)"
}

begin 'SIGKILL of the main process'
kill -KILL $perturb
check 'SIGKILL of the main process: the redirect goes' wait_for 5 is_not_redirected
clean 'SIGKILL of the main process'

begin 'SIGKILL of the custodian'
kill -KILL "$(process perturb-custod)"
check 'SIGKILL of the custodian: the redirect goes' wait_for 5 is_not_redirected
wait $perturb
check_between 'SIGKILL of the custodian: exit status' 3 5 $?
clean 'SIGKILL of the custodian'

begin 'SIGKILL of the resolver'
kill -KILL "$(process perturb-resolv)"
check 'SIGKILL of the resolver: the redirect goes' wait_for 5 is_not_redirected
wait $perturb
check_equal 'SIGKILL of the resolver: exit status' 4 $?
check 'SIGKILL of the resolver: it is said' grep -q 'resolver process died' out
clean 'SIGKILL of the resolver'

begin 'a resolver that hangs'
kill -STOP "$(process perturb-resolv)"
kill -INT $perturb
wait $perturb
check_equal 'a resolver that hangs: exit status' 4 $?
clean 'a resolver that hangs'

begin 'SIGKILL of all'
massacre
check 'SIGKILL of all: the redirect goes' wait_for 5 is_not_redirected
check 'SIGKILL of all: recover' "$PERTURB" recover
clean 'SIGKILL of all'

# --- refusals ------------------------------------------------------------------------------------
# refused NAME WORDS OPTION…
refused() {
	local name=$1 words=$2
	shift 2
	"$PERTURB" inject dns --netns client --for 1s "$@" >out 2>&1
	check_equal "$name: exit status" 2 $?
	check "$name: it says why" grep -qF "$words" out
}
refused 'neither answer nor delay' 'give answer, delay or both' --names a.test
refused 'a word and an address' 'only addresses can be several' --answer nxdomain --answer 192.0.2.1
refused 'no such answer' "not 'nope'" --answer nope
refused 'no such type' "not 'AAA'" --answer nxdomain --types AAA
refused 'several names in one' 'give several as a list' --answer nxdomain --names a.test,b.test
refused 'a broken expression' 'names' --answer nxdomain --names '/(/'
finish
