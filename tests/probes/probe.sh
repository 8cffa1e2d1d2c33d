# SPDX-License-Identifier: Apache-2.0
# probe.sh - for tests of kinds of probes; to be sourced after lib.sh.

# as_nobody COMMAND…: becomes it, so this is for the background and for subshells. Servers have no need
# of root.
as_nobody() {
	if [ "$(id -u)" = 0 ]; then
		exec setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs "$@"
	fi
	exec "$@"
}

# directory_of_server NAME: where it may write.
directory_of_server() {
	mkdir "$scratch/$1"
	chmod 755 "$scratch"
	chmod 777 "$scratch/$1"
}

# free_ports COUNT: which nobody listens at.
free_ports() {
	/usr/bin/python3 -c '
import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(each.getsockname()[1] for each in sockets))' "$1"
}

# probe_experiment: measures what is in experiment.yaml. Sets status and report.
probe_experiment() {
	rm -rf "$scratch/out"
	mkdir "$scratch/out"
	"$PERTURB" probe "$scratch/experiment.yaml" --out "$scratch/out" >"$scratch/log" 2>&1
	status=$?
	report=$(echo "$scratch"/out/*.json)
}

# probe KIND VALUE [RATE]: measures for a second. Sets status and report.
probe() {
	cat >"$scratch/experiment.yaml" <<EOS
version: 1
title: A probe of the kind $1
steady_state:
  - name: probe
    $1: $2
    rate: ${3:-20/s}
    tolerate: { success: ">= 100%" }
baseline: 1s
EOS
	probe_experiment
}

# errors_are KINDS: the kinds of error that the report counts, as a JSON list. Without an error, all
# are good; else none is.
errors_are() {
	jq -e --argjson kinds "$1" '.probes[0].phases.baseline | .count >= 15 and
		(.errors | keys) == $kinds and .ok == (if $kinds == [] then .count else 0 end)' "$report"
}

# measure NAME KINDS KIND VALUE [RATE]
measure() {
	local wanted=1
	[ "$2" != '[]' ] || wanted=0
	probe "$3" "$4" "${5:-20/s}"
	check_equal "$1: exit status" "$wanted" "$status" || sed 's/^/  | /' "$scratch/log"
	check "$1: errors are $2" errors_are "$2"
}
