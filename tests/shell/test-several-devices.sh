#!/bin/sh
# --name more than once: the driver's EvtDriverDeviceAdd is called for each, and each has a node,
# beside the control device.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/control.sh"

first=$folder/wdfuse-a-$$
second=$folder/wdfuse-b-$$
start_devices several --name="wdfuse-a-$$" --name="wdfuse-b-$$"
expect_name "$first" "pnp 0"
expect_name "$second" "pnp 1"
expect_name "$control" wdfuse-control

# Suspend and resume reach all PnP devices; the control device has no power.
ctl suspend || fail "suspend: status $?"
expect_suspended "$first"
waits_for_first=$client
expect_suspended "$second"
waits_for_second=$client
expect_name "$control" wdfuse-control
ctl resume || fail "resume: status $?"
expect_end "$waits_for_first"
expect_equal "status of the first client" 0 "$client_status"
expect_end "$waits_for_second"
expect_equal "status of the second client" 0 "$client_status"

stop_echod
[ ! -e "$first" ] || fail "$first is left"
[ ! -e "$second" ] || fail "$second is left"
