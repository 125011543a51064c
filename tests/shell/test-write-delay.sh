#!/bin/sh
# --delay: a write takes this long, then the message is there.
# Alone: it looks at how much the machine does in a time.
. "$(dirname "$0")/lib.sh"

start_echod --delay=700

for message in first second; do
    before=$(milliseconds_now)
    echo "$message" >"$device"
    took=$(($(milliseconds_now) - before))
    [ "$took" -ge 700 ] || fail "a write with --delay=700 took only $took ms"
    expect_equal "message" "$message" "$(within 10 cat "$device")"
done
