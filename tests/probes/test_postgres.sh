#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Probes of PostgreSQL servers, against Debian's: what counts as success, what errors are called,
# what becomes of connections when the server freezes or is started anew, and that nothing is taken
# from the environment.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/probe.sh"
isolate "$@"

binaries=$(dirname "$(ls /usr/lib/postgresql/*/bin/postgres | tail -1)")
port=15432
data=$scratch/data
unset "${!PG@}"

# as_server COMMAND…: PostgreSQL refuses to be root.
as_server() {
	setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
}

chmod 711 "$scratch"
install -d -o postgres -g postgres -m 700 "$data"
install -d -o postgres -g postgres -m 755 "$scratch/sockets"
as_server "$binaries/initdb" -D "$data" -A trust -E UTF8 --locale=C.UTF-8 -N >"$scratch/initdb" 2>&1 ||
	{ sed 's/^/  | /' "$scratch/initdb"; not_ok 'initdb'; finish; }
cat >"$data/pg_hba.conf" <<'EOS2'
local all all                trust
host  all trusted 127.0.0.1/32 trust
host  all probe   127.0.0.1/32 scram-sha-256
host  all old     127.0.0.1/32 md5
host  all plain   127.0.0.1/32 password
host  all kerberos 127.0.0.1/32 gss
host  all barred  127.0.0.1/32 reject
EOS2

install -o postgres -g postgres -m 600 "$ROOT/tests/data/tls/server.key" "$data/server.key"
install -o postgres -g postgres -m 644 "$ROOT/tests/data/tls/server.pem" "$data/server.crt"

start_server() {
	setpriv --reuid=postgres --regid=postgres --clear-groups "$binaries/postgres" -D "$data" -k "$scratch/sockets" -p $port -c fsync=off \
		-c listen_addresses=127.0.0.1 -c ssl=on -c max_connections=40 -c shared_buffers=1MB \
		>>"$scratch/server" 2>&1 &
	server=$!
	wait_for 20 "$binaries/pg_isready" -h 127.0.0.1 -p $port
}

sql() {
	as_server "$binaries/psql" -X -q -h "$scratch/sockets" -p $port -d postgres -c "$1"
}

start_server || { sed 's/^/  | /' "$scratch/server"; not_ok 'the server starts'; finish; }
sql "SET password_encryption = md5; CREATE USER old PASSWORD 'old'; SET password_encryption = 'scram-sha-256';
	CREATE USER probe PASSWORD 'it''s \\ secret'; CREATE USER plain PASSWORD 'plain';
	CREATE USER trusted; CREATE USER kerberos; CREATE USER barred;
	CREATE TABLE orders (id int); INSERT INTO orders SELECT generate_series(1, 7);
	GRANT SELECT ON orders TO public" >"$scratch/sql" 2>&1 || sed 's/^/  | /' "$scratch/sql"

# experiment VALUE [BASELINE [RATE [CONCURRENCY]]]: one whose only probe has this value.
experiment() {
	cat >"$scratch/experiment.yaml" <<EOS2
version: 1
title: The database answers
variables:
  password: { value: "it's \\\\ secret", secret: true }
steady_state:
  - name: database
    postgres: $1
    rate: ${3:-20/s}
    concurrency: ${4:-20}
    tolerate: { success: ">= 100%" }
baseline: ${2:-500ms}
EOS2
}

# probe VALUE [BASELINE [RATE [CONCURRENCY]]]: measures it. Sets status and report.
probe() {
	experiment "$@"
	probe_experiment
}

# errors_are KINDS: the kinds of error that the report counts, as a JSON list; something was asked.
errors_are() {
	jq -e --argjson kinds "$1" '.probes[0].phases.baseline |
		.count >= 5 and (.errors | keys) == $kinds' "$report"
}

# measure NAME KINDS VALUE: all requests end with these errors, or succeed if there are none.
measure() {
	local wanted=1
	[ "$2" != '[]' ] || wanted=0
	probe "$3"
	check_equal "$1: exit status" $wanted "$status" || sed 's/^/  | /' "$scratch/log"
	check "$1: errors are $2" errors_are "$2" || jq -c .probes[0].phases "$report" | sed 's/^/  | /'
}

