#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whoever can write a journal can make root change things: what is not root's own, or not a plain
# file, is never read as one, and never stops the work either.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"

netns_new server || exit 1
ip -n server link add eth0 type veth peer name eth1
ip -n server link set eth0 up
ip -n server link set eth1 up
sleep infinity &
victim=$!
at_exit "kill -s KILL $victim 2>/dev/null"
disown $victim
start=$(sed 's/.*) //' /proc/$victim/stat | cut -d' ' -f20)
directory=/run/perturb

# forge NAME: a journal that is right in every way: it would wake the victim up.
forge() {
	write_journal "$1" <<EOS
perturb version=2 pid=4711 start_time=1 main_pid=4710 main_start_time=1 began_ms=1 title=forged
operation id=1 type=sigstop pid=$victim start_time=$start
EOS
}

stopped() {
	[ "$(sed 's/.*) //' /proc/$victim/stat | cut -d' ' -f1)" = T ]
}

says() {
	grep -q -- "$1" <<<"$answer" || { echo "$answer"; return 1; }
}

kill -s STOP $victim
wait_for 5 stopped

# ignored NAME WHY: what lies there now is no journal; then it is removed.
ignored() {
	local name=$1 why=$2
	answer=$(timeout 20 "$PERTURB" status 2>&1)
	check_equal "$name: status" 0 $?
	check "$name: status tells why it is ignored" says "^ignored: .*$why"
	answer=$(timeout 20 "$PERTURB" status --format json)
	check "$name: status in JSON" jq -e --arg why "$why" \
		'.runs == [] and (.ignored | length) == 1 and (.ignored[0].why | contains($why))' <<<"$answer"
	answer=$(timeout 20 "$PERTURB" recover 2>&1)
	check_equal "$name: recover" 0 $?
	check "$name: recover leaves it alone" says "warning: .*$why.*: left alone"
	answer=$(timeout 20 "$PERTURB" recover forged 2>&1)
	check_equal "$name: recover by name" 0 $?
	check "$name: the victim was not touched" stopped
	answer=$(timeout 20 "$PERTURB" inject latency --netns server --interface eth0 --delay 1ms --for 50ms 2>&1)
	check_equal "$name: a run goes its way" 0 $?
	check "$name: nothing was removed" test -n "$(ls -A $directory)"
	rm -rf "${directory:?}"/* /run/elsewhere*
}

forge forged
mv $directory/forged.journal /run/elsewhere
ln -s /run/elsewhere $directory/forged.journal
ignored 'a symbolic link' 'is a symbolic link'
ln -s nowhere $directory/forged.journal
ignored 'a symbolic link to nothing' 'is a symbolic link'
forge forged
ln $directory/forged.journal /run/elsewhere
ignored 'a hard link' 'has a second name'
forge forged
chown 65534 $directory/forged.journal
ignored 'a foreign owner' 'does not belong to root'
forge forged
chmod 620 $directory/forged.journal
ignored 'writable by a group' 'can be written by others'
forge forged
chmod 602 $directory/forged.journal
ignored 'writable by all' 'can be written by others'
mkfifo $directory/forged.journal
ignored 'a pipe' 'is not a regular file'
mkdir $directory/forged.journal
ignored 'a directory' 'is a directory'
mknod $directory/forged.journal c 1 3
ignored 'a device' 'is not a regular file'
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("'$directory/forged.journal'")'
ignored 'a socket' 'is not a regular file'
forge forged
mv $directory/forged.journal $directory/forged.journal.bak
ignored 'another name' 'is no journal'
forge forged
mv $directory/forged.journal $directory/.forged.journal
ignored 'a hidden name' 'is no journal'
rm -f $directory/.forged.journal
forge 'for ged'
ignored 'a name that no run has' 'is no journal'
rm -f $directory/.forged.journal
printf 'x' >"$directory/$(printf 'a\033[31mb')"
answer=$("$PERTURB" status 2>&1)
check 'a name for a terminal to obey: it does not' test -z "$(tr -cd '\033' <<<"$answer")"
rm -f $directory/*

# --- the directory ---

forge forged
for mode in 770 707 1777; do
	chmod $mode $directory
	for verb in status recover abort; do
		answer=$("$PERTURB" $verb 2>&1)
		check_equal "directory of mode $mode: $verb" 3 $?
		check "directory of mode $mode: $verb says why" says 'not safe'
	done
	"$PERTURB" inject latency --netns server --interface eth0 --delay 1ms --for 50ms >/dev/null 2>&1
	check_equal "directory of mode $mode: inject" 3 $?
done
chmod 700 $directory
chown 65534 $directory
answer=$("$PERTURB" recover 2>&1)
check_equal 'directory of a foreign owner: recover' 3 $?
check 'directory of a foreign owner: the victim was not touched' stopped
chown 0 $directory
mv $directory /run/elsewhere
ln -s /run/elsewhere $directory
answer=$("$PERTURB" recover 2>&1)
check_equal 'directory that is a symbolic link: recover' 3 $?
check 'directory that is a symbolic link: the victim was not touched' stopped
rm $directory
mv /run/elsewhere $directory

# --- the lock of the directory ---

exec {lock}<$directory
flock $lock
answer=$("$PERTURB" recover 2>&1)
check_equal 'directory that is locked for ever: recover does not wait for ever' 3 $?
check 'directory that is locked for ever: says so' says 'is locked by another process'
exec {lock}<&-

# --- a disk that is full ---

# full PAGES: room for that many pages is left where the journals go.
full() {
	mount -t tmpfs -o mode=700,size=32k tmpfs $directory
	dd if=/dev/zero of=$directory/filler bs=4096 count=$((8 - $1)) status=none
}

# Enough interfaces for more than one page.
for number in 1 2 3 4 5 6 7 8 9; do
	ip -n server link add "a$number" type veth peer name "b$number"
	ip -n server link set "a$number" up
	ip -n server link set "b$number" up
done
wait_for 5 sh -c '[ "$(ip -n server link show | grep -c "state UP")" = 20 ]'
before=$(snapshot server)
for pages in 0 1; do
	full $pages
	answer=$("$PERTURB" inject bandwidth --netns server --rate 10mbit --for 50ms 2>&1)
	check_equal "disk with room for $pages pages: inject" 3 $?
	check "disk with room for $pages pages: says why" says 'No space left on device'
	check_equal "disk with room for $pages pages: nothing is changed" "$before" "$(snapshot server)"
	check_equal "disk with room for $pages pages: no journal" filler "$(ls -A $directory)"
	umount $directory
done

# --- and the rightful one ---

answer=$("$PERTURB" recover 2>&1)
check_equal 'a journal of root: recover' 0 $?
check 'a journal of root: the victim runs' sh -c "! grep -q 'State:.*T' /proc/$victim/status"
"$PERTURB" inject latency --netns server --interface eth0 --delay 1ms --for 60s >/dev/null 2>"$scratch/log" &
main=$!
wait_for 10 grep -q injected "$scratch/log"
check_equal 'what perturb makes: mode and owner' '600 0 700 0' \
	"$(stat -c '%a %u' $directory/*.journal $directory | paste -sd' ')"
kill -s INT $main
wait $main
check 'no journal is left' no_journals
finish
