#!/bin/sh
# A client that waits in a device control leaves when a signal comes, with EINTR and
# STATUS_CANCELLED, and when it is killed.
. "$(dirname "$0")/wdfhost.sh"

start_driver store
run_recorded "$build/tests/shell/store-client" "$device" wait signals
expect_equal "errno, status and bytes" "EINTR 0xc0000120 0" "$(cat "$work/stdout")"

start_client "$build/tests/shell/store-client" "$device" wait
expect_waiting "$client"
kill -KILL "$client"
expect_end "$client"
expect_equal "status of the killed client" 137 "$client_status"
