#!/bin/sh
# With no options except those for the place, the device echoes.
. "$(dirname "$0")/lib.sh"

start_echod
echo hello >"$device"
expect_equal "message" hello "$(within 10 cat "$device")"
