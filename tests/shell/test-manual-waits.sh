#!/bin/sh
# --dispatch=manual: a read that has nothing new waits until somebody writes.
. "$(dirname "$0")/lib.sh"

for workers in '' -s; do
    # shellcheck disable=SC2086 # nothing, or a word
    start_echod --dispatch=manual $workers

    start_client dd if="$device" of="$work/new-file" count=1 status=none
    expect_waiting "$client"
    echo first >"$device"
    expect_end "$client"
    expect_equal "what the reader waited for" first "$(cat "$work/new-file")"

    exec 3<"$device"
    expect_equal "a new open file" first "$(within 10 dd count=1 status=none <&3)"
    start_client dd of="$work/old-file" count=1 status=none <&3
    expect_waiting "$client"
    echo second >"$device"
    expect_end "$client"
    expect_equal "what the open file waited for" second "$(cat "$work/old-file")"

    exec 3<&-
    stop_echod
done
