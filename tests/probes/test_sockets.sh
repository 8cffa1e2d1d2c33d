#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Probes of the kinds tcp and udp, with servers on loopback that are good and bad at it.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/probe.sh"

/usr/bin/python3 "$ROOT/tests/probes/sockets.py" >"$scratch/ports" &
at_exit "kill $! 2>/dev/null"
wait_for 10 grep -q READY "$scratch/ports"
declare -A port
while read -r name number; do port[$name]=${number:-}; done <"$scratch/ports"

# of NAME: the address of that server.
of() {
	case $1 in
	*6) echo "\"[::1]:${port[$1]}\"" ;;
	*) echo "\"127.0.0.1:${port[$1]}\"" ;;
	esac
}

# --- tcp ---------------------------------------------------------------------------------------

measure 'tcp, only connected' '[]' tcp "$(of silent)"
measure 'tcp, by a name' '[]' tcp "\"localhost:${port[silent]}\""
measure 'tcp, a banner' '[]' tcp "{ address: $(of banner), expect: \"220 \" }"
measure 'tcp, a banner by IPv6' '[]' tcp "{ address: $(of banner6), matches: \"^220 .*ready\" }"
measure 'tcp, an echo' '[]' tcp "{ address: $(of echo), send: \"PING\\r\\n\", expect: \"PING\\r\\n\" }"
measure 'tcp, byte by byte' '[]' tcp "{ address: $(of drips), expect: ready, matches: y.\$ }"
measure 'tcp, refused' '["connect"]' tcp "$(of closed)"
measure 'tcp, no such host' '["dns"]' tcp '"name.invalid:80"'
measure 'tcp, silent' '["timeout"]' tcp "{ address: $(of silent), expect: x, timeout: 100ms }"
measure 'tcp, half an answer' '["slow"]' tcp "{ address: $(of half), expect: \"220 \", timeout: 100ms }"
measure 'tcp, it leaves early' '["reset"]' tcp "{ address: $(of leaves), expect: hello }"
measure 'tcp, reset' '["reset"]' tcp "{ address: $(of resets), send: x, expect: y }"
measure 'tcp, a flood' '["too-large"]' tcp "{ address: $(of floods), expect: y }"

# A hundred connections one after the other, where only 48 descriptors may be open.
ulimit -Sn 48
measure 'tcp, every connection is closed' '[]' tcp "{ address: $(of banner), expect: ready }" 100/s
measure 'udp, every socket is closed' '[]' udp "{ address: $(of udp_echo), send: ping }" 100/s
ulimit -Sn "$(ulimit -Hn)"

# --- udp ---------------------------------------------------------------------------------------

measure 'udp, an echo' '[]' udp "{ address: $(of udp_echo), send: ping, expect: ping, matches: ^p }"
measure 'udp, an echo by IPv6' '[]' udp "{ address: $(of udp_echo6), send: ping, expect: ping }"
measure 'udp, any answer' '[]' udp "{ address: $(of udp_echo), send: ping }"
measure 'udp, an empty datagram' '[]' udp "{ address: $(of udp_echo), send: \"\" }"
measure 'udp, a large answer' '[]' udp "{ address: $(of udp_large), send: x, expect: xxx }"
measure 'udp, another answer' '["body"]' udp "{ address: $(of udp_echo), send: ping, expect: pong }"
measure 'udp, refused' '["connect"]' udp "{ address: $(of udp_closed), send: ping }"
measure 'udp, silent' '["timeout"]' udp "{ address: $(of udp_silent), send: ping, timeout: 100ms }"
measure 'udp, only sent' '[]' udp "{ address: $(of udp_silent), send: ping, reply: false }"

finish
