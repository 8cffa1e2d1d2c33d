# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# lib.sh - what the shell tests share: reporting, isolation, network namespaces, snapshots.
#
#     . "$(dirname "$0")/../lib.sh"
#     isolate "$@"                   # namespaces of our own: nothing outside is touched
#     netns_pair client server       # 10.9.0.1 and 10.9.0.2, fd09::1 and fd09::2, on eth0
#     check 'the answer is 42' test "$answer" = 42
#     finish

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PERTURB=${PERTURB:-$ROOT/build/perturb}
HELPERS=${HELPERS:-$ROOT/build/helpers}
export PERTURB HELPERS
failures=0

# --- reporting: one line per case, read by tests/run -------------------------------------------

ok() {
	echo "ok - $1"
}

# not_ok NAME [WHY]
not_ok() {
	failures=$((failures + 1))
	echo "not ok - $1${2:+: $2}"
}

# skip NAME WHY
skip() {
	echo "skip - $1: $2"
}

# check NAME COMMAND…: passes when the command succeeds; shows its output when it does not.
check() {
	local name=$1 output status
	shift
	output=$("$@" 2>&1)
	status=$?
	if [ $status -eq 0 ]; then
		ok "$name"
	else
		not_ok "$name" "'$*' exited with $status"
		printf '%s\n' "$output" | sed 's/^/  | /'
	fi
	return $status
}

# check_equal NAME WANTED GOT
check_equal() {
	if [ "$2" = "$3" ]; then
		ok "$1"
		return 0
	fi
	not_ok "$1" "see the difference (< wanted, > got)"
	diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | sed 's/^/  | /'
	return 1
}

# check_between NAME LOW HIGH VALUE: decimal numbers, the ends included.
check_between() {
	if awk -v low="$2" -v high="$3" -v value="$4" \
		'BEGIN { exit !(value != "" && value + 0 >= low && value + 0 <= high) }'; then
		ok "$1"
		return 0
	fi
	not_ok "$1" "wanted $2 to $3, got '$4'"
	return 1
}

# Ends the script, with status 0 when no case failed.
finish() {
	exit $((failures > 0))
}

# --- clean-up ----------------------------------------------------------------------------------

scratch=$(mktemp -d "${TMPDIR:-/tmp}/perturb-test.XXXXXX")
cleanup_commands=()

# at_exit 'COMMAND': run when the script ends, the last one first.
at_exit() {
	cleanup_commands=("$1" "${cleanup_commands[@]}")
}

run_cleanup() {
	local command
	# A background job that ends before its exec still has our trap.
	[ "$BASHPID" = $$ ] || return
	for command in "${cleanup_commands[@]}"; do
		eval "$command"
	done
	rm -rf "$scratch"
}
trap run_cleanup EXIT

# --- isolation ---------------------------------------------------------------------------------

# isolate "$@": starts the script again in mount, network and process namespaces of its own, with a
# fresh /run (journals, named namespaces) and lo up. Whatever it starts ends with it.
isolate() {
	if [ "$(id -u)" -ne 0 ]; then
		skip "$(basename "$0" .sh)" "needs root"
		exit 0
	fi
	if [ -z "${PERTURB_TEST_ISOLATED:-}" ]; then
		rm -rf "$scratch"
		# The outer shell is the init of the process namespace; bash does that badly.
		PERTURB_TEST_ISOLATED=1 exec unshare --mount --net --pid --fork --kill-child \
			--mount-proc --propagation private -- \
			sh -c 'bash "$@"; exit $?' init "$0" "$@"
	fi
	mount -t tmpfs -o mode=755 tmpfs /run
	ip link set lo up
}

# --- waiting -----------------------------------------------------------------------------------

