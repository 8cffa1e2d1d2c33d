#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Wrong answers for names in one container of a real Docker Engine, whose programs ask the server
# that the engine embeds in each container's network.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/engine.sh"
isolate "$@"
engine_start
cd "$scratch" || exit 1

docker network create shop >/dev/null
for name in db web other; do
	docker run -d --name $name --network shop busybox sleep 1000 >/dev/null
done
web=$(docker_pid web)

# lookup CONTAINER NAME: the address, or what is said instead.
lookup() {
	docker exec "$1" timeout 8 nslookup -type=a "$2" 2>&1 |
		sed -n 's/.*\(NXDOMAIN\|SERVFAIL\|REFUSED\).*/\1/p; s/.*no servers could be reached.*/timeout/p
			/^Name:/,$ s/^Address: //p' | head -n 1
}

resolves() {
	[ "$(lookup web db)" = "$(docker_address db)" ]
}

ruleset() {
	nsenter --net="/proc/$web/ns/net" nft list ruleset 2>/dev/null | sed 's/packets [0-9]* bytes [0-9]*//'
}

# fault ARGUMENT…: in the container web, in place.
fault() {
	"$PERTURB" inject dns --container web --for 60s "$@" >out 2>&1 &
	perturb=$!
	wait_for 10 grep -q injected out
}

ended() {
	kill -INT $perturb
	wait $perturb
	check_equal "$1: exit status" 4 $?
	check_equal "$1: the rules are those of before" "$rules" "$(ruleset)"
	check "$1: no process of perturb is left" wait_for 5 no_perturb_processes
	check_equal "$1: the name has its address again" "$(docker_address db)" "$(lookup web db)"
}

check 'the embedded server answers' wait_for 10 resolves
check_equal 'it is asked at 127.0.0.11' 'nameserver 127.0.0.11' \
	"$(docker exec web grep nameserver /etc/resolv.conf)"
rules=$(ruleset)

fault --names db --answer nxdomain
check_equal 'nxdomain' NXDOMAIN "$(lookup web db)"
check 'nxdomain: programs do not find it' sh -c \
	'/usr/bin/docker exec web ping -c 1 db 2>&1 | grep -q "bad address"'
check_equal 'nxdomain: another name' "$(docker_address other)" "$(lookup web other)"
check_equal 'nxdomain: another container' "$(docker_address db)" "$(lookup other db)"
ended nxdomain

fault --names 'd*' --answer "$(docker_address other)" --answer 2001:db8::1
check_equal 'a wrong address' "$(docker_address other)" "$(lookup web db)"
check 'a wrong address: packets go there' sh -c \
	"/usr/bin/docker exec web ping -c 1 db | grep -q '($(docker_address other))'"
ended 'a wrong address'

fault --names db --answer timeout
check_equal 'timeout' timeout "$(lookup web db)"
check_equal 'timeout: another name' "$(docker_address other)" "$(lookup web other)"
ended timeout

fault --names db --delay 300ms
began=$(now_ms)
check_equal 'delay: the address' "$(docker_address db)" "$(lookup web db)"
check_between 'delay: 300 ms' 300 1500 $(($(now_ms) - began))
ended delay

# A container that comes back has the fault again, by sockets in its new namespace.
is_hit() {
	[ "$(lookup web db)" = NXDOMAIN ]
}
fault --names db --answer nxdomain
docker restart -t 0 web >/dev/null
check 'a container that restarts: the fault follows it' wait_for 10 is_hit
web=$(docker_pid web)
kill -INT $perturb
wait $perturb
check_equal 'a container that restarts: exit status' 4 $?
check 'a container that restarts: the name has its address again' wait_for 5 resolves
check 'a container that restarts: no redirect is left' sh -c \
	"! nsenter --net=/proc/$web/ns/net nft list ruleset 2>/dev/null | grep -q perturb"
rules=$(ruleset)

# The resolver that is gone takes the redirect with it.
fault --names db --answer nxdomain
for pid in $(perturb_processes); do
	[ "$(cat "/proc/$pid/comm")" != perturb-resolv ] || kill -KILL "$pid"
done
wait $perturb
check_equal 'SIGKILL of the resolver: the rules are those of before' "$rules" "$(ruleset)"
check 'SIGKILL of the resolver: the name has its address' resolves
finish
