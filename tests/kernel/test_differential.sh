#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What perturb tells the kernel, and what iproute2's tc makes of the command that "perturb plan"
# shows for it, must look the same to "tc -j qdisc show": a thousand random parameter sets, one to an
# interface. Runs in the user-mode kernel (run.sh).
set -u
. "$(dirname "$0")/../lib.sh"

count=${DIFFERENTIAL_COUNT:-1000}
seed=${DIFFERENTIAL_SEED:-$RANDOM$RANDOM}
tool="/usr/bin/python3 tests/kernel/differential.py"

netns_new ours
netns_new theirs
for ((i = 0; i < count; i++)); do
	echo "link add d$i type dummy"
	echo "link set d$i up"
done >"$scratch/links"
ip -n ours -batch "$scratch/links"
ip -n theirs -batch "$scratch/links"
tc -n ours -j qdisc show >"$scratch/before.json"

mkdir "$scratch/tables"
$tool generate "$seed" "$count" "$scratch/tables" >"$scratch/experiment.yaml"
# Those of tc itself, and the user's under the names that plan shows.
ln -s /usr/lib/*/tc/*.dist "$scratch/tables/"
check "an experiment of $count random faults is valid (seed $seed)" \
	"$PERTURB" check "$scratch/experiment.yaml"
check "plan shows its commands (seed $seed)" \
	sh -c "\"$PERTURB\" plan \"$scratch/experiment.yaml\" >\"$scratch/plan\""
$tool commands <"$scratch/plan" >"$scratch/batch"
check_equal "one command for each fault (seed $seed)" "$count" "$(wc -l <"$scratch/batch")"
check "plan changes nothing" sh -c "tc -n ours -j qdisc show | cmp - '$scratch/before.json'"
check "tc accepts every command (seed $seed)" \
	env "TC_LIB_DIR=$scratch/tables" tc -n theirs -batch "$scratch/batch"
tc -n theirs -j qdisc show >"$scratch/theirs.json"

"$PERTURB" run --out "$scratch" "$scratch/experiment.yaml" >"$scratch/log" 2>&1 &
perturb=$!
all_injected() {
	tc -n ours -j qdisc show >"$scratch/ours.json"
	[ "$(grep -o '"7065:"' "$scratch/ours.json" | wc -l)" = "$count" ]
}
if ! wait_for 30 all_injected; then
	not_ok "every fault is injected (seed $seed)" "$(tail -n 3 "$scratch/log")"
fi
check "perturb and tc make the same queueing disciplines (seed $seed)" \
	$tool compare "$scratch/ours.json" "$scratch/theirs.json"
# The peak of a rate is only there.
tc -n ours -d qdisc show >"$scratch/ours"
tc -n theirs -d qdisc show >"$scratch/theirs"
check "also in words (seed $seed)" diff "$scratch/ours" "$scratch/theirs"
check "peak rates are among them (seed $seed)" grep -q 'peakrate' "$scratch/ours"
kill -INT $perturb
wait $perturb
check_equal "an interrupted run exits with 4" 4 $?
check "every interface is as it was before" \
	sh -c "tc -n ours -j qdisc show | cmp - '$scratch/before.json'"
finish
