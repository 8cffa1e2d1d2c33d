#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh [--mem SIZE] [--timeout SECONDS] [TEST...] - boots a user-mode Linux kernel, which has
# sch_netem and cgroup v2 whatever the host's kernel has, and runs the given test scripts in it
# (default: all tests/kernel/test_*.sh). Prints their "ok", "not ok" and "skip" lines.
#
# The kernel is a process. It sees the host's files read-only and writes only below a directory
# made for it; it has no network of the host's. Ended together with this script, whatever happens.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
memory=1500M
timeout=800
verbose=${VERBOSE:-}

while [ $# -gt 0 ]; do
	case $1 in
	--mem) memory=$2; shift 2 ;;
	--timeout) timeout=$2; shift 2 ;;
	--verbose) verbose=1; shift ;;
	*) break ;;
	esac
done
[ $# -gt 0 ] || set -- "$here"/test_*.sh

for tool in linux.uml modprobe unshare ping tc ip; do
	if ! command -v "$tool" >/dev/null; then
		echo "skip - kernel tests: $tool is missing (apt-get install user-mode-linux kmod iproute2 iputils-ping)"
		exit 0
	fi
done
if [ "$(id -u)" != 0 ]; then
	echo "skip - kernel tests: they need root"
	exit 0
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/perturb-kernel.XXXXXX") || exit 1
uml=
cleanup() {
	# It takes a pid namespace with it, and so the whole kernel.
	[ -n "$uml" ] && kill -KILL "$uml" 2>/dev/null && wait "$uml" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# modprobe looks for DIR/lib/modules/VERSION.
mkdir -p "$work/modules/lib/modules" "$work/out" "$work/uml"
for modules in /usr/lib/uml/modules/*; do
	ln -s "$modules" "$work/modules/lib/modules/"
done
for test; do
	test=$(realpath "$test") || exit 1
	case $test in
	"$root"/*) echo "/run/source/${test#"$root"/}" ;;
	*) cp "$test" "$work/out/" && echo "/run/work/${test##*/}" ;;
	esac
done >"$work/tests"
# A copy: a build that goes on meanwhile does not disturb the tests.
if ! cp -L "${PERTURB:-$root/build/perturb}" "$work/out/perturb"; then
	echo "not ok - kernel: there is no perturb to test: run make first"
	exit 1
fi
# On some processors it needs help; see there.
if ! cp "${HELPERS:-$root/build/helpers}/xstate.so" "$work/"; then
	echo "not ok - kernel: there is no xstate.so: run make check-programs first"
	exit 1
fi
cp "$here/init" "$work/init"
chmod +x "$work/init"
: >"$work/out/results"

HOME=$work TMPDIR=/dev/shm LD_PRELOAD=$work/xstate.so unshare --pid --fork --kill-child=SIGKILL \
	timeout --foreground --signal=KILL "$timeout" \
	linux.uml "mem=$memory" rootfstype=hostfs ro "init=$work/init" "uml_dir=$work/uml" \
	con=null con0=null,fd:1 con1=null quiet panic=-1 \
	"perturb_root=$root" "perturb_work=$work" \
	>"$work/console" 2>&1 </dev/null &
uml=$!
if [ -n "$verbose" ]; then
	tail -f -n +1 --pid=$uml "$work/out/results" "$work/console" &
fi
wait $uml
status=$?
uml=

cat "$work/out/results"
if [ ! -e "$work/out/finished" ]; then
	if [ $status = 124 ] || [ $status = 137 ]; then
		echo "not ok - kernel: not finished after $timeout seconds"
	else
		echo "not ok - kernel: ended early with status $status"
	fi
	tail -n 40 "$work/console" | sed 's/^/# /'
	exit 1
fi
if grep -q '^not ok' "$work/out/results"; then
	[ -n "$verbose" ] || tail -n 40 "$work/console" | sed 's/^/# /'
	exit 1
fi
if ! grep -q '^ok' "$work/out/results"; then
	echo "not ok - kernel: no test said ok"
	exit 1
fi
exit 0
