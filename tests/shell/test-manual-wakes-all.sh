#!/bin/sh
# --dispatch=manual: one write answers every read that waits.
. "$(dirname "$0")/lib.sh"

start_echod --dispatch=manual
readers=
for number in 1 2 3 4 5 6 7 8; do
    start_client dd if="$device" of="$work/read-$number" count=1 status=none
    readers="$readers $client"
done
for reader in $readers; do
    expect_waiting "$reader"
done

echo "to all of you" >"$device"
for reader in $readers; do
    expect_end "$reader"
done
for number in 1 2 3 4 5 6 7 8; do
    expect_equal "reader $number" "to all of you" "$(cat "$work/read-$number")"
done
