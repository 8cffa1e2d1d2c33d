#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Finding network namespaces and processes.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
unset DOCKER_HOST CONTAINER_HOST
netns_pair shop-a shop-b
netns_new lonely

# resolve SELECTOR KIND: the instances that a target means, by a plan, which touches nothing; on
# failure the message is in $scratch/err.
resolve() {
	printf 'version: 1\ntitle: t\ntargets:\n  t: %s\nmethod:\n  - %s: { target: t%s }\n    for: 1s\n' \
		"$1" "$2" "${3:-}" >"$scratch/e.yaml"
	"$PERTURB" plan "$scratch/e.yaml" >"$scratch/out" 2>"$scratch/err"
	status=$?
	# "  NAME  pid …" and "  NAME  netns …"
	sed -nE 's/^  ([^ ].*[^ ])  (pid|netns) .*/\1/p' "$scratch/out" | sed 's/  .*//' | xargs
}

# fails NAME PATTERN: the last resolve was refused with a message that matches.
fails() {
	if [ $status -eq 3 ] && grep -Eq "$2" "$scratch/err" && [ ! -s "$scratch/out" ]; then
		ok "$1"
	else
		not_ok "$1" "status $status, $(cat "$scratch/err")"
	fi
}

# --- network namespaces --------------------------------------------------------------------------
# netns WANTED SELECTOR
netns() {
	check_equal "netns: ${2/#\/proc\/*\//of a process, }" "$1" "$(resolve "{ netns: $2 }" latency ', delay: 1ms')" ||
		sed 's/^/  | /' "$scratch/err"
}
netns 'shop-a' 'shop-a'
netns 'shop-a shop-b' "'shop-*'"
netns 'shop-b' "'/-b\$/'"
netns 'shop-a shop-b' '{ name: [shop-b, shop-a] }'
netns 'shop-a shop-b' "{ name: ['shop-*', shop-a] }"
netns '/run/netns/shop-a' '/run/netns/shop-a'
netns '/run/netns/shop-a' '{ path: /run/netns/shop-a }'
touch /run/netns/dead
netns 'shop-a' "'/^(shop-a|dead)\$/'"
ip netns exec shop-a sleep 3600 &
sleeper=$!
at_exit 'kill $sleeper'
in_shop_a() {
	[ "$(stat -Lc %i /proc/$sleeper/ns/net)" = "$(stat -Lc %i /run/netns/shop-a)" ]
}
wait_for 5 in_shop_a
netns "/proc/$sleeper/ns/net" "/proc/$sleeper/ns/net"
# A second name of the same namespace.
ip netns attach shop-z $sleeper
at_exit 'ip netns delete shop-z'
check_equal 'netns: one namespace, two names, one instance' 2 \
	"$(resolve "{ netns: 'shop-*' }" latency ', delay: 1ms' | wc -w)"

# netns_fails SELECTOR PATTERN
netns_fails() {
	resolve "{ netns: $1 }" latency ', delay: 1ms' >/dev/null
	fails "netns: $1: $2" "$2"
}
netns_fails shop-c "no network namespace matches 'shop-c' \(did you mean 'shop-[abz]'\?\)"
netns_fails "'web-*'" "no network namespace in /run/netns matches 'web-\*'"
netns_fails '{ name: [shop-a, missing] }' "matches 'missing'"
netns_fails dead '/run/netns/dead is not a network namespace'
netns_fails /etc/passwd '/etc/passwd is not a network namespace'
netns_fails /proc/self/ns/mnt '/proc/self/ns/mnt is not a network namespace'
netns_fails /run/netns/missing 'no network namespace /run/netns/missing: No such file'
netns_fails lonely 'no network interface'
check_equal 'netns: its interfaces and addresses' \
	'["eth0",true,["10.9.0.1/24","fd09::1/64"]]' \
	"$("$PERTURB" targets --format json shop-a | jq -c '.[0].interfaces[] | select(.name == "eth0") |
		[.name, .up, [.addresses[] | select(startswith("fe80") | not)]]')"

