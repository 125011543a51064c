#!/bin/sh
# docs/seeds.md: each row of its tables names a test, unless it says what is missing; each named
# test exists and is built or run; each row that differs has a link, and each link leads to a row of
# docs/semantics.md. (A function that its suite does not run is a compile error.)
set -eu
export LC_ALL=C
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$top"

# What a row may name, one per line: FILE:FUNCTION, scripts, and the anchors of rows.
{
    (cd tests/unit && grep -oE '^START_TEST\(\w+\)' test_*.c* | sed 's/START_TEST(//; s/)$//')
    (cd tests/shell && printf '%s\n' test-*.sh)
    (cd tests/source && printf '%s\n' test-*.sh)
    grep -oE '^[|] <a id="[a-z-]+"' docs/semantics.md | sed 's/.*id="/#/; s/"$//'
} >"$work/there"

# The quoted words of the build files: a test is 'NAME', 'test_NAME.c' or 'test-NAME.sh' there.
grep -ohE "'[A-Za-z0-9_.-]+'" tests/unit/meson.build tests/shell/meson.build \
    tests/source/meson.build | tr -d "'" >"$work/built"

# look PAGE: what is wrong with its rows; the last line is their number.
look() {
    awk -F ' *[|] *' '
        function complain(what) { print what ": " $2 }
        function is_built(test) {
            sub(/:.*/, "", test)
            if (test in built)
                return 1
            gsub(/^test[_-]|[.](sh|cc?)$/, "", test)
            return test in built
        }
        FILENAME ~ /there$/ { there[$0]; next }
        FILENAME ~ /built$/ { built[$0]; next }
        !/^[|]/ || /^[|] (---|statement )/ { next }
        {
            rows++
            here = $3
            count = split($4, tests, /, /)
            if (here ~ /^missing: ./)
                missing++
            else if (here !~ /^(works|differs)([:;, ]|$)/)
                complain("neither works, differs nor missing")
            else if (count == 0)
                complain("no test shows it")
            if (here ~ /differs/ && here !~ /semantics[.]md#/)
                complain("differs without a link")
            for (i = 1; i <= count; i++) {
                gsub(/`/, "", tests[i])
                if (!(tests[i] in there) || !is_built(tests[i]))
                    complain("no such test, " tests[i])
            }
            while (match(here, /semantics[.]md#[a-z-]+/)) {
                link = substr(here, RSTART + 12, RLENGTH - 12)
                if (!(link in there))
                    complain("no such row, " link)
                here = substr(here, RSTART + RLENGTH)
            }
        }
        END { print rows + 0, missing + 0 }' "$work/there" "$work/built" "$1"
}

# It finds planted mistakes.
cat >"$work/page" <<'PAGE'
| good | works: so | `test_sync.c:scope_queue_of_a_device_locks_nothing_of_the_device` |
| good | missing: all of it | |
| a | works | |
| b | perhaps | `test-toaster.sh` |
| c | differs: so it is | `test-toaster.sh` |
| d | works | `test_sync.c:no_such_test` |
| e | works | `test-toaster.sh`, `test-no-such.sh` |
| f | differs: [so](semantics.md#direct-io), [so](semantics.md#no-such) | `test-toaster.sh` |
PAGE
cat >"$work/expected" <<'COMPLAINTS'
no test shows it: a
neither works, differs nor missing: b
differs without a link: c
no such test, test_sync.c:no_such_test: d
no such test, test-no-such.sh: e
no such row, #no-such: f
8 1
COMPLAINTS
look "$work/page" | diff "$work/expected" - || {
    echo 'FAILED: this test no longer finds what is wrong'
    exit 1
}

look docs/seeds.md >"$work/said"
tail -n 1 "$work/said" >"$work/count"
read -r rows missing <"$work/count"
if [ "$(wc -l <"$work/said")" -ne 1 ] || [ "$rows" -lt 140 ]; then
    echo "FAILED: docs/seeds.md, of whose rows $rows were looked at:"
    cat "$work/said"
    exit 1
fi
echo "$rows rows, of what is missing $missing: ok"
