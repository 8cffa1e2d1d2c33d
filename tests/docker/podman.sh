# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# podman.sh - Podman of the test's own, which ends with the test.
#
#     . "$(dirname "$0")/../lib.sh"
#     . "$(dirname "$0")/podman.sh"
#     isolate "$@"                   # must come first
#     podman_start [2]               # its API; CONTAINER_HOST is set; the image busybox is there
#     podman run -d --name users busybox sleep 3600
#
# It has its own storage, socket and cgroups, and never sees the user's containers.

PODMAN=/run/perturb-test-podman
# shellcheck disable=SC2154 # of lib.sh
CGROUP=/$(basename "$scratch")

# With CONTAINER_HOST, it would only be a client of the service.
podman() {
	env -u CONTAINER_HOST /usr/bin/podman --root $PODMAN/storage --runroot $PODMAN/run --tmpdir $PODMAN/tmp \
		--storage-driver vfs --events-backend none --cgroup-manager cgroupfs --runtime crun "$@"
}

# podman_run NAME OPTION… IMAGE COMMAND…: a container in the test's cgroup. There is no network
# unless an option says so.
podman_run() {
	local name=$1
	shift
	podman run -d --name "$name" "${run_options[@]}" "$@" >/dev/null
}

podman_pid() {
	podman inspect -f '{{.State.Pid}}' "$1"
}

podman_answers() {
	[ -S $PODMAN/podman.sock ] && curl -s --unix-socket $PODMAN/podman.sock http://d/_ping
}

# Removes the test's cgroups, deepest first; fails while a process is still in one.
podman_remove_cgroups() {
	local directory left=0
	for directory in /sys/fs/cgroup/*"$CGROUP" "/sys/fs/cgroup$CGROUP"; do
		[ -d "$directory" ] || continue
		find "$directory" -depth -type d -exec rmdir {} \; 2>/dev/null
		[ ! -d "$directory" ] || left=1
	done
	return $left
}

podman_stop() {
	podman rm -f -a -t 0 >/dev/null 2>&1
	kill "$podman_pid" 2>/dev/null
	wait "$podman_pid" 2>/dev/null
	# The monitors of containers outlive them by a moment.
	wait_for 10 podman_remove_cgroups
}

# crun does not want both versions of cgroups at once. What is unmounted here is so for this test
# alone.
podman_choose_cgroups() {
	[ -d /sys/fs/cgroup/freezer ] || return
	if [ "$1" = 1 ]; then
		umount /sys/fs/cgroup/unified 2>/dev/null
	else
		umount -R /sys/fs/cgroup
		mount -t cgroup2 none /sys/fs/cgroup
		# All that needs a controller, or a BPF program, which needs more than root has here.
		run_options+=(--privileged --pids-limit -1)
	fi
}

# podman_start [VERSION]: with cgroups of version 1 (default) or 2, where the machine has both.
podman_start() {
	if ! [ -x /usr/bin/podman ] || ! command -v busybox >/dev/null; then
		skip "$(basename "$0" .sh)" 'podman or busybox-static is missing'
		finish
	fi
	run_options=(--cgroup-parent "$CGROUP" --network none)
	podman_choose_cgroups "${1:-1}"
	# Where Podman keeps locks and a cache, whatever storage it is given.
	mount -t tmpfs tmpfs /dev/shm
	[ ! -d /var/lib/containers ] || mount -t tmpfs tmpfs /var/lib/containers
	mkdir -p $PODMAN "$scratch/image/bin"
	export CONTAINER_HOST=unix://$PODMAN/podman.sock
	unset DOCKER_HOST
	podman system service --time 0 "$CONTAINER_HOST" >"$scratch/podman.log" 2>&1 &
	podman_pid=$!
	at_exit podman_stop
	cp "$(command -v busybox)" "$scratch/image/bin/busybox"
	for applet in sh sleep usleep; do
		ln -s busybox "$scratch/image/bin/$applet"
	done
	if ! wait_for 30 podman_answers ||
		! tar -C "$scratch/image" -c . | podman import - busybox >/dev/null 2>&1; then
		not_ok 'Podman starts' "$(tail -n 5 "$scratch/podman.log")"
		finish
	fi
}
