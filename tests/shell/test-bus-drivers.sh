#!/bin/sh
# Children of a bus driver that are served by drivers of other files, found by the child's hardware
# ID: a function driver and a filter on top of the bus driver's device, which forwards to its
# parent's queue (S17.18). Nodes come and go with the children; requests go through the stack.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfctl.sh"

echo '{"Parameters": {"Letter": 66}}' >"$work/b.json"
within 20 "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} "$drivers/bus.so" \
    --name="$name" \
    --driver="WDFUSE\\Mailbox=$drivers/letter-function.so" --mode=0640 \
    --upper-filter="$drivers/letter-b.so" \
    --config="$work/b.json" --driver="wdfuse\\other=$drivers/umdf.so" || fail "exit status $?"
daemon_register

# expect_mail NUMBER TEXT: what is written to a child returns with the letters of both drivers.
expect_mail() {
    printf %s "$2" >"$device.$1" || fail "$device.$1 does not take a message"
    expect_equal "what child $1 says" "$2fB" \
        "$(within 10 dd if="$device.$1" bs=64 count=1 status=none)"
}

expect_mail 0 one
expect_mail 1 other
expect_equal "mode of $device.0" 640 "$(stat -c %a "$device.0")"
expect_equal "mode of $device" 600 "$(stat -c %a "$device")"

# A client waits at the bottom of a child's stack when the child is unplugged.
start_client dd if="$device.1" of="$work/read" bs=64 count=1 status=none
expect_waiting "$client"
printf 'unplug 1' >"$device" || fail "$device does not take a command"
expect_end "$client"
[ "$client_status" -ne 0 ] || fail "the client of a child that has gone has succeeded"
eventually 10 not [ -e "$device.1" ] || fail "$device.1 is left"
expect_mail 0 again
printf 'plug 5' >"$device" || fail "$device does not take a command"
eventually 10 [ -e "$device.5" ] || fail "there is no $device.5"
expect_mail 5 new

# The whole stack sleeps and wakes.
ctl suspend || fail "suspend: status $?"
ctl resume || fail "resume: status $?"
expect_mail 0 awake
stop_echod
[ ! -e "$device.0" ] || fail "$device.0 is left"

refuse() { # STATUS TEXT ARGUMENT...
    refused=$1 words=$2
    shift 2
    expect_refusal "$refused" "$words" "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
        "$@"
    expect_nothing_left
}
refuse 2 "'mailbox' is not ID=FILE" "$drivers/bus.so" --driver=mailbox
refuse 2 "'=x.so' is not ID=FILE" "$drivers/bus.so" --driver==x.so
refuse 2 "'A' has a driver already" "$drivers/bus.so" --driver=a=x.so --driver=A=y.so
refuse 2 'children are named by their bus driver' "$drivers/bus.so" --driver=a=x.so --name=b
refuse 2 'DRIVER.so is missing' --driver=a=x.so
refuse 1 'No such file' "$drivers/bus.so" --name="$name" --driver=a="$work/missing.so"
refuse 1 'the driver control makes control devices alone' "$drivers/bus.so" --name="$name" \
    --driver=a="$drivers/control.so"
