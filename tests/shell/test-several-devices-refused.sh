#!/bin/sh
# If a device fails, the devices before it go too: one line, exit status 1, and nothing is left. The
# same name twice is wrong usage. A driver whose control device has the name of a PnP device's node
# does not start.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/control.sh"

# The driver refuses a third device.
expect_refusal 1 'does not add its device: STATUS_DEVICE_CONFIGURATION_ERROR' "$wdfhost" \
    --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
    --name="wdfuse-a-$$" --name="wdfuse-b-$$" --name="wdfuse-c-$$" "$drivers/several.so"
expect_nothing_left
for node in "$control" "$folder/wdfuse-a-$$" "$folder/wdfuse-b-$$"; do
    [ ! -e "$node" ] || fail "$node is left"
done

expect_refusal 2 "'twice' is given twice" "$wdfhost" --name=twice --name=twice "$drivers/several.so"

# Two lines: the name that is taken, and that the device is not added.
expect_failure 'there is a device wdfuse-control already' "$wdfhost" --pidfile="$pidfile" \
    ${mount:+"--mount=$mount"} --name=wdfuse-control "$drivers/several.so"
expect_equal "exit status" 1 "$run_status"
grep -qF 'STATUS_OBJECT_NAME_COLLISION' "$work/stderr" || fail "said '$(cat "$work/stderr")'"
expect_nothing_left
