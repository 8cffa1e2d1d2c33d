#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Probes of the kind dns: types, codes, answers that are cut off, and what is no answer.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/probe.sh"

/usr/bin/python3 "$ROOT/tests/probes/dns_server.py" >"$scratch/port" &
at_exit "kill $! 2>/dev/null"
wait_for 10 test -s "$scratch/port"
server=127.0.0.1:$(cat "$scratch/port")

# dns NAME KINDS KEYS
dns() {
	measure "$1" "$2" dns "{ server: \"$server\", timeout: 200ms, $3 }"
}

dns 'an address' '[]' 'name: ok.test, contains: 10.0.0.5, answers: ">= 2"'
dns 'in capitals, with a dot' '[]' 'name: OK.Test., contains: 10.0.0.50'
dns 'by TCP' '[]' 'name: ok.test, protocol: tcp, contains: 10.0.0.5'
dns 'IPv6' '[]' 'name: ok.test, type: AAAA, contains: "fd00:0::5"'
dns 'MX' '[]' 'name: ok.test, type: MX, contains: "10 mail.ok.test"'
dns 'NS' '[]' 'name: ok.test, type: NS, contains: ok.test'
dns 'TXT' '[]' 'name: ok.test, type: TXT, contains: hello world'
dns 'SRV' '[]' 'name: ok.test, type: SRV, contains: "1 2 5060 sip.ok.test"'
dns 'SOA' '[]' 'name: ok.test, type: SOA, contains: "ns.ok.test root.ok.test 7 1 2 3 4"'
dns 'PTR' '[]' 'name: 5.0.0.10.in-addr.arpa, type: PTR, contains: ok.test'
dns 'CNAME' '[]' 'name: alias.test, type: CNAME, contains: ok.test'
dns 'an alias and its address' '[]' 'name: alias.test, contains: ok.test, answers: ">= 1"'
dns 'cut off, then by TCP' '[]' 'name: big.test, type: TXT, answers: ">= 100"'
dns 'no such name' '["status"]' 'name: gone.test'
dns 'no such name, as wanted' '[]' 'name: gone.test, rcode: NXDOMAIN'
dns 'another name, as not wanted' '["status"]' 'name: ok.test, rcode: NXDOMAIN'
dns 'no record' '["body"]' 'name: empty.test'
dns 'no record, as allowed' '[]' 'name: empty.test, answers: ">= 0"'
dns 'too few records' '["body"]' 'name: ok.test, answers: ">= 3"'
dns 'another address' '["body"]' 'name: ok.test, contains: 10.0.0.7'
dns 'a part of an address is another one' '["body"]' 'name: alias.test, contains: 0.0.5'
dns 'strangers are ignored' '[]' 'name: strangers.test, contains: 10.0.0.5'
dns 'malformed' '["protocol"]' 'name: malformed.test'
dns 'torn' '["reset"]' 'name: torn.test'
dns 'silent' '["timeout"]' 'name: silent.test'

# A name alone is asked of the server in resolv.conf, which is another one than that of the machine.
resolv() {
	unshare --mount bash -c "echo 'nameserver $1' >'$scratch/resolv.conf' &&
		mount --bind '$scratch/resolv.conf' /etc/resolv.conf && exec \"\$@\"" - "${@:2}"
}
if [ "$(id -u)" = 0 ]; then
	cat >"$scratch/alone.yaml" <<'EOS'
version: 1
title: A name alone
steady_state:
  - { name: alone, dns: ok.test, rate: 20/s, tolerate: { success: ">= 0%" } }
baseline: 1s
EOS
	mkdir "$scratch/alone"
	resolv 127.0.0.99 "$PERTURB" probe "$scratch/alone.yaml" --out "$scratch/alone" >"$scratch/log" 2>&1
	check 'a name alone: nobody is at the port of the first server' jq -e \
		'.probes[0].phases.baseline | .count >= 15 and .errors.connect == .count' \
		"$scratch"/alone/*.json
	resolv '' "$PERTURB" probe "$scratch/alone.yaml" --out "$scratch/alone" >"$scratch/log" 2>&1
	check 'a name alone, and no server: said so' grep -q 'has no name server' "$scratch/log"
else
	skip 'a name alone' 'needs root'
fi

finish
