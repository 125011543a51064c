#!/bin/sh
# Every Microsoft name that its public samples use (the echo drivers, nonpnp, toaster, osrfx2_lab,
# SDV-FailDriver; Inverted and Nothing of OSR) is used by a driver of ours, which the other tests
# run. sample-names.txt has them.
set -u
export LC_ALL=C
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top/tests/drivers" || exit 1
cat ./*.[ch] ./*.cc ../unit/test_trace.c "$top"/app/echo/*.[ch] "$top"/app/serial/*.[ch] |
    grep -oE '[A-Za-z_][A-Za-z0-9_]*' | sort -u >"${TMPDIR:-/tmp}/names-$$"
trap 'rm -f "${TMPDIR:-/tmp}/names-$$"' EXIT
missing=$(sort "$top/tests/source/sample-names.txt" | comm -23 - "${TMPDIR:-/tmp}/names-$$")
if [ -n "$missing" ]; then
    echo "FAILED: used by the samples, and by no driver of tests/drivers or app:"
    echo "$missing"
    exit 1
fi
echo "$(wc -l <"$top/tests/source/sample-names.txt") names: ok"
