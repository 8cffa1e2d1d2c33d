#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The netem engine and the freezer of cgroup v2 on a container of a real Docker Engine, in the
# user-mode kernel (run.sh). The effect is measured from outside the container.
set -u
. "$(dirname "$0")/../lib.sh"

if ! command -v dockerd >/dev/null || ! [ -x /usr/bin/docker ] || ! command -v busybox >/dev/null; then
	skip 'docker in the user-mode kernel' 'docker.io or busybox-static is missing'
	finish
fi

# --- an engine of our own ------------------------------------------------------------------------
engine=/run/docker-test
mkdir $engine
mount -t tmpfs none $engine
mkdir $engine/data $engine/exec
mount -t tmpfs none /etc/docker
modprobe -a bridge overlay veth
export DOCKER_RAMDISK=1 DOCKER_HOST=unix://$engine/docker.sock
dockerd --data-root $engine/data --exec-root $engine/exec --pidfile $engine/pid \
	--host "$DOCKER_HOST" --iptables=false --ip6tables=false --ip-masq=false \
	>$engine/log 2>&1 &
dockerd=$!
at_exit "kill $dockerd; wait $dockerd"
answers() {
	[ -S $engine/docker.sock ] && /usr/bin/docker info
}
if ! wait_for 90 answers; then
	not_ok 'the Docker Engine starts' "$(tail -n 5 $engine/log)"
	finish
fi

mkdir -p "$scratch/image/bin"
cp "$(command -v busybox)" "$scratch/image/bin/busybox"
ln -s busybox "$scratch/image/bin/sh"
ln -s busybox "$scratch/image/bin/usleep"
tar -C "$scratch/image" -c . | /usr/bin/docker import - counter >/dev/null
# What it counts can be read from outside.
/usr/bin/docker run -d --name users counter \
	sh -c 'n=0; while :; do n=$((n + 1)); echo $n >/n; usleep 20000; done' >/dev/null
read -r pid address < <(/usr/bin/docker inspect \
	-f '{{.State.Pid}} {{.NetworkSettings.IPAddress}}' users)
check 'a container runs' kill -0 "$pid"

count() {
	local value
	read -r value <"/proc/$pid/root/n"
	echo "$value"
}

median() {
	ping -n -i 0.02 -c 30 -W 5 "$address" | sed -n 's/.*time=\([0-9.]*\) ms.*/\1/p' | sort -n |
		awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

qdisc() {
	nsenter --net="/proc/$pid/ns/net" tc qdisc show dev eth0
}

# Also what the kernel changes on its own: the length of the transmit queue.
state() {
	nsenter --net="/proc/$pid/ns/net" ip -oneline link show dev eth0
}

is_injected() {
	[[ $(qdisc) == *'netem 7065: root '* ]]
}

# --- latency -------------------------------------------------------------------------------------
default=$(state)
before=$(median)
"$PERTURB" inject latency --container users --delay 100ms --for 10m --out "$scratch" \
	>"$scratch/log" 2>&1 &
perturb=$!
check 'latency on a container: netem on its eth0' wait_for 30 is_injected
during=$(median)
check_between 'latency on a container: 100 ms are added' 98 102 \
	"$(awk "BEGIN { print $during - $before }")"
kill -INT $perturb
wait $perturb
check_equal 'latency on a container: exit status' 4 $?
check_equal 'latency on a container: put back' "$default" "$(state)"
check 'latency on a container: the report names the engine' \
	grep -q '"engine":[[:space:]]*"netem"' "$scratch"/*.json

# --- pause: the freezer of cgroup v2 -------------------------------------------------------------
frozen() {
	local key value
	while read -r key value; do
		[ "$key" = frozen ] && [ "$value" = 1 ] && return
	done <"/sys/fs/cgroup$cgroup/cgroup.events"
	return 1
}
IFS=: read -r _ _ cgroup <"/proc/$pid/cgroup"
"$PERTURB" inject pause --container users --for 10m >"$scratch/log" 2>&1 &
perturb=$!
check 'pause: the cgroup is frozen' wait_for 30 frozen
first=$(count)
sleep 0.5
check_equal 'pause: the container does nothing' "$first" "$(count)"
kill -INT $perturb
wait $perturb
check_equal 'pause: exit status' 4 $?
moves() {
	[ "$(count)" -gt "$first" ]
}
check 'pause: the container goes on afterwards' wait_for 5 moves
check 'pause: the cgroup is thawed' eval '! frozen'

# --- both follow a container that is started again ----------------------------------------------
# restart: the container ends as if by itself, and runs again.
restart() {
	kill -KILL "$pid"
	wait_for 30 gone "$pid"
	/usr/bin/docker wait users >/dev/null
	/usr/bin/docker start users >/dev/null
	pid=$(/usr/bin/docker inspect -f '{{.State.Pid}}' users)
	IFS=: read -r _ _ cgroup <"/proc/$pid/cgroup"
}
"$PERTURB" inject pause --container users --for 10m >"$scratch/log" 2>&1 &
perturb=$!
check 'pause, followed: the cgroup is frozen' wait_for 30 frozen
restart
check 'pause, followed: the cgroup is frozen again' wait_for 30 frozen
kill -INT $perturb
wait $perturb
check 'pause, followed: the cgroup is thawed' eval '! frozen'
"$PERTURB" inject latency --container users --delay 100ms --for 10m >"$scratch/log" 2>&1 &
perturb=$!
check 'latency, followed: netem on its eth0' wait_for 30 is_injected
restart
check 'latency, followed: netem on its new eth0' wait_for 30 is_injected
kill -INT $perturb
wait $perturb
check 'latency, followed: put back' eval '! is_injected'

# --- kill ----------------------------------------------------------------------------------------
"$PERTURB" inject kill --container users --signal KILL >"$scratch/log" 2>&1
check_equal 'kill: exit status' 0 $?
check 'kill: the container is gone' wait_for 5 gone "$pid"
check 'nothing is left behind' no_journals
finish
