#!/bin/sh
# The driver stops its queue and its timer when the device is suspended (SIGUSR1): requests wait,
# and are answered after it is resumed (SIGUSR2).
. "$(dirname "$0")/wdfhost.sh"

for driver in autosync driversync; do
    start_driver "$driver"
    echo before >"$device"
    kill -USR1 "$pid"
    # What comes before the device is suspended is still answered.
    suspended=no
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        start_client dd if="$device" of="$work/read" bs=100 count=1 status=none
        if eventually 1 is_waiting "$client"; then
            suspended=yes
            break
        fi
        expect_end "$client"
    done
    expect_equal "$driver is suspended" yes "$suspended"
    kill -USR2 "$pid"
    expect_end "$client"
    expect_equal "$driver: status of the client that has waited" 0 "$client_status"
    echo after >"$device"
    expect_equal "the message of $driver" after "$(message)"
    stop_echod
done
