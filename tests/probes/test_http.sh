#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Probes of the kind http by libcurl: TLS, HTTP/2, redirects, what is looked at in answers, cookies
# and sequences. The servers are nginx and a small shop in Python, on loopback.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/probe.sh"
tls=$ROOT/tests/data/tls
ca="tls: { ca: $tls/ca.pem }"

# --- nginx, by a user without rights ---

directory_of_server nginx
for file in ca.pem server.pem server.key; do
	install -m 644 "$tls/$file" "$scratch/nginx/$file"
done
read -r plain secure old mutual clear <<<"$(free_ports 5)"
cat >"$scratch/nginx/nginx.conf" <<EOS
daemon off;
worker_processes 1;
pid $scratch/nginx/pid;
error_log $scratch/nginx/error.log;
events { worker_connections 512; }
http {
	access_log off;
	client_body_temp_path $scratch/nginx/body;
	proxy_temp_path $scratch/nginx/proxy;
	fastcgi_temp_path $scratch/nginx/fastcgi;
	uwsgi_temp_path $scratch/nginx/uwsgi;
	scgi_temp_path $scratch/nginx/scgi;
	ssl_certificate $scratch/nginx/server.pem;
	ssl_certificate_key $scratch/nginx/server.key;
	keepalive_requests 200;
	server {
		listen 127.0.0.1:$plain;
		listen 127.0.0.1:$secure ssl http2;
		listen 127.0.0.1:$old ssl;
		listen 127.0.0.1:$clear http2;
		add_header X-Version "shop 2.7.1";
		add_header X-Twice first;
		add_header X-Twice second;
		location = / { return 200 "by \$server_protocol"; }
		location = /connection { return 200 "{\"requests\": \$connection_requests}"; }
		location = /orders {
			return 200 '{"orders": [{"id": 7, "state": "paid"}], "total": -2.5, "up": true}';
		}
		location = /moved { return 302 /; }
		location = /away { return 302 https://127.0.0.1:$secure/; }
		location = /loop { return 302 /loop; }
	}
	server {
		listen 127.0.0.1:$mutual ssl http2;
		ssl_client_certificate $scratch/nginx/ca.pem;
		ssl_verify_client on;
		location = / { return 200 "welcome \$ssl_client_verify"; }
	}
}
EOS
as_nobody /usr/sbin/nginx -c "$scratch/nginx/nginx.conf" -e "$scratch/nginx/error.log" \
	>"$scratch/nginx/log" 2>&1 &
nginx=$!
at_exit "kill $nginx 2>/dev/null; wait $nginx 2>/dev/null"
wait_for 10 curl -s "http://127.0.0.1:$plain/" || cat "$scratch/nginx/log"

# http NAME KINDS PORT[/PATH] KEYS [RATE]: without TLS; https: with it.
http() {
	measure "$1" "$2" http "{ url: \"http://127.0.0.1:$3\", timeout: 5s, ${4:-status: 2xx} }" "${5:-20/s}"
}

https() {
	measure "$1" "$2" http "{ url: \"https://127.0.0.1:$3\", timeout: 5s, ${4:-status: 2xx} }" "${5:-20/s}"
}

# --- versions ---

http 'no TLS: HTTP/1.1' '[]' "$plain/" 'equals: "by HTTP/1.1"'
https 'TLS: HTTP/2 by itself' '[]' "$secure/" "equals: \"by HTTP/2.0\", $ca"
https 'TLS: HTTP/1.1 of a server without HTTP/2' '[]' "$old/" "equals: \"by HTTP/1.1\", $ca"
https 'version 1.1 of a server that has HTTP/2' '[]' "$secure/" \
	"version: 1.1, equals: \"by HTTP/1.1\", $ca"
https 'version 2' '[]' "$secure/" "version: 2, equals: \"by HTTP/2.0\", $ca"
https 'version 2 of a server without it' '["protocol"]' "$old/" "version: 2, $ca"
http 'version 2 without TLS' '[]' "$clear/" 'version: 2, equals: "by HTTP/2.0"'
probe http "{ url: \"http://127.0.0.1:$plain/\", version: 2 }"
check 'version 2 without TLS, of a server without it: nothing succeeds' jq -e '
	.probes[0].phases.baseline | .ok == 0 and (.errors | keys - ["protocol", "reset"]) == []' "$report"

# A connection has 200 requests here: all of a thousand succeed, most of them on a used one.
case $(curl --version | head -n 1) in
*libcurl/7.88.*)
	probe http "{ url: \"http://127.0.0.1:$clear/moved\", version: 2, follow_redirects: true }"
	check_equal 'version 2 without TLS: a redirect, refused' 2 "$status"
	check 'version 2 without TLS: a redirect, named' \
		grep -q 'experiment.yaml:.*follow_redirects: libcurl 7.88' "$scratch/log"
	;;