# refused NAME PATTERN VALUE: check says no, at the line.
refused() {
	experiment "$3"
	"$PERTURB" check "$scratch/experiment.yaml" >"$scratch/log" 2>&1
	check_equal "$1: exit status" 2 $?
	check "$1: says so" grep -qE "experiment.yaml:7:[0-9]+: .*$2" "$scratch/log" ||
		sed 's/^/  | /' "$scratch/log"
}

url=postgresql://trusted@127.0.0.1:$port/postgres

# --- what is asked, and what is right ---

measure 'a URL alone' '[]' "$url"
measure 'a connection string' '[]' "\"host=localhost port=$port user=trusted dbname=postgres sslmode=disable\""
measure 'a Unix socket' '[]' "{ url: \"host=$scratch/sockets port=$port user=trusted dbname=postgres\" }"
measure 'a name that is looked up' '[]' "postgresql://trusted@localhost:$port/postgres"
measure 'a name that is not looked up' '[]' \
	"\"host=database.invalid hostaddr=127.0.0.1 port=$port user=trusted dbname=postgres\""
measure 'a number of rows' '[]' "{ url: \"$url\", query: SELECT id FROM orders, rows: \"= 7\" }"
measure 'another number of rows' '["value"]' \
	"{ url: \"$url\", query: SELECT id FROM orders, rows: [\">= 1\", \"< 7\"] }"
measure 'a value' '[]' "{ url: \"$url\", query: SELECT -count(*) / 2.0 FROM orders, value: \"<= -3.5\" }"
check 'a value: is in the report' jq -e '[.. | objects | select(has("probes"))] != []' "$report"
measure 'a value that is too small' '["value"]' "{ url: \"$url\", query: SELECT count(*) FROM orders, value: \"> 7\" }"
measure 'a value that is no number' '["value"]' "{ url: \"$url\", query: \"SELECT 'many'\", value: \"> 7\" }"
measure 'a text' '[]' "{ url: \"$url\", query: \"SELECT 'größer', 2\", equals: größer, matches: \"^gr.*r\$\" }"
measure 'another text' '["body"]' "{ url: \"$url\", query: SELECT 1, equals: 2 }"
measure 'a text that does not match' '["body"]' "{ url: \"$url\", query: SELECT 1, matches: \"^2\" }"
measure 'null is no text' '["body"]' "{ url: \"$url\", query: SELECT NULL, equals: \"\" }"
measure 'no row has no text' '["body"]' "{ url: \"$url\", query: SELECT 1 WHERE false, equals: \"\" }"
measure 'a command without rows' '[]' "{ url: \"$url\", query: SET work_mem = 1024, rows: \"= 0\" }"
measure 'an open transaction is not kept' '[]' "{ url: \"$url\", query: BEGIN }"
sessions=$(sql 'SELECT count(*) FROM pg_stat_activity WHERE usename = $$trusted$$' | sed -n 3p)
check_equal 'no session is left behind' 0 "$((sessions))"

# --- passwords ---

secret="host=127.0.0.1 port=$port dbname=postgres"
measure 'a password' '[]' "{ url: \"$secret user=probe\", password: \"\${password}\" }"
measure 'a password by md5' '[]' "{ url: \"$secret user=old\", password: old }"
measure 'a password in the clear' '[]' "postgresql://plain:plain@127.0.0.1:$port/postgres"
measure 'a wrong password' '["auth"]' "{ url: \"$secret user=probe\", password: wrong }"
measure 'no password' '["auth"]' "{ url: \"$secret user=probe\" }"
measure 'a user that does not exist' '["auth"]' "{ url: \"$secret user=nobody\" }"
measure 'a user that may not come from here' '["auth"]' "{ url: \"$secret user=barred\" }"
measure 'Kerberos is not spoken' '["auth"]' "{ url: \"$secret user=kerberos sslmode=disable\" }"
probe "{ url: \"$secret user=probe\", password: \"\${password}\" }"
check 'the password is not in the report' sh -c "! grep -rF secret '$scratch/out' '$scratch/log'"

# --- errors ---

