# The script of flame graphs, run by node with a stand-in for the browser.  It is here as node is more than `make deps`
# installs.
load lib

setup() {
	command -v node >/dev/null || skip "no node on this machine"
}

graph() {	# FOLDED...: draw it
	make -s build/man/pictures/flame >/dev/null
	printf '%s\n' "$@" | build/man/pictures/flame >"$T/svg"
}

small() {
	graph 'app;main;parse;read_[k] 30' 'app;main;parse 10' 'app;main;draw;line 40' 'app;idle 20'
}

does() {	# ACTION...: the lines of its last "show" are as on stdin
	node tests/packaging/flame-dom.js "$T/svg" "$@" >"$T/shown"
	sed 's/ $//' "$T/shown" | diff -u - /dev/stdin
}

whole='0 12.00 999.40 all
1 12.00 999.40 app
2 12.00 199.40 idle
2 212.00 799.40 main
3 212.00 399.40 draw
4 212.00 399.40 line
3 612.00 399.40 parse
4 612.00 299.40 read'

@test "flame graphs: frames fill the window, a click zooms in, and what is below stays to go back" {
	small
	does width=1024 show <<<"$whole
info: Click a frame to zoom in.
found:
reset: hidden"
	does width=1024 click=parse over=read show <<<'0 12.00 999.40 all [up]
1 12.00 999.40 app [up]
2 12.00 999.40 main [up]
3 12.00 999.40 parse
4 12.00 749.40 read
info: read: 30 samples, 30.00%
found:
reset: shown'
	for back in reset click=all key=Escape; do
		does width=1024 click=parse $back show <<<"$whole
info: Click a frame to zoom in.
found:
reset: hidden"
	done
	does width=624 click=main show <<<'0 12.00 599.40 all [up]
1 12.00 599.40 app [up]
2 12.00 599.40 main
3 12.00 299.40 draw
4 12.00 299.40 line
3 312.00 299.40 parse
4 312.00 224.40 read
info: Click a frame to zoom in.
found:
reset: shown'
}

@test "flame graphs: what a search matches is marked, and counted once" {
	small
	does width=1024 search='LINE|^dr' show <<<"$(sed -E 's/(draw|line)$/& [hit]/' <<<"$whole")
info: Click a frame to zoom in.
found: matched: 40.00%
reset: hidden"
	# What is no regular expression is searched for as it is; nothing is no search.
	for none in '(=0.00%' '='; do
		found=${none#*=}
		does width=1024 search="${none%%=*}" show <<<"$whole
info: Click a frame to zoom in.
found:${found:+ matched: $found}
reset: hidden"
	done
	# Also that of a zoomed graph is of the whole.
	does width=1024 search=read click=parse show <<<'0 12.00 999.40 all [up]
1 12.00 999.40 app [up]
2 12.00 999.40 main [up]
3 12.00 999.40 parse
4 12.00 749.40 read [hit]
info: Click a frame to zoom in.
found: matched: 30.00%
reset: shown'
}

@test "flame graphs: the arrow keys go from frame to frame, Enter zooms in" {
	small
	does width=1024 key=ArrowUp key=ArrowUp key=ArrowLeft key=ArrowUp show <<<"${whole/idle/idle [at]}
info: idle: 20 samples, 20.00%
found:
reset: hidden"
	does width=1024 key=ArrowUp key=ArrowUp key=ArrowUp key=ArrowRight key=Enter show <<<'0 12.00 999.40 all [up]
1 12.00 999.40 app [up]
2 12.00 999.40 main [up]
3 12.00 999.40 parse [at]
4 12.00 749.40 read
info: parse: 40 samples, 40.00%
found:
reset: shown'
}

@test "flame graphs: names are cut to their frames, and tails that are too deep become one frame each" {
	graph 'app;a_name_that_is_long 1' 'app;b 9'
	node tests/packaging/flame-dom.js "$T/svg" width=1024 show >"$T/shown"
	grep -x '2 12.00 99.40 a_name_that_…* *' "$T/shown"
	deep=$(seq -s';f' 70)
	graph "app;f$deep 1"
	node tests/packaging/flame-dom.js "$T/svg" width=1024 show >"$T/shown"
	[ "$(grep -c '^[0-9]' "$T/shown")" = 50 ]
	grep -xE '49 12.00 999.40 23 more frames \[fold\]' "$T/shown"
	# They unfold, and then there is less below.
	node tests/packaging/flame-dom.js "$T/svg" width=1024 click=f60 show >"$T/shown"
	grep -xE '0 12.00 999.40 56 frames below \[up,fold\]' "$T/shown"
	grep -xE '16 12.00 999.40 f70 *' "$T/shown"
}
