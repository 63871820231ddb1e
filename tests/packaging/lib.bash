# What the packaging tests share.
bats_require_minimum_version 1.5.0
cd "$BATS_TEST_DIRNAME/../.." || exit 1
T=${BATS_TEST_TMPDIR:-} F=${BATS_FILE_TMPDIR:-}
VERSION=$(sed -n 's/^VERSION := //p' Makefile)
TOOLS=$(cd tools && printf '%s\n' *.c | sed 's/\.c$//')
# The make that started the tests has options and variables of its own.
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES BUILD
# Other names of tools
ALIASES=$(make -s print-ALIASES)
