#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What "perturb probes" says of the probe kinds is true: their examples pass, their keys are those of
# the JSON Schema, and doctor knows what each needs.
set -u
. "$(dirname "$0")/../lib.sh"

"$PERTURB" probes --format json >"$scratch/kinds.json"
"$PERTURB" schema experiment >"$scratch/schema.json"
"$PERTURB" doctor >"$scratch/doctor" 2>&1
kinds=$(jq -r '.[].name' "$scratch/kinds.json")
check 'there are kinds' test -n "$kinds"

# of KIND FILTER: from what the verb says of it.
of() {
	jq -r --arg kind "$1" ".[] | select(.name == \$kind) | $2" "$scratch/kinds.json"
}

# experiment KIND VALUE
experiment() {
	cat >"$scratch/experiment.yaml" <<EOS2
version: 1
title: The example of $1
steady_state:
  - name: $1
    $1: $2
    tolerate: { success: ">= 99%" }
EOS2
}

valid_by_schema() {
	/usr/bin/python3 - "$scratch/schema.json" "$scratch/kinds.json" "$1" <<'EOS2'
import json, sys
import jsonschema, yaml
schema = json.load(open(sys.argv[1]))
kind = next(kind for kind in json.load(open(sys.argv[2])) if kind["name"] == sys.argv[3])
probe = schema["definitions"]["probe"]
assert {"required": [kind["name"]]} in probe["oneOf"], "not one of the kinds"
forms = probe["properties"][kind["name"]]["anyOf"]
mapping = next(form for form in forms if form.get("type") == "object")
assert sorted(mapping["properties"]) == sorted(key["name"] for key in kind["keys"]), "other keys"
assert sorted(mapping["required"]) == sorted(
    key["name"] for key in kind["keys"] if key["required"]), "other required keys"
assert (len(forms) > 1) == (kind["scalar"] is not None), "another scalar"
experiment = {
    "version": 1,
    "title": "example",
    "steady_state": [{"name": "x", kind["name"]: yaml.safe_load(kind["example"]), "tolerate": {"success": ">= 99%"}}],
}
jsonschema.validate(experiment, schema)
EOS2
}

for kind in $kinds; do
	check_equal "$kind: alone as in the list" "$(of "$kind" .)" \
		"$("$PERTURB" probes "$kind" --format json | jq .)"
	"$PERTURB" probes "$kind" >"$scratch/text"
	for key in $(of "$kind" '.keys[].name, .common_keys[].name'); do
		check "$kind: shows $key" grep -q "^  $key " "$scratch/text"
	done
	check "$kind: shows the example" grep -qF "$(of "$kind" .example)" "$scratch/text"
	check "$kind: each key has a help" test "$(of "$kind" '[.keys[] | select(.help == null)] | length')" = 0
	check "$kind: is in the JSON Schema" valid_by_schema "$kind"
	experiment "$kind" "$(of "$kind" .example)"
	"$PERTURB" check "$scratch/experiment.yaml" >"$scratch/log" 2>&1
	status=$?
	if [ "$(of "$kind" .available)" = true ]; then
		check_equal "$kind: the example passes" 0 $status || sed 's/^/  | /' "$scratch/log"
		check "$kind: doctor says it can be used" grep -q "^ok   $kind " "$scratch/doctor"
	else
		check_equal "$kind: is refused" 2 $status
		check "$kind: is refused at its line" grep -q 'experiment.yaml:5:[0-9]*: .*this build' "$scratch/log"
		check "$kind: doctor says why" grep -qF -- "$(of "$kind" .missing)" "$scratch/doctor"
	fi
	sed -n '/^  - name:/,$p' "$scratch/text" | { printf 'version: 1\ntitle: text\nsteady_state:\n'; cat; } \
		>"$scratch/text.yaml"
	"$PERTURB" check "$scratch/text.yaml" >"$scratch/log" 2>&1
	check_equal "$kind: the text of the verb is as good" $status $?
done

check_equal 'every reference of the JSON Schema leads somewhere' '' "$(jq -r '(.definitions | keys) as $known |
	[.. | objects | select(has("$ref"))["$ref"] | ltrimstr("#/definitions/")] - $known | unique[]' \
	"$scratch/schema.json")"
check_equal 'the common keys are those of the JSON Schema' \
	"$({ jq -r '.[0].common_keys[].name' "$scratch/kinds.json"; echo "$kinds"; } | sort)" \
	"$(jq -r '.definitions.probe.properties | keys[]' "$scratch/schema.json" | sort)"
check_equal 'the common keys that must be' \
	"$(jq -r '[.[0].common_keys[] | select(.required).name] | sort[]' "$scratch/kinds.json")" \
	"$(jq -r '.definitions.probe.required | sort[]' "$scratch/schema.json")"

"$PERTURB" probes htpp >"$scratch/log" 2>&1
check_equal 'an unknown kind: exit status' 2 $?
check 'an unknown kind: the nearest' grep -q "did you mean 'http'" "$scratch/log"
"$PERTURB" probes --format yaml >"$scratch/log" 2>&1
check_equal 'an unknown format: exit status' 2 $?

# --- a build without a library ---

# The kind alone, as it is compiled there: its row is in the table, and says what is missing.
cat >"$scratch/missing.c" <<'EOS2'
#include <stdio.h>
#include "experiments/probes/kind.h"
extern const struct probe_kind probe_postgres;
const struct probe_key postgres_keys[1];
void postgres_defaults(void *settings) { (void)settings; }
int main(void)
{
	puts(probe_postgres.missing);
	return probe_postgres.open != NULL;
}
EOS2
if command -v cc >/dev/null; then
	check 'without libpq: the kind compiles' cc -std=c11 -D_GNU_SOURCE -I"$ROOT" -o "$scratch/missing" \
		"$scratch/missing.c" "$ROOT/experiments/probes/postgres.c"
	check 'without libpq: says so' grep -q 'no libpq' <("$scratch/missing")
	for file in "$ROOT"/experiments/probes/postgres*.c; do
		check "without libpq: ${file##*/} needs nothing of it" sh -c \
			"cc -std=c11 -D_GNU_SOURCE -I'$ROOT' -c -o '$scratch/object' '$file' &&
			! nm -u '$scratch/object' | grep ' PQ'"
	done
fi
finish