measure 'an SQL error' '["status"]' "{ url: \"$url\", query: SELECT nothing }"
measure 'two commands' '["status"]' "{ url: \"$url\", query: SELECT 1; SELECT 2 }"
measure 'a database that does not exist' '["status"]' "postgresql://trusted@127.0.0.1:$port/missing"
measure 'COPY' '["protocol"]' "{ url: \"$url\", query: COPY orders TO STDOUT }"
measure 'nobody listens' '["connect"]' postgresql://trusted@127.0.0.1:1/postgres
measure 'no Unix socket' '["connect"]' "host=$scratch user=trusted"
measure 'a name that does not exist' '["dns"]' postgresql://trusted@database.invalid/postgres
measure 'a query that takes too long' '["timeout"]' "{ url: \"$url\", query: SELECT pg_sleep(20), timeout: 100ms }"
wait_for 10 sh -c "! ps ax | grep '[p]ostgres: trusted'"
measure 'a huge row' '["too-large"]' "{ url: \"$url\", query: \"SELECT repeat('x', 3000000)\", timeout: 20s }"
measure 'endless rows' '["too-large"]' \
	"{ url: \"$url\", query: \"SELECT repeat('x', 100), generate_series(1, 100000000)\", timeout: 20s }"

# --- TLS ---

tls="$url?sslrootcert=$ROOT/tests/data/tls/ca.pem"
measure 'TLS' '[]' "{ url: \"$url?sslmode=require\", query: SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid(), equals: t }"
measure 'TLS if there is some' '[]' "{ url: \"$url\", query: SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid(), equals: t }"
measure 'no TLS' '[]' "{ url: \"$url?sslmode=disable\", query: SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid(), equals: f }"
measure 'authority known' '[]' "$tls&sslmode=verify-full"
measure 'authority unknown' '["tls"]' "$url?sslmode=verify-ca"
measure 'wrong name' '["tls"]' "\"host=database.invalid hostaddr=127.0.0.1 port=$port user=trusted dbname=postgres sslmode=verify-full sslrootcert=$ROOT/tests/data/tls/ca.pem\""
measure 'a large answer by TLS' '[]' \
	"{ url: \"$url?sslmode=require\", query: \"SELECT repeat('x', 900000)\", matches: \"^x\", timeout: 20s }"
measure 'rows by TLS' '[]' \
	"{ url: \"$url?sslmode=require\", query: \"SELECT repeat('x', 1000) FROM generate_series(1, 900)\", rows: \"= 900\", timeout: 20s }"
measure 'a huge answer by TLS' '["too-large"]' \
	"{ url: \"$url?sslmode=require\", query: \"SELECT repeat('x', 3000000)\", timeout: 20s }"

# --- servers that misbehave ---

# misbehaving NAME KINDS MODE [SSLMODE]
misbehaving() {
	local server_port
	rm -f "$scratch/fake"
	/usr/bin/python3 "$ROOT/tests/probes/postgres_server.py" "$3" >"$scratch/fake" 2>"$scratch/fake.log" &
	local fake=$!
	wait_for 10 test -s "$scratch/fake"
	server_port=$(cat "$scratch/fake")
	measure "$1" "$2" \
		"{ url: \"postgresql://trusted@127.0.0.1:$server_port/postgres?sslmode=${4:-disable}\", timeout: 2s }"
	# Far more than it takes, and far less than a gigabyte.
	check_between "$1: KiB of memory" 1000 100000 "$(/usr/bin/python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$PERTURB" probe "$scratch/experiment.yaml")"
	kill $fake 2>/dev/null
}

misbehaving 'no TLS where it must be' '["tls"]' no-tls require
misbehaving 'another protocol' '["protocol"]' garbage
misbehaving 'a server that does not say anything' '["timeout"]' silent
misbehaving 'endless notices before' '["too-large"]' notices-before
misbehaving 'endless parameters' '["too-large"]' parameters-before
misbehaving 'a connection that breaks' '["reset"]' then-close
misbehaving 'half an answer' '["slow"]' then-half
misbehaving 'another protocol after all' '["protocol"]' then-garbage
misbehaving 'endless notices' '["too-large"]' then-notices
misbehaving 'a row of a gigabyte' '["too-large"]' then-announce
misbehaving 'rows without end' '["too-large"]' then-rows
misbehaving 'errors without end' '["too-large"]' then-errors

# --- nothing from the environment ---

