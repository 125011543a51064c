#!/bin/sh
# Clients that write and read as fast as they can, at the same time, always read a complete message.
# Alone: it looks at how much the machine does in a time.
. "$(dirname "$0")/lib.sh"

for options in --dispatch=sequential --dispatch=parallel '--dispatch=parallel --sync=none' \
    '--dispatch=parallel --presented=2' '--dispatch=manual --read=sample' -s; do
    for size in 64 100000; do
        # shellcheck disable=SC2086 # a list
        start_echod $options
        result=$(within 20 "$build/tests/bench/load" --compare --clients=8 --size=$size \
            "$device") ||
            fail "with $options, $size bytes"
        [ "${result%% *}" -gt 0 ] || fail "with $options, $size bytes: nothing was done"
        stop_echod
    done
done
