#!/bin/sh
# A child may come and go while the daemon runs: waiting clients are told at once, its node is gone,
# open files stay until they are closed, and the other children go on.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfhost.sh"

start_driver bus

# order COMMAND...: one write to the bus.
order() {
    echo "$*" >"$work/order"
    within 10 dd if="$work/order" of="$device" conv=notrunc status=none
}

is_there() {
    [ -e "$device.$1" ]
}

start_client dd if="$device.1" of="$work/read" bs=64 count=1 status=none
expect_waiting "$client"
exec 4<"$device.1"
order unplug 1
expect_end "$client"
[ "$client_status" -ne 0 ] || fail "a read of a child that has gone has succeeded"
eventually 10 not is_there 1
expect_equal "the bus's children" 0 "$(within 10 cat "$device")"
expect_failure "$device.1" sh -c ": <'$device.1'"
expect_failure "No such device" within 10 dd bs=64 count=1 status=none <&4
exec 4<&-

expect_failure "No such device" order unplug 1

# Its sibling is not affected.
printf %s sibling >"$device.0"
expect_equal "what child 0 says" sibling "$(within 10 dd if="$device.0" bs=64 count=1 status=none)"

# And again, many times.
for round in 1 2 3 4 5 6 7 8 9 10; do
    order plug 5 || fail "child 5 can't be plugged in the $round. time"
    eventually 10 is_there 5
    printf %s "$round" >"$device.5"
    expect_equal "what child 5 says" "$round" \
        "$(within 10 dd if="$device.5" bs=64 count=1 status=none)"
    order unplug 5
    eventually 10 not is_there 5
done
stop_echod
