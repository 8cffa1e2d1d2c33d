#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What was put back while nobody listened is in the system's log; a log that hangs, or none at all,
# keeps nobody from putting back.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

# A /dev of our own, so that its log is ours, too.
mkdir "$scratch/dev"
mount -t tmpfs -o mode=755 tmpfs "$scratch/dev"
at_exit "umount -l '$scratch/dev'"
mkdir "$scratch/dev/net"
for device in null zero full random urandom tty net/tun; do
	[ -e /dev/$device ] || continue
	: >"$scratch/dev/$device"
	mount --bind /dev/$device "$scratch/dev/$device"
done
ln -s /proc/self/fd "$scratch/dev/fd"
mount --rbind "$scratch/dev" /dev

netns_pair client server || exit 1
before=$(snapshot server)

# listen: a reader of /dev/log, which writes what it reads to $scratch/log; sets reader.
listen() {
	rm -f "$scratch/log" /dev/log
	python3 -u -c '
import socket
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind("/dev/log")
print("READY")
while True:
    print(listener.recv(65536).decode())' >"$scratch/log" &
	reader=$!
	disown $reader
	at_exit "kill -s KILL $reader 2>/dev/null"
	wait_for 10 grep -q READY "$scratch/log"
}

# begin: a fault of a minute, whose standard error is a pipe that nobody reads in the end.
begin() {
	rm -f "$scratch/inject"
	"$PERTURB" inject latency --netns server --delay 10ms --for 60s 2> >(
		grep -m 1 ': injected' >"$scratch/inject") >/dev/null &
	main=$!
	disown $main
	wait_for 10 test -s "$scratch/inject" || not_ok 'inject'
	run_id=$(basename /run/perturb/*.journal .journal)
}

restored() {
	check "$1: the processes end" wait_for 10 no_perturb_processes
	check_equal "$1: everything is put back" "$before" "$(snapshot server)"
	check "$1: no journal" no_journals
}

pid_of() {
	local pid
	for pid in $(perturb_processes); do
		[ "$(cat "/proc/$pid/comm")" != "$1" ] || echo "$pid"
	done
}

listen
"$PERTURB" inject latency --netns server --delay 10ms --for 100ms >/dev/null 2>&1
check_equal 'a run that ends well: its status' 0 $?
check_equal 'a run that ends well: nothing is logged' READY "$(cat "$scratch/log")"

begin
custodian=$(pid_of perturb-custod)
kill -s KILL $main
restored 'main process killed'
check 'main process killed: is logged' wait_for 5 grep -qx \
	"<28>perturb\[$custodian\]: custodian: run $run_id: the main process is gone; put 1 changes back in [0-9]*\.[0-9] ms" \
	"$scratch/log"

begin
kill -s KILL "$(pid_of perturb-custod)"
restored 'custodian killed'
check 'custodian killed: is logged' wait_for 5 grep -qx \
	"<28>perturb\[[0-9]*\]: standby: run $run_id: the custodian is gone; put 1 changes back by the journal in [0-9]* ms" \
	"$scratch/log"

kill -s STOP $reader
python3 -c '
import socket
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sender.setblocking(False)
sender.connect("/dev/log")
try:
    while True:
        sender.send(b"x" * 1000)
except BlockingIOError:
    pass'
begin
kill -s KILL $main
restored 'a log that hangs'
kill -s KILL $reader

begin
kill -s KILL $main
restored 'a log whose reader is gone'

rm -f /dev/log
begin
kill -s KILL $main
restored 'no log'
finish
