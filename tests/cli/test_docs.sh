#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the program has is in the manual, and what is in the manual the program has: verbs, options,
# fault kinds, parameters, keys of experiments and of reports.
set -u
. "$(dirname "$0")/../lib.sh"

manual=$ROOT/man/perturb.1
experiments=$ROOT/man/perturb-experiment.5
reports=$ROOT/man/perturb-report.5
probes=$ROOT/man/perturb-probes.7

# same NAME PROGRAM MANUAL: two lists, one word per line, in any order.
same() {
	check_equal "$1" "$(sort -u <<<"$2")" "$(sort -u <<<"$3")"
}

verbs() {
	"$PERTURB" --help | sed -n '/^verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

kinds() {
	"$PERTURB" faults --format json | jq -r '.[].name'
}

# help_options VERB…: those of its --help.
help_options() {
	"$PERTURB" "$@" --help | sed -n 's/^  --\([a-z0-9_.-]*\).*/\1/p' | grep -vx help
}

# section PAGE MACRO NAME…: the lines below a heading, up to the next of its sort.
section() {
	awk -v macro="$2" -v name="$3" '
		$1 == macro && ($2 == name || (macro == ".It" && $2 == "Cm" && $3 == name)) { on = 1; next }
		on && ($1 == ".Sh" || $1 == macro && (macro == ".Ss" || $2 == "Cm")) { exit }
		on' "$1"
}

# Words after Fl Fl in a piece of manual.
manual_options() {
	grep -o 'Fl Fl [a-z0-9_.-]*' | cut -d' ' -f3
}

# Words of the tags ".It Cm a , b".
tags() {
	sed -n 's/^\.It Cm //p' | tr -d ',' | tr ' ' '\n' | grep -v '^$'
}

# Every word that is marked up as a literal.
literals() {
	sed -n 's/^\.\(It \)\{0,1\}\(Pq \)\{0,1\}Cm //p' | tr ' ' '\n' | sed 's/[,.:;]*$//' | grep -x '[a-z_0-9.-]*[a-z0-9]'
}

# --- perturb(1) ---

same 'perturb(1): verbs' "$(verbs)" "$(awk '
	/^\.Sh VERBS/ { on = 1 } /^\.Sh ENGINES/ { on = 0 }
	on && /^\.It Cm / { print $3 }' "$manual")"
same 'perturb(1): synopsis' "$(verbs)" "$(awk '
	/^\.Sh SYNOPSIS/ { on = 1 } /^\.Sh DESCRIPTION/ { on = 0 }
	on && /^\.Cm / { print $2 }' "$manual")"
for verb in $(verbs | grep -vx inject); do
	same "perturb(1): options of $verb" "$(help_options "$verb")" \
		"$(section "$manual" .It "$verb" | manual_options)"
done
parameters=$("$PERTURB" faults --format json | jq -r '
	def names($groups): .parameters[] |
		if .parameters then names($groups + .name + ".") else $groups + .name end;
	.[] | names("")')
same 'perturb(1): options of inject, less the parameters' \
	"$(for kind in $(kinds); do help_options inject "$kind"; done | grep -vxF "$parameters")" \
	"$(section "$manual" .It inject | manual_options | grep -vxF "$parameters")"
for option in $(section "$manual" .It inject | manual_options); do
	check "perturb(1): inject has --$option" grep -qxF -- "$option" \
		<(for kind in $(kinds); do help_options inject "$kind"; done)
done
for word in $(grep -o '"auto|netem|relay"\|text|json\|bash|zsh|fish' "$manual" | tr -d '"' | sort -u); do
	check "perturb(1): the choice $word" grep -rqF -- "$word" <(for verb in $(verbs); do
		"$PERTURB" "$verb" --help
	done)
done
for status in 0 1 2 3 4 5; do
	check "perturb(1): exit status $status" grep -q "^\.It $status\$" "$manual"
done

# --- perturb-experiment(5) ---

same 'perturb-experiment(5): fault kinds' "$(kinds)" "$(awk '
	/^\.Sh FAULTS/ { on = 1; next } /^\.Sh / { on = 0 }
	on && /^\.Ss / { print $2 }' "$experiments")"
# Those of the groups of network are explained under their own kinds, but for what these do not have.
for kind in $(kinds); do
	same "perturb-experiment(5): parameters of $kind" \
		"$("$PERTURB" faults --format json | jq -r --arg kind "$kind" '
			def names: [.. | objects | select(has("help")) | .name];
			(map(select(.name != "network")) | names) as $elsewhere |
			.[] | select(.name == $kind) | [.parameters[].name] +
				(names - if $kind == "network" then $elsewhere else [] end) | .[]')" \
		"$(section "$experiments" .Ss "$kind" | tags)"
done
# NAME, up, down and round trip, of each row.
same 'perturb-experiment(5): profiles' \
	"$("$PERTURB" faults network | sed -n 's/^ *\([a-z0-9-]*\) \{1,\}\(.* ms\).* (\(.*\))$/\1 \2 \3/p')" \
	"$(awk -F ' Ta ' '/^\.It [a-z0-9-]* Ta / {
		sub(/^\.It /, "", $1)
		line = NF == 5 ? $2 " up, " $3 " down, " $4 : $3
		print $1, line, $NF
	}' "$experiments")"
"$PERTURB" schema experiment >"$scratch/schema.json"
keys=$(jq -r '[.. | objects | .properties? // empty | keys[]] | unique[]' "$scratch/schema.json")
written=$(cat "$experiments" "$probes" | literals; kinds)
same 'perturb-experiment(5): top level' "$(jq -r '.properties | keys[]' "$scratch/schema.json")" \
	"$(awk '/^\.Sh TOP LEVEL/ { on = 1; next } /^\.Sh / { on = 0 } on' "$experiments" | tags)"
for key in $keys; do
	check "perturb-experiment(5): has the key $key" grep -qxF -- "$key" <<<"$written"
done
for key in $(cat "$experiments" "$probes" | tags); do
	check "perturb-experiment(5): the key $key exists" grep -qxF -- "$key" <<<"$keys"
done
sed -n '/^version: 1/,/^\.Ed/p' "$experiments" | grep -v '^\.Ed' | sed 's/\\(dq/"/g' >"$scratch/example.yaml"
check 'perturb-experiment(5): the example is valid' "$PERTURB" check "$scratch/example.yaml"

# --- perturb-report(5) ---

keys=$("$PERTURB" schema report | jq -r '[.. | objects | .properties? // empty | keys[]] | unique[]')
written=$(literals <"$reports")
for key in $keys; do
	check "perturb-report(5): has the key $key" grep -qxF -- "$key" <<<"$written"
done
for key in $(tags <"$reports"); do
	check "perturb-report(5): the key $key exists" grep -qxF -- "$key" <<<"$keys"
done

# --- README and catalog ---

awk '/^```/ { on = $0 ~ /yaml/; next } on' "$ROOT/README.md" >"$scratch/readme.yaml"
check 'README: the example is valid' "$PERTURB" check "$scratch/readme.yaml"
while read -r verb; do
	check "README: perturb $verb exists" grep -qx "$verb" <(verbs)
done < <(grep -oE '([`]|^    |sudo )perturb [a-z]+' "$ROOT/README.md" | grep -oE '[a-z]+$' | sort -u)
for file in "$ROOT"/experiments/catalog/*.yaml; do
	check "catalog: ${file##*/} is valid" "$PERTURB" check "$file"
