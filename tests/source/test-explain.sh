#!/bin/sh
# usage: test-explain.sh WDFHOST
# wdfhost --explain prints each rule as it is in docs/rules, and rejects what is not a rule.
set -eu
wdfhost=$1
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*"
    exit 1
}

# The last rule of each page: it is complete, and nothing of another page follows it.
for page in "$top"/docs/rules/[0-9]*.md; do
    rule=$(sed -n 's|^<a id="\(S[0-9.]*\)"></a>$|\1|p' "$page" | tail -n 1)
    sed "1,/^<a id=\"$rule\">/d; /^#/,\$d" "$page" >"$work/expected"
    "$wdfhost" --explain "$rule" >"$work/got" || fail "--explain $rule: status $?"
    # Without markup, and without the blank lines that end a page.
    sed 's/\*\*//g; s/\\\*/*/g; s|\[semantics.md\](../semantics.md)|docs/semantics.md|' \
        "$work/expected" | diff -B - "$work/got" || fail "--explain $rule prints something else"
done

"$wdfhost" --explain S7.42 >"$work/one"
"$wdfhost" --explain=s7.42 | diff "$work/one" - || fail "a small letter is not taken"
"$wdfhost" --explain 7.42 | diff "$work/one" - || fail "a number without letter is not taken"
grep -q 'WdfRequestGetIoQueue: the queue that last presented it' "$work/one" || fail "not S7.42"

status=0
"$wdfhost" --explain S99.1 >"$work/got" 2>&1 || status=$?
[ "$status" -eq 2 ] || fail "an unknown rule ends with status $status"
grep -q "there is no rule 'S99.1'" "$work/got" || fail "an unknown rule: $(cat "$work/got")"
