#!/bin/sh
# echoapp --async: a signal that its caller wants ignored, as nohup does, interrupts nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/async.sh"

start_echod --dispatch=sequential --delay=100
for engine in $engines; do
    : >"$work/said"
    (
        trap '' HUP
        exec "$echoapp" --async --count=10 --engine="$engine" --device="$device" >"$work/said" 2>&1
    ) &
    client=$!
    clients="$clients $client"
    eventually 10 grep -q 'at once' "$work/said" || fail "it does not begin: $(cat "$work/said")"
    kill -HUP "$client"
    expect_end "$client"
    expect_equal "exit status, with $engine, which said '$(cat "$work/said")'" 0 "$client_status"
done
