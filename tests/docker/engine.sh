# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# engine.sh - a Docker Engine of the test's own, which ends with the test.
#
#     . "$(dirname "$0")/../lib.sh"
#     . "$(dirname "$0")/engine.sh"
#     isolate "$@"                   # must come first: /run, the bridge and the firewall are ours
#     engine_start                   # dockerd; DOCKER_HOST is set; the image busybox is there
#     pid=$(docker_pid users)
#
# An engine that the user runs is never asked or touched: this one has its own data root, socket,
# network namespace and cgroups.

ENGINE=/run/perturb-test-engine
CGROUP=/$(basename "$scratch")

# Another docker may come first on PATH.
docker() {
	/usr/bin/docker "$@"
}

docker_pid() {
	docker inspect -f '{{.State.Pid}}' "$1"
}

docker_id() {
	docker inspect -f '{{.Id}}' "$1"
}

docker_address() {
	docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$1"
}

engine_answers() {
	[ -S $ENGINE/docker.sock ] && docker version
}

# Removes the cgroups that the engine leaves, deepest first, in every hierarchy.
engine_remove_cgroups() {
	local directory
	for directory in /sys/fs/cgroup/*"$CGROUP" "/sys/fs/cgroup$CGROUP"; do
		[ -d "$directory" ] && find "$directory" -depth -type d -exec rmdir {} + 2>/dev/null
	done
}

engine_stop() {
	local containers
	containers=$(docker ps -aq)
	# shellcheck disable=SC2086 # one word per container
	[ -z "$containers" ] ||
		docker rm -f $containers >/dev/null 2>&1
	kill "$engine_pid" 2>/dev/null
	wait_for 15 gone "$engine_pid" || kill -KILL "$engine_pid"
	wait "$engine_pid" 2>/dev/null
	engine_remove_cgroups
	umount -l $ENGINE
}

# A tar with busybox as every command, for an image.
engine_image() {
	local root=$scratch/image
	mkdir -p "$root/bin" "$root/tmp" "$root/www"
	cp "$(command -v busybox)" "$root/bin/busybox"
	(cd "$root/bin" && for applet in $(./busybox --list); do
		[ "$applet" = busybox ] || ln -s busybox "$applet"
	done)
	echo ok >"$root/www/index.html"
	tar -C "$root" -c .
}

# Containers live on while the engine does not (live-restore).
engine_launch() {
	dockerd --data-root $ENGINE/data --exec-root $ENGINE/exec --pidfile $ENGINE/pid \
		--host "$DOCKER_HOST" --cgroup-parent "$CGROUP" --live-restore >>$ENGINE/log 2>&1 &
	engine_pid=$!
}

# Starts the engine, or ends the script: skipped where it is not installed, failed where it does
# not come up.
engine_start() {
	if ! command -v dockerd >/dev/null || ! [ -x /usr/bin/docker ] || ! command -v busybox >/dev/null; then
		skip "$(basename "$0" .sh)" 'docker.io or busybox-static is missing'
		finish
	fi
	mkdir $ENGINE
	mount -t tmpfs -o mode=755 tmpfs $ENGINE
	export DOCKER_HOST=unix://$ENGINE/docker.sock
	engine_launch
	at_exit engine_stop
	if ! wait_for 60 engine_answers; then
		not_ok 'a Docker Engine starts' "$(tail -n 5 $ENGINE/log)"
		finish
	fi
	engine_image | docker import - busybox >/dev/null || {
		not_ok 'the image is made'
		finish
	}
}
