#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the processes of a run may do, as the kernel says in /proc/PID/status.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

# status_of PID FIELD
status_of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# The one process of that name, which a process bears from early in its life on.
process_named() {
	local pid
	for pid in $(perturb_processes); do
		[ "$(cat "/proc/$pid/comm")" != "$1" ] || echo "$pid"
	done
}

# filters_calls: does this kernel have seccomp? It says so of any process.
filters_calls() {
	grep -q '^Seccomp:' /proc/self/status
}

netns_pair client server || exit 1
"$PERTURB" inject latency --netns server --delay 5ms --for 60s --engine relay \
	>"$scratch/log" 2>&1 &
main=$!
wait_for 10 grep -q injected "$scratch/log" || not_ok 'inject' "$(cat "$scratch/log")"
custodian=$(process_named perturb-custod)
standby=$(process_named perturb-standby)
relay=$(process_named perturb-relay)
if [ -z "$custodian" ] || [ -z "$standby" ] || [ -z "$relay" ]; then
	not_ok 'custodian, standby and relay are there' "$(perturb_processes | xargs ps -o pid,comm)"
	finish
fi

# has_capabilities NAME NUMBER…: these and no others, of those that this shell has (capabilities(7)
# by their numbers in linux/capability.h), and no way to get another.
has_capabilities() {
	local name=$1 pid=${!1} field mask=0 wanted
	shift
	for number in "$@"; do
		mask=$((mask | 1 << number))
	done
	wanted=$(printf %016x $((mask & 0x$(status_of $$ CapEff))))
	for field in CapPrm CapEff; do
		check_equal "the $name: $field" "$wanted" "$(status_of "$pid" $field)"
	done
	for field in CapInh CapAmb; do
		check_equal "the $name: $field" 0000000000000000 "$(status_of "$pid" $field)"
	done
	check_equal "the $name: no_new_privs" 1 "$(status_of "$pid" NoNewPrivs)"
}

dac_override=1 kill=5 setgid=6 setuid=7 net_admin=12 net_raw=13 sys_ptrace=19 sys_admin=21
sys_nice=23 sys_resource=24
has_capabilities main $dac_override
has_capabilities standby $dac_override $kill $net_admin $sys_ptrace $sys_admin
has_capabilities custodian $dac_override $kill $net_admin $sys_ptrace $sys_admin \
	$net_raw $setuid $setgid $sys_nice $sys_resource
has_capabilities relay
# A process without any cannot change its bounding set: that is the custodian's.
for name in main standby custodian; do
	check_equal "the $name: CapBnd" "$(status_of "${!name}" CapPrm)" "$(status_of "${!name}" CapBnd)"
done
check_equal 'the relay: CapBnd' "$(status_of "$custodian" CapBnd)" "$(status_of "$relay" CapBnd)"
check_equal 'the relay: is nobody' '65534 65534 65534 65534' "$(status_of "$relay" Uid | tr '\t' ' ')"

for name in custodian standby relay; do
	if filters_calls; then
		check_equal "the $name: is limited to its system calls" 2 \
			"$(status_of "${!name}" Seccomp)"
	else
		skip "the $name: is limited to its system calls" 'no seccomp in this kernel'
	fi
done
if filters_calls; then
	check 'doctor says so' grep -q '^ok   seccomp' <("$PERTURB" doctor)
else
	check 'doctor says so' grep -q '^--   seccomp' <("$PERTURB" doctor)
fi
filters=$(status_of "$custodian" Seccomp_filters) # since Linux 5.9
if [ -n "$filters" ]; then
	check_equal 'the relay: has a second filter of its own' $((filters + 1)) \
		"$(status_of "$relay" Seccomp_filters)"
else
	skip 'the relay: has a second filter of its own' 'this kernel does not count them'
fi

# The filter is no hindrance to putting back.
kill -KILL $main
wait $main 2>/dev/null
check 'everything is put back' wait_for 5 no_perturb_processes
check 'no journal is left' no_journals
finish
