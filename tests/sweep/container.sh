# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# container.sh - one process as if it were a container, with a cgroup of its own that can be frozen.
#
#     . "$(dirname "$0")/../lib.sh"
#     isolate "$@"
#     . "$(dirname "$0")/container.sh"
#     container_start || skip …      # sets container (the pid), frozen and DOCKER_HOST

# Sets frozen to the file by which the cgroup is frozen. An engine's cgroup has the id in its name.
container_cgroup() {
	local cgroup id
	id=aaaa$(printf '1%.0s' {1..60})
	cgroup=/sys/fs/cgroup
	[ ! -d $cgroup/freezer ] || cgroup=$cgroup/freezer
	cgroup=$(mktemp -d "$cgroup/perturb-sweep-$id.XXXXXX" 2>/dev/null) || return 1
	if [ -e "$cgroup/freezer.state" ]; then
		frozen=$cgroup/freezer.state
	else
		frozen=$cgroup/cgroup.freeze
	fi
	at_exit "wait_for 5 rmdir '$cgroup'"
}

# The container "users" of an engine that says so.
container_start() {
	container_cgroup || return 1
	sleep 100000 &
	container=$!
	at_exit "container_thaw; kill -KILL $container; wait $container 2>/dev/null"
	echo $container >"$(dirname "$frozen")/cgroup.procs"
	"$ROOT/tests/docker/fake_engine.py" "$scratch/engine.sock" works $container &
	at_exit "kill $!"
	wait_for 10 test -S "$scratch/engine.sock" || return 1
	export DOCKER_HOST=unix://$scratch/engine.sock
}

container_thaw() {
	case $frozen in
	*/freezer.state) echo THAWED >"$frozen" ;;
	*) echo 0 >"$frozen" ;;
	esac
}