*)
	http 'version 2 without TLS: a redirect' '[]' "$clear/moved" \
		'version: 2, follow_redirects: true, equals: "by HTTP/2.0"'
	;;
esac

https 'HTTP/2, 1000 a second' '[]' "$secure/" "version: 2, $ca" 1000/s
check 'HTTP/2, 1000 a second: all were counted' \
	jq -e '.probes[0].phases.baseline | .count >= 990 and .count <= 1010' "$report"
probe http "{ url: \"https://127.0.0.1:$secure/connection\", version: 2, $ca,
	json: { path: \$.requests, value: \"<= 5\" } }" 100/s
check 'HTTP/2: connections are used again' jq -e '.probes[0].phases.baseline.ok < 50' "$report"
http 'HTTP/2 without TLS, 1000 a second' '[]' "$clear/" 'version: 2' 1000/s
probe http "{ url: \"http://127.0.0.1:$clear/connection\", version: 2,
	json: { path: \$.requests, value: \"<= 5\" } }" 100/s
check 'HTTP/2 without TLS: connections are used again' \
	jq -e '.probes[0].phases.baseline.ok < 50' "$report"

# --- certificates ---

https 'an unknown authority' '["tls"]' "$secure/"
https 'an unknown authority, insecure' '[]' "$secure/" 'tls: { insecure: true }'
https 'a client certificate' '[]' "$mutual/" \
	"equals: welcome SUCCESS, tls: { ca: $tls/ca.pem, cert: $tls/client.pem, key: $tls/client.key }"
https 'no client certificate' '["status"]' "$mutual/" "$ca"

# --- redirects ---

http 'a redirect is not followed' '["status"]' "$plain/moved"
http 'a redirect is followed' '[]' "$plain/moved" 'follow_redirects: true, equals: by HTTP/1.1'
http 'a redirect to TLS' '[]' "$plain/away" "follow_redirects: true, equals: by HTTP/2.0, $ca"
http 'redirects without end' '["redirect"]' "$plain/loop" 'follow_redirects: true'

# --- what is in answers ---

http 'a header' '[]' "$plain/" 'header: { X-Version: shop 2.7.1 }'
http 'a header, by a glob and another case' '[]' "$plain/" 'header: { x-version: "shop 2.*" }'
http 'a header, by an expression' '[]' "$plain/" 'header: { X-Version: "/ 2[.][0-9]/" }'
http 'one of two headers' '[]' "$plain/" 'header: { X-Twice: second, Server: "nginx*" }'
http 'a wrong header' '["header"]' "$plain/" 'header: { X-Version: "shop 3.*" }'
http 'a missing header' '["header"]' "$plain/" 'header: { X-Version: "*", X-None: "*" }'
http 'a header, by HTTP/2' '[]' "$clear/" 'version: 2, header: { X-Version: "shop 2.*" }'
http 'a wrong status goes before' '["status"]' "$plain/" 'status: 201, header: { X-None: "*" }'
http 'not the whole body' '["body"]' "$plain/" 'equals: by HTTP'
orders() {
	http "JSON: $1" "$2" "$plain/orders" "json: $3"
}

orders 'several checks' '[]' '[{ path: "$.orders[0].id", equals: 7 }, { path: $.up, equals: true },
	{ path: "$.orders[0].state", matches: "^pa" }, { path: $.total, value: [">= -3", "< -2"] }]'
orders 'the second is wrong' '["body"]' \
	'[{ path: $.up }, { path: "$.orders[0].state", matches: "^un" }]'
orders 'an expression for a number' '["body"]' '{ path: $.total, matches: "2" }'
orders 'out of range' '["value"]' '{ path: $.total, value: [">= -3", "< -2.5"] }'
orders 'no number' '["body"]' '{ path: $.up, value: ">= 0" }'
orders 'nothing there' '["body"]' '{ path: $.down, value: ">= 0" }'

# --- cookies ---

/usr/bin/python3 "$ROOT/tests/probes/shop.py" >"$scratch/shop" 2>"$scratch/shop.log" &
at_exit "kill $! 2>/dev/null"
wait_for 10 test -s "$scratch/shop"
shop=127.0.0.1:$(cat "$scratch/shop")
shown() {
	measure "$1" "$2" http "{ url: \"http://$shop/$3\", timeout: 5s, $4 }"
}

shown 'no cookies unless wanted' '[]' cookies 'follow_redirects: true, equals: cookie None'
shown 'cookies' '[]' cookies 'follow_redirects: true, cookies: true, equals: cookie taste=sweet'
shown 'cookies are not kept' '[]' shown 'cookies: true, equals: cookie None'

# --- sequences ---

login="{ url: \"http://$shop/login\", method: POST, body: user=kim,
	capture: { token: { json: \$.token }, list: { json: \$.list }, cart: { header: x-cart } } }"
