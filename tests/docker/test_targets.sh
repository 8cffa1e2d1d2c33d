#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Finding containers: every way to name them, and every way in which that fails.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/engine.sh"
isolate "$@"
engine_start

docker tag busybox ghcr.io/shop/users:1.2
docker run -d --name shop-users-1 --label tier=back --label com.docker.compose.project=shop \
	--label com.docker.compose.service=users ghcr.io/shop/users:1.2 sleep 3600 >/dev/null
docker run -d --name shop-users-2 --label tier=back --label com.docker.compose.project=shop \
	--label com.docker.compose.service=users ghcr.io/shop/users:1.2 sleep 3600 >/dev/null
docker run -d --name shop-orders-1 --label com.docker.compose.project=shop \
	--label com.docker.compose.service=orders busybox sleep 3600 >/dev/null
docker run -d --name gateway --label tier=front --label 'note=a b "c"' busybox sleep 3600 >/dev/null
docker run --name finished busybox true
docker create --name idle busybox true >/dev/null
docker run -d --name waiting busybox sleep 3600 >/dev/null
docker pause waiting >/dev/null
ip netns add shop-net
at_exit 'ip netns delete shop-net'

# --- listing -------------------------------------------------------------------------------------
# What a row of the table says, column by column.
row() {
	"$PERTURB" targets "$1" | awk -v name="$1" '$2 == name { print }'
}
users=$(docker_id shop-users-1)
pid=$(docker_pid shop-users-1)
inode=$(stat -Lc %i "/proc/$pid/ns/net")
check_equal 'targets: a container with all there is to know' \
	"docker shop-users-1 ${users:0:12} running $pid $inode eth0=$(docker_address shop-users-1)/16" \
	"$(row shop-users-1 | awk '{ $1 = $1; print }')"
check_equal 'targets: a container that has ended' "docker finished $(docker_id finished | cut -c 1-12) exited - -" \
	"$(row finished | awk '{ $1 = $1; print }')"
check_equal 'targets: a named network namespace' "netns shop-net - - - $(stat -Lc %i /run/netns/shop-net)" \
	"$(row shop-net | awk '{ $1 = $1; print }')"
check_equal 'targets: everything, containers first' \
	'finished gateway idle shop-orders-1 shop-users-1 shop-users-2 waiting shop-net' \
	"$("$PERTURB" targets | awk 'NR > 1 { print $2 }' | xargs)"
check_equal 'targets: a beginning of an id' shop-users-1 \
	"$("$PERTURB" targets "${users:0:8}" | awk 'NR > 1 { print $2 }')"
check_equal 'targets: JSON agrees with docker inspect' \
	"$(docker inspect shop-users-1 | jq -c '.[0] | [.Id, .State.Pid, .State.Status,
		.NetworkSettings.IPAddress + "/16"]')" \
	"$("$PERTURB" targets --format json shop-users-1 | jq -c '.[0] | [.id, .pid, .state,
		(.interfaces[] | select(.name == "eth0") | .addresses[0])]')"
check_equal 'targets: a paused container has a process' "$(docker_pid waiting)" \
	"$("$PERTURB" targets --format json waiting | jq '.[0].pid')"

# --- selecting -----------------------------------------------------------------------------------
# resolve SELECTOR [PERTURB-OPTION…]: the containers that a target means, by a plan, which touches
# nothing; on failure the message.
resolve() {
	local selector=$1
	shift
	printf 'version: 1\ntitle: t\ntargets:\n  t: %s\nmethod:\n  - pause: { target: t }\n    for: 1s\n' \
		"$selector" >"$scratch/e.yaml"
	"$PERTURB" plan "$@" "$scratch/e.yaml" >"$scratch/out" 2>"$scratch/err"
	status=$?
	sed -n 's/^  \(.*\)  pid .*/\1/p' "$scratch/out" | xargs
}

