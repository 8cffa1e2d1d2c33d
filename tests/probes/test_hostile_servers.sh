#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# HTTP servers that misbehave: each case is counted under its own name, by perturb's own client and
# by libcurl, in bounded time and memory.
set -u
. "$(dirname "$0")/../lib.sh"

/usr/bin/python3 "$ROOT/tests/probes/hostile_server.py" "$ROOT/tests/data/tls" >"$scratch/ports" \
	2>"$scratch/server.log" &
at_exit "kill $! 2>/dev/null"
wait_for 10 grep -qx end "$scratch/ports"
declare -A ports
while read -r name port; do ports[$name]=$port; done <"$scratch/ports"

# Each case with the errors of perturb's own client and of libcurl: "ok" is none, "-" is not tried.
# libcurl does not tell a chunk without a size from a lost connection, and takes the last of two
# lengths; it shows an answer from its first whole line on.
cases() {
	cat <<-EOS
		endless-length too-large too-large
		endless-chunks too-large too-large
		endless-body too-large too-large
		huge-chunk too-large too-large
		endless-headers headers-too-large headers-too-large
		endless-header headers-too-large headers-too-large
		endless-reason headers-too-large headers-too-large
		endless-1xx headers-too-large headers-too-large
		endless-trailers headers-too-large headers-too-large
		endless-extension headers-too-large -
		drip-status slow timeout
		drip-headers slow slow
		drip-body slow slow
		drip-chunks slow slow
		drip-1xx slow slow
		silent timeout timeout
		circle status redirect
		reset-at-once reset reset
		reset-in-headers reset reset
		reset-in-body reset reset
		reset-in-open-body reset reset
		reset-in-chunk reset reset
		closed-at-once reset reset
		closed-in-headers reset reset
		closed-in-body reset reset
		closed-in-chunk reset reset
		garbage protocol protocol
		garbage-bytes protocol protocol
		bad-status protocol protocol
		bad-chunk protocol reset
		two-lengths protocol -
		length-and-chunks protocol -
		negative-length protocol -
		bomb ok ok
		thousand-1xx ok ok
		more-than-asked ok ok
		second-dropped ok ok
		closes-later ok ok
		plain ok ok
		https://127.0.0.1:${ports[tls]}/plain - tls
		https://127.0.0.1:${ports[tls-garbage]}/ - tls
		https://127.0.0.1:${ports[unaccepted]}/ - timeout
		http://127.0.0.1:${ports[unaccepted]}/ timeout timeout
		http://127.0.0.1:${ports[nobody]}/ connect connect
		http://no-such-host.invalid/ dns dns
	EOS
}

# It reads a chunk's extension for as long as it comes, as fast as it comes: by itself, because others
# would have to wait.
greedy_cases() {
	echo 'endless-extension - slow'
}

# experiment CASES FOLLOW COLUMN: a probe for each case; the bodies are kept and looked at, so that
# they cost memory.
experiment() {
	local name kinds url timeout
	printf 'version: 1\ntitle: Nobody can be trusted\nbaseline: 3s\nsteady_state:\n'
	"$1" | while read -r name kinds; do
		[ "$(cut -d ' ' -f "$3" <<<"$kinds")" != - ] || continue
		url=$name
		[[ $name == *://* ]] || url=http://127.0.0.1:${ports[$name]}/$name
		# Only where it is to pass: the server is a slow one.
		timeout=10s
		[[ ! $kinds =~ slow|timeout ]] || timeout=2s
		cat <<-EOS
			  - name: "$name"
			    http: { url: "$url", timeout: $timeout, follow_redirects: $2, matches: "^[^z]*$" }
			    rate: 2/s
			    tolerate: { success: ">= 0%" }
		EOS
	done
}

# As a child of a process that says how much memory it had at most, in KiB.
measured='
import resource, subprocess, sys
status = subprocess.run(sys.argv[2:], timeout=60).returncode
with open(sys.argv[1], "w") as out:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=out)
sys.exit(status)'

# errors_are NAME KIND: all requests of that probe ended like that, and there were some.
errors_are() {
	jq -e --arg name "$1" --arg kind "$2" '.probes[] | select(.name == $name) |
		.phases.baseline | { count, ok, errors }, (.count >= 5 and
		if $kind == "ok" then .ok == .count else .errors == { ($kind): .count } end)' \
		"$report"
}

# measure WAY CASES FOLLOW COLUMN KIB: by libcurl, each connection that uses TLS takes megabytes.
measure() {
	local begin status name kinds kind
	experiment "$2" "$3" "$4" >"$scratch/$1.yaml"
	mkdir "$scratch/$1"
	begin=$(now_ms)
	/usr/bin/python3 -c "$measured" "$scratch/$1.kib" \
		"$PERTURB" probe "$scratch/$1.yaml" --out "$scratch/$1" >"$scratch/$1.log" 2>&1
	status=$?
	check_equal "$1: exit status" 0 "$status" || sed 's/^/  | /' "$scratch/$1.log"
	check_between "$1: the run ends in time, in ms" 3000 20000 $(($(now_ms) - begin))
	check_between "$1: memory at most, in KiB" 1000 "$5" "$(cat "$scratch/$1.kib")"
	report=$(echo "$scratch/$1"/*.json)
	while read -r name kinds; do
		kind=$(cut -d ' ' -f "$4" <<<"$kinds")
		[ "$kind" = - ] || check "$1: $name: $kind" errors_are "$name" "$kind"
	done < <("$2")
}

measure wire cases false 1 40960
measure libcurl cases true 2 65536
measure greedy greedy_cases true 2 40960
check 'the servers are still there' curl -sf "http://127.0.0.1:${ports[plain]}/plain"

finish
