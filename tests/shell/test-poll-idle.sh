#!/bin/sh
# While nothing is in flight, poll(2) says that reading and writing may be tried.
. "$(dirname "$0")/lib.sh"

start_echod
expect_equal "an idle device" "readable writable -" "$(within 10 "$fileprobe" poll "$device")"
echo hello >"$device"
expect_equal "a device with a message" "readable writable -" \
    "$(within 10 "$fileprobe" poll "$device")"
