#!/bin/sh
# A driver that gives its device up (WdfDeviceSetFailed) ends the daemon in order, with a line that
# says so and status 1; while the device starts, it ends the start.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/control.sh"

node=$folder/wdfuse-a-$$
start_client "$wdfhost" -f --name="wdfuse-a-$$" ${mount:+"--mount=$mount"} "$drivers/several.so" \
    2>"$work/log"
eventually 10 grep -qF "$node is ready" "$work/log" || fail "the daemon said '$(cat "$work/log")'"
exec 4<"$control"
echo fail >"$node"
expect_end "$client"
exec 4<&-
expect_equal "exit status of the daemon" 1 "$client_status"
grep -qF "has given its device wdfuse-a-$$ up" "$work/log" ||
    fail "the daemon said '$(cat "$work/log")'"
[ ! -e "$node" ] || fail "$node is left"
[ ! -e "$control" ] || fail "$control is left"

choose_device given-up
expect_driver_refused "has given its device $name up" "$drivers/given-up.so"
expect_driver_refused "has given its device $name up" -f "$drivers/given-up.so"
control=$(dirname "$device")/wdfuse-control
[ ! -e "$control" ] || fail "$control is left"
