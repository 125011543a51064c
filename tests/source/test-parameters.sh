#!/bin/sh
# A parameter has one name: in the declaration, where its comment speaks of it, and in the
# definition.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2046 # names without blanks
awk -f "$here/parameters.awk" $(find src app -name '*.[ch]' | sort) >"$work/differences"
count=$(sed -n '$p' "$work/differences")
[ "$count" -ge 800 ] || {
    echo "FAILED: only $count functions found that are declared and defined: this test does not see them"
    exit 1
}
sed '$d' "$work/differences"
[ "$(wc -l <"$work/differences")" -eq 1 ] || {
    echo 'FAILED: the parameters have other names in the definition'
    exit 1
}
echo "$count functions, declared as they are defined"
