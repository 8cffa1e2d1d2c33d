#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a sample can and cannot say about a tolerance, limits relative to the baseline and to a stored
# report, and tolerances that hang together: exit status, report and terminal.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

cat >"$scratch/validate.py" <<'EOS'
import json, sys
import jsonschema

with open(sys.argv[1]) as schema, open(sys.argv[2]) as document:
    errors = list(jsonschema.Draft7Validator(json.load(schema)).iter_errors(json.load(document)))
for error in errors:
    print("/".join(map(str, error.absolute_path)) + ": " + error.message)
sys.exit(1 if errors else 0)
EOS
"$PERTURB" schema report >"$scratch/report.schema.json"
"$PERTURB" schema experiment >"$scratch/experiment.schema.json"

valid() {
	/usr/bin/python3 "$scratch/validate.py" "$scratch/$1.schema.json" "$2"
}

invalid() {
	! valid "$@" >/dev/null
}

"$HELPERS/http_server" --listen 127.0.0.1:0 >"$scratch/ready" &
server=$!
at_exit "kill -CONT $server; kill $server"
wait_for 10 grep -q READY "$scratch/ready"
url=http://127.0.0.1:$(cut -d' ' -f2 "$scratch/ready")/

# experiment TOLERATE [MORE [URL]]: as JSON, which is YAML as well.
experiment() {
	jq -n --argjson tolerate "$1" --argjson more "${2:-{\}}" --arg url "${3:-$url}" '{
		version: 1, title: "Verdicts", baseline: "1s",
		steady_state: [{
			name: "server answers", http: { url: $url, timeout: "300ms" },
			rate: "50/s", tolerate: $tolerate }]
	} * $more | if .during then .steady_state[0].during = .during | del(.during) else . end' \
		>"$scratch/experiment.json"
}

