#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Probes that start a program: what they see of it, whose rights it has, and that nothing is left of
# it, whatever it does and whatever happens to perturb.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
unset SUDO_UID SUDO_GID SUDO_USER
chmod 755 "$scratch"
cd "$scratch" || exit 1

# experiment SETTINGS RATE BASELINE
experiment() {
	cat >experiment.yaml <<EOF
version: 1
title: A program
steady_state:
  - name: program
    exec: $1
    rate: $2
    tolerate: { success: ">= 100%" }
baseline: $3
EOF
}

# probe SETTINGS: four times. Sets status and report; $as: a prefix, such as env.
as=()
probe() {
	experiment "$1" 4/s 950ms
	rm -rf out
	mkdir -m 777 out
	"${as[@]}" "$PERTURB" probe experiment.yaml --out out >log 2>&1
	status=$?
	report=$(echo out/*.json)
}

# measure NAME KINDS SETTINGS: the kinds of errors that are counted, for all or for none.
measure() {
	probe "$3"
	check_equal "$1: exit status" $(($(jq length <<<"$2") > 0)) "$status" || sed 's/^/  | /' log
	check "$1: each is $2" jq -e --argjson kinds "$2" '.probes[0].phases.baseline |
		.count == 4 and (.errors | keys) == $kinds and (.ok == 0 or .ok == 4)' "$report"
}

# --- what is seen --------------------------------------------------------------------------------
measure 'a program without arguments' '[]' /bin/true
measure 'a name that is looked for' '[]' 'true'
measure 'arguments' '[]' '[sh, -c, "exit $1", x, 0]'
measure 'a wrong status' '["status"]' '/bin/false'
measure 'another status is right' '[]' '{ command: [sh, -c, exit 7], status: [1, 5-9] }'
measure 'a status that is wrong now' '["status"]' '{ command: /bin/true, status: 1 }'
measure 'killed by a signal' '["status"]' '{ command: [sh, -c, "kill -KILL $$$$"], status: 0-255 }'
measure 'no such program' '["exec"]' "$scratch/none"
measure 'no such name' '["exec"]' 'no-such-program'
measure 'no such directory' '["exec"]' "{ command: /bin/true, directory: $scratch/none }"
echo hello >text
measure 'not executable' '["exec"]' "$scratch/text"
chmod 755 text
measure 'no program, and no shell is tried on it' '["exec"]' "$scratch/text"
echo 'echo $PATH' | install -m 755 /dev/stdin pathless
measure 'the same where it is looked for' '["exec"]' '{ command: pathless }'
measure 'text, taken as it stands' '[]' "{ command: [echo, '\$HOME *; exit 1'], equals: '\$HOME *; exit 1' }"
measure 'spaces make no arguments' '["exec"]' '"/bin/echo hello"'
measure 'output that is right' '[]' '{ command: [printf, "a\nb\n"], contains: b, matches: "^a", equals: "a\nb" }'
measure 'output that is wrong' '["body"]' '{ command: [echo, a], contains: b }'
measure 'a number that is right' '[]' '{ command: [echo, "-3.5"], value: ["> -4", "< 0"] }'
measure 'a number that is wrong' '["value"]' '{ command: [echo, 2], value: ">= 3" }'
measure 'no number' '["value"]' '{ command: [echo, many], value: ">= 3" }'
measure 'the greatest output' '[]' '{ command: [head, -c, "65536", /dev/zero], timeout: 5s }'
measure 'too much output' '["too-large"]' '{ command: [head, -c, "65537", /dev/zero], timeout: 5s }'
measure 'endless output' '["too-large"]' '{ command: [cat, /dev/zero], timeout: 5s }'
measure 'standard input is empty' '[]' '{ command: [cat], equals: "" }'
measure 'environment and directory' '[]' \
	"{ command: [sh, -c, 'echo \"\$A\" \"\$B\" \$PWD'], env: { A: 1 2, B: '' }, directory: /usr, equals: '1 2  /usr' }"
measure 'no descriptor but three' '[]' \
	'[sh, -c, "for fd in $(seq -s \" \" 3 40); do [ ! -e /proc/$$$$/fd/$fd ] || exit 1; done"]'
measure 'signals' '[]' '{ command: [grep, -cE, "^Sig(Blk|Ign):.0000000000000000", /proc/self/status], equals: "2" }'
measure 'a broken pipe ends it' '[]' '{ command: [bash, -c, "yes | head -n 1 >/dev/null; echo $${PIPESTATUS[0]}"], equals: "141" }'

# --- whose rights --------------------------------------------------------------------------------
# What is asked of it while it runs.
rights='{ command: [grep, -E, "^(Uid|Gid|Groups|Cap(Prm|Eff|Inh|Amb)|NoNewPrivs)", /proc/self/status], equals: "'
none=0000000000000000
caps="CapInh:\\t$none\\nCapPrm:\\t$none\\nCapEff:\\t$none\\nCapAmb:\\t$none\\nNoNewPrivs:\\t1\" }"
user=65534
ids="$user\\t$user\\t$user\\t$user"
as=(env "SUDO_UID=$user" "SUDO_GID=$user" SUDO_USER=nobody)
measure 'under sudo: the ids of the user, and no capabilities' '[]' \
	"${rights}Uid:\\t$ids\\nGid:\\t$ids\\nGroups:\\t$user \\n$caps"
measure 'under sudo: the user and the home' '[]' \
	"{ command: [sh, -c, 'echo \$USER \$LOGNAME \$HOME'], equals: 'nobody nobody $(getent passwd nobody | cut -d: -f6)' }"
echo secret >secret
chmod 600 secret
measure 'under sudo: what is only for root is not read' '["status"]' "[cat, $scratch/secret]"
as=(setpriv "--reuid=$user" "--regid=$user" --clear-groups --inh-caps=-all)
measure 'as a user' '[]' "${rights}Uid:\\t$ids\\nGid:\\t$ids\\nGroups:\\t \\n$caps"
as=()
measure 'as root: no capabilities' '[]' \
	"{ command: [grep, -cE, '^Cap(Prm|Eff|Inh|Amb):.$none|^NoNewPrivs:.1\$', /proc/self/status], equals: '5' }"

# --- nothing is left -----------------------------------------------------------------------------
# A program that does what it can to stay: in its own session, deaf to what may be ignored, its output
# open, and its parent gone. Each process notes its number, and sleeps for longer than this test.
cat >stubborn <<EOF
#!/bin/bash
trap '' TERM HUP INT PIPE
stay() {
	trap '' TERM HUP INT PIPE
	echo \$BASHPID >>$scratch/pids
	sleep 600
	sleep 600
}
case \$1 in
stays) stay & setsid bash -c 'echo \$\$ >>$scratch/pids; sleep 600' & (stay & (stay & stay &) &) ;;
esac
echo begun
[ "\$2" != waits ] || stay
EOF
chmod 755 stubborn
: >pids
chmod 666 pids

programs_gone() {
	local pid
	for pid in $(cat pids); do gone "$pid" || return 1; done
}

nothing_left() {
	programs_gone && ! pgrep -x sleep >/dev/null && no_perturb_processes
}

# how_many: processes that noted their numbers so far.
how_many() {
	wc -l <pids
}

for who in root user; do
	as=()
	[ $who = root ] || as=(env "SUDO_UID=$user" "SUDO_GID=$user" SUDO_USER=nobody)
	: >pids
	measure "$who: its children outlive it" '[]' "{ command: [$scratch/stubborn, stays, ends], equals: begun, timeout: 5s }"
	check "$who: its children outlive it: nothing is left" nothing_left
	: >pids
	measure "$who: it is late" '["slow"]' "{ command: [$scratch/stubborn, stays, waits], timeout: 150ms }"
	check_between "$who: it is late: there was something to be left" 4 100 "$(how_many)"
	check "$who: it is late: nothing is left" nothing_left
	measure "$who: late, without a word" '["timeout"]' '{ command: [sleep, 600], timeout: 100ms }'
	check "$who: late, without a word: nothing is left" nothing_left

	for signal in KILL INT; do
		: >pids
		experiment "{ command: [$scratch/stubborn, stays, waits], timeout: 60s }" 10/s 60s
		"${as[@]}" "$PERTURB" probe experiment.yaml --out out >log 2>&1 &
		perturb=$!
		check "$who, $signal: programs run" wait_for 10 eval '[ $(how_many) -ge 12 ]'
		kill -s $signal $perturb
		wait $perturb 2>/dev/null
		check "$who, $signal: nothing is left" wait_for 5 nothing_left
	done

	# The keeper itself is killed: the program goes with it.
	: >pids
	experiment "{ command: [$scratch/stubborn, none, waits], timeout: 60s }" 10/s 60s
	"${as[@]}" "$PERTURB" probe experiment.yaml --out out >log 2>&1 &
	perturb=$!
	wait_for 10 eval '[ $(how_many) -ge 1 ]'
	massacre
	wait $perturb 2>/dev/null
	check "$who, all of perturb is killed: no program is left" wait_for 5 programs_gone
	pkill -KILL -x sleep
done
as=()

# --- it keeps nothing waiting --------------------------------------------------------------------
"$HELPERS/http_server" --listen 127.0.0.1:8080 >server 2>&1 &
at_exit "kill $! 2>/dev/null"
wait_for 10 grep -q READY server
cat >both.yaml <<EOF
version: 1
title: A program that hangs beside requests
steady_state:
  - name: program
    exec: { command: [sleep, 600], timeout: 300ms }
    rate: 20/s
    tolerate: { success: "<= 0%" }
  - name: request
    http: { url: "http://127.0.0.1:8080/", timeout: 2s }
    rate: 100/s
    tolerate: { success: ">= 100%", p50: "<= 50ms" }
baseline: 2s
EOF
mkdir both
check 'requests go on while programs hang' "$PERTURB" probe both.yaml --out both
check 'no descriptor and no zombie is kept' jq -e '.probes[0].phases.baseline |
	.count >= 38 and .errors.timeout == .count' both/*.json

# A run with a custodian, which is a child of perturb as well.
netns_pair client server || exit 1
cat >run.yaml <<EOF
version: 1
title: Programs while a fault is injected
targets: { server: { netns: server } }
steady_state:
  - name: program
    exec: [sh, -c, 'sleep 600 & exit 0']
    rate: 20/s
    tolerate: { success: ">= 100%" }
baseline: 500ms
method:
  - latency: { target: server, delay: 5ms }
    for: 1s
recovery: 500ms
EOF
mkdir run
before=$(snapshot server)
check 'beside a custodian' "$PERTURB" run run.yaml --out run
check 'beside a custodian: nothing is left' wait_for 5 nothing_left
check_equal 'beside a custodian: all is as it was' "$before" "$(snapshot server)"
finish
