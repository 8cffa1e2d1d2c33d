#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A partition between containers holds for one that comes back with another address, a third container
# notices nothing, and the engine's own rules are as they were.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/engine.sh"
isolate "$@"
engine_start
cd "$scratch" || exit 1

for name in orders db other; do
	docker run -d --name $name busybox httpd -f -h /www >/dev/null
done

# asks FROM ADDRESS: does it get an answer by HTTP?
asks() {
	nsenter --net="/proc/$(docker_pid "$1")/ns/net" -- curl -fs -m 1 -o /dev/null "http://$2/"
}

# unanswered FROM ADDRESS
unanswered() {
	! asks "$@"
}

has_table() {
	nsenter --net="/proc/$(docker_pid "$1")/ns/net" -- nft list tables | grep -q 'perturb_'
}

lacks_table() {
	! has_table "$1"
}

engine_rules() {
	nft -s list ruleset 2>/dev/null
}

for name in orders db other; do
	check "before: $name answers" wait_for 10 asks other "$(docker_address $name)"
done
rules=$(engine_rules)

mkdir out
"$PERTURB" inject partition --container orders --peer db --for 12s --out out >log 2>&1 &
perturb=$!
check 'it is injected' wait_for 10 has_table db
check 'orders does not reach db' unanswered orders "$(docker_address db)"
check 'db does not reach orders' unanswered db "$(docker_address orders)"
check 'other reaches db' asks other "$(docker_address db)"
check 'orders reaches other' asks orders "$(docker_address other)"
check_equal "the engine's rules stay" "$rules" "$(engine_rules)"

# Another container takes its address meanwhile.
before=$(docker_address db)
docker stop -t 0 db >/dev/null
docker run -d --name squatter busybox httpd -f -h /www >/dev/null
docker start db >/dev/null
check 'db has another address' test "$(docker_address db)" != "$before"
check 'it is injected into db again' wait_for 5 has_table db
check 'orders does not reach db there' unanswered orders "$(docker_address db)"
check 'nor db orders' unanswered db "$(docker_address orders)"
check 'other reaches db there' asks other "$(docker_address db)"
wait $perturb
check_equal 'exit status' 0 $? || sed 's/^/  | /' log
check 'nothing is left in db' lacks_table db
check 'nothing is left in orders' lacks_table orders
check 'orders reaches db again' wait_for 5 asks orders "$(docker_address db)"
check_equal "the engine's rules are as before" "$rules" "$(engine_rules | grep -v "$(docker_address squatter)")"
check_equal 'the report tells of both' '[["partition","orders",true,0],["partition","db",true,1]]' \
	"$(jq -c '[.faults[] | [.kind, .instance, .effective, (.moves | length)]]' out/*.json)"
finish
