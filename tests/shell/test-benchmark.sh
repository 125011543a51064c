#!/bin/sh
# The benchmark measures echod and bare libfuse, each with one, two and four clients.
. "$(dirname "$0")/lib.sh"

within 50 env WDFUSE_BUILD="$build" "$top/tests/bench/run" --kind="$kind" --seconds=0.2 --rounds=1 >"$work/table" ||
    fail "exit status $?: $(cat "$work/table")"

# A name, then operations per second and their ratio, three times.
expect_equal "daemons measured, in '$(cat "$work/table")'" 3 \
    "$(grep -cE '^[a-z, -]+( +[1-9][0-9]* +[0-9]+\.[0-9]+){3}$' "$work/table")"
