#!/bin/sh
# A driver that knows whether there is something to read says so: poll is right before anything was
# tried.
. "$(dirname "$0")/lib.sh"

requires program bash

can_read() { # of descriptor 3
    within 10 bash -c "read -t 0 -u 3"
}

start_echod --dispatch=manual
expect_equal "without a message" "- writable -" "$(within 10 "$fileprobe" poll "$device")"
echo hello >"$device"
expect_equal "with a message" "readable writable -" "$(within 10 "$fileprobe" poll "$device")"
exec 3<>"$device"
expect_equal "the message" hello "$(within 10 dd bs=100 count=1 status=none <&3)"
expect_equal "another open file" "readable writable -" "$(within 10 "$fileprobe" poll "$device")"
not can_read || fail "a file that has read it is still readable"
echo new >"$device"
can_read || fail "a file that has read another message is not readable"
