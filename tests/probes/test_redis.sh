#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Probes of the kind redis, with Debian's server on loopback: commands, passwords, a server that dies
# and comes back, and messages that are lost or come twice.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/probe.sh"

if [ -z "$(command -v redis-server)" ]; then
	skip redis 'needs redis-server'
	finish
fi

# server NAME PORT OPTIONS…: a Redis server with a directory of its own; its process goes into
# server_pid.
server() {
	local dir=$scratch/$1 number=$2
	shift 2
	mkdir -p "$dir"
	chmod 777 "$dir"
	(as_nobody redis-server --port "$number" --bind 127.0.0.1 --dir "$dir" --save '' --appendonly no \
		--unixsocket "$dir/socket" --unixsocketperm 777 "$@" >"$dir.log" 2>&1) &
	server_pid=$!
	at_exit "kill $server_pid 2>/dev/null"
	wait_for 20 grep -q 'eady to accept connections' "$dir.log"
}

chmod 755 "$scratch"
port=$(free_ports 1)
server plain "$port"
plain_pid=$server_pid
address=127.0.0.1:$port
server locked 0 --requirepass 's3cret word'
locked=unix:$scratch/locked/socket

# --- commands ----------------------------------------------------------------------------------

# redis NAME KINDS KEYS
redis() {
	measure "$1" "$2" redis "{ address: \"$address\", $3 }" "${4:-20/s}"
}

measure 'PING, by the address alone' '[]' redis "\"$address\""
measure 'PING, by a socket in the file system' '[]' redis "\"unix:$scratch/plain/socket\""
redis 'PING' '[]' 'expect: PONG, matches: ^PONG$'
redis 'SET, as a list of words' '[]' 'command: [SET, greeting, "hello world"], expect: OK'
redis 'GET' '[]' 'command: GET greeting, expect: hello world'
redis 'GET in another database' '["body"]' 'command: GET greeting, expect: hello world, db: 3'
redis 'a list' '[]' 'command: MGET greeting none greeting, matches: "hello world\n\nhello world"'
redis 'another reply' '["body"]' 'command: GET greeting, expect: good bye'
redis 'an error' '["status"]' 'command: NONSENSE'
redis 'no such database' '["status"]' 'db: 99'
redis 'a user that is not there' '["auth"]' 'user: nobody, password: x'
redis 'a reply that does not come' '["timeout"]' 'command: BLPOP nothing 0, timeout: 100ms'
redis 'a thousand in a second' '[]' 'command: INCR counter' 1000/s
check 'they went through one connection, or a few' test \
	"$(redis-cli -p "$port" info stats | sed -n 's/total_connections_received:\([0-9]*\).*/\1/p')" -lt 150
measure 'a password' '[]' redis "{ address: \"$locked\", password: s3cret word, command: PING }"
measure 'a password, and its user' '[]' redis "{ address: \"$locked\", user: default, password: s3cret word }"
measure 'a wrong password' '["auth"]' redis "{ address: \"$locked\", password: guess }"
measure 'no password' '["auth"]' redis "\"$locked\""
measure 'no socket' '["connect"]' redis "\"unix:$scratch/missing\""

# --- what is between ---------------------------------------------------------------------------

# proxy MODE: starts one; its port goes into proxy_port, its output into a file of its name.
proxy() {
	/usr/bin/python3 "$ROOT/tests/probes/redis_proxy.py" "$port" "$1" >"$scratch/proxy.$1" &
	proxy_pid=$!
	at_exit "kill $proxy_pid 2>/dev/null"
	wait_for 10 test -s "$scratch/proxy.$1"
	proxy_port=$(head -n 1 "$scratch/proxy.$1")
}

# changed MODE: ends the proxy and says how many messages it changed.
changed() {
	kill "$proxy_pid"
	wait_for 10 test "$(wc -l <"$scratch/proxy.$1")" = 2
	wait "$proxy_pid"
	tail -n 1 "$scratch/proxy.$1"
}

proxy fake
measure 'another protocol' '["protocol"]' redis "\"127.0.0.1:$proxy_port\""
measure 'another protocol, with a channel' '["protocol"]' redis \
	"{ address: \"127.0.0.1:$proxy_port\", channel: test }"
# Those behind one whose reply stopped in the middle have no answer at all.
proxy half
probe redis "{ address: \"127.0.0.1:$proxy_port\", timeout: 100ms }"
check 'half a reply: slow' jq -e '.probes[0].phases.baseline | .ok == 0 and .errors.slow >= 5 and
	(.errors | keys - ["slow", "timeout"]) == []' "$report"
proxy flood
measure 'a reply without end' '["too-large"]' redis "\"127.0.0.1:$proxy_port\""

# --- messages ----------------------------------------------------------------------------------

figures() {
	jq -c '.probes[0].phases.baseline | [.count - .ok, .errors.lost // 0, .duplicates]' "$report"
}

