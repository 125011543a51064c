#!/bin/sh
# A signal with a handler interrupts a read that waits: EINTR, at once, and the daemon serves on.
. "$(dirname "$0")/lib.sh"

start_echod --dispatch=manual
for _ in 1 2 3 4 5; do
    start_client "$fileprobe" interrupted-read "$device" >"$work/result"
    expect_end "$client"
    expect_equal "an interrupted read" EINTR "$(cat "$work/result")"
done
expect_service
