#!/bin/sh
# A device that is started and stopped fifty times works each time, and each time nothing is left.
. "$(dirname "$0")/lib.sh"

round=0
while [ "$round" -lt 50 ]; do
    round=$((round + 1))
    start_echod
    echo "round $round" >"$device" || fail "round $round: cannot write"
    expect_equal "round $round" "round $round" "$(within 10 cat "$device")"
    stop_echod
done
