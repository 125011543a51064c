#!/bin/sh
# Every function that a public header declares is in the library.
#
# usage: test-declarations.sh COMPILER LIBRARY...   (static libraries, in the order of the link)
set -eu
compiler=$1
shift
headers=$(cd "$(dirname "$0")/../../src/include" && pwd)
# ccache may write paths in another form than the one searched for below.
export CCACHE_DISABLE=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A program that takes the address of each function, linked for real.
for header in "$headers"/*.h "$headers"/wdfuse/*.h; do
    case $header in */pshpack?.h | */poppack.h) continue ;; esac
    printf '#include "%s"\n' "$header"
done >"$work/all.c"
"$compiler" -std=gnu11 -DWDFUSE_BOTH_FRAMEWORKS -fshort-wchar -Wno-multichar -I"$headers" \
    -fsyntax-only -aux-info "$work/prototypes" "$work/all.c"
# Some functions of the C library are declared only to forbid them.
grep -F "/* $headers/" "$work/prototypes" | grep -v ' static ' |
    sed -nE -e '/wchar.h:.*((mb|wc)s?to(mb|wc)|wcsto[iu]max)/d' \
        -e 's/^.*[ *]([A-Za-z_][A-Za-z0-9_]*) \(.*$/\1/p' |
    sort -u >"$work/names"
count=$(wc -l <"$work/names")
if [ "$count" -lt 100 ]; then
    echo "FAILED: only $count declarations found: this test no longer sees the headers"
    exit 1
fi
nm --defined-only "$@" 2>/dev/null | awk '$2 ~ /^[TWBDR]$/ { print $3 }' | sort -u >"$work/defined"
comm -23 "$work/names" "$work/defined" >"$work/missing"
if [ -s "$work/missing" ]; then
    echo "FAILED: declared in a public header, but in no library:"
    cat "$work/missing"
    exit 1
fi
echo "$count declared functions, all defined"