done

# --- completions ---

"$PERTURB" completion bash >"$scratch/completion.bash"
check 'bash completion: is a script' bash -n "$scratch/completion.bash"

# complete_line WORD…: what bash would offer for the last one.
complete_line() {
	bash -c '
		. "$1"
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_perturb
		printf "%s\n" "${COMPREPLY[@]}"' complete "$scratch/completion.bash" perturb "$@"
}

same 'bash completion: verbs' "$(verbs; printf '%s\n' --help --version)" "$(complete_line '')"
for verb in $(verbs | grep -vx inject); do
	same "bash completion: options of $verb" "$(help_options "$verb" | sed 's/^/--/'; echo --help)" \
		"$(complete_line "$verb" --)"
done
for kind in $(kinds); do
	same "bash completion: options of inject $kind" \
		"$(help_options inject "$kind" | sed 's/^/--/'; echo --help)" \
		"$(complete_line inject "$kind" --)"
done
same 'bash completion: kinds of inject' "$(kinds)" "$(complete_line inject '')"
same 'bash completion: values of --engine' "$(printf '%s\n' auto netem relay)" \
	"$(complete_line run --engine '')"
for shell in zsh fish; do
	if command -v $shell >/dev/null; then
		"$PERTURB" completion $shell >"$scratch/completion.$shell"
		check "$shell completion: is a script" $shell -n "$scratch/completion.$shell"
	else
		words=$("$PERTURB" completion $shell | tr -cs '[:lower:]' '\n' | sort -u)
		check_equal "$shell completion: names every verb" '' "$(verbs | grep -vxF "$words")"
	fi
done
finish
