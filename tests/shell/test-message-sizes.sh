#!/bin/sh
# Messages of every size up to the device's limit come back exactly, each written by one write(2).
. "$(dirname "$0")/lib.sh"

start_echod
head -c 126976 /dev/urandom >"$work/random"

# Sizes next to some limits, and the device's own, 31 pages.
for size in 1 2 511 512 513 4095 4096 4097 30720 65535 65536 65537 122880 126975 126976; do
    head -c "$size" "$work/random" >"$work/message"

    dd if="$work/message" of="$device" bs="$size" count=1 conv=notrunc status=none
    within 10 dd if="$device" of="$work/read" bs=131072 count=1 status=none
    expect_same_bytes "$size bytes, read by one read(2)" "$work/message" "$work/read"
    within 10 cat "$device" >"$work/read"
    expect_same_bytes "$size bytes, read by cat" "$work/message" "$work/read"
done