# --- processes -----------------------------------------------------------------------------------
cp "$(command -v sleep)" "$scratch/shop-service-with-a-long-name"
"$scratch/shop-service-with-a-long-name" 3601 &
first=$!
at_exit 'kill $first'
"$scratch/shop-service-with-a-long-name" 3602 &
second=$!
at_exit 'kill $second'
runs() {
	[ "$(readlink "/proc/$1/exe")" = "$scratch/shop-service-with-a-long-name" ]
}
wait_for 5 runs $first
wait_for 5 runs $second

# process WANTED SELECTOR
process() {
	check_equal "process: ${2//$first/PID}" "$1" "$(resolve "{ process: $2 }" pause)" ||
		sed 's/^/  | /' "$scratch/err"
}
both="shop-service-wi[$first] shop-service-wi[$second]"
process "$both" shop-service-wi # as ps shows it
process "$both" shop-service-with-a-long-name
process "$both" "'shop-service-*'"
process "$both" "{ command: 'shop-service-*' }"
process "shop-service-wi[$first]" "'*/shop-service-with-a-long-name 3601'"
process "shop-service-wi[$second]" "'/long-name 360[2-9]\$/'"
process "$both" "{ command: ['/3601\$/', '/long-name 3602\$/'] }"
process "shop-service-wi[$first]" "{ pid: $first }"

check_equal 'targets: processes by command' "process shop-service-wi[$first] $first" \
	"$("$PERTURB" targets --kind process '*/shop-service-with-a-long-name 3601' |
		awk 'NR > 1 { print $1, $2, $5 }')"
check_equal 'targets: namespaces alone' netns \
	"$("$PERTURB" targets --kind netns | awk 'NR > 1 { print $1 }' | sort -u)"
"$PERTURB" targets --kind process nobody-runs-this >"$scratch/out" 2>"$scratch/err"
check_equal 'targets: no such process' 3 $?
"$PERTURB" targets --kind pod >"$scratch/out" 2>"$scratch/err"
check_equal 'targets: no such kind' 2 $?

# process_fails SELECTOR PATTERN
process_fails() {
	resolve "{ process: $1 }" pause >/dev/null
	fails "process: $1: $2" "$2"
}
process_fails nobody-runs-this "no running process has a command that matches 'nobody-runs-this'"
process_fails "['shop-service-*', nobody-runs-this]" "matches 'nobody-runs-this'"
process_fails "'/e\\.yaml/'" 'which is perturb( itself|, too): perturb leaves it alone'
process_fails "'*test_targets.sh*'" 'which is (the init process|what perturb runs under)'
resolve '{ process: { pid: 1 } }' pause >/dev/null
fails 'process: the init process' 'process 1 \(.*\) is the init of this machine \(--allow-init'
resolve "{ process: { pid: $$ } }" pause >/dev/null
fails 'process: what perturb runs under' "process $$ \\(bash\\) is what perturb runs under"
(exit 0) &
ended=$!
wait $ended
resolve "{ process: { pid: $ended } }" pause >/dev/null
fails 'process: one that has ended' "process $ended"
# Another perturb, with the pattern on its command line, is no match.
"$PERTURB" inject pause --process 'shop-service-*' --for 20s --quiet 2>/dev/null &
other=$!
is_stopped() {
	grep -q '^State:.[Tt]' "/proc/$first/status" || grep -qs FROZEN /sys/fs/cgroup/freezer/perturb*/freezer.state
}
wait_for 10 is_stopped
check_equal 'process: another perturb is no match' "$both" "$("$PERTURB" targets --kind process \
	'/shop-service/' --format json | jq -r '[.[].name] | join(" ")')"
kill -INT $other
wait $other
check 'process: they run on' wait_for 5 eval '! is_stopped'
finish
