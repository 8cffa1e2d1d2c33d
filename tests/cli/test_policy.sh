#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the policy of the machine and the limits of an experiment forbid is not started, for the reason
# that is given, and nothing is touched; what they allow works. A policy that cannot be used forbids
# everything.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_pair client server || exit 1
netns_new db
netns_new staging
ip -n staging link add eth0 type veth peer name eth1
ip -n staging link set eth0 up
ip -n staging link set eth1 up
serve server 10.9.0.2 8000 || exit 1
cp -a /etc "$scratch/etc" && mount --bind "$scratch/etc" /etc || exit 1
rm -rf /etc/perturb
file=/etc/perturb/policy.yaml

# policy: the file, from standard input.
policy() {
	rm -rf /etc/perturb
	mkdir -m 755 /etc/perturb
	(umask 022 && cat >$file)
}

# perturb ARGUMENT…: in the client's namespace; sets status.
perturb() {
	nsenter --net=/run/netns/client -- "$PERTURB" "$@" >"$scratch/stdout" 2>"$scratch/stderr"
	status=$?
}

inject() {
	perturb inject "$@" --quiet
}

# refused NAME TEXT: with exit status 3, saying so.
refused() {
	if [ $status -eq 3 ] && grep -qF -- "$2" "$scratch/stderr"; then
		ok "$1"
	else
		not_ok "$1" "exit status $status: $(cat "$scratch/stderr")"
	fi
}

# allowed NAME: with exit status 0.
allowed() {
	if [ $status -eq 0 ]; then
		ok "$1"
	else
		not_ok "$1" "exit status $status: $(cat "$scratch/stderr")"
	fi
}

# watch: notes every change of the namespaces from now on; watched NAME: there was none.
watch() {
	local name
	watchers=
	for name in client server db staging; do
		snapshot $name
		ip netns exec $name tc monitor >"$scratch/monitor.$name" &
		watchers="$watchers $!"
	done >"$scratch/before"
}

watched() {
	local name
	for name in client server db staging; do
		snapshot $name
	done >"$scratch/after"
	# shellcheck disable=SC2086 # several
	kill $watchers
	check_equal "$1: nothing is changed" "$(cat "$scratch/before")" "$(cat "$scratch/after")"
	check_equal "$1: nothing was changed for a moment" '' "$(cat "$scratch"/monitor.*)"
}

latency='latency --delay 1ms --for 100ms'

# --- what it forbids and allows ------------------------------------------------------------------

inject $latency --netns server
allowed 'without a policy'

policy <<'EOS'
version: 1
kinds: [latency, kill]
targets:
  netns: ["serv*", /^d.$/]
  process: []
limits:
  max_instances: 2
  max_percent: 50
  max_duration: 2s
  protect:
    - db
    - /^pay/
EOS
sleep 1000 &
sleeper=$!
at_exit "kill $sleeper 2>/dev/null"
watch
inject loss --percent 5% --for 1s --netns server
refused 'a kind that is not allowed' "allows only faults of the kinds latency, kill ($file:2)"
inject $latency --netns staging
refused 'a target that is not allowed' \
	"the network namespace 'staging' is not among the targets that this machine's policy allows ($file:4)"
inject $latency --netns /run/netns/staging
refused 'by its path, too' "'/run/netns/staging' is not among the targets"
inject kill --process $sleeper
refused 'a kind of target that is not allowed' "is not among the targets"
check 'which is not hit' kill -0 $sleeper
inject $latency --netns db
refused 'a name that is protected, although it is allowed' \
	"target 'target': the network namespace 'db' is protected, limits.protect has 'db' ($file:11)"
inject $latency --netns server --netns db --pick 1
refused 'a name that is protected, although it may not be picked' "'db' is protected"
inject latency --delay 1ms --for 3s --netns server
refused 'a fault that is too long' "ends at 3s, but limits.max_duration is 2s ($file:9)"
ln -s /run/netns/db "$scratch/innocent"
sed -i '/netns:/s/:.*/: "*"/' $file
inject $latency --netns "$scratch/innocent"
refused 'a protected namespace by another name' 'limits.protect has'
sed -i '/- db/d; /max_percent/d' $file
inject $latency --netns '*'
refused 'too many instances' "the targets mean 4 instances, limits.max_instances is 2 ($file:7)"
sed -i 's/max_instances: 2/max_percent: 50/' $file
inject $latency --netns '*'
refused 'too large a share' "limits.max_percent is 50% ($file:7)"
watched 'refusals'
inject $latency --netns server --netns staging --pick 50%
allowed 'what it allows'

# --- experiments ---------------------------------------------------------------------------------

# experiment LIMITS FOR [TARGET]
experiment() {
	cat >"$scratch/experiment.yaml" <<-EOS
		version: 1
		title: Limited
		targets: { server: { netns: ${3:-server} } }
		method:
		  - latency: { target: server, delay: 1ms }
		    for: $2
		limits: $1
	EOS
}

policy <<'EOS'
version: 1
limits: { max_duration: 300ms, protect: db }
EOS
mkdir "$scratch/out"
watch
experiment '{ max_duration: 10s }' 1s
perturb run "$scratch/experiment.yaml" --out "$scratch/out"
refused 'an experiment that is laxer than the policy' \
	"experiment.yaml:5:5: this step ends at 1s, but limits.max_duration is 300ms ($file:2)"
