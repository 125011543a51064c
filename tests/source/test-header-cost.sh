#!/bin/sh
# What <ntddk.h> and <wdf.h> cost the compiler: user time, as a multiple of an empty unit's, so that
# neither the machine nor its load matters. The aim was 0.3 s where an empty unit takes 0.035 s; it
# was 0.07 s when this was written.
#
# usage: test-header-cost.sh COMPILER...
set -eu
headers=$(cd "$(dirname "$0")/../../src/include" && pwd)
export CCACHE_DISABLE=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
limit=6

# Hundredths of a second of user time for ten compilations.
cost() { # COMPILER FILE
    (
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            "$1" -O0 -fshort-wchar -Wno-multichar -I"$headers" -c -o "$work/object" "$2"
        done
        times
    ) | awk 'END { split($1, parts, /[ms]/); print int((parts[1] * 60 + parts[2]) * 100) }'
}

# Whether the headers cost that compiler no more than allowed. The clock of user time is coarse, so
# a single measurement may be wrong.
is_cheap() { # COMPILER SUFFIX
    empty=$(cost "$1" "$work/empty.$2")
    full=$(cost "$1" "$work/headers.$2")
    echo "$1: ten empty units ${empty}0 ms, with the headers ${full}0 ms"
    [ "$empty" -gt 0 ] && [ "$full" -gt "$empty" ] && [ "$full" -le $((empty * limit)) ]
}

for compiler in "$@"; do
    command -v "$compiler" >/dev/null || continue
    suffix=c
    case $compiler in *++) suffix=cc ;; esac
    echo 'int nothing;' >"$work/empty.$suffix"
    printf '#include <ntddk.h>\n#include <wdf.h>\nint nothing;\n' >"$work/headers.$suffix"
    is_cheap "$compiler" "$suffix" || is_cheap "$compiler" "$suffix" ||
        is_cheap "$compiler" "$suffix" || {
        echo "FAILED: the headers cost $compiler more than $limit times an empty unit, or nothing"
        exit 1
    }
done
