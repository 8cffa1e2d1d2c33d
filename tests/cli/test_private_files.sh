#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What only root can read is not told to anybody: no error message has any of it. And what sudo is
# asked to read and write is read and written with the rights of the user who asked.
set -u
. "$(dirname "$0")/../lib.sh"
isolate "$@"
umask 022
chmod 755 "$scratch"

# file NAME: a private file with what comes on standard input.
file() {
	cat >"$scratch/$1"
	chmod 600 "$scratch/$1"
}

# Each has text of its own in one place, which begins with SECRET in one of its spellings.
file shadow <<<'root:$6$SECRETsalt$SECREThash:19700:0:99999:7:::'
file environ < <(printf 'PASSWORD=SECRET\0TOKEN=SECRET\0')
file bytes < <(printf 'SECRET: \xe9SECRET\n')
file escape < <(printf 'SECRET: \x1bSECRET\n')
file key.pem <<<'-----BEGIN SECRET KEY-----
SECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRET
-----END SECRET KEY-----'
file tab < <(printf 'SECRET:\n\tSECRET: 1\n')
file at <<<'a: @SECRET'
file tag <<<'a: !SECRET b'
file handle <<<'a: !SECRET!x b'
file alias <<<'a: *SECRET'
file inside <<<'a: &SECRET [*SECRET]'
file twice <<<'{ SECRET: 1, SECRET: 2 }'
file list <<<'- SECRET'
file text <<<'SECRET'
file quoted <<<'"SECRET'
file keys <<<'
version: SECRET
titel: x
SECRET: x
title: ""
tags: { SECRET: 1 }
baseline: SECRET
recovery: 10SECRET
limits: { SECRET: 1, max_instances: SECRET, max_percent: SECRET, max_duration: SECRET }
variables:
  "SECRET NAME": 1
  SECRETa: { env: SECRET_ENVIRONMENT }
  SECRETb: { SECRET: 1, secret: SECRET }
  SECRETc: {}
  SECRETd: [ SECRET ]'
file variables <<<'
version: 1
title: "${SECRET}"
variables: { SECRETA: x, SECRETB: "${SECRETA", SECRETC: "${SECRET_C}", SECRETD: { secret: true } }
steady_state: "${SECRETA}"'
file targets <<<'
version: 1
title: x
targets:
  SECRETa: {}
  SECRETb: SECRET
  SECRETc: { SECRET: 1 }
  SECRETd: { container: "/SECRET(/" }
  SECRETe: { container: { SECRET: 1, runtime: SECRET, id: f, label: "=SECRET" } }
  SECRETf: { container: { label: { SECRET: "/SECRET(/" } } }
  SECRETg: { netns: { path: SECRET } }
  SECRETh: { netns: { SECRET: a, SECRETS: b } }
  SECRETi: { process: { pid: SECRET } }
  SECRETj: { netns: a, pick: SECRET }'
file probes <<<'
version: 1
title: x
steady_state:
  - SECRET
  - { SECRET: 1 }
  - { name: SECRETa, http: SECRET, rate: SECRET, tolerate: { SECRET: 1, p95: SECRET, success: "SECRET" } }
  - { name: SECRETa, http: { url: "http://h/", method: SECRETget, timeout: SECRET, status: SECRET,
      headers: { "SECRET HEADER": 1, SECRETH: [SECRET] }, json: { path: SECRET }, matches: "(SECRET",
      follow_redirects: SECRET, tls: { SECRET: 1, insecure: SECRET } }, tolerate: { success: 1s } }
abort_when:
  - { probe: SECRETb, success: SECRET, over: SECRET }
  - { probe: SECRETa, SECRET: 1 }'
file method <<<'
version: 1
title: x
targets: { SECRETa: { netns: a } }
method:
  - SECRET
  - { SECRET: 1 }
  - { latency: SECRETb, for: SECRET, at: SECRET }
  - { latency: { target: SECRETb, delay: SECRET, jitter: SECRETms, SECRET: 1, distribution: SECRET,
      interface: "SECRET/", direction: SECRET }, for: 1s }
  - { network: { target: SECRETa, latency: { SECRET: 1, delay: SECRET } }, for: 1s }
  - { kill: { target: SECRETa, signal: SECRET } }
  - { loss: { target: SECRETa, percent: SECRET% }, for: 1s }'

# tells_nothing VERB FILE: the file is refused, with places, and nothing of it is shown.
tells_nothing() {
	local status
	"$PERTURB" "$1" "$scratch/$2" >"$scratch/said" 2>&1 </dev/null
	status=$?
	[ $status -eq 2 ] && grep -q "^perturb: $scratch/$2:[0-9]*:[0-9]*: " "$scratch/said" &&
		grep -q 'is private' "$scratch/said" && ! grep -q SECRET "$scratch/said"
}

