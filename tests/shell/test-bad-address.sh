#!/bin/sh
# A write from an unmapped address fails with EFAULT; the old message remains.
. "$(dirname "$0")/lib.sh"

start_echod
echo hello >"$device"
for size in 1 4096 126976; do
    expect_equal "$size bytes from nowhere" EFAULT \
        "$(within 10 "$fileprobe" write-null "$device" $size)"
done
expect_equal "message" hello "$(within 10 cat "$device")"
