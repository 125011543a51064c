#!/bin/sh
# A stack of devices: requests go down from the last upper filter to the lowest filter, and come
# back up the other way. Each driver has the configuration that follows its file; one filter may be
# in several stacks. Opening opens the whole stack: suspend and removal reach all of it.
. "$(dirname "$0")/wdfctl.sh"

other=$(dirname "$device")/${name}2
config=$work/b.json
echo '{"Parameters": {"Letter": 66}}' >"$config"
cp "$drivers/echo-sequential.so" "$work/bottom.so"

within 20 "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
    "$drivers/letter-function.so" --name="$name" --lower-filter="$work/bottom.so" \
    --upper-filter="$drivers/letter-a.so" --upper-filter="$drivers/letter-b.so" --config="$config" \
    "$drivers/echo-sequential.so" --name="${name}2" --mode=0640 \
    --upper-filter="$drivers/letter-a.so" ||
    fail "exit status $?"
daemon_register

printf 'hello' >"$device" || fail "$device does not take a message"
expect_equal "what comes up" hellofaB "$(message)"
expect_equal "the mode of the second stack" 640 "$(stat -c %a "$other")"
printf 'world' >"$other" || fail "$other does not take a message"
expect_equal "what comes up in the other stack" worlda \
    "$(within 10 dd if="$other" bs=100 count=1 status=none)"
within 20 "$echoapp" --device="$device" >"$work/stdout" || fail "echoapp: exit status $?"

# The whole stack sleeps: new requests wait, and are answered afterwards.
ctl suspend || fail "suspend: status $?"
expect_suspended "$device"
ctl resume || fail "resume: status $?"
expect_end "$client"
printf 'again' >"$device" || fail "$device does not take a message after a suspend"
expect_equal "what comes up after a suspend" againfaB "$(message)"
stop_echod
[ ! -e "$other" ] || fail "$other is still there"