for name in shadow environ bytes escape key.pem tab at tag handle alias inside twice list text quoted \
	keys variables targets probes method; do
	for verb in check run plan probe; do
		tells_nothing $verb $name && continue
		not_ok "$name: $verb tells nothing of it"
		sed 's/^/  | /' "$scratch/said"
		continue 2
	done
	ok "$name: no verb tells anything of it"
done
"$PERTURB" check "$scratch/method" 2>&1 | sed "s,^perturb: $scratch/method:,," >"$scratch/said"
check 'says where and what was expected' grep -q '^9:42: delay: expected a duration such as 200ms.*not .\*\*\*' "$scratch/said"
check 'says that it is private, once' test "$(grep -c 'is private' "$scratch/said")" = 1

# The same file is quoted when everybody may read it, or when its reader is not root.
chmod 604 "$scratch/shadow"
check 'a file that everybody may read is quoted' \
	grep -q SECRET <("$PERTURB" check "$scratch/shadow" 2>&1)
chmod 640 "$scratch/shadow"
check 'one that a group may read is not' \
	tells_nothing check shadow
nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$PERTURB" "$@" 2>&1
}
chmod 600 "$scratch/shadow"
chown 65534:65534 "$scratch/shadow"
check 'a file of a user without rights is quoted to them' \
	grep -q SECRET <(nobody check "$scratch/shadow")
check 'what comes by a pipe is quoted' grep -q SECRET <(echo 'SECRET: 1' | "$PERTURB" check /dev/stdin 2>&1)

# --- under sudo --------------------------------------------------------------------------------
by_sudo() {
	SUDO_UID=65534 SUDO_GID=65534 SUDO_USER=nobody "$PERTURB" "$@" >"$scratch/said" 2>&1
}

says() {
	grep -q -- "$1" "$scratch/said"
}

netns_pair client server || exit 1
cat >"$scratch/good.yaml" <<'EOS'
version: 1
title: Mine
targets: { server: { netns: server } }
method: [ { latency: { target: server, delay: 1ms }, for: 10ms } ]
EOS
cp "$scratch/good.yaml" "$scratch/root.yaml"
chmod 600 "$scratch/root.yaml"
by_sudo check "$scratch/root.yaml"
check_equal "sudo: a file of root's: exit status" 2 $?
check "sudo: a file of root's: may not be read" says 'root.yaml: cannot be opened: Permission denied'
chmod 640 "$scratch/root.yaml"
by_sudo check "$scratch/root.yaml"
check_equal "sudo: a file of root's group" 2 $?
by_sudo check "$scratch/shadow"
check 'sudo: a private file of the user is quoted to them' says SECRET

install -d -o 65534 -g 65534 "$scratch/out"
(umask 027 && by_sudo run "$scratch/good.yaml" --out "$scratch/out")
check_equal 'sudo: a run: exit status' 0 $? || cat "$scratch/said"
check_equal 'sudo: the report is of the user, and as open as the umask allows' '65534 65534 640' \
	"$(stat -c '%u %g %a' "$scratch"/out/*.json)"
check 'sudo: nothing else is in the directory' test "$(ls -A "$scratch/out" | wc -l)" = 1
rm -f "$scratch"/out/*
before=$(snapshot server)
by_sudo run "$scratch/good.yaml" --out "$scratch"
check_equal "sudo: a directory of root's: exit status" 2 $?
check "sudo: a directory of root's: refused" says 'cannot write into report directory'
check_equal "sudo: a directory of root's: nothing was touched" "$before" "$(snapshot server)"
by_sudo inject latency --netns server --delay 1ms --for 10ms --out "$scratch"
check_equal "sudo: a directory of root's, inject: exit status" 2 $?
check "sudo: a directory of root's: nothing is in it" test -z "$(find "$scratch" -name '*.json*')"

cat >"$scratch/tls.yaml" <<EOS
version: 1
title: TLS
steady_state:
  - name: secure
    http: { url: "https://127.0.0.1:1/", tls: { cert: $scratch/cert.pem, key: $scratch/key.pem } }
    tolerate: { success: ">= 1%" }
baseline: 100ms
EOS
cp "$ROOT/tests/data/tls/client.pem" "$scratch/cert.pem"
by_sudo probe "$scratch/tls.yaml"
check_equal "sudo: a key of root's: exit status" 3 $?
check "sudo: a key of root's: may not be read" says 'key.pem: cannot be opened: Permission denied'
"$PERTURB" probe "$scratch/tls.yaml" --out "$scratch/out" >"$scratch/said" 2>&1
check 'a key that is none: nothing of it is told' test -z "$(grep -rl SECRET "$scratch/said" "$scratch/out")"

SUDO_UID=0 SUDO_GID=0 "$PERTURB" check "$scratch/root.yaml" >/dev/null
check_equal 'root who calls sudo stays root' 0 $?
finish