# perturb VERB ARGUMENT…: of the experiment. Sets status and report.
perturb() {
	local verb=$1
	shift
	rm -rf "$scratch/out"
	mkdir "$scratch/out"
	"$PERTURB" "$verb" "$scratch/experiment.json" --out "$scratch/out" "$@" \
		>"$scratch/stdout" 2>"$scratch/stderr"
	status=$?
	report=$(echo "$scratch"/out/*.json)
}

# ends NAME STATUS VERDICT
ends() {
	check_equal "$1: exit status" "$2" "$status" ||
		sed 's/^/  | /' "$scratch/stdout" "$scratch/stderr"
	check "$1: verdict" jq -e --arg verdict "$3" '.verdict == $verdict' "$report"
	check "$1: the report matches its schema" valid report "$report"
	check "$1: the experiment matches its schema" valid experiment "$scratch/experiment.json"
}

# rows FILTER: true of the tolerances of the baseline.
rows() {
	jq -e ".probes[0].phases.baseline | $1" "$report"
}

# refused NAME MESSAGE: exit status 2, and the message behind the name of the file.
refused() {
	perturb probe
	check_equal "$1: exit status" 2 "$status"
	check "$1: says where and what" grep -qE "experiment.json:[0-9]+:[0-9]+: $2" "$scratch/stderr"
	check "$1: no report" test ! -e "$report"
}

# --- samples that are too small ---

experiment '{ "success": ">= 99%", "p50": "<= 1s" }'
perturb probe
ends 'inconclusive' 0 held
cp "$report" "$scratch/stored.json"
check 'inconclusive: the tolerance' rows '.tolerances[0] |
	.verdict == "inconclusive" and .held and .samples >= 40 and .samples_needed == 381 and
	.limit == 99 and .observed == 100 and .interval[0] < 99 and .interval[1] == 100 and .path == null'
check 'inconclusive: another one holds' rows '.tolerances[1] |
	.verdict == "held" and .samples_needed == null and .unit == "ms" and .interval[1] < 1000'
check 'inconclusive: the phase' rows '.verdict == "inconclusive" and
	.success_pct_interval[0] < 99 and .latency_interval_ms.p50[0] > 0 and
	.latency_interval_ms.p999[1] == null'
check 'inconclusive: the reason counts them' jq -e '.reason | test(
	"; 1 of 2 tolerances is inconclusive: .server answers. success >= 99% would take 381 requests, there were [0-9]+$")' "$report"
check 'inconclusive: on the terminal' \
	grep -qE '^    inconclusive: success 100.00% \[9[0-8]\.[0-9], 100\.0\] of [0-9]+, expected >= 99%; would take 381$' "$scratch/stdout"
perturb probe --strict
ends '--strict' 1 inconclusive
check '--strict: the reason' jq -e '.reason | startswith("no tolerance was broken, but 1 of 2")' "$report"
experiment '{ "success": ">= 99%", "p50": "<= 1s" }' '{ "strict": true }'
perturb probe
ends 'strict: true' 1 inconclusive
experiment '{ "success": ">= 50%", "p50": "<= 1s", "errors.timeout": "<= 3", "max": "< 5s", "throughput": "> 20/s" }'
perturb probe --strict
ends 'enough for --strict' 0 held
check 'enough for --strict: nothing is in doubt' jq -e '.reason == "the steady state held in every phase"' "$report"
check 'facts have no interval' rows '[.tolerances[2:][] | .interval] | all(. == null)'
experiment '{ "success": ">= 100%" }'
perturb probe --strict
ends 'all of them' 0 held

# --- broken ---

experiment '{ "errors.connect": "<= 3", "success": ">= 0%" }' '{}' http://127.0.0.1:1/
perturb probe
ends 'broken' 1 broken
check 'broken: counts' rows '.tolerances[0] | .verdict == "broken" and (.held | not) and
	.unit == "" and .observed >= 40 and .limit == 3'
check 'broken: the reason' jq -e '.reason | test("errors.connect [0-9]+, expected <= 3$")' "$report"

# --- hang together ---

experiment '{ "p90": ["> 1us", "<= 5s"], "any": [{ "p50": "> 10s" }, { "none": [{ "errors": "> 90%" }] }] }'
perturb probe --strict
ends 'any' 0 held
check 'any: places and verdicts' rows '[.tolerances[] | [.path, .verdict]] == [[null, "held"],
	[null, "held"], ["any[0]", "broken"], ["any[1].none[0]", "held"]] and .verdict == "held"'
experiment '{ "all": [{ "success": ">= 1%" }, { "none": [{ "success": "> 1%" }] }] }'
perturb probe
ends 'none' 1 broken
check 'none: says what must not be' jq -e '.reason | endswith("success 100.0%, expected not > 1%")' "$report"

# --- a stored report ---

stored=$(jq -n --arg file "$scratch/stored.json" '{ compare_with: $file }')
experiment '{ "p50": "<= stored * 1000", "success": ">= stored - 10%", "throughput": ">= stored - 30/s" }' "$stored"
perturb probe
ends 'as stored' 0 held
check 'as stored: the limit' jq -e --slurpfile stored "$scratch/stored.json" '
	.probes[0].phases.baseline.tolerances[0].limit as $limit |
	($stored[0].probes[0].phases.baseline.latency_ms.p50 * 1000 - $limit | fabs) < 1' "$report"
experiment '{ "p50": "<= stored / 1000" }' "$stored"
perturb probe
ends 'worse than stored' 1 broken
experiment '{ "value.max": "<= stored" }' "$stored"
refused 'no such figure' "value.max: the report in compare_with has no such figure of the probe 'server answers'"
jq '.probes[0].name = "another"' "$scratch/stored.json" >"$scratch/another.json"
experiment '{ "p50": "<= stored" }' "$(jq -n --arg file "$scratch/another.json" '{ compare_with: $file }')"
refused 'no such probe' "p50: the report in compare_with has no probe 'server answers'"
jq '.schema = "other"' "$scratch/stored.json" >"$scratch/other.json"
experiment '{ "p50": "< 1s" }' "$(jq -n --arg file "$scratch/other.json" '{ compare_with: $file }')"
refused 'no report' "compare_with: '$scratch/other.json' is no report of perturb"
experiment '{ "p50": "<= stored" }'
refused 'nothing stored' "p50: 'stored' needs compare_with"
experiment '{ "p50": "<= basline" }'
check 'the schema refuses what the program does' invalid experiment "$scratch/experiment.json"

# --- the baseline, a fault and the recovery ---

fault=$(jq -n --argjson pid "$server" '{ targets: { server: { process: { pid: $pid } } },
	method: [{ pause: "server", for: "1500ms" }], recovery: "3s" }')
experiment '{ "success": ">= 90%", "p50": "<= baseline + 150ms" }' \
	"$(jq '.during = { p50: ">= 0", success: "<= 100%" }' <<<"$fault")"
perturb run
ends 'relative' 0 held
check 'relative: says nothing in the baseline' rows '[.tolerances[].metric] == ["success"]'
check 'relative: has a limit in the recovery' jq -e '.probes[0].phases as $phases |
	$phases.recovery.tolerances[1] | .expected == "<= baseline + 150ms" and
	(.limit - 150 - $phases.baseline.latency_ms.p50 | fabs) < 0.1' "$report"
check 'relative: recovered' jq -e '.recovery |
	.recovered and .time_to_recover_ms["server answers"] < 2500' "$report"
check 'relative: the fault showed' jq -e '.probes[0].time_to_detect_ms as $time |
	$time > 50 and $time < 1800 and .recovery.time_to_detect_ms["server answers"] == $time' "$report"
check 'the error budget' jq -e '.probes[0] | .error_budget as $budget | [.phases[]] as $phases |
	$budget.objective_pct == 90 and $budget.requests == ($phases | map(.count) | add) and
	$budget.errors == $budget.requests - ($phases | map(.ok) | add) and
	($budget.allowed - $budget.requests / 10 | fabs) < 0.01 and
	$budget.burn_rate.baseline == 0 and $budget.burn_rate.fault > 2' "$report"
experiment '{ "success": ">= 0%", "p50": "<= baseline * 1.5" }' \
	"$(jq --arg url "$url" '.during = { success: ">= baseline - 10%" }' <<<"$fault")"
perturb run
ends 'worse than the baseline' 1 broken
check 'worse than the baseline: says what the limit was' jq -e '.reason | test(
	"success [0-9.]+%, expected >= baseline - 10% \\([0-9.]+%\\)")' "$report"
experiment '{ "success": ">= 99%" }' "$(jq '.during = { success: ">= 0%" } | .method = [
	{ pause: "server", for: "100ms" }] | .recovery = "2s"' <<<"$fault")"
perturb run --strict
ends 'a recovery too short to tell' 1 inconclusive
experiment '{ "success": ">= 0%" }' "$(jq '.abort_when = [
	{ probe: "server answers", success: "< baseline - 50%", over: "500ms" }]' <<<"$fault")"
perturb run
ends 'a guard relative to the baseline' 4 aborted
finish
