#!/bin/sh
# O_NONBLOCK: a read that would wait returns at once, and the next one gets what has come since.
. "$(dirname "$0")/lib.sh"

try_to_read() {
    within 10 dd iflag=nonblock bs=100 count=1 status=none <&3
}

for workers in '' -s; do
    # shellcheck disable=SC2086 # nothing, or a word
    start_echod --dispatch=manual $workers
    exec 3<"$device"

    expect_failure "Resource temporarily unavailable" try_to_read
    expect_failure "Resource temporarily unavailable" try_to_read
    echo hello >"$device"
    expect_equal "what has come" hello "$(try_to_read)"
    expect_failure "Resource temporarily unavailable" try_to_read
    echo again >"$device"
    expect_equal "the first bytes of what has come" aga \
        "$(within 10 dd bs=3 count=1 status=none <&3)"
    expect_equal "the rest of it" in "$(try_to_read)"

    exec 3<&-
    stop_echod
done
