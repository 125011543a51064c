#!/bin/sh
# Whatever the synchronization, and however many requests the driver gets, what goes in comes out.
. "$(dirname "$0")/lib.sh"

for sync in queue device none; do
    for presented in 1 4; do
        start_echod --dispatch=parallel --sync=$sync --presented=$presented
        for message in one two three; do
            echo $message >"$device"
            expect_equal "with --sync=$sync --presented=$presented" $message \
                "$(within 10 cat "$device")"
        done
        stop_echod
    done
done
