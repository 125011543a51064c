#!/bin/sh
# echoapp --async on a sequential queue: writes are completed one by one, and --verbose shows it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/async.sh"

# The moments of the writes' completions, in milliseconds.
write_times() {
    sed -n 's/^ *\([0-9]*\)\.\([0-9]*\) s  write [0-9]* completed$/\1\2/p' "$work/said"
}

start_echod --delay=5
for engine in $engines; do
    run_async 100 --engine="$engine" --verbose
    expect_equal "lines about writes" 100 "$(write_times | wc -l)"
    expect_equal "lines about reads" 100 \
        "$(grep -cE 's  read [0-9]+ completed: message [0-9]+$' "$work/said")"
    expect_equal "writes, in the order of time" "$(write_times | sort -n)" "$(write_times)"
    last=$(write_times | tail -n 1 | sed 's/^0*//')
    [ "$last" -ge 500 ] || fail "100 writes, one after the other for 5 ms each, took only $last ms"
done
