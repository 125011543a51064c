#!/bin/sh
# wdfctl on a bus: shows children below their parent, and unplugs and ejects them; a bus scans for
# children; a device that is not a child is refused. `top` shows it all repeatedly.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfctl.sh"

within 20 "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} "$build/app/hub.so" \
    --name="$name" --driver='hub\echo'="$build/app/echo.so" || fail "exit status $?"
daemon_register

plug() { # PORT
    printf 'plug %s echo' "$1" >"$device" || fail "the hub does not plug $1"
    eventually 10 [ -e "$device.$1" ] || fail "there is no $device.$1"
}

plug 1
plug 2
expect_shown "^  0x[0-9a-f]+ +$name\.1 +function +echo +Started +D0 " devices
expect_shown "\"parent\": \"0x" --json devices

# By hand and in order: the hub is asked, and the child's node goes.
ctl eject "$name.1" || fail "eject: status $?"
eventually 10 not [ -e "$device.1" ] || fail "$device.1 is left"
ctl unplug "$name.2" || fail "unplug: status $?"
eventually 10 not [ -e "$device.2" ] || fail "$device.2 is left"
plug 1
printf hello >"$device.1"
expect_equal "what the child says that came back" hello \
    "$(within 10 dd if="$device.1" bs=64 count=1 status=none)"
ctl plug "$name" || fail "plug: status $?"

expect_complaint 'the daemon says STATUS_INVALID_PARAMETER' eject "$name"
expect_complaint "there is no device '$name.2'" eject "$name.2"
expect_complaint 'the daemon says STATUS_INVALID_DEVICE_REQUEST' remove "$name.1"

# It is redrawn, until the daemon ends.
start_client "$wdfctl" --daemon="$pid" top >"$work/top" 2>"$work/complaint"
top=$client
redrawn() {
    [ "$(grep -c "wdfhost, process $pid" "$work/top")" -ge 2 ]
}
eventually 10 redrawn || fail "top shows '$(cat "$work/top")'"
grep -qE "^  0x[0-9a-f]+ +$name\.1 +function +echo +Started" "$work/top" ||
    fail "top shows '$(cat "$work/top")'"
gone=$pid
stop_echod
expect_end "$top"
[ "$client_status" -eq 1 ] || fail "top ends with status $client_status"
grep -qE "there is no daemon '$gone'|the daemon has gone" "$work/complaint" ||
    fail "top says '$(cat "$work/complaint")'"
