#!/bin/sh
# Two daemons with different device names do not affect each other.
. "$(dirname "$0")/lib.sh"

start_echod
first=$pid
first_device=$device
choose_device second
start_echod
echo "to the second" >"$device"
echo "to the first" >"$first_device"
expect_equal "the second device" "to the second" "$(within 10 cat "$device")"
expect_equal "the first device" "to the first" "$(within 10 cat "$first_device")"

stop_echod
not is_gone "$first" || fail "the second daemon has taken the first one with it"
expect_equal "the first device, alone again" "to the first" "$(within 10 cat "$first_device")"
