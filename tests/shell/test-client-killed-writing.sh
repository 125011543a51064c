#!/bin/sh
# A client whose write waits leaves at once when a signal ends it; its message was not taken, and the daemon serves on.
. "$(dirname "$0")/lib.sh"

for dispatch in sequential parallel; do
    start_echod --dispatch=$dispatch --delay=60000
    for signal in 9 2 15; do
        # Not a shell's own echo: it would be the shell that is ended.
        start_client dd if=/dev/zero of="$device" bs=100 count=1 conv=notrunc status=none
        expect_waiting "$client"
        kill -"$signal" "$client"
        expect_end "$client"
        expect_equal "exit status of a client ended by signal $signal" $((128 + signal)) "$client_status"
        expect_equal "the message, with --dispatch=$dispatch" "" "$(within 10 cat "$device")"
    done
    stop_echod
done
