#!/bin/sh
# The driver stops its queue and its timer when the device is suspended: requests wait, and are
# answered after it is resumed.
. "$(dirname "$0")/wdfctl.sh"

for driver in autosync driversync; do
    start_driver "$driver"
    echo before >"$device"
    ctl suspend || fail "suspend: status $?"
    start_client dd if="$device" of="$work/read" bs=100 count=1 status=none
    expect_waiting "$client"
    ctl resume || fail "resume: status $?"
    expect_end "$client"
    expect_equal "$driver: status of the client that has waited" 0 "$client_status"
    echo after >"$device"
    expect_equal "the message of $driver" after "$(message)"
    stop_echod
done
