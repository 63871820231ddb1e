#!/bin/bash
# The USDT probe python:function__entry of Debian 12's Python (3.11.2) does not fire when Python code calls a function.
#
# Expected: as many function__entry as function__return: a function that was entered once returns once.
# Seen: 1,000 calls of a function fire function__return 1,000 times or more, and function__entry never, or once or twice in the whole run:
# 3.11 runs a call from Python to Python in the same C frame, past the place of the entry probe.
# What follows: tools that pair the two, or count calls by the first (BCC's pythoncalls, pythonflow and ucalls), show next to
# nothing on this Python, without an error. Calls can be counted by function__return.
#
# gdb counts the probes, so neither root nor a certain kernel is needed. Needs apt with a Debian mirror among its sources, and
# installs nothing. Downloads 10 MB.
set -euo pipefail
packages="gdb-minimal=13.1-3 python3.11-minimal=3.11.2-6+deb12u9 libpython3.11-minimal=3.11.2-6+deb12u9
	libdebuginfod1=0.188-2.1 libexpat1=2.5.0-1+deb12u5 libipt2=2.0.5-1 libreadline8=8.2-1.3 libxxhash0=0.8.1-1
	libgmp10=2:6.2.1+dfsg1-1.1 libssl3=3.0.22-1~deb12u2"
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
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu:$dir/root/lib/x86_64-linux-gnu
export PYTHONHOME=$dir/root/usr DEBUGINFOD_URLS=
"$dir/root/usr/bin/python3.11" --version

cat >calls.py <<'PY'
def callee():
    pass

def caller():
    for i in range(1000):
        callee()

caller()
PY
cat >count.gdb <<'GDB'
set confirm off
break -probe-stap python:function__entry
ignore 1 1000000
break -probe-stap python:function__return
ignore 2 1000000
run -S calls.py
info breakpoints
GDB
root/usr/bin/gdb -nx -batch -x count.gdb root/usr/bin/python3.11 >seen 2>&1
# Nothing is said of a breakpoint that was never hit.
read -r entries returns <<<"$(awk '/^[12] .*breakpoint/ { n = $1 } /already hit/ { hits[n] = $4 } END { print hits[1] + 0, hits[2] + 0 }' seen)"
echo "1,000 calls: function__entry fired $entries times, function__return $returns times"
[ "$returns" -ge 1000 ] && [ "$entries" -lt 10 ] || { cat seen; exit 1; }
