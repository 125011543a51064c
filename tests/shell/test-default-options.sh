#!/bin/sh
# Without any option that is not about the place, the device echoes.
. "$(dirname "$0")/lib.sh"

start_echod
echo hello >"$device"
expect_equal "message" hello "$(within 10 cat "$device")"
