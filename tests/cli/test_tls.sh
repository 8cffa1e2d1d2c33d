#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# HTTPS probes: certificates are verified unless told otherwise, and a client certificate is shown
# to a server that asks for one. The server is Python's, on loopback.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../probes/probe.sh"
tls=$ROOT/tests/data/tls

cat >"$scratch/server.py" <<'EOS'
import http.server, ssl, sys

tls, wants_client = sys.argv[1], sys.argv[2] == "mutual"

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"secure")

    def log_message(self, *arguments):
        pass

class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, address):
        pass  # broken handshakes are what some cases are about

    def finish_request(self, request, address):
        # The handshake is the connection's, so that a bad one does not hold up the others.
        super().finish_request(context.wrap_socket(request, server_side=True), address)

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(tls + "/server.pem", tls + "/server.key")
if wants_client:
    context.load_verify_locations(tls + "/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
server = Server(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
EOS

# serve NAME MODE: starts a server; its port goes into the variable NAME.
serve() {
	/usr/bin/python3 "$scratch/server.py" "$tls" "$2" >"$scratch/$1" 2>"$scratch/$1.log" &
	at_exit "kill $! 2>/dev/null"
	wait_for 10 test -s "$scratch/$1"
	printf -v "$1" %s "$(cat "$scratch/$1")"
}

# probe URL OPTIONS: measures it for a second with these TLS options. Sets status and report.
probe() {
	cat >"$scratch/experiment.yaml" <<EOS
version: 1
title: The server answers by TLS
steady_state:
  - name: secure
    http: { url: "$1", timeout: 5s, contains: secure, tls: $2 }
    rate: 20/s
    tolerate: { success: ">= 100%" }
baseline: 1s
EOS
	probe_experiment
}

# errors_are KINDS: the kinds of error that the report counts, as a JSON list; something was asked.
errors_are() {
	jq -e --argjson kinds "$1" '.probes[0].phases.baseline |
		.count >= 20 and (.errors | keys) == $kinds' "$report"
}

# measure NAME STATUS KINDS URL OPTIONS
measure() {
	probe "$4" "$5"
	check_equal "$1: exit status" "$2" "$status" || sed 's/^/  | /' "$scratch/log"
	check "$1: errors are $3" errors_are "$3"
}

serve port plain
serve mutual_port mutual

measure 'authority known' 0 '[]' "https://127.0.0.1:$port/" "{ ca: $tls/ca.pem }"
measure 'authority unknown' 1 '["tls"]' "https://127.0.0.1:$port/" '{ insecure: false }'
measure 'wrong name' 1 '["tls"]' "https://localhost:$port/" "{ ca: $tls/ca.pem }"
measure 'insecure' 0 '[]' "https://localhost:$port/" '{ insecure: true }'
measure 'no TLS spoken' 1 '["reset"]' "http://127.0.0.1:$port/" '{ insecure: false }'
measure 'client certificate shown' 0 '[]' "https://127.0.0.1:$mutual_port/" \
	"{ ca: $tls/ca.pem, cert: $tls/client.pem, key: $tls/client.key }"

# With TLS 1.3 the server refuses only after the client is done, so it may look like a reset.
probe "https://127.0.0.1:$mutual_port/" "{ ca: $tls/ca.pem }"
check_equal 'client certificate missing: exit status' 1 "$status"
check 'client certificate missing: nothing succeeds' jq -e '.probes[0].phases.baseline |
	.count >= 20 and .ok == 0 and (.errors | keys - ["reset", "tls"]) == []' "$report"

probe "https://127.0.0.1:$port/" "{ ca: $scratch/missing.pem }"
check 'missing authority file: refused before anything is measured' test "$status" = 2 -o "$status" = 3
check 'missing authority file: named' grep -q missing.pem "$scratch/log"

finish
