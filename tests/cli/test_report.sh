#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every report that a run can end with matches the schema that perturb prints, says what happened,
# and agrees with the exit status. The judge is python3-jsonschema.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

cat >"$scratch/validate.py" <<'EOF'
import json, sys
import jsonschema

with open(sys.argv[1]) as schema, open(sys.argv[2]) as report:
    validator = jsonschema.Draft7Validator(json.load(schema),
                                           format_checker=jsonschema.FormatChecker())
    errors = list(validator.iter_errors(json.load(report)))
for error in errors:
    print("/".join(map(str, error.absolute_path)) + ": " + error.message)
sys.exit(1 if errors else 0)
EOF

# valid FILE
valid() {
	/usr/bin/python3 "$scratch/validate.py" "$scratch/schema.json" "$1"
}

invalid() {
	! valid "$1" >/dev/null
}

# holds FILTER: true of the last report.
holds() {
	jq -e "$1" "$report"
}

# experiment DURING [METHOD [RECOVERY]]: writes an experiment on the namespace "server".
experiment() {
	cat >"$scratch/experiment.yaml" <<EOF
version: 1
title: The server answers
tags: [test]
variables:
  url: http://10.9.0.2:8000/
  token: { env: SECRET_TOKEN, secret: true }
targets:
  server: { netns: server }
steady_state:
  - name: server answers
    http: { url: "\${url}", timeout: 1s, headers: { Authorization: "Bearer \${token}" } }
    rate: 20/s
    tolerate: { success: ">= 99%", p95: "<= 250ms" }
    during: { $1 }
baseline: 1s
method:
  - ${2:-latency: { target: server, delay: 100ms \}}
    at: 0s
    for: 2s
recovery: ${3:-2s}
abort_when:
  - { probe: server answers, success: "< 20%", over: 1s }
EOF
}

# run ARGUMENT…: perturb, from the client's namespace. Sets status and report (the new file).
run() {
	rm -rf "$scratch/out"
	mkdir "$scratch/out"
	: >"$scratch/stderr" # now, not when the background job comes to it
	SECRET_TOKEN=xyzzy-secret ip netns exec client "$PERTURB" "$@" --out "$scratch/out" \
		>"$scratch/stdout" 2>"$scratch/stderr" &
	pid=$!
	if [ -n "${after_injection:-}" ]; then
		wait_for 10 grep -q injected "$scratch/stderr" && $after_injection
	fi
	wait $pid
	status=$?
	report=$(echo "$scratch"/out/perturb-*.json)
}

# check_report NAME STATUS VERDICT
check_report() {
	check_equal "$1: exit status" "$2" "$status" ||
		sed "s,^,  | ," "$scratch/stdout" "$scratch/stderr"
	check "$1: report matches the schema" valid "$report"
	check "$1: verdict" holds ".verdict == \"$3\" and .exit_code == $2"
	check "$1: no partial file" test "$(find "$scratch/out" -type f | wc -l)" = 1
	check "$1: no secret" not grep -q xyzzy "$report" "$scratch/stdout" "$scratch/stderr"
}

not() {
	! "$@"
}

"$PERTURB" schema report >"$scratch/schema.json"
check 'schema report prints the file of the repository' \
	cmp "$scratch/schema.json" "$ROOT/reports/report.schema.json"

netns_pair client server || exit 1
ip netns exec server /usr/bin/python3 -m http.server -d "$scratch" >/dev/null 2>&1 &
server=$!
at_exit "kill $server 2>/dev/null"
wait_for 10 ip netns exec client curl -sf http://10.9.0.2:8000/

experiment 'success: ">= 99%", p95: "<= 900ms"'
run run "$scratch/experiment.yaml" --seed 42
check_report held 0 held
check 'held: says who, what and when' holds '
	.schema == "perturb.report/1" and .experiment.title == "The server answers" and
	.experiment.seed == 42 and .experiment.tags == ["test"] and
	(.experiment.variables | keys) == ["url"] and
	[.phases[].name] == ["baseline", "fault", "recovery"] and
	([.targets[0].instances[0].interfaces[].addresses[]] | index("10.9.0.2/24") != null)'
