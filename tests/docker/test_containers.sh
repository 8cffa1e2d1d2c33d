#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Faults on real containers, measured from outside them: from the side of the bridge, where other
# containers and the host are.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/engine.sh"
isolate "$@"
engine_start

docker run -d --name web busybox httpd -f -h /www >/dev/null
address=$(docker_address web)
pid=$(docker_pid web)
ip netns attach web "$pid"
at_exit 'ip netns delete web 2>/dev/null'
url=http://$address/
check 'a container answers' wait_for 10 curl -fs -o /dev/null "$url"
cd "$scratch" || exit 1
mkdir latency held broken

# median COUNT: of round trips to the container, in milliseconds.
median() {
	ping -n -i 0.02 -c "$1" -W 5 "$address" | sed -n 's/.*time=\([0-9.]*\) ms.*/\1/p' | sort -n |
		awk '{ value[NR] = $1 } END { if (NR) print value[int((NR + 1) / 2)] }'
}

difference() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a - b }'
}

# start ARGUMENT…: perturb in the background; $perturb is its pid.
start() {
	"$PERTURB" "$@" >"$scratch/out" 2>"$scratch/err" &
	perturb=$!
}

# ended NAME STATUS
ended() {
	wait "$perturb"
	check_equal "$1: exit status" "$2" $? || sed 's/^/  | /' "$scratch/out" "$scratch/err"
}

# clean NAME: nothing is left of it.
clean() {
	check "$1: no process of perturb is left" wait_for 5 no_perturb_processes
	check "$1: no journal is left" no_journals
}

has_redirect() {
	ip netns exec web tc filter show dev eth0 egress | grep -q mirred
}

# --- latency -------------------------------------------------------------------------------------
before=$(snapshot web)
base=$(median 50)
start inject latency --container web --delay 100ms --for 20s --engine relay --out "$scratch/latency"
check 'latency: it is injected' wait_for 10 has_redirect
check_between 'latency: 100 ms are added, within 1 ms' 99 101 "$(difference "$(median 100)" "$base")"
kill -INT $perturb
ended 'latency, interrupted' 4
check_equal 'latency: the namespace is as it was' "$before" "$(snapshot web)"
check_between 'latency: round trips are as they were' 0 "$(difference "$base" -1)" "$(median 20)"
clean latency
report=$(ls "$scratch"/latency/*.json)
check_equal 'latency: the report names container, process, engine' \
	"[\"$(docker_id web)\",\"web\",$pid,\"relay\",true]" \
	"$(jq -c '[(.targets[0].instances[0] | .id, .name, .pid), (.faults[0] | .engine, .evidence.packets >= 100)]' "$report")"

# --- aimed at another container ------------------------------------------------------------------
docker run -d --name db busybox sleep 1000 >/dev/null
docker run -d --name cache busybox sleep 1000 >/dev/null
cat >aim.yaml <<END
version: 1
title: Only the way to the database is slow
targets:
  web: { container: web }
  db: { container: db }
method:
  - latency: { target: web, delay: 50ms, to: db }
    for: 60s
limits: { max_instances: 1 }
END
start run aim.yaml --engine relay --quiet
check 'aim: it is injected' wait_for 10 has_redirect
ip netns exec web ping -n -i 0.05 -c 20 "$(docker_address db)" >db.times &
ip netns exec web ping -n -i 0.05 -c 20 "$(docker_address cache)" >cache.times
wait $!
for name in db cache; do
	sed -n 's/.*time=\([0-9.]*\) ms.*/\1/p' $name.times | sort -n | sed -n 10p >$name.median
done
check_between 'aim: the way to one container is slow' 50 52 "$(cat db.median)"
check_between 'aim: the way to the other is as fast as ever' 0 1 "$(cat cache.median)"
kill -INT $perturb
ended 'aim, interrupted' 4
clean aim
docker rm -f db cache >/dev/null

# --- an experiment -------------------------------------------------------------------------------
cat >experiment.yaml <<END
version: 1
title: The web answers while its network is slow
targets:
  web: { container: { image: busybox, name: web } }
steady_state:
  - name: web answers
    http: { url: "$url", timeout: 2s }
    rate: 20/s
    tolerate: { success: ">= 99%", p95: "<= 60ms" }
    during: { success: ">= 99%", p95: "<= \${slow}" }
variables: { slow: 300ms }
baseline: 1s
method:
  - latency: { target: web, delay: 50ms }
    for: 1500ms
recovery: 1s
END
"$PERTURB" run --out "$scratch/held" experiment.yaml >"$scratch/out" 2>&1
check_equal 'experiment: held' 0 $? || sed 's/^/  | /' "$scratch/out"
# A request takes two round trips, the connection's and its own: 100 ms.
check_equal 'experiment: its report tells baseline and fault apart' '[true,true,"held"]' \
	"$(jq -c '[(.probes[0].phases | .baseline.latency_ms.p50 < 50,
		(.fault.latency_ms.p50 > 95 and .fault.latency_ms.p50 < 150)), .verdict]' "$scratch"/held/*.json)"
