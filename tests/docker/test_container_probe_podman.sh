#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Probes of containers of Podman, by its API, which leaves out or spells differently what Docker says.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/podman.sh"
. "$(dirname "$0")/../probes/probe.sh"
isolate "$@"
podman_start 1
cd "$scratch" || exit 1

check 'a container starts' podman_run web busybox sleep 3600 || finish
measure 'running' '[]' container web
measure 'running, by its id, not restarted' '[]' container \
	"{ name: '$(podman inspect -f '{{.Id}}' web | cut -c 1-12)', runtime: podman, restarts: '<= 0', health: healthy }"
measure 'no such container' '["not-found"]' container nobody
podman kill web >/dev/null
check 'it has ended' wait_for 10 eval '[ "$(podman inspect -f "{{.State.Status}}" web)" = exited ]'
measure 'ended' '["state"]' container web
measure 'ended, as it should be' '[]' container '{ name: web, state: exited }'
finish
