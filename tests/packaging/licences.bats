# Every file says what its licence is.
load lib

setup() {
	git rev-parse HEAD >/dev/null 2>&1 || skip "not in git"
}

@test "licences: each source says its own, BPF programs another than the rest" {
	for f in $(git ls-files '*.c' '*.h' '*.ld'); do
		case $f in
		bpf/* | tests/probe/*.bpf.c | tests/probe/*.h) licence='GPL-2.0-only OR BSD-2-Clause' ;;
		*) licence='BSD-2-Clause' ;;
		esac
		head -n3 "$f" | grep -qE "^(//|/\*| \*) SPDX-License-Identifier: $licence( \*/)?$" || { echo "$f"; return 1; }
	done
}

@test "licences: of every other file .reuse/dep5 knows; the texts are there" {
	run -0 cat .reuse/dep5
	for licence in $(git grep -hoE 'SPDX-License-Identifier: [A-Za-z0-9. -]+' -- '*.c' '*.h' |
		sed 's/.*: //; s/ OR /\n/' | sort -u); do
		[ -s "LICENSES/$licence.txt" ]
		grep -q "^License: .*$licence" .reuse/dep5
	done
	if command -v reuse >/dev/null; then
		run -0 reuse lint
	fi
}
