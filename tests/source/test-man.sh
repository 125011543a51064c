#!/bin/sh
# usage: test-man.sh BUILD
#
# The man pages render without a warning, and each has exactly the options of its program's --help,
# with the same default numbers. Every program has a page, and so has every header of <wdfuse/...>,
# with all library functions of that header. Pages refer only to existing pages.
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

# The same for a page.
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

for program in "$build"/app/*; do
    case $program in
    *.so | *.inf | *.c | *.a | *.bash) continue ;;
    esac
    [ ! -f "$program" ] || [ -e "$top/docs/man/$(basename "$program").1" ] ||
        [ -e "$top/docs/man/$(basename "$program").8" ] || fail "$program has no page"
done

for header in "$top"/src/include/wdfuse/*.h; do
    page=$build/docs/wdfuse-$(basename "$header" .h).3
    [ -s "$page" ] || fail "$header has no page: docs/meson.build"
    grep -q '^\.Nd .' "$page" || fail "$page has no description"
done

# The functions in NAME of the pages, and the library's functions that these headers declare.
sed -n 's/^\.Nm \(Wdfuse[A-Za-z]*\).*/\1/p' "$build"/docs/*.3 | sort >"$work/documented"
cat "$top"/src/include/wdfuse/*.h | tr -cs 'A-Za-z0-9_' '\n' | sort -u >"$work/words"
nm -D --defined-only "$build/src/libwdfuse.so" |
    sed -n 's/.* T \(Wdfuse[A-Za-z]*\)\(@.*\)\{0,1\}$/\1/p' |
    sort -u | comm -12 - "$work/words" >"$work/there"
[ -s "$work/there" ] || fail 'the library has no function Wdfuse...'
comm -13 "$work/documented" "$work/there" | sort -u >"$work/difference"
[ ! -s "$work/difference" ] || fail "no page has $(paste -sd ' ' "$work/difference")"
uniq -d "$work/documented" >"$work/difference"
[ ! -s "$work/difference" ] || fail "two pages have $(paste -sd ' ' "$work/difference")"

sed -n 's/^.*Xr \(wdf[a-z.-]*\|echo[a-z]*\|scenario\) \([0-9]\).*/\1.\2/p' \
    "$top"/docs/man/*.[178] "$build"/docs/*.[357] | sort -u >"$work/named"
[ -s "$work/named" ] || fail 'no page names another one'
while read -r page; do
    [ -e "$top/docs/man/$page" ] || [ -e "$build/docs/$page" ] ||
        fail "a page names $page, which is not there"
done <"$work/named"

if command -v groff >/dev/null; then
    for page in "$top"/docs/man/*.[178] "$build"/docs/*.[357]; do
        groff -mandoc -Tutf8 -ww -z "$page" >"$work/said" 2>&1
        [ ! -s "$work/said" ] || fail "$page: $(cat "$work/said")"
    done
else
    [ "${WDFUSE_CI:-0}" != 1 ] || fail "there is no groff"
    $failed || { echo "SKIP there is no groff: the pages were not rendered" && exit 77; }
fi
! $failed
