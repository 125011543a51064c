#!/bin/sh
# A signal with a handler interrupts a read that waits: EINTR, at once, and the daemon serves on.
. "$(dirname "$0")/lib.sh"

start_echod --dispatch=manual
for _ in 1 2 3 4 5; do
    expect_equal "an interrupted read" EINTR "$(within 10 "$fileprobe" interrupted-read "$device")"
    # The message of expect_service would be there to read for the next one: it must stay the last thing.
done
expect_service
