#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hostile experiment files: each is refused with its place, in under a second and in under 50 MB.
set -u
. "$(dirname "$0")/../lib.sh"

# hostile NAME WANTED FILE: perturb check refuses the file, and says so at WANTED (an extended
# regular expression behind "FILE:").
hostile() {
	local name=$1 wanted=$2 file=$3 status milliseconds kilobytes
	python3 - "$PERTURB" check "$file" >"$scratch/cost" 2>"$scratch/said" <<-'EOS'
		import resource, subprocess, sys, time
		begin = time.monotonic()
		try:
		    status = subprocess.run(sys.argv[1:], timeout=20).returncode
		except subprocess.TimeoutExpired:
		    status = "time-out"
		elapsed = int((time.monotonic() - begin) * 1000)
		print(status, elapsed, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
	EOS
	read -r status milliseconds kilobytes < <(tail -n 1 "$scratch/cost")
	check_equal "$name: exit status" 2 "$status"
	check "$name: says where and why" grep -Eq "^perturb: $file:$wanted" "$scratch/said"
	check_between "$name: milliseconds" 0 1000 "$milliseconds"
	check_between "$name: kilobytes" 1 50000 "$kilobytes"
}

# file GENERATOR: what the Python program writes, as bytes.
file() {
	python3 -c "import sys
out = sys.stdout.buffer.write
$1" >"$scratch/hostile.yaml"
	echo "$scratch/hostile.yaml"
}

hostile 'alias bomb' '[0-9]+:[0-9]+: the file has more than' "$(file '
out(b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
for i in range(1, 40):
    out(b"a%d: &a%d [%s]\n" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 10)))')"

hostile 'alias of itself' "1:[0-9]+: the alias '\*a' stands inside" "$(file 'out(b"a: &a [*a]\n")')"

hostile 'merge bomb' '[0-9]+:[0-9]+: the file has more than' "$(file '
out(b"a: &a {" + b", ".join(b"k%d: 1" % i for i in range(999)) + b"}\n")
out(b"b:\n" + b"  - { <<: [*a, *a, *a, *a] }\n" * 900)')"

hostile 'nested lists' '1:65: nested more than 64' "$(file 'out(b"[" * 1000000)')"
hostile 'nested mappings' '1:[0-9]+: nested more than 64' "$(file 'out(b"{a: " * 250000)')"
hostile 'nested blocks' '[0-9]+:[0-9]+: nested more than 64' "$(file '
for i in range(1000):
    out(b" " * i + b"a:\n")')"
hostile 'nested dashes' '1:[0-9]+: nested more than 64' "$(file 'out(b"- " * 500000)')"
hostile 'nested question marks' '1:[0-9]+: nested more than 64' "$(file 'out(b"? " * 500000)')"

hostile 'huge plain scalar' '1:4: a text of more than 64 KiB' "$(file 'out(b"a: " + b"x" * 1040000)')"
hostile 'huge quoted scalar' '1:4: a text of more than 64 KiB' \
	"$(file 'out(b"a: \"" + b"x\\n" * 340000 + b"\"\n")')"
hostile 'huge block scalar' '1:4: a text of more than 64 KiB' "$(file 'out(b"a: |\n" + b"  x\n" * 260000)')"
hostile 'huge key' '1:1: (a text of more|not YAML)' "$(file 'out(b"x" * 1040000 + b": 1\n")')"
hostile 'huge anchor' '1:[0-9]+:' "$(file 'out(b"a: &" + b"x" * 1040000 + b" 1\n")')"
hostile 'huge tag' '1:[0-9]+: ' "$(file 'out(b"a: !" + b"x" * 1040000 + b" 1\n")')"
hostile 'huge comment' '1:1: the file is empty' "$(file 'out(b"#" * 1040000)')"
hostile 'many line breaks' '1:1: the file is empty' "$(file 'out(b"\n" * 1048576)')"

hostile 'many items' '[0-9]+:[0-9]+: more than 1000 entries' "$(file 'out(b"- 1\n" * 260000)')"
hostile 'many keys' '[0-9]+:[0-9]+: more than 1000 entries' "$(file '
out(b"".join(b"k%d: 1\n" % i for i in range(90000)))')"
hostile 'one key many times' "2:1: the key 'k' is given twice" "$(file 'out(b"k: 1\n" * 200000)')"
hostile 'many anchors' '[0-9]+:[0-9]+: more than 256 anchors' "$(file '
out(b"".join(b"- &a%d 1\n" % i for i in range(80000)))')"
hostile 'many documents' '[0-9]+:1: a second document' "$(file 'out(b"a: 1\n---\n" * 100000)')"
hostile 'many nodes' '[0-9]+:[0-9]+: the file has more than' "$(file '
out((b"- [" + b"1," * 999 + b"]\n") * 500)')"

hostile 'one byte too large' ' the file is larger than 1024 KiB' "$(file 'out(b"\n" * 1048577)')"
truncate -s 1G "$scratch/giant.yaml"
hostile 'sparse gigabyte' ' the file is larger than 1024 KiB' "$scratch/giant.yaml"
hostile 'endless device' ' the file is larger than 1024 KiB' /dev/zero
hostile 'directory' ' cannot be read: Is a directory' /
hostile 'missing file' ' cannot be opened: No such file' "$scratch/none.yaml"
hostile 'process memory' ' cannot be read: Input/output error' /proc/self/mem

hostile 'NUL byte' '2:4: a NUL byte' "$(file 'out(b"a: 1\nb: \0\n")')"
hostile 'escaped NUL' '1:4: a text with a NUL' "$(file 'out(b"a: \"\\0\"\n")')"
hostile 'invalid UTF-8' '2:4: byte 0xff is not UTF-8' "$(file 'out(b"a: 1\nb: \xff\n")')"
hostile 'overlong UTF-8' '1:4: byte 0xc0 is not UTF-8' "$(file 'out(b"a: \xc0\xaf\n")')"
hostile 'UTF-16' '1:1: byte 0xff is not UTF-8' "$(file 'out("version: 1\n".encode("utf-16"))')"
hostile 'random bytes' '[0-9]+:[0-9]+: ' "$(file '
import random
random.seed(1)
out(random.randbytes(1000000))')"

