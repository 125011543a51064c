#!/bin/sh
# A client whose write waits leaves at once when a signal ends it, and the daemon serves on.
. "$(dirname "$0")/lib.sh"

for dispatch in sequential parallel; do
    start_echod --dispatch=$dispatch --delay=60000
    for signal in 9 2 15; do
        start_client dd if=/dev/zero of="$device" bs=100 count=1 conv=notrunc status=none
        expect_waiting "$client"
        kill -"$signal" "$client"
        expect_end "$client"
        expect_equal "exit status of a client ended by signal $signal" $((128 + signal)) \
            "$client_status"
        # A write would take a minute.
        within 10 cat "$device" >"$work/read" || fail "the device does not answer a read any more"
    done
    stop_echod
done
