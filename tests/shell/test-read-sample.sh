#!/bin/sh
# --read=sample: every read starts at the message's first byte, as the Windows sample does.
. "$(dirname "$0")/lib.sh"

start_echod --read=sample
echo hello >"$device"

exec 3<"$device"
expect_equal "a whole message, twice" "hello
hello" "$(within 10 dd bs=100 count=2 status=none <&3)"
expect_equal "three bytes, three times" helhelhel "$(within 10 dd bs=3 count=3 status=none <&3)"

echo "good bye" >"$device"
expect_equal "after the next write" "good bye" "$(within 10 dd bs=100 count=1 status=none <&3)"