printf '*:*:*:*:%s\n' "it's \\\\ secret" >"$scratch/pgpass"
chmod 600 "$scratch/pgpass"
PGPASSFILE=$scratch/pgpass measure 'PGPASSFILE is not used' '["auth"]' "{ url: \"$secret user=probe\" }"
PGPASSWORD="it's \\ secret" measure 'PGPASSWORD is not used' '["auth"]' "{ url: \"$secret user=probe\" }"
PGHOST=database.invalid PGPORT=1 PGUSER=barred PGDATABASE=missing PGSSLMODE=verify-full PGOPTIONS=-cfoo=bar \
	PGCONNECT_TIMEOUT=x PGAPPNAME=x PGREQUIREPEER=x PGCHANNELBINDING=require PGTARGETSESSIONATTRS=standby \
	measure 'other variables are not used' '[]' "$url"
measure 'a file of passwords that is named' '[]' "\"$secret user=probe passfile=$scratch/pgpass\""
PGSERVICE=x probe "$url"
check 'PGSERVICE is refused' test "$status" = 2 -o "$status" = 3
check 'PGSERVICE is named' grep -q PGSERVICE "$scratch/log"
probe "\"$secret user=probe passfile=$scratch/missing\""
check 'a missing file: refused before anything is measured' test "$status" = 2 -o "$status" = 3
check 'a missing file: named' grep -q "$scratch/missing" "$scratch/log"

# --- what cannot be ---

refused 'no user' 'user is missing' postgresql://127.0.0.1/postgres
refused 'no host' 'host is missing' postgresql://trusted@/postgres
refused 'one word' 'neither a URL nor a connection string' database
refused 'an unknown key' sslmod "$url?sslmod=require"
refused 'an unknown mode' 'sslmode is disable' "$url?sslmode=maybe"
refused 'two servers' 'expected one server' postgresql://trusted@127.0.0.1,127.0.0.2/postgres
refused 'a service' "'service' cannot be set" 'service=x user=trusted host=127.0.0.1'
refused 'another time-out' 'connect_timeout' "$url?connect_timeout=3"
refused 'no condition' 'condition' "{ url: \"$url\", value: many }"
refused 'no regular expression' 'matches' "{ url: \"$url\", matches: \"(\" }"
refused 'a key that does not exist' "did you mean 'query'" "{ url: \"$url\", querry: SELECT 1 }"

# --- connections: kept, and made anew ---

before=$(sql 'SELECT sessions FROM pg_stat_database WHERE datname = $$postgres$$' | sed -n 3p)
probe "$url" 1s 50/s 1
after=$(sql 'SELECT sessions FROM pg_stat_database WHERE datname = $$postgres$$' | sed -n 3p)
check_between 'connections are kept: new sessions' 1 6 $((after - before))

# in_background VALUE BASELINE: measures while something happens to the server.
in_background() {
	experiment "$1" "$2" 20/s 20
	rm -rf "$scratch/out"
	mkdir "$scratch/out"
	"$PERTURB" probe "$scratch/experiment.yaml" --out "$scratch/out" >"$scratch/log" 2>&1 &
	measuring=$!
	wait_for 10 grep -q . "$scratch/log"
	wait_for 10 session_exists
}

session_exists() {
	sql "SELECT 'here' FROM pg_stat_activity WHERE usename = 'trusted'" | grep -q here
}

# The server's processes, the one that listens included.
processes() {
	ps -o pid= --ppid "$server" | tr -d ' '
	echo "$server"
}

in_background "{ url: \"$url\", timeout: 300ms }" 4s
mapfile -t frozen < <(processes)
kill -s STOP "${frozen[@]}"
sleep 1
kill -s CONT "${frozen[@]}"
wait $measuring
report=$(echo "$scratch"/out/*.json)
check 'a frozen server: only timeouts' errors_are '["timeout"]'
check 'a frozen server: most before and after succeed' jq -e '.probes[0].phases.baseline |
	.errors.timeout >= 8 and .ok >= 35' "$report" ||
	jq -c .probes[0].phases "$report" | sed 's/^/  | /'

in_background "{ url: \"$url\", timeout: 1s }" 5s
kill -s INT "$server" # "fast": its sessions end
wait_for 20 gone "$server"
sleep 0.5
start_server
wait $measuring
report=$(echo "$scratch"/out/*.json)
check 'a server started anew: refusals, nothing else but broken connections' jq -e '.probes[0].phases.baseline |
	.errors.connect >= 3 and (.errors | keys - ["connect", "reset", "status"]) == []' "$report" ||
	jq -c .probes[0].phases "$report" | sed 's/^/  | /'
check 'a server started anew: recovers' jq -e '.probes[0].phases.baseline | .ok >= 20' "$report"

kill -s INT "$server"
finish
