#!/bin/sh
# The rules of WDF's behaviour (docs/rules):
#
# - No number is used twice, none is left out, and each stands in the page of its section.
# - Each rule that sources, tests, headers, pages and messages cite is there.
# - Each rule of a section that is built is cited by a test, or stands in docs/rules/untested.md
#   with the reason why not. A range ("S6.55-S6.61"), as in a file's first comment, is no citation.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$top"
failed=false

complain() {
    echo "FAILED: $*"
    failed=true
}

# SECTION FIRST LAST: what is built. Without the last number: all rules of the section.
built() {
    cat <<SECTIONS
1 1
2 1
3 1
4 1
5 1
6 1
7 1
8 1
9 1
10 1
11 1
12 1
13 1
14 3
15 1
16 1
17 1
18 1
19 1
20 1
SECTIONS
}

# cited FILE...: the rules that are named one by one.
cited() {
    sed -E 's/S[0-9]+\.[0-9]+( ?-| to) ?S[0-9]+\.[0-9]+//g' "$@" | grep -oE '\bS[0-9]+\.[0-9]+\b' |
        sort -u
}

# The rules, each in the page of its section and in order.
for page in docs/rules/[0-9]*.md; do
    section=${page##*/}
    section=${section%%-*}
    sed -n 's|^<a id="\(S[0-9.]*\)"></a>$|\1|p' "$page" >"$work/page"
    [ "$section" -eq 14 ] || seq -f "S$section.%g" "$(wc -l <"$work/page")" >"$work/expected"
    [ "$section" -ne 14 ] || echo S14.3 >"$work/expected"
    diff "$work/expected" "$work/page" >"$work/difference" ||
        complain "$page: its anchors are not S$section.1 and so on:" "$(cat "$work/difference")"
    cat "$work/page" >>"$work/numbers"
    # The visible number is the anchor's.
    sed -n '/^<a id=/{n;s|^\*\*\(S[0-9.]*\)\*\* .*|\1|p}' "$page" | diff "$work/page" - \
        >"$work/difference" ||
        complain "$page: below an anchor stands another number"
done
sort -u "$work/numbers" >"$work/rules"

# Every citation refers to an existing rule.
find src app tests docs README.md -type f \( -name '*.[ch]' -o -name '*.cc' -o -name '*.sh' \
    -o -name '*.md' -o -name '*.[18]' -o -name '*.awk' \) ! -path tests/source/test-explain.sh \
    -exec grep -ohE '\bS[0-9]+\.[0-9]+\b' {} + | sort -u >"$work/anywhere"
unknown=$(comm -23 "$work/anywhere" "$work/rules" | paste -sd ' ' -)
[ -z "$unknown" ] || complain "cited, and in no page of docs/rules: $unknown"

cited tests/unit/*.[ch] tests/unit/*.cc tests/shell/*.sh >"$work/tested"
grep '^|' docs/rules/untested.md | cut -d '|' -f 2 >"$work/rows"
cited "$work/rows" >"$work/listed"
sort -u "$work/tested" "$work/listed" >"$work/known"

built | while read -r section first last; do
    awk -F '[S.]' -v section="$section" -v first="$first" -v last="${last:-9999}" \
        '$2 == section && $3 >= first && $3 <= last' "$work/rules"
done | sort >"$work/built"
for rule in $(comm -23 "$work/built" "$work/known"); do
    complain "$rule is cited by no test, and docs/rules/untested.md does not say why"
done

# A reason is only for a rule without a test.
both=$(comm -12 "$work/tested" "$work/listed" | paste -sd ' ' -)
[ -z "$both" ] || complain "cited by a test, and in docs/rules/untested.md as well: $both"

echo "$(wc -l <"$work/rules") rules; of $(wc -l <"$work/built") that are built tests cite" \
    "$(comm -12 "$work/built" "$work/tested" | wc -l), $(wc -l <"$work/listed") are listed"
! $failed
