#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Containers that end, restart, or are made anew while a fault is active on them, and an engine that
# restarts: measured from the side of the bridge, and read in the report.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/engine.sh"
isolate "$@"
engine_start
cd "$scratch" || exit 1

# start NAME ARGUMENT…: perturb in the background; its pid is $perturb, its report is for report.
start() {
	out=$scratch/$1
	mkdir "$out"
	shift
	"$PERTURB" "$@" --out "$out" >"$scratch/stdout" 2>"$scratch/stderr" &
	perturb=$!
}

# report FILTER
report() {
	jq -c "$1" "$out"/*.json
}

# ended NAME STATUS
ended() {
	wait "$perturb"
	check_equal "$1: exit status" "$2" $? || sed 's/^/  | /' "$scratch/stdout" "$scratch/stderr"
	check "$1: no process of perturb is left" wait_for 5 no_perturb_processes
	check "$1: no journal is left" no_journals
}

tc_of() {
	nsenter --net="/proc/$(docker_pid "$1")/ns/net" -- tc "${@:2}"
}

has_redirect() {
	tc_of "$1" filter show dev eth0 egress | grep -q mirred
}

# Nothing of perturb is in the container's namespace.
is_clean() {
	! nsenter --net="/proc/$(docker_pid "$1")/ns/net" -- ip -o link show | grep -q ptb &&
		! tc_of "$1" qdisc show | grep -Eq 'clsact|7065:'
}

milliseconds_of() {
	docker inspect -f '{{.State.StartedAt}}' "$1" | xargs -I{} date -d {} +%s%3N
}

# slow_after MILLISECONDS LOG: when the first slow answer of ping -D came after that moment.
slow_after() {
	awk -v from="$1" '/time=/ {
		at = substr($1, 2) * 1000
		split($0, part, "time=")
		if (at > from && part[2] + 0 >= 90) { printf "%.0f\n", at; exit }
	}' "$2"
}

any_slow_after() {
	[ -n "$(slow_after "$1" "$2")" ]
}

# watch_pings ADDRESS LOG
watch_pings() {
	ping -n -D -i 0.02 -W 5 "$1" >"$2" 2>/dev/null &
	ping=$!
}

container() {
	docker run -d --name "$@" >/dev/null
}

container web busybox httpd -f -h /www
address=$(docker_address web)
# An address that did not answer is asked for again after a second, which is not what is measured.
echo 20 >/proc/sys/net/ipv4/neigh/docker0/retrans_time_ms
url=http://$address/
check 'a container answers' wait_for 10 curl -fs -o /dev/null "$url"

# --- restarted -----------------------------------------------------------------------------------
before=$(docker_pid web)
start restart inject latency --container web --delay 100ms --for 6s
check 'restart: it is injected' wait_for 10 has_redirect web
begin=$(now_ms)
watch_pings "$address" ping.log
wait_for 5 any_slow_after 0 ping.log
docker restart -t 0 web >/dev/null
started=$(milliseconds_of web)
check 'restart: round trips are slow again' wait_for 5 any_slow_after "$started" ping.log
check_between 'restart: within a second of the new start' 0 1000 \
	$(($(slow_after "$started" ping.log) - started))
check 'restart: in the new namespace' has_redirect web
after=$(docker_pid web)
ended restart 0
check_between 'restart: the end is that of the first injection' 4500 7500 $(($(now_ms) - begin))
kill $ping
check 'restart: nothing is left in the new namespace' is_clean web
check_equal 'restart: the report shows the gap' "[\"reverted\",true,2,1,true,$after,\"$(docker_id web)\"]" \
	"$(report '.faults[0] | [.state, .effective, (.operations | length), (.moves | length),
		(.moves[0] | .gone_at_ms > 0 and .injected_at_ms > .gone_at_ms and .netns != null),
		.moves[0].pid, .moves[0].id]')"
check_equal 'restart: the events tell it' '[true,true,true]' \
	"$(report "[.events[].what] | [any(test(\"web is gone: its process $before has ended\")),
		any(test(\"runs again as process $after\")), any(test(\"followed it into process $after\"))]")"
check 'restart: the summary tells it' grep -q "followed into process $after after" stdout

# --- renamed, and restarted ----------------------------------------------------------------------
start rename inject latency --container web --delay 100ms --for 6s
check 'rename: it is injected' wait_for 10 has_redirect web
docker rename web shop
docker restart -t 0 shop >/dev/null
check 'rename: it is followed by its id' wait_for 3 has_redirect shop
ended rename 0
check_equal 'rename: the events have the new name' true \
	"$(report "any(.events[].what; test(\"^shop runs again as process $(docker_pid shop)\"))")"

# What has a protected name by now is not touched any more.
cat >"$scratch/protect.yaml" <<'END'
version: 1
title: A container that gets a protected name
targets: { web: { container: shop } }
method:
  - latency: { target: web, delay: 100ms }
    for: 4s
limits: { protect: [payments] }
END
start protected run "$scratch/protect.yaml"
check 'rename: it is injected again' wait_for 10 has_redirect shop
docker rename shop payments
docker restart -t 0 payments >/dev/null
ended 'rename to a protected name' 0
check_equal 'rename to a protected name: it is not touched any more' true \
	"$(report "any(.events[].what; test(\"not injected again: .*protected\"))")"
check 'rename to a protected name: it is clean' is_clean payments
docker rename payments web

# --- not followed --------------------------------------------------------------------------------
cat >stay.yaml <<'END'
version: 1
title: A fault that stays where it is
targets: { web: { container: web } }
method:
  - latency: { target: web, delay: 100ms }
    for: 3s
    follow: false
END
start stay run stay.yaml
check 'follow false: it is injected' wait_for 10 has_redirect web
docker restart -t 0 web >/dev/null
# Three times as long as following may take.
sleep 1.5
check 'follow false: it does not follow' is_clean web
ended 'follow false' 0
check_equal 'follow false: the report' '["gone","its target was gone",[null]]' \
	"$(report '.faults[0] | [.state, .cause, [.moves[].injected_at_ms]]')"

# --- removed -------------------------------------------------------------------------------------
# probed NAME SUCCESS: an experiment whose verdict the probes decide.
probed() {
	cat >"$1.yaml" <<END
version: 1
title: $1
targets: { web: { container: web } }
steady_state:
  - name: other answers
    http: { url: "$other", timeout: 2s }
    rate: 10/s
    tolerate: { success: "$2" }
baseline: 1s
recovery: 1s
method:
  - latency: { target: web, delay: 100ms }
    for: 3s
END
}
container other busybox httpd -f -h /www
other=http://$(docker_address other)/
wait_for 10 curl -fs -o /dev/null "$other"
probed removed '>= 99%'
start removed run removed.yaml
check 'removed: it is injected' wait_for 10 has_redirect web
# It vanishes with the namespace of its other end, and not before.
ip link add watch type veth peer name other netns "$(docker_pid web)"
docker rm -f web >/dev/null
check 'removed: the journal entry is undone at once' wait_for 1 grep -qs undone /run/perturb/*.journal
check 'removed: its namespace is not held on to' wait_for 2 eval '! ip link show watch'
check 'removed: the run goes on' kill -0 $perturb
ended removed 0
check_equal 'removed: the report' '["held","gone",true,null,[null]]' \
	"$(report '[.verdict, (.faults[0] | .state, .reverted_at_ms != null, .error, [.moves[].injected_at_ms])]')"

# --- removed, and the probes suffer --------------------------------------------------------------
container web busybox httpd -f -h /www
url=http://$(docker_address web)/
wait_for 10 curl -fs -o /dev/null "$url"
sed "s,http: .*,http: { url: \"$url\"\, timeout: 500ms }," removed.yaml >broken.yaml
start broken run broken.yaml
check 'removed, and missed: it is injected' wait_for 10 has_redirect web
docker rm -f web >/dev/null
ended 'removed, and missed' 1
check_equal 'removed, and missed: the report' '["broken","gone"]' "$(report '[.verdict, .faults[0].state]')"

# --- made anew under the same name ---------------------------------------------------------------
container web busybox httpd -f -h /www
start anew inject latency --container web --delay 100ms --for 6s
check 'made anew: it is injected' wait_for 10 has_redirect web
docker rm -f web >/dev/null
container web busybox httpd -f -h /www
started=$(milliseconds_of web)
check 'made anew: it follows' wait_for 1 has_redirect web
id=$(docker_id web)
ended 'made anew' 0
check 'made anew: nothing is left' is_clean web
check_equal 'made anew: the report' "[\"reverted\",[\"$id\"]]" "$(report '.faults[0] | [.state, [.moves[].id]]')"

# By its id, another one is not meant.
start id inject latency --container "$(docker_id web)" --delay 100ms --for 3s
check 'made anew, chosen by id: it is injected' wait_for 10 has_redirect web
docker rm -f web >/dev/null
container web busybox httpd -f -h /www
ended 'made anew, chosen by id' 0
check 'made anew, chosen by id: the other one is left alone' is_clean web
check_equal 'made anew, chosen by id: the report' '["gone",[null]]' \
	"$(report '.faults[0] | [.state, [.moves[].injected_at_ms]]')"

# --- killed by perturb, restarted by the engine ---------------------------------------------------
container phoenix --restart always busybox sleep 3600
first=$(docker_pid phoenix)
cat >phoenix.yaml <<'END'
version: 1
title: Killed under latency, and slow again
targets: { phoenix: { container: phoenix } }
method:
  - latency: { target: phoenix, delay: 100ms }
    for: 5s
  - kill: { target: phoenix }
    at: 1s
# What comes back is the same instance.
limits: { max_instances: 1 }
END
start phoenix run phoenix.yaml
# restarted CONTAINER PID
restarted() {
	local now
	now=$(docker_pid "$1")
	[ "$now" != 0 ] && [ "$now" != "$2" ]
}
check 'killed: the engine restarts it' wait_for 10 restarted phoenix "$first"
check 'killed: latency follows within a second' wait_for 1 has_redirect phoenix
ended killed 0
check 'killed: nothing is left' is_clean phoenix
check_equal 'killed: the report' '[["latency","reverted",1],["kill","done",0]]' \
	"$(report '[.faults[] | [.kind, .state, (.moves | length)]]')"

# What begins after a restart goes where the container is then.
cat >later.yaml <<'END'
version: 1
title: Killed, and slow later
targets: { phoenix: { container: phoenix } }
method:
  - kill: { target: phoenix }
  - latency: { target: phoenix, delay: 100ms }
    at: 2s
    for: 1s
  - bandwidth: { target: phoenix, rate: 1mbit }
    at: 4s
    for: 1s
END
start later run later.yaml
ended later 0
check_equal 'later: the report' '["done","reverted","reverted"]' "$(report '[.faults[].state]')"

# --- paused --------------------------------------------------------------------------------------
is_running() {
	[ "$(docker_pid "$1")" != 0 ]
}
check 'pause: the container runs' wait_for 10 is_running phoenix
first=$(docker_pid phoenix)
cgroup() {
	echo "/sys/fs/cgroup/freezer$(sed -n 's/^[0-9]*:freezer://p' "/proc/$(docker_pid phoenix)/cgroup")"
}
is_frozen() {
	[ "$(cat "$(cgroup)/freezer.state" 2>/dev/null)" = FROZEN ] ||
		grep -qs '^frozen 1' "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(docker_pid phoenix)/cgroup")/cgroup.events"
}
start pause inject pause --container phoenix --for 6s
check 'pause: the freezer has it' wait_for 10 is_frozen
freezer=$(cgroup)
kill -KILL "$first"
# A process in a version 1 freezer dies only when it is let go.
[ ! -e "$freezer/freezer.state" ] || echo THAWED >"$freezer/freezer.state"
check 'pause: the engine restarts it' wait_for 10 restarted phoenix "$first"
check 'pause: it follows within a second' wait_for 1 is_frozen
ended pause 0
check 'pause: it is let go' eval '! is_frozen'
check_equal 'pause: the report' '["reverted",1]' "$(report '.faults[0] | [.state, (.moves | length)]')"
docker rm -f phoenix >/dev/null

# --- the target is gone before its fault ----------------------------------------------------------
cat >never.yaml <<'END'
version: 1
title: Gone before its time
targets: { web: { container: web } }
method:
  - latency: { target: web, delay: 100ms }
    at: 2s
    for: 1s
END
start never run never.yaml
wait_for 10 grep -q 'fault begins' stderr
docker rm -f web >/dev/null
ended 'gone before its fault' 3
check_equal 'gone before its fault: the report' '["not-started","gone"]' "$(report '[.verdict, .faults[0].state]')"

# --- a process -----------------------------------------------------------------------------------
sleep 3600 &
process=$!
start process inject pause --process $process --for 2s
stopped() {
	grep -q '^State:.T' "/proc/$process/status"
}
check 'a process: it is stopped' wait_for 10 stopped
kill -KILL $process
ended 'a process' 0
check_equal 'a process: the report' '["gone"]' "$(report '[.faults[].state]')"

# --- an interface is made anew -------------------------------------------------------------------
docker network create side >/dev/null
container web --network side busybox httpd -f -h /www
start interface inject latency --container web --delay 50ms --for 3s
check 'an interface made anew: it is injected' wait_for 10 has_redirect web
docker network disconnect side web
docker network connect side web
ended 'an interface made anew' 0
check 'an interface made anew: nothing is left' is_clean web
check_equal 'an interface made anew: the report notes it' true \
	"$(report '[.events[].what] | any(test("interface eth0 was removed or replaced"))')"

# --- the engine restarts -------------------------------------------------------------------------
engine_end() {
	kill -TERM "$engine_pid"
	wait_for 15 gone "$engine_pid"
	wait "$engine_pid" 2>/dev/null
}
docker rm -f web >/dev/null
container web busybox httpd -f -h /www
pid=$(docker_pid web)
start engine inject latency --container web --delay 100ms --for 8s
check 'an engine with live-restore restarts: it is injected' wait_for 10 has_redirect web
engine_end
engine_launch
check 'an engine with live-restore restarts: it comes up' wait_for 60 engine_answers
check_equal 'an engine with live-restore restarts: the container lived on' "$pid" "$(docker_pid web)"
check 'an engine with live-restore restarts: the fault stays' has_redirect web
ended 'an engine with live-restore restarts' 0
check_equal 'an engine with live-restore restarts: the report' '["reverted",0]' \
	"$(report '.faults[0] | [.state, (.moves | length)]')"

# The container dies while nobody can be asked, and comes back with the engine.
docker update --restart always web >/dev/null
start silence inject latency --container web --delay 100ms --for 15s
check 'an engine is away: it is injected' wait_for 10 has_redirect web
engine_end
kill -KILL "$pid"
check 'an engine is away: that is noted' wait_for 5 grep -q 'asking it again until it answers' stderr
engine_launch
wait_for 60 engine_answers
check 'an engine is away: the container comes back' wait_for 10 restarted web "$pid"
check 'an engine is away: the fault follows' wait_for 1 has_redirect web
kill -INT $perturb
ended 'an engine is away' 4
check 'an engine is away: nothing is left' is_clean web
check_equal 'an engine is away: the report' '["reverted",1,1,1]' \
	"$(report '[(.faults[0] | .state, (.moves | length)), ([.events[].what | select(test("asking it again"))] | length),
		([.events[].what | select(test("answers again"))] | length)]')"
finish
