# The tests' own tools: suite, plan, touched, lint, check.
bats_require_minimum_version 1.5.0
cd "$BATS_TEST_DIRNAME/.." || exit 1
T=$BATS_TEST_TMPDIR

# of_file FILE: a plan of all its tests.
of_file() {
	sed -n "s,^@test \"\\(.*\\)\" {\$,$1\\t\\1,p" "$1"
}

@test "suite: passes, fails and skips as bats does" {
	cat >"$T/a.bats" <<-'E'
		load a
		setup() { before=1; }
		teardown() { echo "torn down"; }
		@test "passes" {
			[ "$before" = 1 ]
			[ -d "$BATS_TEST_TMPDIR" ]
			loaded
		}
		@test "fails in a function" {
			true
			helper "$before"
			true
		}
		@test "skips" {
			skip "for a reason"
		}
		@test "has what run has" {
			run -3 sh -c 'echo out; exit 3'
			[ "$output" = out ]
			run -0 --separate-stderr sh -c 'echo one; echo two; echo err >&2'
			[ "$stderr" = err ]
			[ "${lines[1]}" = two ]
			run ! false
		}
		@test "fails by run's status" {
			run -3 sh -c 'exit 4'
		}
		@test "ends early" {
			exit 0
		}
	E
	printf '%s\n' 'loaded() { :; }' 'helper() {' '[ "$1" = 2 ]' '}' >"$T/a.bash"
	sed -n "s,^@test \"\\(.*\\)\" {\$,$T/a.bats\\t\\1,p" "$T/a.bats" >"$T/plan"
	run -1 tests/suite "$T/plan"
	echo "$output"
	[ "${lines[0]}" = 1..6 ]
	[[ $output =~ ok\ 1\ passes\ in\ [0-9]+ms ]]
	[[ $output =~ not\ ok\ 2\ fails\ in\ a\ function\ in\ [0-9]+ms ]]
	grep -q "^# in helper, line 3$" <<<"$output"
	grep -q "^# in $T/a.bats, line 11$" <<<"$output"
	grep -q "^# torn down$" <<<"$output"
	[[ $output =~ ok\ 3\ skips\ in\ [0-9]+ms\ \#\ skip\ for\ a\ reason ]]
	[[ $output =~ ok\ 4\ has\ what\ run\ has ]]
	[[ $output =~ not\ ok\ 5 ]]
	grep -q "expected exit code 3, got 4" <<<"$output"
	[[ $output =~ not\ ok\ 6 ]]
	# bats says the same
	run -1 bats --tap "$T/a.bats"
	[ "$(grep -oE '^(not )?ok [0-9]' <<<"$output" | xargs)" = "ok 1 not ok 2 ok 3 ok 4 not ok 5 not ok 6" ]
}

@test "suite: what a test that fails leaves running is ended" {
	cat >"$T/a.bats" <<-E
		@test "fails" {
			sleep 1000 >/dev/null 3>&- &
			echo \$! >>$T/pids
			false
		}
		@test "other" {
			[ ! -e /proc/\$(cat $T/pids)/exe ]
		}
	E
	of_file "$T/a.bats" >"$T/plan"
	run -1 tests/suite "$T/plan"
	grep -q '^ok 2 other' <<<"$output"
	[ "$(wc -l <"$T/pids")" = 2 ]
	[ ! -e "/proc/$(tail -n 1 "$T/pids")/exe" ]
}

@test "suite: what fails is run once more, at the end; if it passes then it is flaky" {
	cat >"$T/a.bats" <<-E
		@test "flaky" {
			echo "said the \$(wc -c <$T/times)th time"
			printf x >>$T/times
			[ -e $T/last ]
		}
		@test "last" {
			: >$T/last
		}
	E
	: >"$T/times"
	of_file "$T/a.bats" >"$T/plan"
	run -0 tests/suite "$T/plan"
	echo "$output"
	[ "$(grep -oE '^ok [0-9]' <<<"$output" | xargs)" = "ok 2 ok 1" ]
	grep -qE '^ok 1 flaky in [0-9]+ms # flaky$' <<<"$output"
	grep -q '^# said the 0th time' <<<"$output"
	# When the first test runs again, what the tenth printed is still there
	{
		printf '@test "first" {\n[ -e %s/tenth ]\n}\n' "$T"
		printf '@test "%s" {\ntrue\n}\n' {2..9}
		printf '@test "tenth" {\necho ten\n: >%s/tenth\nfalse\n}\n' "$T"
	} >"$T/b.bats"
	of_file "$T/b.bats" >"$T/plan"
	run -1 --separate-stderr tests/suite "$T/plan"
	[ "$(grep -c '^# ten$' <<<"$output")" = 2 ]
	[ -z "$stderr" ]
	# Only those asked for by number
	of_file "$T/a.bats" >"$T/plan"
	run -0 tests/suite --only "2" "$T/plan"
	[[ $output == "ok 2 last in "*ms ]]
}

@test "suite: a test that does not end is ended, torn down, and fails" {
	cat >"$T/a.bats" <<-E
		teardown() { : >$T/torn; }
		@test "hangs" {
			read -r <$T/fifo
		}
	E
	mkfifo "$T/fifo"
	of_file "$T/a.bats" >"$T/plan"
	TEST_LIMIT=1 run -1 timeout 100 tests/suite "$T/plan"
	echo "$output"
	grep -qE '^not ok 1 hangs' <<<"$output"
	[ -e "$T/torn" ]
}

@test "suite: setup_file, teardown_file, and a setup_file that skips or fails" {
	cat >"$T/a.bats" <<-E
		setup_file() { export WHAT=it; : >"\$BATS_FILE_TMPDIR/here"; }
		teardown_file() { : >$T/torn; }
		@test "one" {
			[ "\$WHAT" = it ]
			[ -e "\$BATS_FILE_TMPDIR/here" ]
		}
	E
	printf '%s\n' 'setup_file() { skip "not today"; }' '@test "two" {' 'false' '}' >"$T/b.bats"
	printf '%s\n' 'setup_file() { no_such_command; exit 3; }' '@test "three" {' 'true' '}' >"$T/c.bats"
	for f in a b c; do of_file "$T/$f.bats"; done >"$T/plan"
	run -1 tests/suite "$T/plan"
	echo "$output"
	grep -qE '^ok 1 one' <<<"$output"
	[ -e "$T/torn" ]
	grep -qE '^ok 2 two .*# skip not today' <<<"$output"
	grep -qE '^not ok 3 three' <<<"$output"
	grep -q 'no_such_command' <<<"$output"
}

@test "plan: each tool's first test on every kernel, all of them on an old and a new one, once with each kind of probes; what is left out is listed" {
	[ -e build/bpf/opensnoop.bpf.o ] || skip "needs the objects of a build from git"
	export KERNELS="5.10 6.1 6.12 6.18 7"
	declare -A complete=()
	for flavour in chosen forced; do
		for k in $KERNELS; do
			: >"$T/left"
			tests/plan ci $k $flavour >"$T/$k" 3>"$T/left"
			[ $flavour = forced ] || tests/plan ci $k smp >>"$T/$k" 3>>"$T/left"
			# No test is in both lists, and together they have all tests.
			: >"$T/text"
			{
				tests/plan all $k $flavour
				[ $flavour = forced ] || tests/plan all $k smp
			} 3>"$T/text" | sort - "$T/text" >"$T/all"
			sort "$T/$k" "$T/left" | diff "$T/all" -
		done
		for t in opensnoop filetop tcptop cpudist; do
			# It traces no functions.
			[ $t != cpudist ] || [ $flavour = chosen ] || continue
			first=$(of_file "tests/tools/$t.bats" | head -n 1)
			for k in $KERNELS; do
				grep -qxF "$first" "$T/$k"
				[ "$(grep -v 'on two CPUs' "$T/$k" | grep -c "^tests/tools/$t.bats")" = 1 ] || complete[$t]="${complete[$t]:-} $k-$flavour"
			done
		done
	done
	for t in opensnoop filetop tcptop; do
		echo "$t:${complete[$t]}"
		[[ ${complete[$t]} =~ ^\ (5.10|6.1)-chosen\ (6.18|7)-chosen$ || ${complete[$t]} =~ ^\ 6.12-chosen\ (5.10|6.1)-forced$ ]]
	done
	[[ ${complete[cpudist]} =~ ^\ (5.10|6.1)-chosen\ (6.12|6.18|7)-chosen$ ]]
	# Two processors on the oldest and the newest kernel: each tool's first test on one of them, tests with the tag on both
	[ -z "$(tests/plan ci 6.12 smp)" ]
	for k in 5.10 7; do tests/plan ci $k smp; done >"$T/smp"
	for t in opensnoop filetop tcptop cpudist; do
		[ "$(grep -cxF "$(of_file "tests/tools/$t.bats" | head -n 1)" "$T/smp")" = 1 ]
	done
	[ "$(grep -c 'on two CPUs' "$T/smp")" = 2 ]
	for k in $KERNELS; do tests/plan ci $k chosen; done >"$T/one"
	[ "$(grep -c 'on two CPUs' "$T/one")" = 0 ]
	# Every kernel gets its share
	for k in $KERNELS; do
		[ "$(tests/plan ci $k chosen | cut -f 1 | uniq -c | awk '$1 > 1' | wc -l)" -ge 5 ]
	done
	# What was touched is tested in full
	for k in $KERNELS; do
		for flavour in chosen smp; do TOUCHED=tcptop tests/plan ci $k $flavour; done >"$T/all"
		[ "$(grep -c tests/tools/tcptop.bats "$T/all")" = "$(of_file tests/tools/tcptop.bats | wc -l)" ]
	done
}

@test "touched: by files, headers, what is linked, workloads" {
	git rev-parse HEAD >/dev/null 2>&1 || skip "not in git"
	[ -e build/opensnoop.map ] || skip "needs a build"
	# A tree of the test's own, which knows what this build knows
	git clone -q . "$T/tree"
	cp tests/touched "$T/tree/tests/"
	mkdir -p "$T/tree/build/"{tools,bpf}
	cp build/*.map "$T/tree/build/"
	cp build/tools/*.d "$T/tree/build/tools/"
	cp build/bpf/*.d "$T/tree/build/bpf/"
	cd "$T/tree"
	git add -A
	git -c user.name=tests -c user.email=tests@localhost commit -q --allow-empty -m base
	touched_by() {
		for f; do echo "// changed" >>"$f"; done
		CHECK_SINCE=HEAD tests/touched | xargs
		git checkout -q .
	}
	[ "$(touched_by README.md)" = "" ]
	[ "$(touched_by tools/opensnoop.c)" = opensnoop ]
	[ "$(touched_by bpf/tcptop.h tests/tools/mdflush.bats)" = "mdflush tcptop" ]
	[ "$(touched_by tests/work/tcpmoves.c)" = "tcpsubnet tcptop" ]
	[[ " $(touched_by common/output/flame.c) " == *" profile "* ]]
	[ "$(touched_by common/output/flame.js)" = "$(touched_by common/output/flame.c)" ]
	[[ " $(touched_by common/output/flame.c) " != *" dcstat "* ]]
	every=$(cd tools && printf '%s\n' *.c | sed 's/\.c$//' | xargs)
	[ "$(touched_by common/main/loop.c)" = "$every" ]
	[ "$(touched_by tests/tools/lib.bash)" = "$every" ]
	[ "$(env -u CHECK_SINCE tests/touched | xargs)" = "$every" ]
}

@test "rooms: finds what is used from above, and nothing in our own tree" {
	tests/rooms
	cp -r common "$T/common"
	tests/rooms "$T/common"
	wrong() { # FILE LINE: not with it
		cp "$T/common/$1" "$T/kept"
		echo "$2" >>"$T/common/$1"
		run -1 tests/rooms "$T/common"
		[ ${#lines[@]} = 1 ]
		cp "$T/kept" "$T/common/$1"
	}
	wrong output/out.c '#include "symbols/stack.h"'
	[[ $output == *'output/ includes "symbols/stack.h" from above' ]]
	wrong base/opt.h '#  include	"main/tool.h"'
	[[ $output == *'base/ includes "main/tool.h" from above' ]]
	wrong main/loop.c '#include "../domain/fs.h"'
	wrong main/loop.c '#include "out.h"'
	[[ $output == *'"out.h" names no room, or there is no such file' ]]
	wrong main/loop.c '#include <domain/fs.h>'
	: >"$T/common/high.c"
	run -1 tests/rooms "$T/common"
	[ "$output" = "$T/common/high.c: in no room" ]
	rm "$T/common/high.c"
	mkdir "$T/common/attic"
	run -1 tests/rooms "$T/common"
	rmdir "$T/common/attic"
	# No include shows this one.
	echo 'void loop(void); void climb(void) { loop(); }' >"$T/common/base/climb.c"
	echo 'void loop(void) {}' >"$T/loop.c"
	mkdir -p "$T"/build/common/{base,main}
	cc -c "$T/common/base/climb.c" -o "$T/build/common/base/climb.o"
	cc -c "$T/loop.c" -o "$T/build/common/main/loop.o"
	SNOOPKIT_BUILD=$T/build run -1 tests/rooms "$T/common"
	[ "$output" = "base/climb.c uses loop of main/loop.c, from above" ]
}

@test "lint: finds what skips or fails in vain, and nothing in our own tests" {
	tests/lint
	cat >"$T/a.bats" <<-'E'
		in_shell() {
			command -v shell || skip "none"
			shell "$@"
		}
		@test "x" {
			run -0 in_shell a
			in_shell | cat
			x=$(in_shell)
			foo | { read -r || skip; }
			offers in_shell <<<y
			( skip )
			! grep -q x y
		}
	E
	run -1 tests/lint "$T/a.bats"
	[ "$(grep -c "^$T/a.bats:" <<<"$output")" = 7 ]
	cat >"$T/b.bats" <<-'E'
		needs_it() {
			command -v it || skip "none"
		}
		@test "y" {
			needs_it
			[ -e x ] || skip "no x"
			if [ -e y ]; then skip; fi
			echo "a skip | here" | cat
			! grep -q x y || echo z
			run ! grep x y
		}
	E
	run -0 tests/lint "$T/b.bats"
}
