#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make install puts everything where it belongs, what is installed works from there, uninstall takes
# all of it away again; and the release build is hardened.
set -u
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1
destination=$scratch/destination
# The prefix is compiled in: leave the build as it was.
at_exit 'make --no-print-directory all >/dev/null'

check 'install' make --no-print-directory install DESTDIR="$destination" PREFIX=/usr
installed=$(cd "$destination" && find . -type f | sort)
wanted=$(
	sort <<-EOS
		./usr/bin/perturb
		./usr/libexec/perturb/perturb-demo-services
		./usr/share/bash-completion/completions/perturb
		./usr/share/fish/vendor_completions.d/perturb.fish
		./usr/share/zsh/site-functions/_perturb
		$(for file in experiments/catalog/*.yaml; do echo "./usr/share/perturb/catalog/${file##*/}"; done)
		$(for file in man/*.[1-8]; do echo "./usr/share/man/man${file##*.}/${file##*/}"; done)
	EOS
)
check_equal 'exactly these files are installed' "$wanted" "$installed"
check 'perturb works from there' "$destination/usr/bin/perturb" --version
check 'bash understands its completions' bash -n \
	"$destination/usr/share/bash-completion/completions/perturb"
for file in "$destination"/usr/share/perturb/catalog/*.yaml; do
	check "catalog: ${file##*/} is valid" "$destination/usr/bin/perturb" check "$file"
done
check 'uninstall' make --no-print-directory uninstall DESTDIR="$destination" PREFIX=/usr
check_equal 'uninstall leaves no file' '' "$(find "$destination" -type f)"

# hardened PROGRAM: as readelf sees it.
hardened() {
	local name=${1##*/}
	readelf -hW "$1" >"$scratch/header"
	readelf -lW "$1" >"$scratch/segments"
	readelf -dW "$1" >"$scratch/dynamic"
	readelf -sW --dyn-syms "$1" >"$scratch/symbols"
	check "$name: position independent" grep -q 'Type: *DYN' "$scratch/header"
	check "$name: a program, not a library" grep -q INTERP "$scratch/segments"
	check "$name: relocations are read-only" grep -q GNU_RELRO "$scratch/segments"
	check "$name: and resolved at start" grep -qE 'BIND_NOW|Flags:.*NOW' "$scratch/dynamic"
	check "$name: no executable stack" grep -qE 'GNU_STACK.* RW ' "$scratch/segments"
	check "$name: stack protector" grep -q __stack_chk_fail "$scratch/symbols"
	check "$name: fortified" grep -qE '__[a-z]+_chk' <(grep -v __stack_chk_fail "$scratch/symbols")
	check "$name: no search path of its own" not grep -qE 'RPATH|RUNPATH' "$scratch/dynamic"
}

not() {
	! "$@"
}

hardened build/release/perturb
hardened build/release/perturb-demo-services
finish
