#!/bin/sh
# A bus driver with raw children: each child has its own node; it forwards its requests to its
# parent, which answers them.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfctl.sh"

start_driver bus
expect_equal "the bus's children" 01 "$(within 10 cat "$device")"
for number in 0 1; do
    [ -e "$device.$number" ] || fail "there is no $device.$number"
    expect_equal "mode of $device.$number" 600 "$(stat -c %a "$device.$number")"
done

# mail NODE TEXT: one message; unlike echo, dd prints what is wrong.
mail() {
    printf %s "$2" | within 10 dd of="$1" conv=notrunc status=none
}

# fetch NODE: the present message, or the next one.
fetch() {
    within 10 dd if="$1" bs=64 count=1 status=none
}

mail "$device.0" one
mail "$device.1" other
expect_equal "what child 1 says" other "$(fetch "$device.1")"
expect_equal "what child 0 says" one "$(fetch "$device.0")"

# A read waits in the parent until there is a message.
start_client dd if="$device.0" of="$work/read" bs=64 count=1 status=none
expect_waiting "$client"
mail "$device.1" "for nobody"
expect_waiting "$client"
mail "$device.0" later
expect_end "$client"
expect_equal "status of the client that has waited" 0 "$client_status"
expect_equal "what it has read" later "$(cat "$work/read")"
expect_equal "what child 1 says" "for nobody" "$(fetch "$device.1")"

# Its client may give up.
start_client cat "$device.0" >"$work/read"
expect_waiting "$client"
kill -9 "$client"
expect_end "$client"
mail "$device.0" again
expect_equal "what child 0 says after a client was killed" again "$(fetch "$device.0")"

# A suspended family waits; the children's messages are still there afterwards.
mail "$device.0" kept
ctl suspend || fail "suspend: status $?"
ctl resume || fail "resume: status $?"
expect_equal "what child 0 says after a sleep" kept "$(fetch "$device.0")"

start_client cat "$device.1" >"$work/read"
expect_waiting "$client"
stop_echod
expect_end "$client"
[ "$client_status" -ne 0 ] || fail "a client whose device has gone has heard of no error"
for number in 0 1; do
    [ ! -e "$device.$number" ] || fail "$device.$number is left"
done
