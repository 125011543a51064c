#!/bin/sh
# A thousand clients whose reads wait at the bottom of a stack, sent on by three drivers above, are
# killed: each is gone at once, and the daemon keeps nothing of them. A sent request occupies no
# thread: there are more of them than workers.
. "$(dirname "$0")/wdfhost.sh"
. "$(dirname "$0")/killing.sh"

count_memory_of "$wdfhost"
start_echod "$drivers/letter-function.so" --lower-filter="$drivers/echo-manual.so" \
    --upper-filter="$drivers/letter-a.so" --upper-filter="$drivers/letter-b.so"
kill_five_hundred read
kill_five_hundred read
printf 'alive' >"$device" || fail "$device does not take a message any more"
expect_equal "what comes up" alivefab "$(message)"
stop_echod
