#!/bin/sh
# When several workers receive and all that may be inside the driver sleep there, clients are killed
# at any moment of their requests' way to it: none hangs, and those inside are served in the end.
. "$(dirname "$0")/wdfhost.sh"

start_driver crowded --workers=2
echo 3000 >"$device"
within 20 "$build/tests/bench/load" --work=read --clients=8 --seconds=0.5 --size=16 "$device" \
    >"$work/rates" ||
    fail "the daemon does not serve eight clients: exit status $?"
echo 60000000 >"$device"
readers=
for _ in 1 2; do
    start_client dd if="$device" of=/dev/null bs=16 count=1 status=none
    readers="$readers $client"
done
for reader in $readers; do
    expect_waiting "$reader"
done

hasty=
for _ in 1 2 3; do
    start_client "$build/tests/shell/hasty-clients" "$device" 400 "$(seconds_patiently 5)"
    hasty="$hasty $client"
done
for one in $hasty; do
    eventually 30 is_gone "$one" ||
        fail "the clients that are killed, process $one, do not come to an end"
    wait "$one" || fail "a client could not be killed"
done

kill -USR1 "$pid"
for reader in $readers; do
    expect_end "$reader"
    expect_equal "exit status of a reader" 0 "$client_status"
done
