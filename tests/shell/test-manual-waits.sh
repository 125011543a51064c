#!/bin/sh
# --dispatch=manual: a read that has nothing new waits until somebody writes.
. "$(dirname "$0")/lib.sh"

for workers in '' -s; do
    start_echod --dispatch=manual $workers

    start_client head -n 1 "$device" >"$work/new-file"
    expect_waiting "$client"
    [ ! -s "$work/new-file" ] || fail "a reader had something to read before any write"
    echo first >"$device"
    expect_end "$client"
    expect_equal "what the reader waited for" first "$(cat "$work/new-file")"

    exec 3<"$device"
    expect_equal "a new open file" first "$(within 10 head -n 1 <&3)"
    start_client head -n 1 <&3 >"$work/old-file"
    expect_waiting "$client"
    [ ! -s "$work/old-file" ] || fail "a file that has read the message has got something without a write"
    echo second >"$device"
    expect_end "$client"
    expect_equal "what the open file waited for" second "$(cat "$work/old-file")"

    exec 3<&-
    stop_echod
done
