#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A container restarts under a fault, and its engine answers late, nonsense or nothing: what is
# measured meanwhile does not notice, and the fault follows as soon as there is an answer. The engine
# and its container are played by processes of the test.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
unset CONTAINER_HOST XDG_RUNTIME_DIR
export DOCKER_HOST=unix://$scratch/engine.sock
cd "$scratch" || exit 1
netns_pair first one
netns_pair second two
"$HELPERS/http_server" --listen 127.0.0.1:8080 >server 2>&1 &
at_exit "kill $! 2>/dev/null"
wait_for 10 grep -q READY server

# engine MODE PID: from now on.
engine() {
	echo "$1 $2" >mode.new
	mv mode.new mode
}

# start_container NETNS: in that network namespace; its process is $container. What is mounted tells
# that it is one.
mounted=$scratch/aaaa$(printf '%060d' 0 | tr 0 1)
mkdir "$mounted"
start_container() {
	# shellcheck disable=SC2016 # it is for the inner shell
	nsenter --net="/run/netns/$1" unshare --mount sh -c 'mount -t tmpfs tmpfs "$0" && exec sleep 3600' "$mounted" &
	container=$!
	at_exit "kill $container 2>/dev/null"
	wait_for 10 grep -q "$mounted" "/proc/$container/mountinfo"
}

has_redirect() {
	ip netns exec "$1" tc filter show dev eth0 egress | grep -q mirred
}

start_container first
engine healthy $container
"$ROOT/tests/docker/fake_engine.py" "$scratch/engine.sock" "$scratch/mode" &
at_exit "kill $! 2>/dev/null"
wait_for 10 test -S engine.sock
cat >experiment.yaml <<'END'
version: 1
title: An engine that is not well
targets: { users: { container: users } }
steady_state:
  - name: another service answers
    http: { url: "http://127.0.0.1:8080/", timeout: 2s }
    rate: 100/s
    tolerate: { success: ">= 100%", max: "<= 900ms" }
baseline: 1s
method:
  - latency: { target: users, delay: 100ms }
    for: 20s
recovery: 1s
END
before=$(snapshot first; snapshot second)
"$PERTURB" run experiment.yaml >stdout 2>stderr &
perturb=$!
check 'it is injected' wait_for 10 has_redirect first
kill -KILL $container
check 'it is taken back' wait_for 5 eval '! has_redirect first'
for mode in error garbage hangs-up cut empty text object endless healthy; do
	engine $mode 4194304
	# Twice as long as between two questions.
	sleep 0.2
done
# Nobody else has the pid that it had.
engine healthy $$
sleep 0.2
# A question that is never answered costs five seconds.
engine silent 0
sleep 0.5
start_container second
engine healthy $container
check 'it follows in the end' wait_for 8 has_redirect second
check_equal 'not into what has only the pid of a container' '' \
	"$(nsenter --net=/proc/$$/ns/net tc filter show dev lo egress 2>/dev/null)"
wait $perturb
check_equal 'exit status: nothing else was slow' 0 $? || sed 's/^/  | /' stdout
check_equal 'the report' "[\"held\",\"reverted\",1,$container]" \
	"$(jq -c '[.verdict, (.faults[0] | .state, (.moves | length), .moves[0].pid)]' ./*.json)"
# Once when it answered nonsense, once when it did not answer.
check_equal 'that the engine does not answer is noted, but not each time' 2 "$(grep -c 'asking it again until it answers' stderr)" ||
	grep 'docker at' stderr | sed 's/^/  | /'
check_equal 'the namespaces are as they were' "$before" "$(snapshot first; snapshot second)"
check 'no process of perturb is left' wait_for 5 no_perturb_processes
check 'no journal is left' no_journals
finish
