#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every process of perturb is killed at once: what is left behind is named by status, no run touches
# it, recover puts it back, and says what it did. Again: there is nothing to do.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_pair client server || exit 1
sleep infinity &
victim=$!
at_exit "kill -s KILL $victim 2>/dev/null"
disown $victim

# said COMMAND…: sets status, answer and errors.
said() {
	answer=$("$@" 2>"$scratch/errors")
	status=$?
	errors=$(cat "$scratch/errors")
}

says() {
	grep -q -- "$1" <<<"$answer" || { echo "$answer"; return 1; }
}

complains() {
	grep -q -- "$1" <<<"$errors" || { echo "$errors"; return 1; }
}

not() {
	! "$@"
}

state_of() {
	local stat
	stat=$(sed 's/.*) //' "/proc/$1/stat")
	echo "${stat%% *}"
}

# Everything that the faults of this test could have changed.
everything() {
	snapshot server
	state_of $victim
}

before=$(everything)

said "$PERTURB" recover
check_equal 'no directory: recover' '0 nothing is left over' "$status $answer"
said "$PERTURB" status
check_equal 'no directory: status' '0 no run is active, and nothing is left over' "$status $answer"
said "$PERTURB" abort
check_equal 'no directory: abort' 3 "$status"
check 'no directory: abort says so' complains 'no run is active'
check 'no directory: none is made' test ! -e /run/perturb
for verb in status recover abort; do
	said setpriv --reuid 65534 --regid 65534 --clear-groups "$PERTURB" $verb
	check_equal "$verb as nobody: exit status" 3 "$status"
	check "$verb as nobody: says what to do" complains "sudo perturb $verb"
done

