#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Probes of containers against a real engine: running, frozen by perturb's own fault, started again,
# unhealthy, removed; and an engine that goes away.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/engine.sh"
isolate "$@"
engine_start
cd "$scratch" || exit 1

docker run -d --name web busybox sleep 3600 >/dev/null
docker run -d --name sick --health-cmd 'test -e /tmp/well' --health-interval 200ms \
	--health-retries 1 busybox sleep 3600 >/dev/null

# experiment SETTINGS BASELINE [TEXT]
experiment() {
	cat >experiment.yaml <<END
version: 1
title: Containers
targets: { web: { container: web } }
steady_state:
  - name: container
    container: $1
    rate: 10/s
    tolerate: { success: ">= 100%" }
baseline: $2
${3:-}
END
}

# probe SETTINGS: for a second. Sets status and report.
probe() {
	experiment "$1" 1s
	rm -rf out
	mkdir out
	"$PERTURB" probe experiment.yaml --out out >log 2>&1
	status=$?
	report=$(echo out/*.json)
}

# errors PHASE: the kinds that the report counts.
errors() {
	jq -c --arg phase "$1" '.probes[0].phases[$phase].errors | keys' "$report"
}

# measure NAME STATUS KINDS SETTINGS
measure() {
	probe "$4"
	check_equal "$1: exit status" "$2" "$status" || sed 's/^/  | /' log
	check_equal "$1: kinds of errors" "$3" "$(errors baseline)"
	check_between "$1: requests" 9 11 "$(jq '.probes[0].phases.baseline.count' "$report")"
}

measure 'running' 0 '[]' web
measure 'running, by the beginning of its id' 0 '[]' "$(docker_id web | cut -c 1-12)"
measure 'running, not restarted, of docker' 0 '[]' '{ name: web, runtime: docker, state: running, restarts: "<= 0", health: healthy }'
measure 'not paused' 1 '["state"]' '{ name: web, state: paused }'
measure 'no such container' 1 '["not-found"]' nobody

check 'a health check fails' wait_for 20 eval '[ "$(docker inspect -f "{{.State.Health.Status}}" sick)" = unhealthy ]'
measure 'unhealthy is wrong if nothing is said of health' 1 '["state"]' sick
measure 'unhealthy can be what is right' 0 '[]' '{ name: sick, health: unhealthy }'
docker exec sick touch /tmp/well
check 'a health check passes' wait_for 20 eval '[ "$(docker inspect -f "{{.State.Health.Status}}" sick)" = healthy ]'
measure 'healthy' 0 '[]' '{ name: sick, health: healthy }'

docker pause web >/dev/null
measure 'paused by the engine' 1 '["state"]' web
measure 'paused by the engine, as it should be' 0 '[]' '{ name: web, state: paused }'
docker unpause web >/dev/null
docker stop -t 0 sick >/dev/null
measure 'exited' 0 '[]' '{ name: sick, state: exited, health: healthy }'

# --- perturb's own pause, of which the engine does not know --------------------------------------
# No request is due just when the fault begins.
experiment web 950ms "method:
  - pause: web
    for: 2s
recovery: 1s"
rm -rf out
mkdir out
"$PERTURB" run experiment.yaml --out out >log 2>&1
check_equal 'pause: exit status' 1 $? || sed 's/^/  | /' log
report=$(echo out/*.json)
check_equal 'pause: steady before' '[]' "$(errors baseline)"
check_equal 'pause: the state is wrong meanwhile' '["state"]' "$(errors fault)"
check_between 'pause: most requests of the fault see it' 15 21 \
	"$(jq '.probes[0].phases.fault.errors.state' "$report")"
check_equal 'pause: steady afterwards' '[]' "$(errors recovery)"

# --- restarts ------------------------------------------------------------------------------------
# start SETTINGS: a long measurement in the background, until stop.
start() {
	experiment "$1" 60s
	rm -rf out log
	mkdir out
	"$PERTURB" probe experiment.yaml --out out >log 2>&1 &
	perturb=$!
	wait_for 10 grep -q 'baseline begins' log
	sleep 0.3 # a few answers
}

stop() {
	sleep 0.3
	kill -INT $perturb
	wait $perturb
	report=$(echo out/*.json)
}

start '{ name: web, restarts: "<= 0" }'
docker restart -t 0 web >/dev/null
stop
check 'restarted by hand: it is seen' jq -e '.probes[0].phases.baseline |
	.ok >= 2 and .errors.state >= 2' "$report"

docker run -d --name loop --restart always busybox sleep 3600 >/dev/null
start '{ name: loop, restarts: "<= 0" }'
kill -KILL "$(docker_pid loop)"
check 'restarted by its policy: the engine does it' wait_for 20 eval '[ "$(docker inspect -f "{{.RestartCount}}" loop)" = 1 ] && [ "$(docker inspect -f "{{.State.Status}}" loop)" = running ]'
stop
check 'restarted by its policy: it is seen' jq -e '.probes[0].phases.baseline |
	.ok >= 2 and .errors.state >= 2' "$report"
# Since the run began: what was before does not count.
measure 'restarts of another time do not count' 0 '[]' '{ name: loop, restarts: "<= 0" }'

start '{ name: loop, restarts: "<= 0" }'
docker rm -f loop >/dev/null
docker run -d --name loop busybox sleep 3600 >/dev/null
stop
check 'another container under the same name is a restart' jq -e '.probes[0].phases.baseline |
	.ok >= 2 and .errors.state >= 2 and (.errors | keys - ["not-found", "state"]) == []' "$report"

# --- the engine goes away ------------------------------------------------------------------------
start web
kill -KILL $engine_pid
wait_for 10 gone $engine_pid
stop
check 'an engine that is gone' jq -e '.probes[0].phases.baseline |
	.ok >= 2 and (.errors | keys - ["connect", "reset"]) == [] and .errors.connect >= 1' "$report"
rm -f $ENGINE/docker.sock $ENGINE/pid
engine_launch
check 'the engine is back' wait_for 60 engine_answers
measure 'the engine is back' 0 '[]' web

DOCKER_HOST=ssh://somewhere "$PERTURB" probe experiment.yaml --out out >log 2>&1
check_equal 'an address that is not understood: exit status' 3 $? || sed 's/^/  | /' log
(
	unset DOCKER_HOST
	"$PERTURB" probe experiment.yaml --out out >log 2>&1
	echo $?
) >status
check_equal 'no engine: exit status' 3 "$(cat status)" || sed 's/^/  | /' log
check 'no engine: it says what to do' grep -q 'set DOCKER_HOST' log
check 'no process of perturb is left' wait_for 5 no_perturb_processes
finish
