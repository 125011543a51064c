#!/bin/sh
# When every worker is stuck in a callback, a client whose request waits for one can still be
# interrupted and killed, and waiting requests are served as soon as one is free.
. "$(dirname "$0")/wdfhost.sh"

start_reader() {
    start_client dd if="$device" bs=8 count=1 status=none
    expect_waiting "$client"
}

start_driver stuck --workers=2
start_reader
first=$client
start_reader
second=$client
for signal in INT TERM KILL; do
    start_reader
    kill -"$signal" "$client"
    expect_end "$client"
    [ "$client_status" -gt 128 ] || fail "a reader ended by SIG$signal: exit status $client_status"
done
case $kind in
fuse) within 5 stat "$device" >/dev/null || fail "the folder does not answer" ;;
esac

start_client dd if="$device" of="$work/third" bs=8 count=1 status=none
third=$client
expect_waiting "$third"
start_client sh -c 'echo go >"$1"' sh "$device"
writer=$client
expect_waiting "$writer"
kill -USR1 "$pid"
for client in "$first" "$second"; do
    expect_end "$client"
    expect_equal "exit status of a stuck reader" 0 "$client_status"
done
# A request that waited enters a device that now sleeps.
kill -USR2 "$pid"
for client in "$third" "$writer"; do
    expect_end "$client"
    expect_equal "exit status of a client that waited" 0 "$client_status"
done
expect_equal "what the third reader got" ok "$(cat "$work/third")"
