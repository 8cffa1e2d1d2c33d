#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From the names in an aim to addresses: what plan and the report show, and what is refused.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_new shop
netns_new db
netns_new empty
ip -n shop link add eth0 type veth peer name eth0 netns db
for name in shop db; do
	ip netns exec $name sh -c 'echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad'
	ip -n $name link set eth0 up
done
wait_for 5 link_settled db
ip -n db address add 10.9.0.2/24 dev eth0
ip -n db address add fd09::2/64 dev eth0 nodad
printf '10.0.0.1 many.example\n10.0.0.2 many.example\nfd00::1 many.example\n10.0.0.9 old.example\n' >"$scratch/hosts"
mount --bind "$scratch/hosts" /etc/hosts
printf 'hosts: files\n' >"$scratch/nsswitch"
mount --bind "$scratch/nsswitch" /etc/nsswitch.conf

# write KEYS [TOP]: an experiment whose fault is aimed so.
write() {
	cat >"$scratch/aim.yaml" <<-END
		version: 1
		title: aim
		targets:
		  shop: { netns: shop }
		  db: { netns: [db] }
		  empty: { netns: empty }
		  none: { netns: no-such-netns }
		method:
		  - loss: { target: shop, percent: 1%, $1 }
		    for: 1s
		${2:-}
	END
}

# shown NAME KEYS WANTED [TOP]: what plan says of the aim.
shown() {
	write "$2" "${4:-}"
	check_equal "plan: $1" "$3" \
		"$("$PERTURB" plan --engine relay "$scratch/aim.yaml" 2>&1 | sed -n 's/^    only //p')"
}

# refused NAME KEYS STATUS MESSAGE
refused() {
	local output status
	write "$2"
	output=$("$PERTURB" plan --engine relay "$scratch/aim.yaml" 2>&1)
	status=$?
	check_equal "refused: $1" "$3 perturb: $scratch/aim.yaml:$4" "$status $output"
}

shown 'a target has all its addresses but link-local ones' 'to: db' 'to 10.9.0.2, fd09::2'
shown 'a host name has all its addresses, of the family' 'to: many.example, family: ipv4' \
	'to 10.0.0.1, 10.0.0.2 ipv4'
shown 'what is given twice counts once' 'to: [db, 10.9.0.2, 10.9.0.2/32]' 'to 10.9.0.2, fd09::2'
shown 'everything together' 'to: 10.0.0.0/8, ports: [80, 90-99], local_ports: 7, protocol: tcp, dscp: ef,
      except: [{ to: db, ports: [1, 2] }, { protocol: udp }]' \
	'to 10.0.0.0/8 port 80, 90-99 local port 7 tcp dscp 46, except 10.9.0.2 port 1; fd09::2 port 1; 10.9.0.2 port 2; fd09::2 port 2; udp'
shown 'who is only aimed at is not limited' 'to: db' 'to 10.9.0.2, fd09::2' 'limits: { max_instances: 1, protect: [db] }'

refused 'a name that is nothing' 'to: no-such-host.example' 3 \
	"9:44: loss: the host name 'no-such-host.example' has no address: Name or service not known"
refused 'a name that is nearly a target' 'to: [db, shopp]' 3 \
	"9:49: loss: 'shopp' is neither a target (did you mean 'shop'?) nor a host name that has an address here"
refused 'a target without addresses' 'to: empty' 3 \
	"9:44: loss: target 'empty' has no address, apart from link-local ones"
refused 'a host name without an address of the family' 'to: old.example, family: ipv6' 3 \
	"9:44: loss: the host name 'old.example' has no address of that family"
refused 'too many exceptions' \
	'except: { ports: [1,2,3,4,5,6], local_ports: [1,2,3,4,5,6] }' 2 \
	'9:48: loss: except and spare: more than 32 combinations of addresses and ports; name networks, such as 10.0.0.0/8, and ranges'
refused 'too many networks' "to: [$(seq -s, -f '10.1.%g.0/24' 0 255), 10.2.0.0/16]" 2 \
	'9:3520: loss: more than 256 addresses: name networks, such as 10.0.0.0/8'
check 'a target that is aimed at must exist' grep -q "target 'none': " <(write 'to: none'
	"$PERTURB" plan --engine relay "$scratch/aim.yaml" 2>&1)
write 'spare: ssh'
check 'plan: says when there is no session to spare' grep -q '^spare ssh: no ssh session' \
	<(env -u SSH_CONNECTION "$PERTURB" plan --engine relay "$scratch/aim.yaml")

# as after "sudo su -": nothing is left but the server's connection
serve_here() {
	"$HELPERS/http_server" --listen 127.0.0.1:8080 >"$scratch/server" 2>&1 &
	at_exit "kill $! 2>/dev/null"
	wait_for 10 grep -q READY "$scratch/server"
}
check 'a server to connect to' serve_here
ln -s /bin/bash "$scratch/sshd"
connection=$(env -u SSH_CONNECTION PERTURB="$PERTURB" FILE="$scratch/aim.yaml" "$scratch/sshd" -c '
	exec 3<>/dev/tcp/127.0.0.1/8080
	"$PERTURB" plan --engine relay "$FILE" 3<&-
	exit $?' | sed -n 's/^    only //p')
check 'spare: the connection of the ssh server that perturb descends from' \
	grep -qxE 'everything, except 127.0.0.1 port 8080 local port ([0-9]+) tcp; 127.0.0.1 port \1 local port 8080 tcp' \
	<<<"$connection"

write "to: [db, $(seq -s, -f '10.1.%g.0/24' 0 19)]"
"$PERTURB" run --engine relay --quiet --out "$scratch" "$scratch/aim.yaml" >/dev/null 2>&1
check_equal 'report: the aim in words' \
	'to 10.9.0.2, fd09::2, 10.1.0.0/24, 10.1.1.0/24, 10.1.2.0/24, 10.1.3.0/24, 10.1.4.0/24, 10.1.5.0/24 and 14 more' \
	"$(jq -r '.faults[0].operations[0].aim' "$scratch"/*.json)"
check_equal 'report: all of its peers' '22 10.1.19.0/24' \
	"$(jq -r '.faults[0].operations[0].peers | "\(length) \(.[-1])"' "$scratch"/*.json)"
# who is aimed at ends meanwhile
nsenter --net=/run/netns/db -- sleep 60 &
peer=$!
wait_for 5 grep -qx sleep "/proc/$peer/comm"
write 'to: [process, many.example]'
sed -i "s/^  none: .*/  process: { process: { pid: $peer } }/; s/for: 1s/for: 60s/" "$scratch/aim.yaml"
mkdir "$scratch/gone"
"$PERTURB" run --engine relay --no-color --out "$scratch/gone" "$scratch/aim.yaml" >"$scratch/log" 2>&1 &
perturb=$!
wait_for 10 grep -q 'injected by relay' "$scratch/log"
kill $peer
check 'run: says that a fault stays aimed at who is gone' \
	wait_for 10 grep -q 'loss on shop: stays aimed at the addresses that .* had' "$scratch/log"
kill -INT "$perturb"
wait "$perturb"
check_equal 'report: their addresses' '10.0.0.1 10.0.0.2 10.9.0.2 fd00::1 fd09::2' \
	"$(jq -r '.faults[0].operations[0].peers[]' "$scratch"/gone/*.json | sort | xargs)"

"$PERTURB" schema report >"$scratch/schema.json"
check 'report: is valid' python3 -c 'import json, jsonschema, sys
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' \
	"$scratch"/perturb-*.json "$scratch/schema.json"
finish
