#!/bin/sh
# echoapp --async: an existing message is not taken for its own, whatever its length.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/async.sh"

for options in --dispatch=sequential --dispatch=manual '--dispatch=parallel --delay=20'; do
    # shellcheck disable=SC2086 # a list
    start_echod $options
    for engine in $engines; do
        for length in 5 100000; do
            head -c "$length" /dev/zero |
                dd of="$device" bs=131072 conv=notrunc iflag=fullblock status=none
            run_async 30 --engine="$engine"
        done
    done
    stop_echod
done
