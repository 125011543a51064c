#!/bin/sh
# A virtual serial port, a driver with manual queues and timers, serves the programs that one uses
# with a serial port: bytes in order, reads and writes that wait, and clients that give up.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfhost.sh"
requires program socat

start_echod "$build/app/serial.so"

# What is written is received, by dd, one read at a time.
printf hello >"$device"
expect_equal 'what dd has read' hello "$(message)"

# A reader waits until somebody writes.
start_client dd if="$device" of="$work/read" bs=64 count=1 status=none
expect_waiting "$client"
printf awake >"$device"
expect_end "$client"
expect_equal 'the status of the reader' 0 "$client_status"
expect_equal 'what the reader got' awake "$(cat "$work/read")"

# More than the port holds: the writer waits for the reader, and no byte is lost or changes places.
head -c 300000 /dev/urandom >"$work/sent"
start_client dd if="$work/sent" of="$device" bs=10000 conv=notrunc status=none
writer=$client
within 20 head -c 300000 "$device" >"$work/received"
expect_end "$writer"
expect_same_bytes 'what went through the port' "$work/sent" "$work/received"

# cat reads on and on; killed while it waits, it is gone at once, and the port goes on.
start_client cat "$device"
exec 3>"$device"
expect_waiting "$client"
kill -TERM "$client"
expect_end "$client"
exec 3>&-

# A writer that is killed while it waits for room.
start_client dd if=/dev/zero of="$device" bs=10000 count=1 conv=notrunc status=none
expect_waiting "$client"
kill -TERM "$client"
expect_end "$client"
# What it has sent is there: as much as the port holds.
expect_equal 'bytes left of the killed writer' 4096 \
    "$(within 10 head -c 4096 "$device" | wc -c | tr -d ' ')"

# socat, as sender and as receiver at the same time.
start_client socat -u "$device",readbytes=18 "CREATE:$work/answer"
echo 'is anybody there?' | within 10 socat -u - "$device"
expect_end "$client"
expect_equal 'what socat has received' 'is anybody there?' "$(cat "$work/answer")"

# socat talks to both ends of the plug at once, as poll tells it: what it sends comes back to it,
# and it ends when nothing more does.
echo 'is it me?' | within 10 socat -t 1 -T 1 - "$device" >"$work/answer" ||
    fail "socat: exit status $?"
expect_equal "socat's answer" 'is it me?' "$(cat "$work/answer")"