redis 'messages come back' '[]' 'channel: test'
redis 'messages come back, many at a time' '[]' 'channel: test' 1000/s
check_equal 'none is lost, none comes twice' '[0,0,0]' "$(figures)"
measure 'messages, with a password' '[]' redis \
	"{ address: \"$locked\", password: s3cret word, channel: test }"
measure 'messages, with a wrong one' '["auth"]' redis \
	"{ address: \"$locked\", password: guess, channel: test }"
measure 'messages, refused' '["connect"]' redis "{ address: \"127.0.0.1:1\", channel: test }"

proxy pass
probe redis "{ address: \"127.0.0.1:$proxy_port\", channel: test }" 200/s
check_equal 'through a proxy: none is lost' '[0,0,0]' "$(figures)"

proxy drop
probe redis "{ address: \"127.0.0.1:$proxy_port\", channel: test, timeout: 300ms }" 200/s
number=$(changed drop)
check_equal 'dropped messages are lost, and nothing else is' "[$number,$number,0]" "$(figures)"
check_between 'as many as were to be dropped' 38 41 "$number"

proxy double
probe redis "{ address: \"127.0.0.1:$proxy_port\", channel: test, timeout: 300ms }" 200/s
number=$(changed double)
check_equal 'doubled messages are counted, and are no error' "[0,0,$number]" "$(figures)"
check_between 'as many as were to be doubled' 38 41 "$number"

proxy late
probe redis "{ address: \"127.0.0.1:$proxy_port\", channel: test, timeout: 200ms }" 200/s
number=$(changed late)
check_equal 'late messages are lost, and do not come twice' "[$number,$number,0]" "$(figures)"

# What comes again counts in the phase in which its request was due, not in that in which it comes.
if [ "$(id -u)" = 0 ]; then
	proxy again
	sleep 60 &
	sleeper=$!
	at_exit "kill $sleeper 2>/dev/null"
	cat >"$scratch/phases.yaml" <<EOS
version: 1
title: Messages come twice, and the second one late
targets: { sleeper: { process: { pid: $sleeper } } }
steady_state:
  - name: probe
    redis: { address: "127.0.0.1:$proxy_port", channel: test }
    rate: 100/s
    tolerate: { success: ">= 100%" }
baseline: 1s
method:
  - pause: { target: sleeper }
    for: 1s
recovery: 2s
EOS
	rm -rf "$scratch/out"
	mkdir "$scratch/out"
	unshare --mount bash -c 'mount -t tmpfs -o mode=755 tmpfs /run && exec "$@"' - \
		"$PERTURB" run "$scratch/phases.yaml" --out "$scratch/out" >"$scratch/log" 2>&1
	check_equal 'messages come twice: held' 0 $? || sed 's/^/  | /' "$scratch/log"
	report=$(echo "$scratch"/out/*.json)
	check 'each phase has the duplicates of its own messages' jq -e '[.probes[0].phases |
		.baseline, .fault | .count >= 90 and (.duplicates - .count / 5 | fabs) <= 1] == [true, true]' "$report"
	check 'the last phase lacks those that came too late to be seen' jq -e '.probes[0].phases.recovery |
		.duplicates >= .count / 10 and .duplicates < .count / 5 - 5' "$report"
else
	skip 'messages come twice in a run' 'needs root'
fi

# --- a server that dies and comes back ---------------------------------------------------------

# restart KEYS: measures for four seconds, while the server is killed after one and is there again
# after two.
restart() {
	local wait_pid
	cat >"$scratch/restart.yaml" <<EOS
version: 1
title: The server dies
steady_state:
  - name: probe
    redis: { address: "$address", $1 }
    rate: 50/s
    tolerate: { success: ">= 100%" }
baseline: 4s
EOS
	rm -rf "$scratch/out"
	mkdir "$scratch/out"
	"$PERTURB" probe "$scratch/restart.yaml" --out "$scratch/out" >"$scratch/log" 2>&1 &
	wait_pid=$!
	sleep 1
	kill -KILL "$plain_pid"
	wait "$plain_pid" 2>/dev/null
	sleep 1
	server plain "$port"
	plain_pid=$server_pid
	wait "$wait_pid"
	status=$?
	report=$(echo "$scratch"/out/*.json)
}

for keys in 'command: PING' 'channel: test'; do
	restart "$keys"
	check_equal "the server dies, $keys: not held" 1 "$status"
	check "the server dies, $keys: connections are refused, and few others break" jq -e \
		'.probes[0].phases.baseline | .errors.connect >= 20 and .errors.connect <= 120 and
		([.errors[]] | add) - .errors.connect <= 10' "$report"
	check "the server dies, $keys: it was good before and is again" jq -e \
		'.probes[0].series | map(select(.count >= 25)) | .[0].ok >= 25 and .[-1].ok == .[-1].count' "$report" || jq -c .probes[0].series "$report"
done

finish
