#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The kill sweep: for every kind of fault and every engine that this kernel has, each process of
# perturb is killed by SIGKILL, alone or all of them at once, right after each system call that
# changes something (tests/helpers/sweep.c says which). Each time, everything is put back within two
# seconds: by whoever survived or, when nobody did, by "perturb recover".
#
#     SWEEP_POINTS=N    at most so many points of each kind, engine and victim; 0: all (make sweep)
#     SWEEP_POINT=KIND/ENGINE/VICTIM/N    repeats one point
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
. "$(dirname "$0")/container.sh"
at_most=${SWEEP_POINTS:-16}
only=${SWEEP_POINT:-}
points=0

netns_pair client server || exit 1
# Whatever the user had there before must be there after.
ip netns exec server tc qdisc add dev eth0 clsact
ip netns exec server tc filter add dev eth0 ingress protocol ip prio 7 u32 \
	match ip dst 10.99.0.0/16 flowid 1:7 || exit 1
# For pause and kill.
sleep 100000 &
process=$!
at_exit "kill -KILL $process; wait $process 2>/dev/null"

# A failing point must not spoil the next ones.
cat >"$scratch/repair" <<EOS
rm -rf /run/perturb
for name in client server; do
	for kind in tun ifb; do
		ip -n \$name -o link show type \$kind | sed 's/^[0-9]*: \([^:]*\):.*/\1/' |
			xargs -r -n 1 ip -n \$name link delete
	done
done
ip netns exec client tc qdisc delete dev eth0 clsact
ip netns exec client nft flush ruleset
ip netns exec server tc filter delete dev eth0 egress
tc -n client qdisc delete dev eth0 root
tc -n server qdisc delete dev eth0 root
kill -CONT $process
EOS

can_recover() {
	"$PERTURB" recover --help >/dev/null 2>&1
}

has_standby() {
	grep -q '^standby ' "$scratch/counted"
}

has_relay() {
	grep -q '^relay \|^relays$' "$scratch/counted"
}

# sweep VICTIM OPTION… -- COMMAND…
sweep() {
	"$HELPERS/sweep" --state "$state" --repair "bash $scratch/repair 2>/dev/null" \
		--recover "$PERTURB recover" --victim "$@"
}

# sweep_victim NAME VICTIM COMMAND…
sweep_victim() {
	local name=$1/$2 victim=$2 summary option=(--at-most "$at_most")
	shift 2
	case $only in
	'') ;;
	"$name"/*) option=(--point "${only##*/}") ;;
	*) return ;;
	esac
	sweep "$victim" "${option[@]}" -- "$@" >"$scratch/log"
	status=$?
	summary=$(tail -n 1 "$scratch/log")
	[[ $summary =~ ^([0-9]+)\ points,\ ([0-9]+)\ failed,\ ([0-9]+)\ missed ]] || status=2
	points=$((points + BASH_REMATCH[1] - BASH_REMATCH[3]))
	if [ $status -ne 0 ]; then
		not_ok "$name" "$summary"
		sed "s,^point \([0-9]*\),SWEEP_POINT=$name/\1," "$scratch/log" | head -n 200 | sed 's/^/  | /'
	elif [ "${BASH_REMATCH[3]}" -ge $((BASH_REMATCH[1] / 2 + 1)) ] || [ "${BASH_REMATCH[1]}" -eq 0 ]; then
		not_ok "$name" "most points were missed: $summary"
	else
		ok "$name: $summary"
	fi
}

