#!/bin/sh
# The pieces of one writev(2) are one message.
. "$(dirname "$0")/lib.sh"

start_echod
expect_equal "bytes taken" 15 "$(within 10 "$fileprobe" writev "$device" one, two, three, '!')"
expect_equal "message" "one,two,three,!" "$(within 10 cat "$device")"