head='version: 1
title: x
targets: { a: { netns: a } }
'
hostile 'substitution bomb' '[0-9]+:[0-9]+: .*more than 64 KiB with its variables' "$(file "
out(b'''$head''' + b'variables:\n  v: ' + b'x' * 60000 + b'\n')
out(b'tags: [' + b', '.join([b'\"' + b'\${v}' * 1000 + b'\"'] * 200) + b']\n')")"
hostile 'many secrets' '4:3: more than 64 variables are secret' "$(file "
out(b'version: 1\ntitle: ' + b'a' * 60000 + b'\nvariables:\n')
for i in range(999):
    out(b'  v%d: { secret: true, default: %sb%d }\n' % (i, b'a' * 900, i))")"
hostile 'regular expression bomb' '[0-9]+:[0-9]+: .*too complex' "$(file "
out(b'''$head''' + b'steady_state:\n')
for i in range(500):
    out(b'  - { name: p%d, tolerate: { max: < 1s }, http: { url: \"http://h/\", ' % i)
    out(b'matches: \"((a{99}){99}){99}\" } }\n')")"
hostile 'many regular expressions' '[0-9]+:[0-9]+: .*more than 200 regular' "$(file "
out(b'''$head''' + b'steady_state:\n')
for i in range(900):
    out(b'  - { name: p%d, tolerate: { max: < 1s }, http: { url: \"http://h/\", ' % i)
    out(b'matches: \"(a?){160}\" } }\n')")"
hostile 'many similar names' "[0-9]+:[0-9]+: target: no target" "$(file "
out(b'version: 1\ntitle: x\ntargets:\n')
for i in range(999):
    out(b'  %s%04d: { netns: a }\n' % (b'x' * 59, i))
out(b'method:\n' + b'  - kill: %s000y\n' % (b'x' * 59) * 900)")"
hostile 'many similar variables' "[0-9]+:[0-9]+: tags: no variable" "$(file "
out(b'version: 1\ntitle: x\nvariables:\n')
for i in range(999):
    out(b'  %s%04d: 1\n' % (b'x' * 59, i))
out(b'tags:\n' + b'  - \${%s000y}\n' % (b'x' * 59) * 900)")"
hostile 'many steps of one anchor' "[0-9]+:[0-9]+: 'for' is missing|[0-9]+:[0-9]+: " "$(file "
out(b'''$head''' + b'x-step: &s { latency: { target: a, delay: 1ms } }\nmethod:\n' + b'  - *s\n' * 999)")"
hostile 'control characters in a key' '1:1: ' "$(file 'out(b"\"\\e]0;title\\a\\e[2J\": 1\n")')"
check 'control characters: none reaches the terminal' bash -c "! grep -q \$'[\\001-\\010\\016-\\037]' '$scratch/said'"

# The largest that is taken is no worse.
file "
out(b'version: 1\ntitle: x\ntargets:\n')
for i in range(900):
    out(b'  t%d: { container: { name: [%s], label: { a: b } } }\n' % (i, b', '.join([b'n*'] * 2)))
out(b'method:\n')
for i in range(900):
    out(b'  - { latency: { target: t%d, delay: 1ms }, for: 1s }\n' % i)" >/dev/null
cost=$(python3 - "$PERTURB" check --quiet "$scratch/hostile.yaml" <<-'EOS'
	import resource, subprocess, sys, time
	begin = time.monotonic()
	status = subprocess.run(sys.argv[1:]).returncode
	print(status, int((time.monotonic() - begin) * 1000),
	      resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
EOS
)
read -r status milliseconds kilobytes <<<"$cost"
check_equal 'large and valid: exit status' 0 "$status"
check_between 'large and valid: milliseconds' 0 1000 "$milliseconds"
check_between 'large and valid: kilobytes' 1 50000 "$kilobytes"
finish
