# What trace and argdist make of expressions, where kernels differ: their verifiers, and how they read memory.
load lib

@test "expressions: 20,000 random ones are computed the same in the kernel and by C" {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "this machine's unit tests do it"
	run -0 "$B/tests/unit/gen_differs"
	grep '^ok 1 - 20000 random' <<<"$output" | grep -v SKIP
}
