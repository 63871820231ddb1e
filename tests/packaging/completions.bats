# Completions, as the shells themselves offer them.
load lib
NAMES="$TOOLS $ALIASES"

setup_file() {
	# Installed under other names: the completions must use these
	make -s install DESTDIR="$F" PREFIX=/usr PROGRAM_PREFIX=x- >/dev/null
}

setup() {
	B=$F/usr/share/bash-completion/completions Z=$F/usr/share/zsh/site-functions
	I=$F/usr/share/fish/vendor_completions.d
	cgroup=$(find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -type d | head -n1)
	disk=$(cd /sys/class/block && printf '%s\n' * | grep -v '\*' | head -n1)
}

# in_bash WORD...: what the completion function offers for the last word.
in_bash() {
	bash --norc -c '
		. "$1"
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
		function=$(complete -p "$1")
		function=${function#*-F } function=${function%% *}
		compopt() { :; } # only for readline
		"$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' bash "$B/$1" "$@"
}

# in_zsh LINE: what TAB offers at the end of the line, in a zsh with a terminal.
in_zsh() {
	timeout 30 zsh -f tests/packaging/zsh-offers "$Z" "$1"
}

in_fish() {
	HOME=$T fish --no-config -c "source '$I/${1%% *}.fish'; complete -C '$1'" | cut -f1
}

# A process that lives as long as the tests.
start_process() {
	sleep 1000 3>&- &
	pid=$!
}

teardown() {
	[ -z "${pid:-}" ] || kill "$pid"
}

# offers COMMAND...: does its output have each line of stdin?
offers() {
	local line
	run -0 "$@"
	while IFS= read -r line; do
		grep -qxF -- "$line" <<<"$output" || { echo "not offered: $line"; return 1; }
	done
}

# Does stdin have every line of $T/options?
offers_all() {
	local missing
	missing=$(sort -u | comm -13 - <(sort -u "$T/options"))
	[ -z "$missing" ] || { echo "not offered: $missing"; return 1; }
}

@test "completions: each is well-formed for its shell" {
	for t in $NAMES; do
		bash -n "$B/x-$t"
		grep -q '^#compdef x-'"$t"'$' "$Z/_x-$t"
		! command -v zsh >/dev/null || zsh -n "$Z/_x-$t"
		! command -v fish >/dev/null || fish --no-execute "$I/x-$t.fish"
	done
}

@test "completions: every option of every tool" {
	# TOOL OPTION, one per line
	for t in $NAMES; do
		"build/$t" --help | grep -oE '^ +(-., )?--[a-z0-9_-]+' | grep -oE -- '--.*' | grep -v -e --usage | sed "s/^/x-$t /"
	done >"$T/options"
	[ "$(wc -l <"$T/options")" -ge $(($(wc -w <<<"$NAMES") * 6)) ]
	bash --norc -c '
		for f; do
			. "$f"
			t=${f##*/} COMP_CWORD=1 COMP_WORDS=("$t" -)
			"_$t" "$t" - "$t"
			printf "$t %s\n" "${COMPREPLY[@]}"
		done' bash "$B"/* | offers_all
	for t in $NAMES; do
		grep -oE -- '--[a-z0-9_-]+' "$Z/_x-$t" | sed "s/^/x-$t /"
	done | offers_all
	command -v fish >/dev/null || skip "no fish"
	HOME=$T fish --no-config -c '
		for f in $argv
			source $f
			set -l program (string replace -r ".*/(.*)\.fish" "\$1" $f)
			complete -C "$program --" | string replace -r "^(\S*).*" "$program \$1"
		end' "$I"/*.fish | offers_all
}

@test "completions: bash: what there is at completion time" {
	start_process
	offers in_bash x-opensnoop -p "${pid:0:1}" <<<"$pid"
	offers in_bash x-opensnoop -xTp "${pid:0:1}" <<<"$pid"
	offers in_bash x-opensnoop --pid = "${pid:0:1}" <<<"$pid"
	offers in_bash x-opensnoop --pid = <<<"$pid"
	offers in_bash x-opensnoop -t "$pid" <<<"$pid"
	offers in_bash x-opensnoop -u roo <<<root
	offers in_bash x-tcptop --sort "" <<<"$(printf 'all\nsent\nreceived')"
	[ "$(in_bash x-tcptop -s s)" = sent ]
	[ -z "$disk" ] || offers in_bash x-biolatency -d "${disk:0:1}" <<<"$disk"
	offers in_bash x-opensnoop --cgroup "/sys/fs/cgrou" <<<"/sys/fs/cgroup"
	[ -z "$cgroup" ] || offers in_bash x-opensnoop --cgroup "" <<<"$cgroup"
	offers in_bash x-profile --flamegraph "$PWD/Makef" <<<"$PWD/Makefile"
	# Nothing is offered where only the user can know; after --, commands are
	[ -z "$(in_bash x-opensnoop -d "")" ]
	offers in_bash x-opensnoop -x -- sha256s <<<sha256sum
}

@test "completions: zsh: what there is at completion time" {
	command -v zsh >/dev/null || skip "no zsh"
	start_process
	offers in_zsh "x-opensnoop --fai" <<<"--failed"
	offers in_zsh "x-opensnoop -p ${pid:0:1}" <<<"$pid"
	offers in_zsh "x-opensnoop -xTp ${pid:0:1}" <<<"$pid"
	offers in_zsh "x-opensnoop --pid=${pid:0:1}" <<<"$pid"
	offers in_zsh "x-opensnoop -t ${pid:0:1}" <<<"$pid"
	offers in_zsh "x-opensnoop -u roo" <<<root
	[ -z "$cgroup" ] || offers in_zsh "x-opensnoop --cgroup ${cgroup%?}" <<<"$cgroup"
	[ -z "$disk" ] || offers in_zsh "x-biolatency -d ${disk:0:1}" <<<"$disk"
	offers in_zsh "x-tcptop --sort " <<<"$(printf 'all\nsent\nreceived')"
	offers in_zsh "x-opensnoop --cgroup /sys/fs/cgrou" <<<"/sys/fs/cgroup/" || offers in_zsh "x-opensnoop --cgroup /sys/fs/cgrou" <<<"cgroup"
	offers in_zsh "x-profile --flamegraph Makef" <<<Makefile
	offers in_zsh "x-opensnoop -x -- sha256s" <<<sha256sum
}

@test "completions: fish: what there is at completion time" {
	command -v fish >/dev/null || skip "no fish"
	start_process
	offers in_fish "x-opensnoop -p ${pid:0:1}" <<<"$pid"
	offers in_fish "x-opensnoop --pid=${pid:0:1}" <<<"--pid=$pid"
	offers in_fish "x-opensnoop -t ${pid:0:1}" <<<"$pid"
	offers in_fish "x-opensnoop -u roo" <<<root
	[ -z "$disk" ] || offers in_fish "x-biolatency -d ${disk:0:1}" <<<"$disk"
	offers in_fish "x-opensnoop --cgroup /sys/fs/cgrou" <<<"/sys/fs/cgroup/"
	[ -z "$cgroup" ] || offers in_fish "x-opensnoop --cgroup " <<<"$cgroup/"
	offers in_fish "x-tcptop --sort " <<<"$(printf 'all\nsent\nreceived')"
	offers in_fish "x-profile --flamegraph Makef" <<<Makefile
	offers in_fish "x-opensnoop -x -- sha256s" <<<sha256sum
	[ -z "$(in_fish "x-opensnoop -d ")" ]
}
