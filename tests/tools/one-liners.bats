# What bpftrace's tutorials ask in one line, and ours.
load lib

setup() {
	needs_root
	[ -n "${SNOOPKIT_VM:-}" ] || skip "some need kernel functions; and a disk that nobody else uses"
}

@test "one-liners: each shows what happens" {
	local n=0 bpftrace ours line
	while IFS=$'\t' read -r bpftrace ours line; do
		[[ $bpftrace != "#"* ]] || continue
		echo "$ours"
		eval "$B/$ours -- sh -c 'cat tests/one-liners; dd if=$SNOOPKIT_TEST_DISK of=$T/page iflag=direct bs=4k count=1'" >"$T/text" 2>"$T/err"
		grep -Eq -e "$line" "$T/text"
		n=$((n + 1))
	done <tests/one-liners
	[ $n -ge 10 ]
}
