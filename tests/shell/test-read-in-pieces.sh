#!/bin/sh
# Small reads of one open file take a message piece by piece, whatever their size, and end with it.
. "$(dirname "$0")/lib.sh"

start_echod
head -c 10000 /dev/urandom >"$work/message"
dd if="$work/message" of="$device" bs=10000 count=1 conv=notrunc status=none

for size in 16 999 1000 4096 9999 10000; do
    within 10 dd if="$device" of="$work/read" bs="$size" status=none
    expect_same_bytes "in pieces of $size bytes" "$work/message" "$work/read"
done
