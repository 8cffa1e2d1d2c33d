#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Container engines that are not there, do not answer or answer nonsense: exit status 3 within
# seconds, and a message that says what is wrong.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
unset DOCKER_HOST CONTAINER_HOST XDG_RUNTIME_DIR
socket=$scratch/engine.sock
fake=

# fake_engine MODE [PID]
fake_engine() {
	if [ -n "$fake" ]; then
		kill "$fake"
		wait "$fake" 2>/dev/null
	fi
	rm -f "$socket"
	"$ROOT/tests/docker/fake_engine.py" "$socket" "$@" &
	fake=$!
	wait_for 10 test -S "$socket"
}
at_exit '[ -z "$fake" ] || kill "$fake"'

# fails NAME PATTERN SECONDS COMMAND…: exit status 3 in time, nothing on stdout, one line on stderr
# that matches.
fails() {
	local name=$1 pattern=$2 limit=$3 begin status elapsed
	shift 3
	begin=$(now_ms)
	"$@" >"$scratch/out" 2>"$scratch/err"
	status=$?
	elapsed=$(($(now_ms) - begin))
	if [ $status -eq 3 ] && grep -Eq "$pattern" "$scratch/err" && [ ! -s "$scratch/out" ] &&
		[ "$(wc -l <"$scratch/err")" -eq 1 ] && [ $elapsed -le $((limit * 1000)) ]; then
		ok "$name"
	else
		not_ok "$name" "status $status after $elapsed ms"
		sed 's/^/  | /' "$scratch/err" "$scratch/out"
	fi
}

inject() {
	DOCKER_HOST=unix://$socket "$PERTURB" inject latency --container "${1:-users}" --delay 10ms --for 1s \
		--quiet
}

targets() {
	DOCKER_HOST=unix://$socket "$PERTURB" targets
}

# --- nobody is there -----------------------------------------------------------------------------
fails 'no engine at all' 'no container engine is here: .*/var/run/docker.sock .*/run/podman' 1 \
	"$PERTURB" inject pause --container users --for 1s
fails 'DOCKER_HOST without a socket' "cannot ask docker at unix://$socket .*running.*No such file" 1 inject
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$socket"
fails 'a socket that a stopped engine left' 'cannot ask docker at .*running.*Connection refused' 1 inject
DOCKER_HOST=ssh://root@host fails 'a scheme that is not understood' "'ssh://root@host' names no container engine" 1 \
	"$PERTURB" inject pause --container users --for 1s
DOCKER_HOST=tcp://127.0.0.1:1 fails 'TCP, where nobody listens' 'cannot ask docker at tcp://127.0.0.1:1 ' 1 \
	"$PERTURB" targets
# As somebody who may not open the socket.
fake_engine healthy
chmod 600 "$socket"
chmod 755 "$scratch"
cp "$(readlink -f "$PERTURB")" "$scratch/perturb"
as_nobody() {
	DOCKER_HOST=unix://$socket setpriv --reuid 65534 --regid 65534 --clear-groups "$scratch/perturb" targets
}
fails 'a socket that may not be opened' 'cannot ask docker at .*run perturb as root.*Permission denied' 1 as_nobody

# --- somebody is there, but not well -------------------------------------------------------------
fake_engine silent
fails 'an engine that never answers' 'docker at .*engine.sock does not answer within 5 s' 7 inject
fails 'targets, by an engine that never answers' 'does not answer within 5 s' 7 targets
fake_engine trickle
fails 'an engine that answers a byte at a time' 'does not answer within 5 s' 7 inject
fake_engine stuck
fails 'an engine that gets stuck on one container' "container 'users': .*does not answer" 7 inject
fake_engine endless
fails 'an answer without end' 'the answer of docker at .* is longer than 16 MiB' 7 inject
fake_engine error
fails 'an error of the engine' 'docker at .* answers HTTP 500: the disk is full' 2 inject
fails 'targets, by an engine with an error' 'answers HTTP 500: the disk is full' 2 targets
for mode in garbage hangs-up empty cut; do
	fake_engine $mode
	fails "no proper HTTP: $mode" 'docker at .* gives (no proper|an empty) answer' 2 inject
done
for mode in text object; do
	fake_engine $mode
	fails "HTTP 200 with nonsense: $mode" "docker at .*: .*answer is not understood" 2 inject
done

# --- well, but not here --------------------------------------------------------------------------
fake_engine healthy 4194304
fails 'a process that is not on this machine' "container 'users': its process 4194304 is not on this machine" 2 inject
# The engine is in a virtual machine, or on another host: its pids are other processes' here.
fake_engine healthy $$
fails 'a process of this machine that is not in the container' "container 'users': its process $$ is not on" 2 inject
fake_engine healthy 0
fails 'a container that has just ended' "container 'users': it has just ended" 2 inject
# What is mounted tells the containers that a process belongs to; this one belongs to both.
mkdir /run/containers
for digit in 1 2; do
	mkdir "/run/containers/aaaa$(printf "%060d" 0 | tr 0 $digit)"
done
unshare --mount sh -c 'for directory in /run/containers/*; do mount -t tmpfs tmpfs "$directory"; done
	exec sleep 3600' &
sleeper=$!
at_exit 'kill $sleeper'
is_inside() {
	grep -q /run/containers/aaaa2 "/proc/$sleeper/mountinfo"
}
wait_for 10 is_inside
fake_engine healthy $sleeper
by_id() {
	printf 'version: 1\ntitle: t\ntargets:\n  t: { container: { id: %s } }\nmethod:\n  - pause: { target: t }\n    for: 1s\n' \
		"$1" >"$scratch/e.yaml"
	DOCKER_HOST=unix://$socket "$PERTURB" plan "$scratch/e.yaml"
}
fails 'an id prefix that two containers share' "the id 'aaaa' is ambiguous: 2 containers begin with it" 2 by_id aaaa

# --- others go on --------------------------------------------------------------------------------
ip netns add shop
at_exit 'ip netns delete shop'
fake_engine error
targets >"$scratch/out" 2>"$scratch/err"
check_equal 'targets shows what else there is: status' 3 $?
check 'targets shows what else there is' grep -q '^netns *shop ' "$scratch/out"

# Without DOCKER_HOST, where engines usually listen; /run is the test's own.
mkdir /run/podman
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/run/docker.sock")'
"$ROOT/tests/docker/fake_engine.py" /run/podman/podman.sock healthy $sleeper &
podman=$!
at_exit 'kill $podman'
wait_for 10 test -S /run/podman/podman.sock
found() {
	"$PERTURB" targets --format json | jq -r '.[] | select(.name == "users") | .kind' | xargs
}
check_equal 'a socket that Docker left does not keep Podman from being asked' podman "$(found)"
check 'nor from being a target' "$PERTURB" inject pause --container users --for 10ms --quiet
# podman-docker links one socket to the other.
ln -sf podman/podman.sock /run/docker.sock
check_equal 'one engine with two sockets is asked once' docker "$(found)"
finish
