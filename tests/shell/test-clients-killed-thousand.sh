#!/bin/sh
# A thousand clients whose requests wait in the driver are killed, up to fifty at a time: each is
# gone at once, none is left in state D, the daemon still serves, and its memory is as after the
# first ones.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/killing.sh"

count_memory_of "$echod"
start_echod --dispatch=manual
kill_five_hundred read
expect_service
stop_echod

start_echod --dispatch=parallel --delay=60000
kill_five_hundred write
# A write would take a minute.
within 10 cat "$device" >"$work/read" || fail "the device does not answer a read any more"
stop_echod
start_echod
expect_service
