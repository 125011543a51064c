#!/bin/sh
# Through one open file any number of messages can be written, each replacing the one before it.
. "$(dirname "$0")/lib.sh"

start_echod
exec 3<>"$device"
for message in one two three; do
    echo "$message" >&3
    expect_equal "message read through the same open file" "$message" "$(within 10 cat <&3)"
    expect_equal "message read through another" "$message" "$(within 10 cat "$device")"
done

printf 'first  \nsecond \nthird\n' >"$work/lines"
dd if="$work/lines" of="$device" bs=8 conv=notrunc status=none
expect_equal "the last of three writes" third "$(within 10 cat "$device")"
