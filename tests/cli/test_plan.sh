#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# plan resolves the targets, shows what run would do, and changes nothing.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_pair client server || exit 1
cat >"$scratch/experiment.yaml" <<'EOS'
version: 1
title: Planned
targets:
  both: { netns: "*", pick: all }
  one: { netns: "*", pick: 1 }
steady_state:
  - name: server answers
    http: { url: "http://10.9.0.2:8000/", timeout: 1s }
    rate: 50/s
    tolerate: { success: ">= 99%" }
baseline: 1s
method:
  - latency: { target: both, delay: 100ms, jitter: 10ms }
    at: 0s
    for: 1s
  - bandwidth: { target: one, rate: 10mbit }
    at: 2s
    for: 1s
recovery: 1s
EOS

# plan [ARGUMENT…]: sets plan.
plan() {
	plan=$("$PERTURB" plan "$scratch/experiment.yaml" "$@" 2>&1)
}

for name in client server; do
	snapshot $name >"$scratch/before.$name"
	ip netns exec $name ip monitor link address route >"$scratch/monitor.$name" &
	at_exit "kill $! 2>/dev/null"
	ip netns exec $name tc monitor >>"$scratch/monitor.$name" &
	at_exit "kill $! 2>/dev/null"
done

plan --seed 7
check_equal 'exit status' 0 $? || echo "$plan" | sed 's/^/  | /'
check 'names the target and how many of how many' grep -qE 'both: 2 of 2' <<<"$plan"
check 'picks' grep -qE 'one: 1 of 2' <<<"$plan"
check 'shows an operation of each instance' \
	test "$(grep -c 'tc .*dev eth0.*' <<<"$plan")" -ge 3
check 'shows the rate' grep -qi '10mbit' <<<"$plan"

first=$plan
plan --seed 7
check_equal 'the same seed plans the same' "$first" "$plan"
seen=
for seed in 1 2 3 4 5 6 7 8 9 10 11 12; do
	plan --seed $seed
	seen="$seen $(sed -n '/^target one/{n;p}' <<<"$plan" | awk '{ print $1 }')"
done
check 'other seeds pick others' grep -qE 'client.*server|server.*client' <<<"$seen"

plan --engine netem
status=$?
if "$PERTURB" doctor 2>/dev/null | grep -qiE 'netem.*(no|missing|not)'; then
	check_equal 'an engine that this kernel lacks: exit status' 3 $status
	check 'an engine that this kernel lacks: says so' grep -q netem <<<"$plan"
fi

# --- what must not come to a terminal ---

cat >"$scratch/secret.yaml" <<'EOF'
version: 1
title: "\e[31mRed"
variables:
  name: { env: PERTURB_TEST_NAME, secret: true, default: s3cret }
targets: { one: { netns: "${name}" } }
method: [ { bandwidth: { target: one, rate: 10mbit }, for: 1s } ]
EOF
plan=$("$PERTURB" plan "$scratch/secret.yaml" 2>&1)
check_equal 'a target with a secret name: exit status' 3 $?
check 'a target with a secret name: the error shows ***' grep -q "matches '\*\*\*'" <<<"$plan"
plan=$("$PERTURB" plan "$scratch/secret.yaml" --set name=server 2>&1)
check_equal 'a title with control characters: exit status' 0 $?
check_equal 'a title with control characters: none is printed' '' \
	"$(tr -d '\n' <<<"$plan" | LC_ALL=C grep '[[:cntrl:]]')"

# Whoever may make interfaces in a container chooses their names.
ip netns add odd
ip -netns odd link add $'a\e[31mb' type bridge
ip -netns odd link set $'a\e[31mb' up
plan=$("$PERTURB" plan "$scratch/secret.yaml" --set name=odd 2>&1)
check_equal 'an interface with control characters: exit status' 0 $?
check_equal 'an interface with control characters: plan prints none' '' \
	"$(tr -d '\n' <<<"$plan" | LC_ALL=C grep '[[:cntrl:]]')"
check_equal 'an interface with control characters: targets prints none' '' \
	"$("$PERTURB" targets odd | tr -d '\n' | LC_ALL=C grep '[[:cntrl:]]')"
ip netns delete odd

for name in client server; do
	check_equal "nothing has changed in $name" "$(cat "$scratch/before.$name")" "$(snapshot $name)"
	check_equal "nothing has changed in $name for a moment" '' "$(grep -v Deleted "$scratch/monitor.$name")"
done
check 'no process is left' no_perturb_processes
check 'no journal was made' no_journals
finish
