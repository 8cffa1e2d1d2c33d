#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The folders form one line, cli -> experiments -> faults -> reports: each includes only itself and
# those to its right. And the product does by itself what others start programs for.
set -u
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1

# includes_none 'FOLDER…' 'OTHER|…': shows the offending lines.
includes_none() {
	# shellcheck disable=SC2086 # several folders
	! grep -rnE --include='*.[ch]' "#include \"(\.\./)*($2)/" $1
}

calls_none() {
	! grep -rnE --include='*.[ch]' "(^|[^[:alnum:]_.>])($1) *\(" cli experiments faults reports
}

check 'reports knows nobody' includes_none reports 'cli|experiments|faults'
check 'faults knows only reports' includes_none faults 'cli|experiments'
check 'experiments knows only faults and reports' includes_none experiments cli
check 'nothing of the product knows the tests' includes_none 'cli experiments faults reports' tests
check 'no shell is started' calls_none 'system|popen|wordexp|execlp|execvp|execvpe|posix_spawnp'
check 'no unbounded copies' calls_none 'gets|strcpy|strcat|sprintf|vsprintf|alloca'
finish