order="{ url: \"http://$shop/order/%{token}\", method: POST, status: 201,
	headers: { Authorization: \"Bearer %{token}\" },
	body: \"cart=%{cart}&list=%{list}&plain=%%{x}\",
	capture: { number: { matches: \"no[.] ([0-9]+)\" }, all: { matches: \"^order\" } } }"

# sequence NAME KINDS STEPS [RATE]
sequence() {
	measure "sequence: $1" "$2" http "{ sequence: [$3], timeout: 5s }" "${4:-20/s}"
}

# capture NAME KINDS CAPTURE: logs in, and asks for a page with what that captured.
capture() {
	sequence "$1" "$2" "{ url: \"http://$shop/login\", method: POST, body: user=kim, capture: { x: $3 } },
		{ url: \"http://$shop/receipt/%{x}\", matches: \"^receipt /receipt/$4\$\" }"
}

sequence 'log in and order' '[]' "$login, $order, { url: \"http://$shop/receipt/%{number}?%{all}\",
	matches: '^receipt /receipt/[0-9]+[?]order\$' }"
check 'sequence: the value is in no report' \
	test "$(grep -c 'session-\|a/b' "$report" "$scratch/log" | grep -vc ':0$')" = 0
probe http "{ sequence: [{ url: \"http://$shop/connections\", json: { path: \$.count, value: \"<= 60\" } }] }"
check 'sequence: connections are used again' test "$status" = 0
sequence 'at 200 a second' '[]' "$login, $order" 200/s
sequence 'the first step fails' '["status"]' "{ url: \"http://$shop/login\" }, $login"
sequence 'the last step fails' '["body"]' \
	"$login, { url: \"http://$shop/receipt/%{cart}\", contains: cart-x }"
capture 'a header' '[]' '{ header: X-Cart }' 'cart-[0-9]+'
capture 'a cookie by its header' '[]' '{ header: Set-Cookie }' 'sid%3Dsession-[0-9]+'
capture 'a number' '[]' '{ json: $.number }' '[0-9]+'
capture 'a part of the body' '[]' "{ matches: '\"number\": ([0-9]+)' }" '[0-9]+'
capture 'lines in a URL' '[]' '{ json: $.lines }' 'a%0D%0Ab'
capture 'no such value' '["body"]' '{ json: $.nothing }' '.*'
capture 'null' '["body"]' '{ json: $.none }' '.*'
capture 'no such header' '["body"]' '{ header: X-None }' '.*'
capture 'no such text' '["body"]' '{ matches: "price" }' '.*'
capture 'a value that is too long' '["too-large"]' '{ json: $.long }' '.*'
sequence 'lines in a header' '["body"]' "{ url: \"http://$shop/login\", method: POST, body: user=kim,
	capture: { x: { json: \$.lines } } }, { url: \"http://$shop/shown\", headers: { X-A: \"%{x}\" } }"
measure 'sequence: one time for all' '["timeout"]' http \
	"{ sequence: [$login, { url: \"http://$shop/silent\" }], timeout: 300ms }"
measure 'sequence: by TLS and HTTP/2' '[]' http "{ version: 2, $ca, timeout: 5s, sequence: [
	{ url: \"https://127.0.0.1:$secure/\", capture: { how: { matches: 'HTTP/2' } } },
	{ url: \"https://127.0.0.1:$secure/?%{how}\", equals: by HTTP/2.0 } ] }"
measure 'sequence: HTTP/2 without and with TLS' '[]' http "{ version: 2, $ca, timeout: 5s, sequence: [
	{ url: \"http://127.0.0.1:$clear/\", equals: by HTTP/2.0 },
	{ url: \"https://127.0.0.1:$secure/\", equals: by HTTP/2.0 },
	{ url: \"https://127.0.0.1:$secure/moved\", follow_redirects: true, equals: by HTTP/2.0 },
	{ url: \"http://127.0.0.1:$clear/\", method: HEAD },
	{ url: \"http://127.0.0.1:$clear/\", equals: by HTTP/2.0 } ] }"
sequence 'nobody is there' '["connect"]' "$login, { url: \"http://127.0.0.1:1/\" }"

finish
