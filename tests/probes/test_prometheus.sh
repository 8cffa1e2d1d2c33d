#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Probes of the kind prometheus: a Prometheus that watches itself, on loopback, and a server that
# says what Prometheus would not.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/probe.sh"

directory_of_server prometheus

# start: on a free port, which somebody else may take first.
start() {
	port=$(free_ports 1)
	cat >"$scratch/prometheus/prometheus.yml" <<-EOS
		global: { scrape_interval: 200ms, scrape_timeout: 200ms }
		scrape_configs:
		  - job_name: itself
		    static_configs: [{ targets: ["127.0.0.1:$port"] }]
	EOS
	chmod 644 "$scratch/prometheus/prometheus.yml"
	as_nobody /usr/bin/prometheus --config.file="$scratch/prometheus/prometheus.yml" \
		--storage.tsdb.path="$scratch/prometheus/data" --web.listen-address="127.0.0.1:$port" \
		>"$scratch/prometheus/log" 2>&1 &
	server=$!
}

# answers QUERY: there is a sample.
answers() {
	curl -s "http://127.0.0.1:$port/api/v1/query" --data-urlencode "query=$1" |
		jq -e '.data.result | length > 0'
}

start
wait_for 20 curl -sf "http://127.0.0.1:$port/-/ready" || { kill $server 2>/dev/null; start; }
at_exit "kill $server 2>/dev/null; wait $server 2>/dev/null"
wait_for 30 answers 'count_over_time(up[10s]) >= 3' || cat "$scratch/prometheus/log"

# prometheus NAME KINDS KEYS
prometheus() {
	measure "$1" "$2" prometheus "{ url: \"http://127.0.0.1:$port\", timeout: 5s, $3 }"
}

prometheus 'a vector' '[]' 'query: up, value: "== 1"'
prometheus 'several series' '[]' 'query: "prometheus_http_requests_total", value: ">= 0"'
prometheus 'one series of several is out of range' '["value"]' \
	'query: "prometheus_http_requests_total{handler=~\"/api/v1/query|/-/ready\"}", value: "< 0.5"'
prometheus 'a scalar' '[]' 'query: "scalar(up) * -2.5", value: [">= -2.5", "<= -2.5"]'
prometheus 'out of range' '["value"]' 'query: up, value: [">= 0", "< 1"]'
prometheus 'not a number' '["value"]' 'query: "up * NaN", value: ">= 0"'
prometheus 'without end' '[]' 'query: "up / 0", value: "> 1000000"'
prometheus 'no sample' '["body"]' 'query: nothing, value: ">= 0"'
prometheus 'no sample, as allowed' '[]' 'query: nothing, value: ">= 0", empty: ok'
prometheus 'a text' '["body"]' "query: '\"text\"', value: '>= 0', empty: ok"
prometheus 'no query' '["body"]' 'query: "up[", value: ">= 0", empty: ok'
prometheus 'characters of forms' '[]' "query: 'up{job=~\"i.+f\"} + 0 % 7 and up', value: '>= 1'"
prometheus 'a range' '[]' 'query: up, value: "== 1", range: 4s, step: 200ms'
prometheus 'a range with a step by itself' '[]' 'query: up, value: "== 1", range: 6s'
prometheus 'a range, of which a part is wrong' '["value"]' \
	"query: 'time() > bool $(($(date +%s) - 2))', value: '>= 1', range: 30s"
prometheus 'a range before there was anything' '["body"]' \
	'query: "up offset 1d", value: ">= 1", range: 5s'
measure 'a path, and a slash at its end' '["status"]' prometheus \
	"{ url: \"http://127.0.0.1:$port/path/\", query: up, value: '>= 1' }"
measure 'nobody is there' '["connect"]' prometheus \
	'{ url: "http://127.0.0.1:1", query: up, value: ">= 1" }'

# --- what is no Prometheus ---

cat >"$scratch/server.py" <<'EOS'
import http.server, urllib.parse

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    # The query is the answer.
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = urllib.parse.parse_qs(body)
        answer = form["query"][0]
        if answer == "headers":
            right = (self.headers["X-Scope"] == "shop" and form["timeout"] == ["6.000"] and
                self.headers["Content-Type"] == "application/x-www-form-urlencoded")
            answer = '{"status": "success", "data": {"resultType": "scalar", "result": [0, "%d"]}}' % right
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
EOS
/usr/bin/python3 "$scratch/server.py" >"$scratch/other" 2>/dev/null &
at_exit "kill $! 2>/dev/null"
wait_for 10 test -s "$scratch/other"
port=$(cat "$scratch/other")
prometheus 'headers and form' '[]' 'query: headers, value: "== 1", headers: { X-Scope: shop }'
prometheus 'no JSON' '["protocol"]' 'query: "hello", value: ">= 0"'
prometheus 'another JSON' '["protocol"]' "query: '{\"status\": \"up\"}', value: '>= 0'"
prometheus 'an error with status 200' '["body"]' "query: '{\"status\": \"error\"}', value: '>= 0'"

finish
