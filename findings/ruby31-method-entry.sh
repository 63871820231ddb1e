#!/bin/bash
# The USDT probes ruby:method__entry and ruby:method__return of Debian 12's Ruby (3.1.2) never fire, while ruby:cmethod__entry does.
#
# Expected: a probe whose semaphore is raised fires once for each call of a method written in Ruby.
# Seen: 1,000 calls of such a method fire neither, until the traced program itself enables a TracePoint on :call; then both fire
# for each call. Methods written in C fire cmethod__entry all along.
# What follows: tools that count or time Ruby methods by these probes (BCC's rubycalls, rubyflow, ucalls) show C methods alone,
# without an error, and nobody can see a running program's own methods from outside by USDT.
#
# gdb raises the semaphores and counts, so neither root nor a certain kernel is needed. Needs apt with a Debian mirror among its
# sources, and installs nothing. Downloads 15 MB.
set -euo pipefail
packages="gdb-minimal=13.1-3 ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1
	libdebuginfod1=0.188-2.1 libexpat1=2.5.0-1+deb12u5 libipt2=2.0.5-1 libreadline8=8.2-1.3 libxxhash0=0.8.1-1
	libgmp10=2:6.2.1+dfsg1-1.1 libyaml-0-2=0.2.5-1"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# The machine's own mirrors, with the suites of Debian 12.
mirrors=$(apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
	awk '$3 == "main" && $1 ~ /debian/ { print $1, $2 }')
main=$(awk '$2 !~ /security/ { print $1; exit }' <<<"$mirrors")
security=$(awk '$2 ~ /security/ { print $1; exit }' <<<"$mirrors")
for line in "$main bookworm" "$main bookworm-updates" "$security bookworm-security"; do
	echo "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $line main"
done >sources.list
mkdir -p lists/partial cache/archives/partial
options=(-q -o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$dir/lists"
	-o Dir::State::status=/dev/null -o Dir::Cache="$dir/cache" -o APT::Sandbox::User=root)
apt-get "${options[@]}" update >log 2>&1 || { cat log; exit 1; }
# shellcheck disable=SC2086
apt-get "${options[@]}" download $packages >>log 2>&1 || { tail -n 3 log; exit 1; }
for deb in *.deb; do dpkg-deb -x "$deb" root; done
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu DEBUGINFOD_URLS=
root/usr/bin/ruby3.1 --disable-all --version

cat >calls.rb <<'RUBY'
class C
  def callee
  end
end
c = C.new
1000.times { c.callee }
RUBY
{ echo 'TracePoint.new(:call, :return) {}.enable'; cat calls.rb; } >traced.rb

# count SCRIPT: how often method__entry, method__return and cmethod__entry fired.
count() {
	local i=0 p
	{
		printf 'set confirm off\nset breakpoint pending on\n'
		for p in method__entry method__return cmethod__entry; do
			i=$((i + 1))
			printf 'break -probe-stap ruby:%s\nignore %d 1000000\n' $p $i
		done
		printf 'run --disable-all %s\ninfo breakpoints\n' "$1"
	} >count.gdb
	root/usr/bin/gdb -nx -batch -x count.gdb root/usr/bin/ruby3.1 >seen 2>&1
	# Nothing is said of a breakpoint that was never hit.
	awk '/^[123] .*breakpoint/ { n = $1 } /already hit/ { hits[n] = $4 } END { print hits[1] + 0, hits[2] + 0, hits[3] + 0 }' seen
}

read -r entries returns c_entries <<<"$(count calls.rb)"
echo "1,000 calls: method__entry fired $entries times, method__return $returns, cmethod__entry $c_entries"
read -r traced_entries traced_returns _ <<<"$(count traced.rb)"
echo "the same in a program that enables a TracePoint: method__entry $traced_entries, method__return $traced_returns"
[ "$entries $returns" = "0 0" ] && [ "$c_entries" -gt 0 ] && [ "$traced_entries" -ge 1000 ] && [ "$traced_returns" -ge 1000 ]