"$PERTURB" run --set slow=80ms --out "$scratch/broken" experiment.yaml >"$scratch/out" 2>&1
check_equal 'experiment: broken' 1 $? || sed 's/^/  | /' "$scratch/out"
check_equal 'experiment: the namespace is as it was' "$before" "$(snapshot web)"
clean experiment

# --- pause ---------------------------------------------------------------------------------------
freezer=/sys/fs/cgroup/freezer$(sed -n 's/^[0-9]*:freezer://p' "/proc/$pid/cgroup")
unified=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
is_frozen() {
	[ "$(cat "$freezer/freezer.state" 2>/dev/null)" = FROZEN ] ||
		grep -q '^frozen 1' "$unified/cgroup.events" 2>/dev/null
}
start inject pause --container web --for 2s
check 'pause: the freezer has it' wait_for 10 is_frozen
curl -s -o /dev/null --max-time 0.3 "$url"
check_equal 'pause: HTTP stalls (curl: timed out)' 28 $?
# Asked during the pause, answered after it.
check 'pause: HTTP goes on' curl -fs -o /dev/null --max-time 10 "$url"
check 'pause: the freezer has let it go' eval '! is_frozen'
ended pause 0
check_equal 'pause: it is the same process' "$pid" "$(docker_pid web)"
clean pause

# --- perturb is killed ---------------------------------------------------------------------------
start inject latency --container web --delay 100ms --for 60s
wait_for 10 has_redirect
kill -KILL $perturb
wait $perturb 2>/dev/null
check 'SIGKILL during latency: put back within a second' wait_for 1 eval '! has_redirect'
clean 'SIGKILL during latency'
check_equal 'SIGKILL during latency: the namespace is as it was' "$before" "$(snapshot web)"
start inject pause --container web --for 60s
wait_for 10 is_frozen
kill -KILL $perturb
wait $perturb 2>/dev/null
check 'SIGKILL during pause: let go within a second' wait_for 1 eval '! is_frozen'
check 'SIGKILL during pause: HTTP answers' curl -fs -o /dev/null --max-time 2 "$url"
clean 'SIGKILL during pause'

# --- kill ----------------------------------------------------------------------------------------
# wait_exit CONTAINER: its exit status, as the engine saw it.
wait_exit() {
	timeout 10 /usr/bin/docker wait "$1"
}
docker run -d --name victim busybox sleep 3600 >/dev/null
"$PERTURB" inject kill --container victim >"$scratch/out" 2>&1
check_equal 'kill: exit status' 0 $? || sed 's/^/  | /' "$scratch/out"
check_equal 'kill: the engine saw SIGKILL' 137 "$(wait_exit victim)"

docker run -d --name polite busybox sh -c 'trap "exit 7" TERM; touch /ready; while :; do sleep 0.05; done' >/dev/null
ready() {
	[ -e "/proc/$(docker_pid "$1")/root/ready" ]
}
wait_for 10 ready polite
"$PERTURB" inject kill --container polite --signal TERM >"$scratch/out" 2>&1
check_equal 'kill by another signal: exit status' 0 $? || sed 's/^/  | /' "$scratch/out"
check_equal 'kill by another signal: the container handled it' 7 "$(wait_exit polite)"

docker run -d --name family busybox sh -c 'sleep 3601 & sleep 3602 & sleep 3602 & touch /ready; wait $!; wait' >/dev/null
wait_for 10 ready family
init=$(docker_pid family)
# of_family ARGUMENT: how many processes of the container sleep that long.
of_family() {
	docker top family -eo pid,args | grep -c "sleep $1\$"
}
check_equal 'kill by command: there are two of them' 2 "$(of_family 3602)"
"$PERTURB" inject kill --container family --command 'sleep 3602' >"$scratch/out" 2>&1
check_equal 'kill by command: exit status' 0 $? || sed 's/^/  | /' "$scratch/out"
none_of_family() {
	[ "$(of_family 3602)" -eq 0 ]
}
check 'kill by command: both are gone' wait_for 5 none_of_family
check_equal 'kill by command: the others stay' "1 $init" "$(of_family 3601) $(docker_pid family)"
"$PERTURB" inject kill --container family --command 'nobody' >"$scratch/out" 2>&1
check_equal 'kill by a command that nobody has: exit status' 3 $?

# --- the container goes away ---------------------------------------------------------------------
start inject latency --container web --delay 50ms --for 3s
wait_for 10 has_redirect
ip netns delete web
docker rm -f web >/dev/null
ended 'a container removed during latency' 0
clean 'a container removed during latency'
check_equal 'a container removed during latency: no device is left in the engine'"'"'s namespace' '' \
	"$(ip -o link show type tun)"
docker run -d --name web busybox httpd -f -h /www >/dev/null
pid=$(docker_pid web)
freezer=/sys/fs/cgroup/freezer$(sed -n 's/^[0-9]*:freezer://p' "/proc/$pid/cgroup")
unified=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
start inject pause --container web --for 3s
wait_for 10 is_frozen
kill -KILL "$pid"
ended 'a container killed while it is paused' 0
check 'a container killed while it is paused: it ends once it is let go' wait_for 5 gone "$pid"
clean 'a container killed while it is paused'
finish
