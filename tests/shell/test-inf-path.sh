#!/bin/sh
# wdfhost 'root\ID' --inf-path=FOLDER finds the INF for that hardware ID, and serves the model in
# it.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfhost.sh"

mkdir "$work/infs"
cp "$top/tests/inf/stack.inf" "$work/infs/b.inf"
cp "$top/tests/inf/stack.inf" "$work/infs/c.inf"
sed 's/^\[Parameters.Values\]/[Lost]/' "$top/tests/inf/stack.inf" >"$work/infs/a.inf"

start_echod 'root\alphabet' --inf-path="$work/infs" --driver-path="$drivers" 2>"$work/said"
grep -q 'a.inf:.*there is no section \[Parameters.Values\]: the INF is left out' "$work/said" ||
    fail "$(cat "$work/said")"
printf 'x' >"$device"
expect_equal "what comes up through the stack" xfaz "$(message)"
stop_echod

# The device has the ID's name.
if [ -n "$mount" ]; then
    within 20 "$wdfhost" --mount="$mount" --pidfile="$pidfile" --inf-path="$build/app" \
        'root\serial' || fail "exit status $?"
    daemon_register
    [ -e "$mount/serial" ] || fail "there is no device 'serial': $(ls "$mount")"
    device=$mount/serial
    stop_echod
    device=$mount/$name
fi

expect_driver_refused 'root\nothing: no INF of --inf-path is for it' 'root\nothing' \
    --inf-path="$build/app"
expect_driver_refused 'root\serial: --inf-path names the folder' 'root\serial'
expect_driver_refused "--inf-path: $work/nowhere: No such file" 'root\serial' \
    --inf-path="$work/nowhere"
