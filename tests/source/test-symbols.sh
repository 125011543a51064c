#!/bin/sh
# debian/libwdfuse1.symbols lists what the library exports, with the version of the linker's map;
# scripts/symbols updates it. The script reports a symbol that has gone, and gives a new one today's
# version.
#
# usage: test-symbols.sh LIBRARY.so VERSION
set -eu
library=$1
version=$2
top=$(cd "$(dirname "$0")/../.." && pwd)
symbols=$top/debian/libwdfuse1.symbols
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*"
    exit 1
}

"$top/scripts/symbols" --print "$library" "$symbols" "$version" >"$work/symbols" ||
    fail "the library does not keep what debian/libwdfuse1.symbols promises"
diff -u "$symbols" "$work/symbols" ||
    fail 'debian/libwdfuse1.symbols is not of today: run scripts/symbols'

# The map has one node, which contains all of them, and whose number is the soname's.
node=$(sed -n 's/^\(WDFUSE_[0-9]*\) {$/\1/p' "$top/src/wdfuse.map")
count=$(grep -c "^ [^ ]*@$node [0-9.]*\$" "$symbols")
lines=$(wc -l <"$symbols")
[ "$count" -gt 100 ] || fail "only $count symbols found: this test no longer sees them"
[ "$count" -eq $((lines - 1)) ] ||
    fail "symbols that are not of src/wdfuse.map's node $node"
soname=$(objdump -p "$library" | sed -n 's/^ *SONAME *//p')
[ "$soname" = "libwdfuse.so.${node#WDFUSE_}" ] || fail "the soname $soname is not of $node"

# It finds planted mistakes.
{
    cat "$symbols"
    echo " WdfGone@$node 1.0.0"
} >"$work/promised"
if "$top/scripts/symbols" --print "$library" "$work/promised" 1 >"$work/new" 2>"$work/said"; then
    fail 'a symbol that has gone is no fault'
fi
grep -q "WdfGone@$node has gone" "$work/said" || fail "a symbol has gone; said: $(cat "$work/said")"
grep -v '^ WdfDeviceCreate@' "$symbols" >"$work/older"
"$top/scripts/symbols" --print "$library" "$work/older" 1.7.0 >"$work/new"
grep -qx " WdfDeviceCreate@$node 1.7.0" "$work/new" || fail 'a new symbol has an old version'
echo "$count symbols"
