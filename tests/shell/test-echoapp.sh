#!/bin/sh
# echoapp writes its pattern, reads it back, finds it unchanged, and says so.
. "$(dirname "$0")/lib.sh"

verified() { # ARGUMENT...
    within 20 "$echoapp" --device="$device" "$@" >"$work/said" 2>&1 ||
        fail "echoapp $*: exit status $?: $(cat "$work/said")"
}

for options in --dispatch=sequential --dispatch=parallel --dispatch=manual --read=sample \
    --delay=20; do
    start_echod $options
    verified
    for size in 512 30720; do
        expect_equal "lines about $size bytes, with $options" 3 \
            "$(grep -c "[^0-9]$size bytes" "$work/said")"
    done
    stop_echod
done

start_echod
for size in 1 4096 126976; do
    verified --size=$size
    expect_equal "lines of --size=$size" 3 "$(grep -c "[^0-9]$size bytes" "$work/said")"
done