# wait_for SECONDS COMMAND…: until the command succeeds; 1 when it has not by then.
wait_for() {
	local end=$((${EPOCHREALTIME/[.,]/} + ${1%%.*} * 1000000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/[.,]/}" -lt $end ] || return 1
		sleep 0.02
	done
}

# Milliseconds of a clock that is good enough for shell tests.
now_ms() {
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# gone PID: no such process, or one that only waits to be reaped.
gone() {
	local state
	state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) || return 0
	[ "${state%% *}" = Z ]
}

# --- network namespaces ------------------------------------------------------------------------

# netns_new NAME: a namespace with lo up that is gone when the script ends.
netns_new() {
	ip netns add "$1" || return 1
	at_exit "ip netns delete '$1'"
	# Duplicate address detection would make addresses unusable for a second or two.
	ip netns exec "$1" sh -c 'for file in /proc/sys/net/ipv6/conf/*/accept_dad; do
		echo 0 >"$file"; done' 2>/dev/null
	ip -n "$1" link set lo up
}

# netns_pair A B: two namespaces joined by a veth pair, eth0 in each;
# A is 10.9.0.1 and fd09::1, B is 10.9.0.2 and fd09::2.
netns_pair() {
	local number=0 name
	netns_new "$1" && netns_new "$2" || return 1
	ip -n "$1" link add eth0 type veth peer name eth0 netns "$2" || return 1
	for name in "$1" "$2"; do
		number=$((number + 1))
		ip netns exec "$name" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad' 2>/dev/null
		ip -n "$name" address add 10.9.0.$number/24 dev eth0
		ip -n "$name" address add fd09::$number/64 dev eth0 nodad
		ip -n "$name" link set eth0 up
	done
	wait_for 5 ip netns exec "$1" ping -c 1 -W 1 10.9.0.2 &&
		wait_for 5 link_settled "$1" && wait_for 5 link_settled "$2"
}

# The kernel announces a carrier, and what follows from it, up to a second late.
link_settled() {
	ip -n "$1" link show eth0 | grep -q 'state UP' &&
		ip -n "$1" -6 address show dev eth0 | grep -q fe80 &&
		! ip -n "$1" address show dev eth0 | grep -q tentative
}

# in_netns NAME COMMAND…: in that network namespace, but with our own mounts ("ip netns exec" makes
# new ones).
in_netns() {
	local name=$1
	shift
	nsenter --net="/run/netns/$name" -- "$@"
}

# serve NETNS ADDRESS PORT [OPTION…]: an HTTP server in the namespace, until the script ends.
serve() {
	local name=$1 address=$2 port=$3
	shift 3
	nsenter --net="/run/netns/$name" -- "$HELPERS/http_server" --listen "$address:$port" "$@" \
		>"$scratch/server.$port" 2>&1 &
	at_exit "kill $! 2>/dev/null"
	wait_for 10 grep -q READY "$scratch/server.$port"
}

# snapshot NETNS: everything that a fault could have changed in it, in a form that can be compared
# as text: links, addresses, routes, queueing disciplines, filters.
snapshot() {
	local device
	# Whether there is a carrier, the kernel may take seconds to say.
	ip -n "$1" -d link show | sed 's/NO-CARRIER,//; s/ state [A-Z]*//'
	ip -n "$1" address show | sed 's/valid_lft.*//; s/NO-CARRIER,//; s/ state [A-Z]*//'
	ip -n "$1" route show table all
	ip -n "$1" -6 route show table all | sed 's/ expires [0-9]*sec//'
	ip netns exec "$1" tc qdisc show
	for device in $(ip netns exec "$1" ls /sys/class/net 2>/dev/null) ; do
		echo "classes and filters of $device"
		ip netns exec "$1" tc class show dev "$device"
		ip netns exec "$1" tc filter show dev "$device"
		ip netns exec "$1" tc filter show dev "$device" ingress 2>/dev/null
		ip netns exec "$1" tc filter show dev "$device" egress 2>/dev/null
	done
}

# ping_median NETNS ADDRESS COUNT: the median round trip in milliseconds.
ping_median() {
	ip netns exec "$1" ping -n -i 0.02 -c "$3" -W 5 "$2" |
		sed -n 's/.*time=\([0-9.]*\) ms.*/\1/p' | sort -n |
		awk '{ value[NR] = $1 } END { if (NR) print value[int((NR + 1) / 2)] }'
}

# --- perturb -----------------------------------------------------------------------------------

# Processes of the binary under test, this script's own children or not (in isolation: of this
# test alone).
perturb_processes() {
	local link
	for link in /proc/[0-9]*/exe; do
		[ "$(readlink "$link" 2>/dev/null)" = "$(readlink -f "$PERTURB")" ] || continue
		link=${link%/exe}
		gone "${link#/proc/}" || echo "${link#/proc/}"
	done
}

no_perturb_processes() {
	[ -z "$(perturb_processes)" ]
}

# massacre: ends every process of perturb by SIGKILL, each stopped first: a custodian needs less than
# a millisecond to put back what its main process left. Waits until the kernel has let go of what
# they held: a process that is ending has no /proc/PID/exe any more, but may still hold a lock.
massacre() {
	local pids pid
	pids=$(perturb_processes)
	for pid in $pids; do kill -s STOP "$pid"; done
	for pid in $pids; do kill -s KILL "$pid"; done
	for pid in $pids; do wait_for 10 gone "$pid" || return 1; done
}

# write_journal RUN: a journal made by hand, from lines "WORD ARGUMENTS" on standard input: numbers
# and checksums are added.
write_journal() {
	mkdir -p /run/perturb
	chmod 700 /run/perturb
	(umask 077 && python3 -c '
import sys, zlib
for number, line in enumerate(sys.stdin.read().splitlines(), 1):
    body = f"{number} {line}"
    print(f"{zlib.crc32(body.encode()):08x} {body}")' >"/run/perturb/$1.journal")
}

no_journals() {
	[ -z "$(ls -A /run/perturb 2>/dev/null)" ]
}
