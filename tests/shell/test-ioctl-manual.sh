#!/bin/sh
# A message from a control code wakes waiting readers, and controls do not wait behind writes.
. "$(dirname "$0")/lib.sh"

start_echod --dispatch=manual
start_client dd if="$device" of="$work/read" bs=131072 count=1 status=none
expect_waiting "$client"
"$echoapp" --device="$device" --ioctl=out-direct >"$work/stdout"
within 20 "$echoapp" --device="$device" --ioctl=in-direct --size=100 >"$work/stdout"
expect_end "$client"
expect_equal "status of the reader" 0 "$client_status"
expect_equal "bytes that the reader got" 100 "$(wc -c <"$work/read")"
# poll(2) reports the message, and its end.
expect_equal "poll with a message" "readable writable -" "$(within 10 "$fileprobe" poll "$device")"
"$echoapp" --device="$device" --ioctl=clear >"$work/stdout"
expect_equal "poll without one" "- writable -" "$(within 10 "$fileprobe" poll "$device")"
stop_echod

# The write is answered an hour later, the control at once.
start_echod --delay=3600000
start_client dd if=/dev/zero of="$device" bs=100 count=1 conv=notrunc status=none
expect_waiting "$client"
within 20 "$echoapp" --device="$device" --ioctl=statistics >"$work/stdout" ||
    fail "the control waits"
grep -qF 'the message has 100 bytes, the delay is 3600000 ms' "$work/stdout" ||
    fail "statistics: $(cat "$work/stdout")"
