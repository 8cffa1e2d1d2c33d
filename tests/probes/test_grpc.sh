#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Probes of the kind grpc, against Python's gRPC server on loopback.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/probe.sh"
tls=$ROOT/tests/data/tls

/usr/bin/python3 "$ROOT/tests/probes/health.py" "$tls" >"$scratch/ports" 2>"$scratch/server.log" &
at_exit "kill $! 2>/dev/null"
wait_for 20 test -s "$scratch/ports" || cat "$scratch/server.log"
read -r plain secure <"$scratch/ports"

# grpc NAME KINDS KEYS [RATE]
grpc() {
	measure "$1" "$2" grpc "{ address: \"127.0.0.1:$plain\", timeout: 5s, $3 }" "${4:-20/s}"
}

measure 'the server as a whole' '[]' grpc "127.0.0.1:$plain"
measure 'by its URL' '[]' grpc "\"http://127.0.0.1:$plain/\""
grpc 'a service' '[]' 'service: up'
grpc 'a service with a long name' '[]' "service: $(printf 'up%.0s' {1..100})"
grpc '500 a second' '[]' 'service: up' 500/s
check '500 a second: all were counted' \
	jq -e '.probes[0].phases.baseline | .count >= 490 and .count <= 510' "$report"
grpc 'not serving' '["state"]' 'service: down'
grpc 'unknown state' '["state"]' 'service: unknown'
grpc 'no such service' '["not-found"]' 'service: gone'
grpc 'denied' '["status"]' 'service: denied'
grpc 'fields of later versions' '[]' 'service: later'
grpc 'a message that is cut off' '["protocol"]' 'service: cut'
grpc 'no message' '["protocol"]' 'service: garbage'
grpc 'the server is told of the timeout' '[]' 'service: patience'
measure 'slow' '["timeout"]' grpc \
	"{ address: \"127.0.0.1:$plain\", service: slow, timeout: 200ms }"
measure 'TLS' '[]' grpc "{ address: \"127.0.0.1:$secure\", timeout: 5s, tls: { ca: $tls/ca.pem } }"
measure 'TLS by its URL' '[]' grpc \
	"{ address: \"https://127.0.0.1:$secure\", timeout: 5s, tls: { insecure: true } }"
measure 'an unknown authority' '["tls"]' grpc "\"https://127.0.0.1:$secure\""
measure 'nobody is there' '["connect"]' grpc '"127.0.0.1:1"'

# --- what is no gRPC server ---

cat >"$scratch/server.py" <<'EOS'
import http.server, ssl, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
EOS
/usr/bin/python3 "$scratch/server.py" >"$scratch/other" 2>/dev/null &
at_exit "kill $! 2>/dev/null"
wait_for 10 test -s "$scratch/other"
probe grpc "\"127.0.0.1:$(cat "$scratch/other")\""
check 'HTTP/1.1: nothing succeeds' jq -e '.probes[0].phases.baseline |
	.ok == 0 and (.errors | keys - ["protocol", "reset"]) == []' "$report"

finish