# inject KIND OPTION…: begins a fault of a minute; sets main and run_id.
inject() {
	rm -f "$scratch/inject"
	"$PERTURB" inject "$@" --for 60s >"$scratch/inject" 2>&1 &
	main=$!
	disown $main
	wait_for 10 grep -q ': injected' "$scratch/inject" || {
		not_ok "inject $*" "$(cat "$scratch/inject")"
		return 1
	}
	run_id=$(basename /run/perturb/*.journal .journal)
}

# leftover NAME PLACE KIND OPTION…
leftover() {
	local name=$1 place=$2
	shift 2
	inject "$@" || return
	said "$PERTURB" status
	check_equal "$name: status while it is active" 0 "$status"
	check "$name: status names the run" says "^active: $run_id  inject $1  (pid $main, since 20"
	check "$name: status names the place and the end" says "on $place, ends in [3456][0-9]\.[0-9] s$"
	said "$PERTURB" status --format json
	check "$name: status in JSON" jq -e --arg run "$run_id" --argjson pid $main '
		.schema == "perturb.status/1" and .ignored == [] and (.runs | length) == 1 and
		(.runs[0] | .run_id == $run and .state == "active" and .main_pid == $pid and
			.main_alive and .problem == null and
			(.changes | length) == 1 and
			(.changes[0].ends_in_ms | . > 30000 and . <= 60000))' <<<"$answer"
	said "$PERTURB" recover
	check_equal "$name: recover leaves a run that goes on" 0 "$status"
	check "$name: recover says that it goes on" says "$run_id goes on (pid $main): left alone"
	said "$PERTURB" recover "$run_id"
	check_equal "$name: recover refuses it by name" 3 "$status"

	check "$name: everything is killed" massacre
	check "$name: something is left" not test "$(everything)" = "$before"
	said "$PERTURB" status
	check_equal "$name: status of what is left over" 5 "$status"
	check "$name: status names what is left over" says "^left over: $run_id .*(pid $main, which is gone"
	check "$name: status names where" says "on $place$"
	said "$PERTURB" status --format json
	check "$name: status of what is left over, in JSON" jq -e --arg run "$run_id" '
		.runs[0] | .run_id == $run and .state == "left-over" and (.main_alive | not) and
			(.changes | length) == 1' <<<"$answer"
	said "$PERTURB" inject "$@" --for 1s
	check_equal "$name: another run is refused" 3 "$status"
	check "$name: the refusal names run and verb" \
		complains "$place was left changed by the run $run_id (pid $main, which is gone): .*perturb recover"
	said "$PERTURB" recover nosuch
	check_equal "$name: recover of another run speaks of that only" \
		"0 nothing is left over of a run 'nosuch'" "$status $answer"
	said "$PERTURB" recover
	check_equal "$name: recover" 0 "$status"
	check "$name: recover names run and place" says "put back: .* on $place$"
	check "$name: recover ends well" says '^1 change put back; nothing is left over$'
	check_equal "$name: everything is as before" "$before" "$(everything)"
	check "$name: no journal" no_journals
	said "$PERTURB" recover "$run_id"
	check_equal "$name: recover again" "0 nothing is left over of a run '$run_id'" "$status $answer"
	said "$PERTURB" inject "$@" --for 100ms
	check_equal "$name: a run is possible again" 0 "$status"
	check_equal "$name: and puts back" "$before" "$(everything)"
}

server='interface eth0 of /run/netns/server'
leftover 'relay' "$server" latency --netns server --delay 20ms --engine relay
leftover 'bandwidth' "$server" bandwidth --netns server --rate 10mbit --engine auto
leftover 'pause' "process $victim" pause --process $victim

# --- a relay that lives on ---

inject latency --netns server --delay 100ms --engine relay
relay=
for pid in $(perturb_processes); do
	[ "$(cat "/proc/$pid/comm")" != perturb-relay ] || relay=$pid
done
check 'surviving relay: it was found' test -n "$relay"
others=$(perturb_processes | grep -vx "$relay")
for signal in STOP KILL; do
	for pid in $others; do kill -s $signal "$pid"; done
done
for pid in $others; do wait_for 10 gone "$pid"; done
check 'surviving relay: packets pass' ip netns exec client ping -c 3 -i 0.1 -W 2 10.9.0.2
check 'surviving relay: it lives' not gone "$relay"
said "$PERTURB" status
check_equal 'surviving relay: it is left over' 5 "$status"
said "$PERTURB" recover
check_equal 'surviving relay: recover' 0 "$status"
check_equal 'surviving relay: everything is as before' "$before" "$(everything)"
check 'surviving relay: it ends' wait_for 5 gone "$relay"
check 'surviving relay: packets pass afterwards' ip netns exec client ping -c 3 -i 0.1 -W 2 10.9.0.2

# --- two at once ---

inject latency --netns server --delay 20ms --engine relay
massacre
"$PERTURB" recover >"$scratch/first" 2>&1 &
first=$!
"$PERTURB" recover >"$scratch/second" 2>&1 &
second=$!
wait $first
status=$?
wait $second
check_equal 'two recoveries at once: both end well' '0 0' "$status $?"
check_equal 'two recoveries at once: one put it back' 1 \
	"$(cat "$scratch/first" "$scratch/second" | grep -c 'put back: ')"
check_equal 'two recoveries at once: everything is as before' "$before" "$(everything)"

# --- nobody listens ---

inject latency --netns server --delay 20ms --engine relay
massacre
"$PERTURB" recover >/dev/full 2>&1
check_equal 'output that cannot be written: everything is as before' "$before" "$(everything)"
check 'output that cannot be written: no journal' no_journals

# --- what is gone by itself ---

netns_pair far near
inject latency --netns near --delay 20ms
massacre
ip netns delete near
ip netns add near # for the clean-up, and as another one of that name
said "$PERTURB" recover
check_equal 'a target that is gone: recover' 0 "$status"
check 'a target that is gone: no journal' no_journals

# --- other versions, damage ---

inode=$(stat -Lc %i /run/netns/server)
device=$(stat -Lc %d /run/netns/server)
index=$(ip netns exec server cat /sys/class/net/eth0/ifindex)
start=$(sed 's/.*) //' /proc/$victim/stat | cut -d' ' -f20)

# leave_behind FILE: what a journal of tests/data/journal names, and that journal.
leave_behind() {
	ip netns exec server tc qdisc add dev eth0 root handle 7065: tbf rate 1mbit burst 3072 limit 9999
	kill -s STOP $victim
	wait_for 5 test "$(state_of $victim)" = T
	sed "s/@NETNS@/server/; s/@DEVICE@/$device/; s/@INODE@/$inode/; s/@INDEX@/$index/;
		s/@PID@/$victim/; s/@START@/$start/" "$ROOT/tests/data/journal/$1" | write_journal "$1"
}

leave_behind version-1
said "$PERTURB" status --format json
check 'version 1: status' jq -e '.runs[0] | .run_id == "version-1" and .main_pid == null and
	.began_at == null and (.changes | length) == 2 and .problem == null' <<<"$answer"
said "$PERTURB" recover
check_equal 'version 1: recover' 0 "$status"
check 'version 1: says how much' says '^2 changes put back'
check_equal 'version 1: everything is as before' "$before" "$(everything)"
check 'version 1: no journal' no_journals

leave_behind version-1
sed -i 's/undone/undome/' /run/perturb/version-1.journal
said "$PERTURB" status
check_equal 'a damaged line: status' 5 "$status"
check 'a damaged line: status names it' says 'line 5 of its journal is damaged'
said "$PERTURB" recover
check_equal 'a damaged line: recover' 5 "$status"
check 'a damaged line: recover names it' complains 'line 5 of /run/perturb/version-1.journal is damaged'
check_equal 'a damaged line: the others are put back' "$before" "$(everything)"
check 'a damaged line: the journal stays' test -e /run/perturb/version-1.journal
said "$PERTURB" inject bandwidth --netns client --rate 10mbit --for 100ms
check_equal 'a damaged line: other targets are free' 0 "$status"
rm /run/perturb/version-1.journal

leave_behind version-1
truncate -s -3 /run/perturb/version-1.journal
said "$PERTURB" recover
check_equal 'a torn last line: recover' 0 "$status"
check_equal 'a torn last line: everything is as before' "$before" "$(everything)"

write_journal newer <<<'perturb version=4 whatever'
said "$PERTURB" status
check_equal 'a newer version: status' 5 "$status"
check 'a newer version: status says so' says 'written by a newer perturb'
said "$PERTURB" recover
check_equal 'a newer version: recover' 5 "$status"
check 'a newer version: recover says so' complains 'written by a newer perturb (journal format 4'
check 'a newer version: the journal stays' test -e /run/perturb/newer.journal
said "$PERTURB" inject bandwidth --netns server --rate 10mbit --for 100ms
check_equal 'a newer version: a run is refused' 3 "$status"
check 'a newer version: the refusal says so' complains 'written by a newer perturb'
rm /run/perturb/newer.journal

: >/run/perturb/empty.journal
chmod 600 /run/perturb/empty.journal
said "$PERTURB" recover
check_equal 'a journal without a line: recover' 0 "$status"
check 'a journal without a line: is removed' no_journals

# --- the freezer: only containers are paused by it, so the journal is made by hand ---

freezer=$(awk '$3 == "cgroup" && $4 ~ /freezer/ { print $2; exit }' /proc/self/mounts)
if [ -z "$freezer" ] || ! mkdir "$freezer/perturb-test-$$" 2>/dev/null; then
	skip 'freezer' 'no freezer cgroup of version 1 that can be written'
else
	group=$freezer/perturb-test-$$
	at_exit "echo THAWED >'$group/freezer.state'; kill -s KILL $victim; wait_for 5 gone $victim
		rmdir '$group'"
	echo $victim >"$group/cgroup.procs"
	echo FROZEN >"$group/freezer.state"
	wait_for 5 grep -q FROZEN "$group/freezer.state"
	write_journal frozen <<EOS
perturb version=2 pid=4711 start_time=1 main_pid=4710 main_start_time=1 began_ms=1700000000000 title=By%20hand
operation id=1 type=freezer pid=$victim start_time=$start cgroup=$group cgroup_version=1 deadline_ns=1
EOS
	said "$PERTURB" status
	check 'freezer: status' says "left over: frozen  By hand  (pid 4710, which is gone, since 2023-11-14 22:13:20 UTC)"
	said "$PERTURB" inject pause --process $victim --for 100ms
	check_equal 'freezer: another pause of it is refused' 3 "$status"
	said "$PERTURB" inject kill --process $victim
	check_equal 'freezer: a kill of it is refused' 3 "$status"
	check 'freezer: the refusal names the cgroup' complains "cgroup $group was left changed"
	said "$PERTURB" recover frozen
	check_equal 'freezer: recover' 0 "$status"
	check 'freezer: it is thawed' grep -q THAWED "$group/freezer.state"
	check 'freezer: no journal' no_journals
fi
finish
