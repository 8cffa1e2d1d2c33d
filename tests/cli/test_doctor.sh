#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# doctor tells the truth about what can be injected here, and finds what a killed run left behind.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

# doctor [COMMAND…]: sets status and said; through the command if there is one.
doctor() {
	said=$("$@" "$PERTURB" doctor 2>&1)
	status=$?
}

says() {
	grep -q -- "$1" <<<"$said" || { echo "$said"; return 1; }
}

not() {
	! "$@"
}

doctor
check_equal 'as root: exit status' 0 "$status"
check 'changes nothing: no /run/perturb' test ! -e /run/perturb
for kind in $("$PERTURB" faults --format json | jq -r '.[].name'); do
	check "names the engine of $kind" says "^ok   $kind  *by "
done

# What it says of netem is what tc finds.
if unshare --net tc qdisc add dev lo root netem 2>/dev/null; then
	check 'finds netem' says '^ok   netem'
	check 'would use it' says '^ok   latency  *by netem'
else
	check 'finds no netem' says '^--   netem'
	check 'would use the relay' says '^ok   latency  *by relay'
fi

doctor setpriv --reuid 65534 --regid 65534 --clear-groups
check_equal 'as nobody: exit status' 3 "$status"
check 'as nobody: says what to do' says 'sudo perturb doctor'

DOCKER_HOST=unix://$scratch/nothing.sock doctor
check 'a daemon that does not answer' says "^--   docker .*$scratch/nothing.sock"

netns_pair subject peer
doctor
check 'counts named network namespaces' says '2 named network namespaces'

"$PERTURB" inject latency --netns subject --delay 10ms --for 60s >/dev/null 2>"$scratch/stderr" &
main=$!
wait_for 10 grep -q injected "$scratch/stderr" || not_ok 'inject' "$(cat "$scratch/stderr")"
run_id=$(basename /run/perturb/*.journal .journal)
doctor
check 'a run that goes on' says "^ok   journal .*$run_id goes on"

# In a process namespace of its own, every process of perturb is this test's.
massacre
wait $main 2>/dev/null
doctor
check_equal 'after a massacre: exit status' 0 "$status"
check 'after a massacre: names the run' says "^--   journal .*$run_id left"
check 'after a massacre: and what it did' says 'dev eth0'
rm -f "/run/perturb/$run_id.journal"
doctor
check 'nothing is left' not says left

chmod 777 /run/perturb
doctor
check_equal 'a journal that anybody could forge: exit status' 3 "$status"
check 'a journal that anybody could forge' says '^--   journal .*not safe'
finish
