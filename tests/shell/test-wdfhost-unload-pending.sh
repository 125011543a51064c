#!/bin/sh
# A driver file is unloaded while it holds requests: their clients get an error at once, and nothing
# is left. A client that is killed before that also leaves at once.
. "$(dirname "$0")/wdfhost.sh"

# The first byte makes the drivers keep the request.
keep_writing() {
    start_client sh -c 'printf "~kept" >"$1"' sh "$device"
    expect_waiting "$client"
}

for driver in autosync driversync umdf; do
    start_driver "$driver"
    keep_writing
    kill -KILL "$client"
    expect_end "$client"
    keep_writing 2>"$work/complaints"
    stop_echod
    expect_end "$client"
    [ "$client_status" -ne 0 ] || fail "$driver: a client whose device was removed has succeeded"
done
