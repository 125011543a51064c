#!/bin/sh
# A client whose read waits leaves at once when a signal ends it, and the daemon serves on.
. "$(dirname "$0")/lib.sh"

start_echod --dispatch=manual

for signal in 9 2 15; do
    start_client cat "$device" >"$work/read"
    expect_waiting "$client"
    kill -"$signal" "$client"
    expect_end "$client"
    expect_equal "exit status of a client ended by signal $signal" $((128 + signal)) \
        "$client_status"
    expect_service
done
