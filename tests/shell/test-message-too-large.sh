#!/bin/sh
# A message above the limit is refused with "Message too long": no part of it is accepted, the old
# message remains.
. "$(dirname "$0")/lib.sh"

start_echod
echo "the old message" >"$device"
head -c 1048576 /dev/urandom >"$work/random"

# 128 KiB is what the kernel hands over at once; it would split a longer message.
for size in 126977 131071 131072 131073 262144 1048576; do
    expect_failure "Message too long" \
        dd if="$work/random" of="$device" bs="$size" count=1 conv=notrunc status=none
    expect_equal "message after $size bytes were refused" "the old message" \
        "$(within 10 cat "$device")"
done

expect_failure "Message too long" sh -c 'cat "$1" >"$2"' sh "$work/random" "$device"
expect_equal "message after cat was refused" "the old message" "$(within 10 cat "$device")"
