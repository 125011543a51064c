#!/bin/sh
# A driver that asks for a restart (WdfDeviceSetFailed) has its device removed, and another one
# created under the same node: files of the old one fail, and the node opens the new one.
. "$(dirname "$0")/wdfhost.sh"

start_client "$wdfhost" -f --name="$name" ${mount:+"--mount=$mount"} "$drivers/failing.so" \
    2>"$work/log"
daemon=$client
eventually 10 grep -qF "$device is ready" "$work/log" || fail "the daemon said '$(cat "$work/log")'"
inode=$(stat -c %i "$device")

# again TIMES: it has been restarted this often.
again() {
    [ "$(grep -cF "$name is there again" "$work/log")" -eq "$1" ]
}

exec 4<>"$device"
for times in 1 2 3 4 5; do
    expect_equal "the device" "$times" "$(within 10 head -c 1 "$device")"
    echo restart >"$device"
    eventually 10 again "$times" || fail "the daemon said '$(cat "$work/log")'"
done
expect_equal "the device after five restarts" 6 "$(within 10 head -c 1 "$device")"
expect_equal "the node's inode" "$inode" "$(stat -c %i "$device")"
! head -c 1 <&4 >/dev/null 2>&1 || fail "a file of the first device can be read"
exec 4<&-

echo restart >"$device"
expect_end "$daemon"
expect_equal "exit status of the daemon" 1 "$client_status"
grep -qF "$name has failed too often within a minute" "$work/log" ||
    fail "the daemon said '$(cat "$work/log")'"
[ ! -e "$device" ] || fail "$device is left"
