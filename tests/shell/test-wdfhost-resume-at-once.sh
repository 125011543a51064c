#!/bin/sh
# A resume requested while the device is still being suspended is not forgotten: the device works
# afterwards.
. "$(dirname "$0")/wdfhost.sh"

start_driver autosync
for round in 1 2 3 4 5 6 7 8 9 10; do
    kill -USR1 "$pid"
    kill -USR2 "$pid"
    echo "$round" >"$device"
    expect_equal "the message after round $round" "$round" "$(message)"
done
stop_echod