check_equal 'held: sha256 of the file' "$(sha256sum <"$scratch/experiment.yaml" | cut -d' ' -f1)" \
	"$(jq -r .experiment.sha256 "$report")"
check 'held: phases follow each other' holds '
	[.phases[] | .start_ms, .end_ms] | . == sort and all(.[]; . != null)'
check 'held: the fault was there, and went' holds '
	.faults[0] | .state == "reverted" and .effective and .evidence.packets > 10 and
	.evidence.source != "none" and .injected_at_ms >= .requested_at_ms and
	(.reverted_at_ms - .injected_at_ms | . > 1900 and . < 2500)'
check 'held: the probe saw it' holds '
	.probes[0].phases | .baseline.latency_ms.p50 < 100 and
	(.fault.latency_ms.p50 | . > 95 and . < 700) and .recovery.latency_ms.p50 < 100'
check 'held: every request is counted once' holds '
	(.probes[0].series | map(.count) | add) == (.probes[0].phases | map(.count) | add)'
check 'held: recovery was measured' holds '
	.recovery.recovered and (.recovery.time_to_recover_ms["server answers"] >= 0)'

experiment 'p95: "<= 90ms"'
run run "$scratch/experiment.yaml"
check_report broken 1 broken
check 'broken: names the tolerance' holds '
	[.probes[0].phases.fault.tolerances[] | select(.held | not) | .metric] == ["p95"]'
check 'broken: on the terminal, too' grep -q 'broken: p95' "$scratch/stdout"

experiment 'success: ">= 99%"'
run run "$scratch/experiment.yaml" --set url=http://10.9.0.2:1/
check_report 'not steady' 3 not-started
check 'not steady: nothing was injected' holds 'all(.faults[]; .state == "planned")'
check 'not steady: no recovery' holds '.recovery == null'

after_injection=interrupt
interrupt() {
	kill -INT "$pid"
}
run run "$scratch/experiment.yaml"
check_report interrupted 4 aborted
check 'interrupted: everything was put back' holds 'all(.faults[]; .state == "reverted")'
after_injection=

experiment 'success: ">= 99%"' 'loss: { target: server, percent: 100% }'
run run "$scratch/experiment.yaml"
check_report guard 4 aborted
check 'guard: is named' holds '.guards[0].tripped and .guards[0].tripped_at_ms > 1000'

sed -i 's/netns: server/netns: nosuch/' "$scratch/experiment.yaml"
run run "$scratch/experiment.yaml"
check_report 'no such target' 3 not-started

experiment 'success: ">= 99%"'
run probe "$scratch/experiment.yaml"
check_report probe 0 held
run inject loss --netns server --percent 10% --for 200ms
check_report inject 0 held
check 'inject: parameters' holds '.faults[0].parameters.percent == "10%"'

# The schema can say no.
jq 'del(.faults[0].evidence)' "$report" >"$scratch/lacking.json"
check 'a report without evidence is invalid' invalid "$scratch/lacking.json"
jq '.verdict = "fine"' "$report" >"$scratch/wrong.json"
check 'an unknown verdict is invalid' invalid "$scratch/wrong.json"
jq '.faults[0].more = 1' "$report" >"$scratch/more.json"
check 'an unknown key is invalid' invalid "$scratch/more.json"

# What no run above had: every field filled.
synthetic=$ROOT/build/san/tests/unit/test_report_json
if [ -x "$synthetic" ]; then
	"$synthetic" --print >"$scratch/synthetic.json"
	check 'a report with every field matches the schema' valid "$scratch/synthetic.json"
else
	skip 'a report with every field matches the schema' 'make SAN=1 unit-programs'
fi
finish