# sweep_kind KIND/ENGINE OPTION…: as for "perturb inject KIND".
sweep_kind() {
	local name=$1 kind=${1%%/*} victim
	shift
	[[ -z $only || $only == "$name"/* ]] || return
	set -- "$PERTURB" inject "$kind" "$@"
	if ! sweep none -- "$@" >"$scratch/counted" 2>"$scratch/log"; then
		not_ok "$name" 'the undisturbed run failed'
		sed 's/^/  | /' "$scratch/log" "$scratch/counted"
		return
	fi
	# It may do nothing that counts, but it is there.
	[[ $name != */re[ls]* ]] || echo relays >>"$scratch/counted"
	sweep_victim "$name" main "$@"
	sweep_victim "$name" custodian "$@"
	if has_standby; then
		sweep_victim "$name" standby "$@"
		sweep_victim "$name" all-but-standby "$@"
	fi
	! has_relay || sweep_victim "$name" relay "$@"
	can_recover || return
	! has_standby || sweep_victim "$name" keepers "$@"
	sweep_victim "$name" all "$@"
	! has_relay || sweep_victim "$name" all-but-relay "$@"
}

state="exec $HELPERS/state --netns /run/netns/server"
sweep_kind latency/relay-beside-filters --netns server --delay 10ms --for 40ms
state="exec $HELPERS/state --netns /run/netns/client"
sweep_kind latency/relay --netns client --delay 10ms --jitter 1ms --for 40ms
sweep_kind latency/relay-aimed --netns client --delay 10ms --to 10.9.0.2 --ports 80 --except 10.9.0.3 --for 40ms
sweep_kind loss/relay --netns client --percent 5% --for 40ms
sweep_kind duplicate/relay --netns client --percent 5% --for 40ms
sweep_kind corrupt/relay --netns client --percent 5% --for 40ms
sweep_kind reorder/relay --netns client --percent 25% --delay 10ms --for 40ms
sweep_kind network/relay --netns client --latency.delay 10ms --loss.percent 5% --for 40ms
sweep_kind bandwidth/relay --netns client --engine relay --rate 10mbit --for 40ms
sweep_kind bandwidth/tbf --netns client --rate 10mbit --for 40ms
sweep_kind bandwidth/ifb --netns client --engine netem --rate 10mbit --direction both --segment true --for 40ms
sweep_kind latency/relay-both --netns client --engine relay --delay 10ms --direction both --for 40ms
# Beside filters of somebody else.
state="exec $HELPERS/state --netns /run/netns/server"
sweep_kind bandwidth/ifb-beside --netns server --engine netem --rate 10mbit --direction ingress --for 40ms
state="exec $HELPERS/state --netns /run/netns/client"

# Its process takes the place of the relay.
state="$HELPERS/state --netns /run/netns/client; nsenter --net=/run/netns/client nft list ruleset"
sweep_kind dns/resolver --netns client --names a.test --answer nxdomain --for 40ms

# The kernel removes the tables with their owner.
state="nsenter --net=/run/netns/client nft list ruleset; exec $HELPERS/state --netns /run/netns/client"
sweep_kind partition/nftables --netns client --peer server --by reject --for 40ms
sweep_kind port/nftables --netns client --port 80 --max_connections 2 --for 40ms

state="$HELPERS/state --netns /run/netns/client; $HELPERS/state --netns /run/netns/server"
sweep_kind latency/relay-on-two --netns client --netns server --delay 10ms --for 40ms
sweep_kind bandwidth/tbf-on-two --netns client --netns server --rate 10mbit --for 40ms

state="exec $HELPERS/state --process $process"
sweep_kind pause/sigstop --process $process --for 40ms
# Nothing to undo; one that its target survives can be repeated.
sweep_kind kill/signal --process $process --signal WINCH

# A container's cgroup is frozen.
if container_start; then
	state="exec $HELPERS/state --process $container --file $frozen"
	{
		declare -p frozen
		declare -f container_thaw
		echo container_thaw
	} >>"$scratch/repair"
	# Perturb and the engine share its namespaces.
	sweep_kind pause/freezer --container users --allow-self --allow-engine --for 40ms
else
	skip pause/freezer 'no freezer cgroup can be made here'
fi

[ -n "$only" ] || check_between 'points at which somebody was killed' 500 1000000 $points
finish
