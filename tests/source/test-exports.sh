#!/bin/sh
# The shared library exports only what the public headers name: a driver's own functions cannot
# clash with our internal ones.
#
# usage: test-exports.sh LIBRARY.so
set -eu
headers=$(cd "$(dirname "$0")/../../src/include" && pwd)
names=$(nm -D --defined-only "$1" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u)
count=0
leaked=0
for name in $names; do
    count=$((count + 1))
    grep -rqw "$name" "$headers" && continue
    echo "FAILED: $name can be seen, and no public header names it"
    leaked=$((leaked + 1))
done
if [ "$count" -lt 100 ]; then
    echo "FAILED: only $count symbols found: this test no longer sees the library"
    exit 1
fi
[ "$leaked" -eq 0 ] || exit 1
echo "$count symbols, all public"