# means WANTED SELECTOR
means() {
	check_equal "$2" "$1" "$(resolve "$2")" || sed 's/^/  | /' "$scratch/err"
}
means 'gateway' '{ container: gateway }'
means 'gateway' '{ container: { name: gateway } }'
means 'gateway shop-orders-1' '{ container: { name: [gateway, shop-orders-1] } }'
means 'shop-users-1 shop-users-2' "{ container: 'shop-users-*' }"
means 'shop-users-2' "{ container: 'shop-users-[2-9]' }"
means 'gateway shop-orders-1' "{ container: '/^(gate|shop-o)/' }"
for id in "${users:0:12}" "$users"; do
	check_equal "the id, ${#id} digits" shop-users-1 "$(resolve "{ container: { id: '$id' } }")"
	check_equal "the id as a name, ${#id} digits" shop-users-1 "$(resolve "{ container: '$id' }")"
done
means 'shop-users-1 shop-users-2' '{ container: { image: users } }'
means 'shop-users-1 shop-users-2' '{ container: { image: "ghcr.io/shop/users:1.2" } }'
means 'shop-users-1 shop-users-2' '{ container: { service: users } }'
means 'shop-orders-1 shop-users-1 shop-users-2' '{ container: { service: "*", project: shop } }'
means 'shop-users-1 shop-users-2' '{ container: { label: tier=back } }'
means 'gateway shop-users-1 shop-users-2' '{ container: { label: tier } }'
means 'gateway' "{ container: { label: { note: 'a b \"c\"' } } }"
means 'gateway' '{ container: { label: { tier: "/^f/" } } }'
means 'shop-orders-1' '{ container: { label: com.docker.compose.project=shop, image: busybox } }'

# --- picking -------------------------------------------------------------------------------------
first=$(resolve '{ container: "shop-*", pick: 2 }' --seed 7)
check_equal 'pick: a number' 2 "$(wc -w <<<"$first")"
check_equal 'pick: the same seed picks the same' "$first" \
	"$(resolve '{ container: "shop-*", pick: 2 }' --seed 7)"
check_equal 'pick: a percentage, rounded up' 2 \
	"$(resolve '{ container: "shop-*", pick: 50% }' --seed 7 | wc -w)"
picked=$(for seed in 1 2 3 4 5 6 7 8 9 10 11 12; do
	resolve '{ container: "shop-*", pick: 1 }' --seed $seed
done | sort -u | wc -l)
check_equal 'pick: other seeds pick others' 3 "$picked"

# --- failing -------------------------------------------------------------------------------------
# fails PATTERN SELECTOR: exit status 3, and a message that matches.
fails() {
	resolve "$2" >/dev/null
	if [ $status -eq 3 ] && grep -Eq "$1" "$scratch/err" && [ ! -s "$scratch/out" ]; then
		ok "$2 fails: $1"
	else
		not_ok "$2 fails: $1" "status $status, $(cat "$scratch/err")"
	fi
}
fails "no container has name 'gatewya' \(did you mean 'gateway'\?\)" '{ container: gatewya }'
fails "no container has name 'database'; running here: .*gateway" '{ container: database }'
fails "no container has name 'database'" '{ container: { name: [gateway, database] } }'
fails "no container has Compose service 'user' \(did you mean 'users'\?\)" '{ container: { service: user } }'
fails "image 'users' and label 'tier=front'" '{ container: { image: users, label: tier=front } }'
fails "container 'finished' is exited, not running: start it" '{ container: finished }'
fails "container 'idle' is created, not running: start it" '{ container: idle }'
fails "container 'waiting' is paused, not running: unpause it" '{ container: waiting }'
"$PERTURB" targets nothing-like-it >"$scratch/out" 2>"$scratch/err"
check_equal 'targets: nothing matches' 3 $?
check 'targets: nothing matches, and it says so' grep -q "nothing here matches 'nothing-like-it'" "$scratch/err"
finish