check 'which has a report' jq -e --arg file "$file" \
	'.verdict == "not-started" and .exit_code == 3 and (.reason | contains($file))' "$scratch"/out/*.json
perturb plan "$scratch/experiment.yaml"
refused 'plan says the same' "($file:2)"
experiment '{ protect: [nobody, "s?rver"] }' 100ms
perturb run "$scratch/experiment.yaml" --out "$scratch/out"
refused 'limits.protect' \
	"target 'server': the network namespace 'server' is protected, limits.protect has 's?rver': choose"
perturb plan "$scratch/experiment.yaml"
refused 'limits.protect: plan says the same' "'server' is protected"
experiment '{ protect: nobody }' 100ms '[server, db]'
perturb run "$scratch/experiment.yaml" --out "$scratch/out"
refused 'the policy protects beside the experiment' "'db' is protected"
watched 'refused experiments'
experiment '{ protect: nobody, max_duration: 200ms }' 100ms
rm -f "$scratch"/out/*
perturb run "$scratch/experiment.yaml" --out "$scratch/out"
allowed 'an experiment that keeps to both'
check 'its report names the policy' jq -e --arg file "$file" \
	'.events | any(.what == "the policy \($file) applies")' "$scratch"/out/*.json
perturb plan "$scratch/experiment.yaml"
allowed 'plan of it'

# --- a policy that cannot be used ----------------------------------------------------------------

# broken NAME TEXT: whoever would inject says so and does nothing.
broken() {
	inject $latency --netns server
	refused "$1: inject" "$2"
	perturb run "$scratch/nonsense.yaml" --out "$scratch/out"
	refused "$1: run, before the experiment is read" "$2"
	check "$1: run does not read on" test "$(wc -l <"$scratch/stderr")" -le 2
}

echo nonsense >"$scratch/nonsense.yaml"
experiment '{ max_instances: 1 }' 100ms
rm -f "$scratch"/out/*
watch
policy <<'EOS'
version: 2
kinds: [latency, lateny]
EOS
broken 'mistakes' "perturb: $file:1:10: version: this program reads version 1, not '2'"
check 'mistakes: all of them' grep -q "$file:2:18: kinds: unknown fault kind 'lateny' (did you mean 'latency'?)" \
	"$scratch/stderr"
policy <<<'kinds: latency'
broken 'no version' "$file:1:1: 'version' is missing"
policy <<'EOS'
version: 1
target: { netns: shop }
EOS
broken 'an unknown key' "$file:2:1: unknown key 'target' (did you mean 'targets'?)"
policy <<'EOS'
version: 1
targets: { host: yes }
EOS
broken 'an unknown kind of target' "$file:2:12: unknown key 'host'"
policy <<'EOS'
version: 1
limits: { protect: "[", max_duration: 5 }
EOS
broken 'a pattern that is none' "$file:2:20: protect: the pattern has a '[' without its ']'"
policy <<'EOS'
version: 1
	limits: {}
EOS
broken 'no YAML' "$file:2:1: a tab cannot indent YAML"
policy </dev/null
broken 'an empty file' "$file:1:1: the file is empty"
policy <<<'version: 1'
chmod 666 $file
broken 'a file that everybody can write' "$file: the file can be written by others than root"
chmod 664 $file
broken 'a file that a group can write' "$file: the file can be written by others than root"
chmod 644 $file
chown 12345 $file
broken 'a file that is not root'"'s" "$file: the file belongs to user 12345"
chown 0 $file
chmod 777 /etc/perturb
broken 'a directory that everybody can write' "$file: its directory can be written by others"
chmod 755 /etc/perturb
rm $file
mkfifo -m 644 $file
broken 'a FIFO' "$file: the file is not what it should be"
rm $file
mkdir $file
broken 'a directory' "$file: the file is not what it should be"
rmdir $file
ln -s $file $file
broken 'a link to itself' "$file: cannot be opened"
policy <<<'version: 3'
perturb plan "$scratch/experiment.yaml"
refused 'plan refuses it' "$file:1:10"
perturb demo --quiet
refused 'demo refuses it' "$file:1:10"
watched 'with a policy that cannot be used'
check_equal 'and there is no report' '' "$(ls "$scratch/out")"
perturb doctor
refused 'doctor' "$file:1:10"
check 'doctor says what to do' grep -q -- "^-- *policy .*correct or remove it" "$scratch/stdout"
perturb check "$scratch/experiment.yaml"
allowed 'check does not need it'

# --- the others that read it ---------------------------------------------------------------------

rm -r /etc/perturb
perturb doctor
check 'doctor: no policy' grep -q '^ok *policy *none' "$scratch/stdout"
sed -n '/^version: 1/,/^\.Ed/p' "$ROOT/man/perturb-policy.5" | grep -v '^\.Ed' | policy
perturb doctor
check 'doctor names a kind that it does not allow' \
	grep -q -- '^-- *pause *not allowed by the policy$' "$scratch/stdout"
check 'doctor does not say so of one that it allows' grep -q '^ok *kill ' "$scratch/stdout"
check 'doctor shows the one of the manual' grep -qF \
	"$file; only latency, loss, kill; only targets that match 3 patterns; 2 patterns are protected; at most 5 instances; at most 50% of a target; at most 10m" \
	"$scratch/stdout"
perturb demo --quiet --out "$scratch/out"
refused 'demo keeps to it' "is not among the targets that this machine's policy allows ($file:4)"

check 'no process is left' wait_for 5 no_perturb_processes
check 'no journal is left' no_journals
finish
