#!/bin/sh
# What a file offers to others is declared in the header of its name: `request_cancel` of
# io/cancel.c in io/cancel.h. Exceptions are public headers, whose names are Microsoft's, and the
# seams framework/io.h and framework/lifecycle.h, which describe what a neighbour does with a whole
# layer. (port/explore is one module in several files, with internal.h.)
#
# usage: test-owners.sh LIBRARY...   (static libraries)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$here/../../src"
find port nt framework linuxfile inproc transport inf host -name '*.c' ! -path 'port/explore/*' |
    sort >"$work/sources"
find port nt framework linuxfile inproc transport inf host include -name '*.h' \
    ! -path 'port/explore/*' -exec \
    awk -f "$here/declared.awk" {} + | sort -u >"$work/declared"
nm -A -P -g "$@" >"$work/symbols"
awk -f "$here/owners.awk" "$work/sources" "$work/declared" "$work/symbols" >"$work/strays"

count=$(sed -n '$p' "$work/strays")
[ "$count" -ge 300 ] || {
    echo "FAILED: only $count names found that several files use: this test does not see them"
    exit 1
}
sed '$d' "$work/strays"
[ "$(wc -l <"$work/strays")" -eq 1 ] || {
    echo 'FAILED: declared in the header of another file, or in none'
    exit 1
}
echo "$count names that several files use"
