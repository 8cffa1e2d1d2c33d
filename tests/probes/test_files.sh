#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Probes of files and of logs: what is in them, whose rights they are read with, and logs that are
# rotated, truncated, and more than a request reads.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/probe.sh"
isolate "$@"
unset SUDO_UID SUDO_GID SUDO_USER
chmod 755 "$scratch"
cd "$scratch" || exit 1

# --- files ---------------------------------------------------------------------------------------
printf 'ready\nsince 10:00\n' >text
echo 42 >number
: >empty
mkfifo fifo
ln -s text link
ln -s nowhere dangling
touch -d '1 hour ago' old
head -c $((1024 * 1024)) /dev/zero >full
head -c $((1024 * 1024 + 1)) /dev/zero >overfull

measure 'it is there' '[]' file "$scratch/text"
measure 'a link' '[]' file "{ path: $scratch/link, contains: ready }"
measure 'it is not there' '["not-found"]' file "$scratch/none"
measure 'a link to nothing' '["not-found"]' file "$scratch/dangling"
measure 'a file as a directory' '["not-found"]' file "$scratch/text/none"
measure 'it must not be there, and is not' '[]' file "{ path: $scratch/none, exists: false }"
measure 'it must not be there, and is' '["state"]' file "{ path: $scratch/text, exists: false }"
measure 'a directory' '["state"]' file "$scratch"
measure 'a FIFO without a writer' '["state"]' file "{ path: $scratch/fifo, contains: a }"
measure 'a device' '["state"]' file '{ path: /dev/zero, contains: a }'
measure 'text that is in it' '[]' file "{ path: $scratch/text, contains: since, matches: '^ready' }"
measure 'text that is not in it' '["body"]' file "{ path: $scratch/text, contains: later }"
measure 'an expression that does not match' '["body"]' file "{ path: $scratch/text, matches: '^since' }"
measure 'all of it' '[]' file "{ path: $scratch/number, equals: 42 }"
measure 'not all of it' '["body"]' file "{ path: $scratch/number, equals: 4 }"
measure 'an empty file' '[]' file "{ path: $scratch/empty, equals: '', size: '= 0B' }"
measure 'a number that is right' '[]' file "{ path: $scratch/number, value: ['> 41', '< 43'] }"
measure 'a number that is wrong' '["value"]' file "{ path: $scratch/number, value: '> 42' }"
measure 'no number' '["value"]' file "{ path: $scratch/text, value: '> 42' }"
measure 'a size that is right' '[]' file "{ path: $scratch/full, size: ['>= 1MiB', '< 1.1MiB'] }"
measure 'a size that is wrong' '["value"]' file "{ path: $scratch/full, size: '< 1MiB' }"
measure 'young enough' '[]' file "{ path: $scratch/text, age: '< 10m' }"
measure 'too old' '["value"]' file "{ path: $scratch/old, age: '<= 59m' }"
measure 'old enough' '[]' file "{ path: $scratch/old, age: ['>= 1h', '< 70m'] }"
measure 'the largest that is read' '["body"]' file "{ path: $scratch/full, contains: a }"
measure 'too large to be read' '["too-large"]' file "{ path: $scratch/overfull, contains: a }"
measure 'a file of proc' '[]' file '{ path: /proc/self/comm, equals: perturb }'

# --- rights --------------------------------------------------------------------------------------
echo secret >private
chmod 600 private
install -d -m 700 closed
: >closed/file
measure 'root reads it' '[]' file "{ path: $scratch/private, contains: secret }"
chmod 777 .
umask 000
export SUDO_UID=65534 SUDO_GID=65534
measure 'under sudo: it is not read with the rights of root' '["auth"]' file \
	"{ path: $scratch/private, contains: secret }"
measure 'under sudo: it is there' '[]' file "$scratch/private"
measure 'under sudo: nor is a directory' '["auth"]' file "$scratch/closed/file"
measure 'under sudo: nor a log' '["auth"]' log "{ path: $scratch/private, matches: a }"
unset SUDO_UID SUDO_GID
umask 022

# --- logs that stay as they are ------------------------------------------------------------------
measure 'log: what was there before does not count' '[]' log "{ path: $scratch/text, matches: ready }"
measure 'log: nothing comes that should' '["body"]' log \
	"{ path: $scratch/text, matches: ready, expect: present }"
measure 'log: it is not there' '["not-found"]' log "{ path: $scratch/none, matches: a }"
measure 'log: a FIFO' '["state"]' log "{ path: $scratch/fifo, matches: a }"

