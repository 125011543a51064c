#!/bin/sh
# usage: test-man.sh BUILD
#
# The man pages render without a warning, and each knows the options that its program's --help
# names, no others, with the same default numbers.
set -eu
build=$1
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=false

fail() {
    echo "FAILED: $*"
    failed=true
}

# A line for each option of a help: its name, then its text.
options_of_help() {
    awk '/^ *(-[a-z], )?--[a-z]/ { print entry; entry = ""
            while (match($0, /^ *(-[a-z], )?--[a-z][a-z0-9-]*,? ?/)) {
                name = substr($0, RSTART, RLENGTH); $0 = substr($0, RLENGTH + 1)
                sub(/.*--/, "", name); sub(/[ ,]*$/, "", name)
                print name > "/dev/stderr"; entry = name
            }
        }
        { entry = entry " " $0 }
        END { print entry }' 2>"$2" >"$1"
}

# The same of a page.
options_of_page() {
    awk '/^\.It / { print entry; entry = ""
            line = $0
            while (match(line, /Fl \\-[a-z][a-z0-9-]*/)) {
                name = substr(line, RSTART + 5, RLENGTH - 5); line = substr(line, RSTART + RLENGTH)
                print name > "/dev/stderr"; entry = name
            }
        }
        /^\.(El|Sh)/ { print entry; entry = "" }
        entry != "" { entry = entry " " $0 }' "$3" 2>"$2" >"$1"
}

for page in "$top"/docs/man/*.[18]; do
    program=$(basename "${page%.*}")
    "$build/app/$program" --help | options_of_help "$work/help" "$work/help-names"
    options_of_page "$work/page" "$work/page-names" "$page"
    sort -u "$work/help-names" >"$work/one"
    sort -u "$work/page-names" >"$work/two"
    diff "$work/one" "$work/two" >"$work/difference" ||
        fail "$page: other options than $program --help: $(grep '^[<>]' "$work/difference")"
    sed -nE 's/^([a-z-]+) .*\(default ([0-9]+)[;,)].*/\1 \2/p' "$work/help" >"$work/defaults"
    while read -r option number; do
        grep -qE "^$option .*[^0-9]$number([^0-9]|\$)" "$work/page" ||
            fail "$page: the default of --$option is $number"
    done <"$work/defaults"
done

if command -v groff >/dev/null; then
    for page in "$top"/docs/man/*.[18]; do
        groff -mandoc -Tutf8 -ww -z "$page" >"$work/said" 2>&1
        [ ! -s "$work/said" ] || fail "$page: $(cat "$work/said")"
    done
else
    [ "${WDFUSE_CI:-0}" != 1 ] || fail "there is no groff"
    $failed || { echo "SKIP there is no groff: the pages were not rendered" && exit 77; }
fi
! $failed
