#!/bin/sh
# Every rule of the sections about drivers, devices, file objects, routing, queues, requests, I/O
# targets, PnP and power, child devices, device stacks and installation is cited by a test, or
# stands in docs/rules.md with the reason why not. A range ("S6.55-S6.61"), as in a file's first
# comment, is no citation.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# cited FILE...: the rules that are named one by one.
cited() {
    sed -E 's/S[0-9]+\.[0-9]+( ?-| to) ?S[0-9]+\.[0-9]+//g' "$@" | grep -oE '\bS[0-9]+\.[0-9]+\b' |
        sort -u
}

cited "$top"/tests/unit/*.[ch] "$top"/tests/shell/*.sh >"$work/tested"
grep '^|' "$top/docs/rules.md" | cut -d '|' -f 2 >"$work/rows"
cited "$work/rows" >"$work/listed"
sort -u "$work/tested" "$work/listed" >"$work/known"

missing=0
# Section, and how many rules it has.
while read -r section last; do
    for number in $(seq 1 "$last"); do
        grep -qx "S$section\.$number" "$work/known" && continue
        echo "FAILED: S$section.$number is cited by no test, and docs/rules.md does not say why"
        missing=$((missing + 1))
    done
done <<SECTIONS
3 32
4 25
5 25
6 83
7 62
10 35
11 39
16 64
17 19
18 58
20 53
SECTIONS
[ "$missing" -eq 0 ] || exit 1

# A reason is for a rule without a test.
both=$(comm -12 "$work/tested" "$work/listed")
if [ -n "$both" ]; then
    echo "FAILED: cited by a test, and in docs/rules.md as well: $(echo "$both" | paste -sd ' ')"
    exit 1
fi
count() {
    grep -cE '^S([3-7]|10|11|16|17|18|20)\.' "$1"
}
echo "$(count "$work/tested") rules are cited by tests, $(count "$work/listed") are listed"