# --- logs that are written -----------------------------------------------------------------------
# follow SETTINGS: a measurement of the log in the background, until stop; it has begun.
follow() {
	cat >experiment.yaml <<EOF
version: 1
title: A log
steady_state:
  - name: log
    log: $1
    rate: 10/s
    tolerate: { success: ">= 100%" }
baseline: 60s
EOF
	rm -rf out log
	mkdir -m 777 out
	"$PERTURB" probe experiment.yaml --out out >log 2>&1 &
	perturb=$!
	wait_for 10 grep -q 'baseline begins' log
}

# stop: after some more requests. Sets report.
stop() {
	sleep "${1:-0.5}"
	kill -INT $perturb
	wait $perturb
	report=$(echo out/*.json)
}

# saw NAME KIND REQUESTS: that many requests ended with an error of the kind, all others were good.
saw() {
	check "$1" jq -e --arg kind "$2" --argjson requests "$3" '.probes[0].phases.baseline |
		.errors[$kind] == $requests and .ok == .count - $requests and .ok >= 1' "$report" ||
		jq -c '.probes[0].phases.baseline | [.count, .ok, .errors]' "$report"
}

# pause: a few requests come and go.
pause() {
	sleep 0.35
}

service=$scratch/service.log
absent="{ path: $service, matches: 'ERROR|panic' }"

echo 'ERROR of yesterday' >"$service"
follow "$absent"
echo 'all is well' >>"$service"
pause
echo 'ERROR: it is not' >>"$service"
pause
echo 'well again' >>"$service"
stop
saw 'a line that must not come: in one request' body 1

echo >"$service"
follow "$absent"
printf 'ERR' >>"$service"
pause
printf 'OR without an end' >>"$service"
pause
printf '\nnext' >>"$service"
stop
saw 'a line that comes in pieces counts when it is complete' body 1

echo >"$service"
follow "$absent"
printf 'a\0b ERROR\0\n' >>"$service"
stop
saw 'a line with NUL bytes' body 1

echo >"$service"
follow "$absent"
{ head -c 200000 /dev/zero | tr '\0' x; echo ' ERROR'; echo 'panic'; } >>"$service"
stop
saw 'of a line that is too long, the beginning is looked at' body 1

echo >"$service"
follow "$absent"
echo 'the last words: ERROR' >>"$service"
echo 'a new day' >new
mv new "$service"
pause
echo 'panic' >>"$service"
stop
saw 'rotation: the old one is finished, the new one begun' body 2

echo >"$service"
exec 5>>"$service"
follow "$absent"
echo 'ERROR in the first line' >new
echo 'all is well' >&5
mv new "$service"
echo 'written late, before its writer noticed: ERROR' >&5
exec 5>&-
stop
saw 'rotation: a writer that is slow to notice' body 2

echo 'a line, and another' >"$service"
follow "$absent"
echo 'and a third' >>"$service"
pause
echo 'ERROR' >"$service"
stop
saw 'truncation: it is read from its beginning' body 1

rm -f "$service"
follow "$absent"
pause
echo 'ERROR' >"$service"
stop
check 'a log that begins later is read from its beginning' jq -e '.probes[0].phases.baseline |
	.errors["not-found"] >= 2 and .errors.body == 1 and .ok >= 1' "$report"

echo >"$service"
follow "$absent"
rm -f "$service"
stop
check 'a log that is gone' jq -e '.probes[0].phases.baseline | .errors["not-found"] >= 2' "$report"

# A request reads a MiB at most; the rest is for the next ones.
echo >"$service"
follow "$absent"
yes 'a line of thirty-two characters' | head -c $((4 * 1024 * 1024)) >>flood
echo 'ERROR at its end' >>flood
cat flood >>"$service"
stop 1
saw 'a flood is read bit by bit, to its end' body 1
check 'a flood holds up no request' jq -e '.probes[0].phases.baseline | .latency_ms.max < 500' "$report"

echo >"$service"
# Ten a second are asked for, some hundred lines are written.
(while sleep 0.01; do echo beat; done >>"$service") &
writer=$!
at_exit "kill $writer 2>/dev/null"
follow "{ path: $service, matches: '^beat\$', expect: present }"
pause
kill $writer
wait $writer 2>/dev/null
stop
check 'lines that must come, and stop coming' jq -e '.probes[0].phases.baseline |
	.ok >= 2 and .errors.body >= 2' "$report"

echo >"$service"
follow "{ path: $service, matches: WARNING, count: '<= 2' }"
printf 'WARNING\nWARNING\n' >>"$service"
pause
printf 'WARNING\nWARNING\nWARNING\n' >>"$service"
stop
saw 'a number of lines that may come' value 1
finish
